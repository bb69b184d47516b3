import * as z from "zod/mini";
import { issuerLimitSeconds } from "../../shared/core/duration.ts";
import type { Way } from "../../shared/core/storage.ts";
import { staysPrivate } from "../../shared/net/loopback.ts";

// What an operator may write, as infra/vending.yml has it. Nothing is transformed and no default is filled in here, so
// that the JSON Schema for editors comes from the same source. What spans several fields is checked after this.

/** The shortest duration vended: half of it is the 15 minutes below which SDKs refetch on every access. */
const leastDurationSeconds = 1_800;

const name = z
  .string()
  .check(z.regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "must be a name of a-z, 0-9 and -, at most 63"));
const text = (most: number) => z.string().check(z.minLength(1), z.maxLength(most));
const written = (pattern: RegExp, message: string) => z.string().check(z.regex(pattern, message));
const seconds = (most: number) => z.int().check(z.gte(leastDurationSeconds), z.lte(most));
const named = <T extends z.ZodMiniType>(entry: T, most: number) =>
  z
    .record(name, entry)
    .check(z.refine((entries) => Object.keys(entries).length <= most, `must be at most ${most} entries`));

const textOrList = (most: number) =>
  z.union(
    [text(most), z.array(text(most)).check(z.minLength(1), z.maxLength(50))],
    `must be a text of 1 to ${most} characters, or a list of 1 to 50 of them`,
  );

/** A URL without anything that would be dropped, or be read in two ways, on the way to a connection. */
const address = z.string().check(
  z.maxLength(2_048),
  z.refine((value) => {
    if (!/^https?:\/\/[^\s\\@?#]+$/.test(value)) return false;
    const url = URL.parse(value);
    return url !== null && staysPrivate(url);
  }, "must be an https URL (http for loopback only) without user, query and fragment"),
);

const issuer = z.strictObject({
  issuer: address,
  audience: textOrList(256),
  algorithms: z.exactOptional(
    z
      .array(
        z.enum([
          "RS256",
          "RS384",
          "RS512",
          "PS256",
          "PS384",
          "PS512",
          "ES256",
          "ES384",
          "ES512",
          "EdDSA",
          "Ed25519",
        ]),
      )
      .check(z.minLength(1)),
  ),
  jwksUri: z.exactOptional(address),
  clockToleranceSeconds: z.exactOptional(z.int().check(z.gte(0), z.lte(120))),
  requiredClaims: z.exactOptional(z.array(text(128)).check(z.maxLength(20))),
});

const place = {
  bucket: text(1_024),
  region: z.exactOptional(written(/^[A-Za-z0-9][\w-]{0,62}$/, "must be a region such as eu-central-1")),
  endpoint: z.exactOptional(address),
  pathStyleAccess: z.exactOptional(z.boolean()),
};

const secret = z.string().check(
  z.regex(/^[\w/+=.@:-]{1,512}$/, "must be the name or the ARN of a secret in Secrets Manager"),
  z.refine(
    (value) => !looksLikeKey(value),
    "looks like a key itself: put it in Secrets Manager, and its name here",
  ),
);

function looksLikeKey(value: string): boolean {
  const mixed = /[a-z]/.test(value) && /[A-Z]/.test(value) && /\d/.test(value);
  return /^A[KS]IA[A-Z0-9]{16}$/.test(value) || (mixed && /^[A-Za-z0-9+/]{40}$/.test(value));
}

const roleArn = written(/^arn:[\w+=,.@:/-]{16,2044}$/, "must be the ARN of a role");
const kmsKeyArn = written(
  /^arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key\/[\w-]{1,64}$/,
  "must be the ARN of a KMS key",
);

const vends = (issue: Way) => ({
  ...place,
  maxDurationSeconds: z.exactOptional(seconds(issuerLimitSeconds({ issue, secret: "" }))),
});
const sharedOnly = (reason: string) => z.exactOptional(z.literal("shared", reason));
const eitherSessions = z.exactOptional(z.enum(["shared", "per-principal"]));

const storage = z.discriminatedUnion("issue", [
  z.strictObject({
    issue: z.literal("session-token"),
    ...vends("session-token"),
    secret,
    stsEndpoint: z.exactOptional(address),
    sessions: sharedOnly("can only be shared: GetSessionToken gives every caller the one IAM user's session"),
  }),
  z.strictObject({
    issue: z.literal("federation-token"),
    ...vends("federation-token"),
    secret,
    stsEndpoint: z.exactOptional(address),
    sessions: eitherSessions,
    kmsKeyArn: z.exactOptional(kmsKeyArn),
  }),
  z.strictObject({
    issue: z.literal("assume-role"),
    ...vends("assume-role"),
    roleArn,
    secret: z.exactOptional(secret),
    externalId: z.exactOptional(
      written(/^[\w+=,.@:/-]{2,1224}$/, "must be 2 to 1224 of A-Z, a-z, 0-9 and +=,.@:/-"),
    ),
    stsEndpoint: z.exactOptional(address),
    sessions: eitherSessions,
    kmsKeyArn: z.exactOptional(kmsKeyArn),
  }),
  z.strictObject({
    issue: z.literal("web-identity"),
    ...vends("web-identity"),
    roleArn,
    stsEndpoint: z.exactOptional(address),
    // STS judges each caller's own token: a shared session would hand one caller's verdict to another.
    sessions: z.exactOptional(
      z.literal("per-principal", "can only be per-principal: STS judges each caller's token"),
    ),
    kmsKeyArn: z.exactOptional(kmsKeyArn),
  }),
  z.strictObject({
    issue: z.literal("static"),
    ...vends("static"),
    secret,
    acknowledgeLongTermKeys: z.literal(
      true,
      "must be true: clients of a static storage receive the long-term key itself, in full and unscoped",
    ),
    sessions: sharedOnly("can only be shared: there is one long-term key"),
  }),
  z.strictObject({
    issue: z.literal("none"),
    ...place,
    sessions: sharedOnly("can only be shared: this storage vends nothing"),
  }),
]);

const grant = z.strictObject({
  name,
  issuer: name,
  subject: z.exactOptional(textOrList(512)),
  claims: z.exactOptional(
    z
      .record(text(128), textOrList(512))
      .check(z.refine((claims) => Object.keys(claims).length <= 20, "must be at most 20 claims")),
  ),
  storage: name,
  prefix: z.exactOptional(z.string().check(z.maxLength(1_024))),
  permission: z.enum(["READ", "WRITE", "READWRITE"]),
  maxDurationSeconds: z.exactOptional(seconds(issuerLimitSeconds({ issue: "session-token" }))),
  mode: z.exactOptional(z.enum(["enforce", "audit"])),
});

/** The shape of infra/vending.yml. */
export const documentSchema = z.strictObject({
  issuers: named(issuer, 50),
  storages: named(storage, 100),
  grants: z.array(grant).check(z.maxLength(500)),
});

export type IssuerEntry = z.infer<typeof issuer>;
export type StorageEntry = z.infer<typeof storage>;
export type GrantEntry = z.infer<typeof grant>;
