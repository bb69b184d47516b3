import * as z from "zod/mini";
import { operationGroups } from "../../shared/contract.ts";
import { stores } from "../../shared/core/dialect.ts";
import { greatestDurationSeconds } from "../../shared/core/duration.ts";
import { leastDurationSeconds } from "../../shared/core/expiry.ts";
import { faultOfRange } from "../../shared/core/ip-range-syntax.ts";
import type { Way } from "../../shared/core/storage.ts";
import { wayOf } from "../../shared/core/ways.ts";
import { clientKeyIdForm } from "../../shared/identity/client-keys.ts";
import { staysPrivate } from "../../shared/net/loopback.ts";
import { isOwnSecret } from "../deploy/secret-names.ts";

// The schemas of the document that an operator writes: infra/vending.yml. They transform nothing and fill in no
// default, so that the JSON Schema for editors comes from the same source. Rules that span several fields are checked
// afterwards.

/** The longest duration of vended credentials, in seconds, if a storage or a grant sets none. */
export const usualMaxDurationSeconds = 3_600;

/** The syntax of the names of issuers, storages and grants. */
export const nameSyntax = /^[a-z0-9][a-z0-9-]{0,62}$/;
export const nameRule = "must be a name of 1 to 63 characters: a-z, 0-9 and -, and the first is not -";

function textLike(pattern: RegExp, message: string) {
  return z.string().check(z.regex(pattern, message));
}

export function text(most: number) {
  return textLike(new RegExp(`^.{1,${most}}$`, "su"), `must be 1 to ${most} characters`);
}

export function seconds(most: number) {
  return z.int().check(z.gte(leastDurationSeconds), z.lte(most));
}

function list<T extends z.ZodMiniType>(item: T, most: number) {
  return z
    .array(item)
    .check(z.refine((items) => items.length > 0 && items.length <= most, `must have 1 to ${most} entries`));
}

export function textOrList(most: number) {
  return z.union(
    [text(most), list(text(most), 50)],
    `must be text of 1 to ${most} characters, or a list of 1 to 50 such texts`,
  );
}

export const permission = z.literal(["READ", "WRITE", "READWRITE"]);

/** A value that `textOrList` accepts, as a list. */
export function listOf(value: string | string[]): string[] {
  return typeof value === "string" ? [value] : value;
}

/** A URL that names one connection: no part of it would be dropped, and none can be read in two ways. */
const address = addressLike(/^https?:\/\/[^\s\\@?#]{1,1024}$/, "user, query and fragment");
/** Some issuers tell by the query which keys are meant. */
const addressWithQuery = addressLike(/^https?:\/\/[^\s\\@#]{1,1024}$/, "user and fragment");

function addressLike(form: RegExp, absent: string) {
  return z.string().check(
    z.refine((value) => {
      const url = form.test(value) ? URL.parse(value) : null;
      return url !== null && staysPrivate(url);
    }, `must be an https URL (http for loopback only) without ${absent}`),
  );
}

/** Clients write it into shells, files and settings, and take no other signs. */
const endpoint = addressLike(
  /^https?:\/\/[\w./:%[\]-]{1,1024}$/,
  "user, query and fragment, and in letters, digits and ._%- alone",
);

/** The origin of a page: what a browser sends, and nothing that it would not. `*` would be every page of the world. */
const origin = z.string().check(
  z.refine((value) => {
    const url = /^https?:\/\/[\w.:[\]-]+$/.test(value) ? URL.parse(value) : null;
    return url !== null && url.origin === value && staysPrivate(url);
  }, "must be the origin of a page, such as https://app.example.com (http for loopback only), in lower case, without path and *"),
);

/** The list `corsOrigins`. */
export const corsOriginList = list(origin, 50);

const claimsRule = "must have at most 20 claims, with names of 1 to 128 characters";

/** Text, or a list of texts, by claim: values of required claims, or patterns, whose syntax is checked afterwards. */
const claimTexts = z
  .catchall(z.strictObject({}), textOrList(512))
  .check(z.refine(isWithinClaimsRule, claimsRule));

/** A media type (RFC 6838), or the part of one after `application/`. */
const tokenType = textLike(
  /^(?:[\w!#$&^.+-]{1,127}\/)?[\w!#$&^.+-]{1,127}$/,
  "must be a type such as JWT or at+jwt, or none for a token without a type",
);

/** An entry of `issuers`. */
export const issuerEntry = z.strictObject({
  issuer: address,
  audience: textOrList(256),
  algorithms: z.exactOptional(
    list(
      z.literal([
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
      11,
    ),
  ),
  jwksUri: z.exactOptional(addressWithQuery),
  clockToleranceSeconds: z.exactOptional(z.int().check(z.gte(0), z.lte(120))),
  tokenTypes: z.exactOptional(list(tokenType, 20)),
  maxTokenAgeSeconds: z.exactOptional(z.int().check(z.gte(60), z.lte(31_536_000))),
  requiredClaims: z.exactOptional(
    z.union(
      [list(text(128), 20), claimTexts],
      "must be a list of 1 to 20 names, or at most 20 claims, each with text of 1 to 512 characters or a list of 1 to 50 such texts",
    ),
  ),
});

const account = z
  .string("must be text: put account ids in quotes")
  .check(z.regex(/^\d{12}$/, "must be the 12 digits of an AWS account id"));

/** The path of a file. The check gets the content of the file instead. */
export const caBundlePath = text(1_024);

/** The section `aws`. */
export const awsSection = z.strictObject({ accounts: list(account, 50) });

/** The section `warm`. The highest rate is above STS's own quota for an account in a region. */
export const warmSection = z.strictObject({
  stsCallsPerSecond: z.exactOptional(z.int().check(z.gte(1), z.lte(1_000))),
});

/** The section `misses`. The highest limits are what STS's own quota for an account in a region gives in ten minutes. */
const missLimit = z.int().check(z.gte(1), z.lte(360_000));
export const missesSection = z.strictObject({
  perPrincipal: z.exactOptional(missLimit),
  perClientKey: z.exactOptional(missLimit),
  perStorage: z.exactOptional(missLimit),
});

const addressRangeRule =
  "must be a range of addresses such as 192.0.2.0/24 or 2001:db8::/32, from the network's own address on, or a list of 1 to 50 such";
const addressRange = z
  .string()
  .check(z.refine((value) => faultOfRange(value) === undefined, addressRangeRule));

const listenAddress = textLike(
  /^(?:(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9A-Fa-f:.]+\]):\d{1,5}|fd:[3-9])$/,
  "must be an address and a port such as 127.0.0.1:8080 or [::1]:8080, or fd:3 for a socket that systemd hands over",
);
const between = (least: number, most: number) => z.exactOptional(z.int().check(z.gte(least), z.lte(most)));

/** The section `server`: what the server alone needs, and the functions do not. */
export const serverSection = z.strictObject({
  listen: z.exactOptional(listenAddress),
  status: z.exactOptional(listenAddress),
  tls: z.exactOptional(z.strictObject({ certificate: text(1_024), key: text(1_024) })),
  proxies: z.exactOptional(z.union([addressRange, list(addressRange, 50)], addressRangeRule)),
  table: z.exactOptional(
    textLike(
      /^[\w.-]{3,255}$/,
      "must be memory, or the name of a DynamoDB table: 3 to 255 of a-z, A-Z, 0-9, _, - and .",
    ),
  ),
  stage: z.exactOptional(
    textLike(/^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/, "must be 1 to 32 of a-z, 0-9 and -"),
  ),
  drainSeconds: between(0, 300),
  limits: z.exactOptional(
    z.strictObject({
      connections: between(1, 100_000),
      connectionsPerAddress: between(1, 100_000),
      requestsAtOnce: between(1, 100_000),
      requestsPerAddress: between(1, 100_000),
      requestsPerPrincipal: between(1, 100_000),
      headerBytes: between(4_096, 131_072),
      headerSeconds: between(1, 120),
      requestSeconds: between(1, 120),
      idleSeconds: between(1, 600),
    }),
  ),
});

/** Claims as a token has them: text, lists of text, and maps of both. */
const claimValues = z
  .catchall(
    z.strictObject({}),
    z.union([textOrList(512), z.record(z.string(), z.json())], "must be text, a list of text or a map"),
  )
  .check(z.refine(isWithinClaimsRule, claimsRule));

const time = z.iso.datetime({ offset: true, error: "must be a time such as 2027-01-31T12:00:00Z" });

/** An entry of `apiTokens`. */
export const apiTokenEntry = z.strictObject({
  sha256: textLike(
    /^[0-9a-f]{64}$/,
    "must be the hash of a token, 64 characters of 0-9 and a-f: npm run token:new makes a token and its hash",
  ),
  expires: time,
  claims: z.exactOptional(claimValues),
});

const clientKeyId = textLike(
  clientKeyIdForm,
  "must be the id of a client key, such as KV1XABCDEFGHIJKLMNOPQRST: npm run client-key:new makes one",
);

/** An entry of `clientKeys`. */
export const clientKeyEntry = z.strictObject({
  id: z.union(
    [clientKeyId, list(clientKeyId, 5)],
    "must be the id of a client key, or a list of 1 to 5 such",
  ),
  expires: time,
  claims: z.exactOptional(claimValues),
  storage: z.exactOptional(z.string()),
});

const location = {
  bucket: text(1_024),
  region: z.exactOptional(textLike(/^[A-Za-z0-9][\w-]{0,62}$/, "must be a region such as eu-central-1")),
  endpoint: z.exactOptional(endpoint),
  pathStyleAccess: z.exactOptional(z.boolean()),
  store: z.exactOptional(z.literal(stores)),
  partition: z.exactOptional(
    textLike(/^aws(?:-[a-z0-9]+){0,4}$/, "must be a partition such as aws or aws-cn"),
  ),
};

const secret = z.string().check(
  // A name without a slash gets the stage in front of it, with which it has at most 512 characters.
  z.regex(
    /^(?:arn:[\w/+=.@:-]{1,508}|(?=.*\/)[\w/+=.@-]{1,512}|[\w+=.@-]{1,470})$/,
    "must be the name or the ARN of a secret in Secrets Manager",
  ),
  // The functions get the right to read exactly this ARN, and AWS ends the ARN of every secret like this.
  z.regex(
    /^(?!arn:)|-[A-Za-z0-9]{6}$/,
    "must be the whole ARN, with the hyphen and six characters at its end: `aws secretsmanager describe-secret` shows it",
  ),
  z.refine(
    (value) => !looksLikeKey(value),
    "looks like a key itself: put the key in Secrets Manager, and the name of the secret here",
  ),
  z.refine(
    (value) => !isOwnSecret(value),
    "is a secret of keyvend's own, which must not hold a storage's key: give another name",
  ),
);

function looksLikeKey(value: string): boolean {
  const mixed = /[a-z]/.test(value) && /[A-Z]/.test(value) && /\d/.test(value);
  return /^A[KS]IA[A-Z0-9]{16}$/.test(value) || (mixed && /^[A-Za-z0-9+/]{40}$/.test(value));
}

const userRule = "must be the name of an IAM user, with its path if it has one: teams/data/lake";
const rotation = z.strictObject({
  // It becomes a part of an ARN in a policy.
  user: z.exactOptional(textLike(/^(?=.{1,512}$)(?:[\w+=,.@-]+\/)*[\w+=,.@-]{1,64}$/, userRule)),
  // An old key may be there for three and a half days.
  everyDays: z.int().check(z.gte(4), z.lte(365)),
});

const externalId = textLike(
  /^[\w+=,.@:/-]{2,1224}$/,
  "must be 2 to 1224 characters of A-Z, a-z, 0-9 and _+=,.@:/-",
);
export const roleArnRule = "must be the ARN of a role";
export const roleArn = textLike(/^arn:[\w+=,.@:/-]{16,2044}$/, roleArnRule);
const kmsKeyRule = "must be the ARN of a KMS key, or a list of 1 to 10 such";
const kmsKeyArn = textLike(/^arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key\/[\w-]{1,64}$/, kmsKeyRule);
const kmsKeyArns = z.union([kmsKeyArn, list(kmsKeyArn, 10)], kmsKeyRule);

function vendingFields(issue: Way) {
  const longestSeconds = wayOf({ issue }).longestSeconds({ secret: "" });
  return { ...location, maxDurationSeconds: z.exactOptional(seconds(longestSeconds)) };
}

function sharedOnly(reason: string) {
  return z.exactOptional(z.literal("shared", reason));
}

const eitherSessions = z.exactOptional(z.literal(["shared", "per-principal"]));

/** An entry of `storages`, by its way to issue. */
export const storageEntries = {
  "session-token": z.strictObject({
    issue: z.literal("session-token"),
    ...vendingFields("session-token"),
    secret,
    rotation: z.exactOptional(rotation),
    stsEndpoint: z.exactOptional(address),
    sessions: sharedOnly(
      "can only be shared: GetSessionToken gives every caller a session of the same IAM user",
    ),
  }),
  "federation-token": z.strictObject({
    issue: z.literal("federation-token"),
    ...vendingFields("federation-token"),
    secret,
    rotation: z.exactOptional(rotation),
    stsEndpoint: z.exactOptional(address),
    sessions: eitherSessions,
    kmsKeyArn: z.exactOptional(kmsKeyArns),
  }),
  "assume-role": z.strictObject({
    issue: z.literal("assume-role"),
    ...vendingFields("assume-role"),
    roleArn,
    secret: z.exactOptional(secret),
    rotation: z.exactOptional(rotation),
    externalId: z.exactOptional(externalId),
    stsEndpoint: z.exactOptional(address),
    sessions: eitherSessions,
    sourceIdentity: z.exactOptional(
      z.literal(true, "must be true or left out: the name of each session becomes its source identity"),
    ),
    kmsKeyArn: z.exactOptional(kmsKeyArns),
  }),
  "web-identity": z.strictObject({
    issue: z.literal("web-identity"),
    ...vendingFields("web-identity"),
    roleArn,
    stsEndpoint: z.exactOptional(address),
    // STS decides by each caller's own token: a shared session would give one caller what STS decided for another.
    sessions: z.exactOptional(
      z.literal("per-principal", "can only be per-principal: STS decides by each caller's own token"),
    ),
    kmsKeyArn: z.exactOptional(kmsKeyArns),
  }),
  static: z.strictObject({
    issue: z.literal("static"),
    ...vendingFields("static"),
    secret,
    rotation: z.exactOptional(rotation),
    acknowledgeLongTermKeys: z.literal(
      true,
      "must be true: clients of a static storage receive the long-term key itself, with all its rights",
    ),
    sessions: sharedOnly("can only be shared: there is one long-term key"),
  }),
  none: z.strictObject({
    issue: z.literal("none"),
    ...location,
    sessions: sharedOnly("can only be shared: this storage vends nothing"),
  }),
} satisfies Record<Way, z.ZodMiniType>;

function isWithinClaimsRule(claims: object): boolean {
  const names = Object.keys(claims);
  return names.length <= 20 && names.every((name) => name.length >= 1 && name.length <= 128);
}

/** STS ignores case when it compares keys, and reserves the keys that begin with `aws:`. */
function areTagKeys(tags: object): boolean {
  const keys = Object.keys(tags).map((key) => key.toLowerCase());
  return (
    keys.every((key) => /^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+@-]{1,128}$/u.test(key)) &&
    new Set(keys).size === keys.length
  );
}

const prefix = textLike(/^.{0,1024}$/su, "must be at most 1024 characters");

/** An entry of `stsRoleArns`. */
export const stsRoleEntry = z.strictObject({
  storage: z.string(),
  permission: z.exactOptional(permission),
  prefix: z.exactOptional(prefix),
});

/** An entry of `grants`. */
export const grantEntry = z.strictObject({
  name: textLike(nameSyntax, nameRule),
  issuer: textOrList(63),
  subject: z.exactOptional(textOrList(512)),
  claims: z.exactOptional(claimTexts),
  expires: z.exactOptional(time),
  sourceIps: z.exactOptional(z.union([addressRange, list(addressRange, 50)], addressRangeRule)),
  externalId: z.exactOptional(externalId),
  storage: z.string(),
  prefix: z.exactOptional(prefix),
  permission,
  also: z.exactOptional(list(z.literal(operationGroups), operationGroups.length)),
  maxDurationSeconds: z.exactOptional(seconds(greatestDurationSeconds)),
  sourceIdentity: z.exactOptional(text(1_024)),
  sessionTags: z.exactOptional(
    z.catchall(z.strictObject({}), text(1_024)).check(
      z.refine((tags) => Object.keys(tags).length <= 50, "must have at most 50 tags"),
      z.refine(
        areTagKeys,
        "must have keys of 1 to 128 letters, digits, spaces and _.:/=+@-; no key may begin with aws:, or differ from another in case only",
      ),
    ),
  ),
  mode: z.exactOptional(z.literal(["enforce", "audit"])),
  acknowledgeSharedFolders: z.exactOptional(
    z.literal(
      true,
      "must be true or left out: different values may give the same folder, tag or source identity",
    ),
  ),
  acknowledgeVisibleNames: z.exactOptional(
    z.literal(true, "must be true or left out: callers may list the names of what is not theirs"),
  ),
});

export type StorageEntry = z.infer<(typeof storageEntries)[Way]>;
export type GrantEntry = z.infer<typeof grantEntry>;
