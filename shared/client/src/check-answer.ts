import type { CredentialsAnswer } from "../../contract.ts";
import { type S3Address, VendingError } from "./vending-error.ts";

/** Temporary credentials in the shape of the AWS SDK for JavaScript v3. */
export interface VendedCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Absent where the storage vends long-term keys. */
  readonly sessionToken?: string;
  readonly expiration: Date;
}

/** The credentials in an answer, and where they are of use. */
export interface CheckedAnswer {
  credentials: VendedCredentials;
  address: S3Address;
}

/** A JSON object that may be of this type. Its members are not checked yet. */
export type Unchecked<T> = { readonly [Member in keyof T]?: unknown };

type Rules = { readonly [Member in keyof CredentialsAnswer]?: (value: unknown) => boolean };

const like =
  (syntax: RegExp) =>
  (value: unknown): value is string =>
    typeof value === "string" && syntax.test(value);

export const isText = like(/\S/);

/** Clients write both into shells, files and settings: no sign may mean something there, nor a password stand in a URL. */
const addressRules: Rules = {
  Endpoint: (value) => isText(value) && /^https?:[\w./:%[\]-]+$/.test(value) && URL.canParse(value),
  Region: (value) => isText(value) && /^[\w-]+$/.test(value),
  PathStyleAccess: (value) => typeof value === "boolean",
};

const credentialsRules: Rules = {
  AccessKeyId: isText,
  SecretAccessKey: isText,
  Token: like(/^$|\S/),
  // A time without the Z would be read as local time.
  Expiration: like(/^\d{4}-\S+Z$/),
};

const fault = (rules: Rules, body: Unchecked<CredentialsAnswer>) =>
  (Object.keys(rules) as (keyof Rules)[]).find((member) => !rules[member]?.(body[member]));

/** The address in an answer or a problem. Undefined unless it is whole. */
export function addressIn(body: Unchecked<CredentialsAnswer>): S3Address | undefined {
  return fault(addressRules, body) ? undefined : addressOf(body as CredentialsAnswer);
}

const addressOf = ({ Endpoint, Region, PathStyleAccess }: CredentialsAnswer): S3Address => ({
  endpoint: Endpoint,
  region: Region,
  forcePathStyle: PathStyleAccess,
});

/**
 * Checks that an answer is whole and still valid. The error names the member that is wrong, and does not show it.
 *
 * @throws VendingError `invalid_answer`
 */
export function checkAnswer(body: Unchecked<CredentialsAnswer>): CheckedAnswer {
  const wrong = fault({ ...addressRules, ...credentialsRules }, body);
  if (wrong)
    throw new VendingError("invalid_answer", `No good ${wrong}. Check that \`url\` is a keyvend service.`);
  const answer = body as CredentialsAnswer;
  const { AccessKeyId, SecretAccessKey, Token, Expiration } = answer;
  const expiration = new Date(Expiration);
  if (!(+expiration > Date.now())) throw new VendingError("invalid_answer", "Expired. Check the clock.");
  return {
    credentials: {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      ...(Token && { sessionToken: Token }),
      expiration,
    },
    address: addressOf(answer),
  };
}
