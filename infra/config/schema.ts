import { writeFileSync } from "node:fs";
import * as z from "zod/mini";
import { caseEntry } from "./case-entry.ts";
import {
  apiTokenEntry,
  awsSection,
  caBundlePath,
  grantEntry,
  issuerEntry,
  nameSyntax,
  storageEntries,
  warmSection,
} from "./document.ts";
import { delegationKeys, flussKeysOf } from "./fluss-spelling.ts";

interface JsonSchema {
  properties?: Record<string, JsonSchema>;
  patternProperties?: Record<string, JsonSchema>;
  required?: string[];
  allOf?: JsonSchema[];
  anyOf?: JsonSchema[];
  description?: string;
  const?: unknown;
}

/** What editors show beside a field; here, so that the functions need not carry it. */
const descriptions: Record<string, string> = {
  acknowledgeSharedFolders:
    "Say that you know that values that meet in a template without a separator may come to one folder for different callers.",
  accounts:
    "Ids, in quotes, of the accounts whose IAM users and roles are accepted. API Gateway lets only its own account's through.",
  acknowledgeLongTermKeys: "Say that you know that clients receive the long-term key itself.",
  algorithms: "Signature algorithms accepted of this issuer. Default: RS256, ES256.",
  apiTokens: "Static tokens, for callers that no OIDC issuer knows; npm run token:new makes one.",
  audience:
    "Any of these must be in a token's `aud`. `none` for an issuer whose access tokens have no `aud`, such as Cognito's: requiredClaims must tell then whom a token is for.",
  aws: "Whose requests, signed with AWS credentials, are accepted.",
  bucket: "A bucket, or s3://bucket/prefix.",
  caBundle:
    "A file of certificates in PEM, relative to this one, whose authorities are trusted beside the usual ones: by issuers' keys, STS and everything else that the functions call.",
  claims:
    "Of a grant: each claim named must match one of its patterns; `*` is any run of characters, and {name} captures a plain name for the templates, {name...} several with slashes between them. A name that begins with / is a JSON Pointer to a nested claim. Of an API token: its claims.",
  clockToleranceSeconds: "Of `exp`, `nbf` and `iat`. Default: 30.",
  endpoint: "Base URL of the S3 API. Default: AWS's in the region.",
  expires:
    "Of an API token: from then on it is refused; at most 366 days ahead. Of a grant: no session that it gives lasts longer.",
  externalId: "Sent with AssumeRole.",
  issue: "The way to issue credentials.",
  issuer:
    "Of an issuer: the `iss` of its tokens. Of a grant: the issuer's name, or aws, or api-token; or several of them.",
  jwksUri: "Where the issuer's keys are. Default: found by discovery.",
  kmsKeyArn: "The KMS key that encrypts the objects, where clients need to use it.",
  maxDurationSeconds: "The longest life of vended credentials. Default: 3600.",
  maxTokenAgeSeconds: "From a token's `iat`, which it then needs, 60 to 31536000. Default: until it expires.",
  mode: "`audit` logs what the grant would have decided and grants nothing. Default: enforce.",
  pathStyleAccess: "Bucket in the path instead of the host. Default: false on AWS, true elsewhere.",
  permission: "What may be done under the prefix.",
  prefix:
    "A folder under the storage's own; may hold ${claims.name}, and ${name} for what a condition captures. Default: the whole storage.",
  region: "Required on AWS. Default elsewhere: us-east-1.",
  requiredClaims:
    "Claims without which a token of this issuer is refused: a list of names, or each name with the value or values that are accepted.",
  roleArn: "The role to assume.",
  secret:
    "Name or whole ARN of the secret in Secrets Manager that holds the long-term key; by ARN, in the functions' region. A KMS key of your own that encrypts it must allow the roles of both functions kms:Decrypt.",
  sessions: "One session for all callers of a scope, or one for each principal.",
  sessionTags:
    "Tags of the session, their values from claims where they hold ${claims.name}; for assume-role and federation-token. The role's trust policy, or the IAM user's policy, must allow sts:TagSession.",
  sourceIdentity:
    "Who STS and CloudTrail are to know behind a session. Of a grant: text that may hold ${claims.name}. Of a storage: true, for the session's own name. The role's trust policy must allow sts:SetSourceIdentity.",
  sha256: "Hash of the whole token, in hexadecimal. The token itself stands nowhere.",
  stsEndpoint:
    "Base URL of the STS API. Default: AWS's in keyvend's own region, or in the storage's if that is of another partition.",
  stsCallsPerSecond:
    "Calls to STS that warming may make in a second, 1 to 1000. AWS's quota, of about 600, is shared by everything in the account and region. Default: 100.",
  sourceIps:
    "CIDR ranges of the addresses from which callers may ask keyvend. They hold for vending and not for S3. Behind a front such as CloudFront the address is the front's own.",
  tokenTypes:
    "Accepted `typ`s of this issuer's tokens, whatever their case; `none` is a token without one. Default: none, JWT, at+jwt.",
  subject:
    "Any of these must match the caller's `sub`, ARN or API token's name; `*` is any run of characters, and {name} captures a plain name.",
  warm: "How credentials in use are issued again, ahead of need.",
};

/** The JSON Schema of `infra/vending.yml`, from the schemas that check it. */
export function vendingSchema(): string {
  const named = (entry: z.ZodMiniType) => z.record(z.string().check(z.regex(nameSyntax)), entry);
  const document = z.strictObject({
    caBundle: z.exactOptional(caBundlePath),
    issuers: named(issuerEntry),
    aws: z.exactOptional(awsSection),
    apiTokens: z.exactOptional(named(apiTokenEntry)),
    storages: named(z.union(Object.values(storageEntries))),
    grants: z.array(grantEntry),
    warm: z.exactOptional(warmSection),
  });
  const schema = z.toJSONSchema(document, {
    override: ({ jsonSchema }) => {
      const node = jsonSchema as JsonSchema;
      describe(node);
      if (node.properties?.["bucket"]) admitFlussSpelling(node);
    },
  });
  return `${JSON.stringify({ title: "keyvend: issuers, storages and grants", ...schema }, null, 2)}\n`;
}

function describe({ properties = {} }: JsonSchema): void {
  for (const [field, schema] of Object.entries(properties)) {
    const description = descriptions[field];
    if (description !== undefined) schema.description = description;
  }
}

/**
 * A storage's field may be written under Fluss's names too, and is not missing then. By patterns, so that editors
 * complete with our own names.
 */
function admitFlussSpelling(storage: JsonSchema): void {
  const { properties = {}, required = [] } = storage;
  const isNone = properties["issue"]?.const === "none";
  storage.patternProperties = { [patternOf(delegationKeys)]: isNone ? {} : { const: true } };
  for (const [field, schema] of Object.entries(properties)) {
    const names = flussKeysOf(field);
    if (names.length > 0) storage.patternProperties[patternOf(names)] = schema;
  }
  storage.allOf = required.map((field) => {
    const names = [field, ...flussKeysOf(field), ...(isNone && field === "issue" ? delegationKeys : [])];
    return names.length === 1 ? { required: names } : { anyOf: names.map((name) => ({ required: [name] })) };
  });
  delete storage.required;
}

function patternOf(names: readonly string[]): string {
  return `^(?:${names.join("|").replaceAll(".", "\\.")})$`;
}

/** The JSON Schema of `infra/vending.test.yml`. */
export function casesSchema(): string {
  const schema = z.toJSONSchema(z.strictObject({ cases: z.array(caseEntry) }));
  return `${JSON.stringify({ title: "keyvend: cases that test the grants", ...schema }, null, 2)}\n`;
}

if (import.meta.main) {
  writeFileSync("infra/vending.schema.json", vendingSchema());
  writeFileSync("infra/vending.test.schema.json", casesSchema());
}
