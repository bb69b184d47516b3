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

/** The credentials in an answer, and the rest of it, which is not checked. */
export interface CheckedAnswer {
  credentials: VendedCredentials;
  body: Unchecked<CredentialsAnswer>;
}

/** A JSON object that may be of this type. Its members are not checked yet. */
export type Unchecked<T> = { readonly [Member in keyof T]?: unknown };

type Rules = { readonly [Member in keyof CredentialsAnswer]?: (value: unknown) => boolean };

const like =
  (syntax: RegExp) =>
  (value: unknown): value is string =>
    typeof value === "string" && syntax.test(value);

export const isText: (value: unknown) => value is string = like(/\S/);

const rules: Rules = {
  AccessKeyId: isText,
  SecretAccessKey: isText,
  Token: like(/^$|\S/),
  // A time without the Z would be read as local time.
  Expiration: like(/^\d{4}-\S+Z$/),
};

/**
 * The address in an answer or a problem. Undefined unless it is whole, and can be written into shells, files and settings:
 * no sign of it may mean something there, and no password stands in its URL.
 */
export function addressIn({
  Endpoint,
  Region,
  PathStyleAccess,
}: Unchecked<CredentialsAnswer>): S3Address | undefined {
  if (
    !/^\["https?:\/\/[\w./:%[\]-]+","[\w-]+",(true|false)]$/.test(
      JSON.stringify([Endpoint, Region, PathStyleAccess]),
    )
  )
    return undefined;
  return { endpoint: Endpoint, region: Region, forcePathStyle: PathStyleAccess } as S3Address;
}

/**
 * Checks that the credentials of an answer are whole and still valid. The error names the member that is wrong, and does
 * not show it.
 *
 * @throws VendingError `invalid_answer`
 */
export function checkAnswer(body: Unchecked<CredentialsAnswer>): CheckedAnswer {
  const wrong = (Object.keys(rules) as (keyof Rules)[]).find((member) => !rules[member]?.(body[member]));
  if (wrong)
    throw new VendingError("invalid_answer", `No good ${wrong}. Check that \`url\` is a keyvend service.`);
  const { AccessKeyId, SecretAccessKey, Token, Expiration } = body as CredentialsAnswer;
  const expiration = new Date(Expiration);
  if (!(+expiration > Date.now())) throw new VendingError("invalid_answer", "Expired. Check the clock.");
  return {
    credentials: {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      ...(Token && { sessionToken: Token }),
      expiration,
    },
    body,
  };
}
