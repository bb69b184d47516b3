import type { CredentialsAnswer, Problem, StorageAddress } from "../contract.ts";

/** The members of an answer that formats are written from. The CLI has these and no others. */
export type FormatSource = StorageAddress &
  Pick<CredentialsAnswer, "AccessKeyId" | "SecretAccessKey" | "Token" | "Expiration" | "Targets">;

/** What warnings depend on. It is written nowhere. */
export type FormatScope = Pick<CredentialsAnswer, "Targets"> &
  Partial<Pick<CredentialsAnswer, "Permission" | "Also" | "ScopeEnforcedBy">>;

/** A text is sent as it is, an object as JSON. */
export interface FormatOutput<Body extends string | object = string | object> {
  body: Body;
  /** What the client must know and the format has no place for. Short clauses in ASCII. */
  omissions: string[];
}

interface FormatOf<Body extends string | object, MediaType extends string> {
  /** What reads this format: a sentence for the description of the API. */
  description: string;
  mediaType: MediaType;
  ofCredentials(source: FormatSource): FormatOutput<Body>;
  /** What the clients of this format will meet with credentials of this scope: sentences in ASCII. */
  warningsOf?(scope: FormatScope): string[];
  /**
   * What a storage that vends nothing (`none`) answers with: where it is. Absent where the format cannot stand without
   * credentials.
   */
  ofAddress?(address: StorageAddress): FormatOutput<Body>;
  /** A refusal, where the readers of the format know another shape of it than the service's own. */
  ofProblem?(problem: Problem, status: number): object;
}

export type JsonFormat = FormatOf<object, "application/json">;
export type TextFormat = FormatOf<string, "text/plain">;

/** One credential, or an address alone, in the shape that some client reads. */
export type Format = JsonFormat | TextFormat;
