import { writeFileSync } from "node:fs";
import * as z from "zod/mini";
import { caseEntry } from "./case-entry.ts";
import {
  apiTokenEntry,
  awsSection,
  caBundlePath,
  clientKeyEntry,
  corsOriginList,
  grantEntry,
  issuerEntry,
  missesSection,
  nameSyntax,
  roleArn,
  serverSection,
  storageEntries,
  stsRoleEntry,
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

/** Editors show these beside a field. They stand here, so that the functions do not carry them. */
const descriptions: Record<string, string> = {
  acknowledgeSharedFolders:
    "Confirms that you know: if values meet in a template without a separator, different callers may get the same folder.",
  accounts:
    "Ids, in quotes, of the accounts whose IAM users and roles are accepted. API Gateway lets only callers of its own account through.",
  acknowledgeLongTermKeys: "Confirms that you know that clients receive the long-term key itself.",
  acknowledgeVisibleNames:
    "Confirms that you know: by what stands in `also`, callers can list names in folders of each other.",
  also: "Operations beside the permission, each within it. infra/scopes.md says what each group contains, and what it costs.",
  algorithms: "Signature algorithms that are accepted from this issuer. Default: RS256, ES256.",
  apiTokens: "Static tokens, for callers that no OIDC issuer knows. npm run token:new makes one.",
  audience:
    "A token's `aud` must have one of these. `none` is for an issuer whose access tokens have no `aud`, such as Cognito's: then requiredClaims must tell for whom a token is.",
  aws: "The callers whose requests, signed with AWS credentials, are accepted.",
  bucket: "A bucket, or s3://bucket/prefix.",
  caBundle:
    "The path, relative to this file, of a file of certificates in PEM. The functions trust their authorities beside the usual ones, for issuers, STS and everything else that they call.",
  claims:
    "Of a grant: each of these claims must match one of its patterns. `*` matches any run of characters. {name} captures a plain name for the templates, and {name...} several with slashes between them. A name that begins with / is a JSON Pointer to a nested claim. Of an API token or a client key: its claims.",
  clientKeys:
    "Access keys that open keyvend and nothing else, for clients that sign for STS. npm run client-key:new makes one.",
  clockToleranceSeconds: "Tolerance for `exp`, `nbf` and `iat`. Default: 30.",
  corsOrigins:
    "The origins whose pages in browsers may ask the API and read its answers, such as https://app.example.com. Default: none.",
  endpoint: "Base URL of the S3 API. Default: AWS's endpoint in the region.",
  expires:
    "Of an API token or a client key: the time from which it is refused, at most 366 days ahead. Of a grant: no session that it gives lasts longer.",
  everyDays: "The age in days at which the key is replaced, 4 to 365.",
  externalId:
    "Of a storage: sent with AssumeRole. Of a grant: a request by the door for STS must bring the same, and other requests get nothing.",
  id: "The id of a client key. Several while a client changes to its next key. An id is never used again.",
  issue: "The way to issue credentials.",
  issuer:
    "Of an issuer: the `iss` of its tokens. Of a grant: the name of an issuer, aws, api-token or client-key, or a list of these.",
  jwksUri: "The URL of the issuer's keys. Default: found by discovery.",
  kmsKeyArn:
    "The KMS key, or keys, that encrypt the objects, if clients need to use them. In the storage's region.",
  maxDurationSeconds: "The longest life of vended credentials. Default: 3600.",
  maxTokenAgeSeconds:
    "The greatest age of a token by its `iat`, which it must then have, 60 to 31536000. Default: until it expires.",
  mode: "`audit` logs the decision that the grant would have made, and grants nothing. Default: enforce.",
  partition:
    "The AWS partition of a region that is not known here. Default: the region's own; of another store, aws.",
  pathStyleAccess:
    "Whether the bucket is in the path and not in the host. Default: false on AWS, true elsewhere.",
  listen: "Where the server listens. Default: 127.0.0.1:8080. Beyond loopback it needs tls or proxies.",
  status:
    "Where the server tells its health (/healthz), its readiness (/readyz) and its metrics (/metrics). Default: 127.0.0.1:9464.",
  tls: "The server's certificate with its chain, and its key, as paths relative to this file. They are read again when they change.",
  proxies:
    "CIDR ranges of the proxies in front of the server. They may come by plain HTTP, and their X-Forwarded-For is believed.",
  table:
    "Where the server keeps sessions: memory, for one process, or the name of a DynamoDB table, for several. Default: memory.",
  stage:
    "Without a folder of secrets: the stage whose secrets in Secrets Manager the server reads, keyvend-<stage>/….",
  drainSeconds:
    "For so long the server still takes requests after it was told to stop, while it says that it is not ready. Default: 0.",
  limits: "Bounds of what callers of the server may use up. infra/server/README.md has the defaults.",
  permission: "The operations that are allowed under the prefix.",
  misses:
    "How many requests that the cache cannot answer may ask STS in ten minutes. Beyond that callers get `throttled`.",
  perClientKey: "In place of perPrincipal, for each client key, 1 to 360000. Default: 600.",
  perPrincipal: "Limit for each principal over all storages, 1 to 360000. Default: 60.",
  perStorage: "Limit for each storage over all principals, 1 to 360000. Default: 600.",
  prefix:
    "A folder under the storage's own. Of a grant, it may have ${claims.name}, and ${name} for a capture of a condition. Default: the whole storage.",
  region: "Required on AWS. Default elsewhere: us-east-1.",
  requiredClaims:
    "Claims that a token of this issuer must have: a list of names, or each name with the value or values that are accepted. Any other token is refused.",
  roleArn: "The role to assume.",
  rotation:
    "Has the long-term key replaced again and again by another one of the same IAM user, in the functions' account. For a secret of several storages, state it once. Default: the operator replaces the key.",
  secret:
    "Name or whole ARN of the secret in Secrets Manager that holds the long-term key. A secret that is given by ARN must be in the functions' region. If a KMS key of your own encrypts the secret, it must allow kms:Decrypt to the roles of both functions.",
  sessions: "One session for all callers of a scope, or one for each principal.",
  stsRoleArns:
    "Roles that clients of the STS door may name beside those of the form arn:aws:iam::000000000000:role/keyvend/<storage>[/<permission>[/<folder>]], each with what it stands for.",
  sessionTags:
    "Tags of the session, for assume-role and federation-token. A value may have ${claims.name}. The role's trust policy, or the IAM user's policy, must allow sts:TagSession.",
  sourceIdentity:
    "The identity that STS and CloudTrail record behind a session. Of a grant: text that may have ${claims.name}. Of a storage: true, for the session's own name. The role's trust policy must allow sts:SetSourceIdentity.",
  sha256: "Hash of the whole token, in hexadecimal. The token itself is not stored.",
  store:
    "The kind of store, by which its policies are written and the check warns of what it does not know. It makes the rules stricter than its addresses imply, and never more lenient, but that MinIO takes all characters in prefixes.",
  stsEndpoint:
    "Base URL of the STS API. Default: AWS's endpoint in keyvend's own region, or in the storage's region if that is in another partition.",
  stsCallsPerSecond:
    "Calls to STS that warming may make in a second, 1 to 1000. AWS's quota of about 600 is shared by everything in the account and region. Default: 100.",
  sourceIps:
    "CIDR ranges of the addresses from which callers may ask keyvend. They apply to vending and not to S3. Behind a front such as CloudFront the address is the front's own.",
  tokenTypes:
    "The `typ`s that are accepted in this issuer's tokens, in any case. `none` stands for a token without one. Default: none, JWT, at+jwt.",
  subject:
    "The caller's `sub`, ARN or the name of its API token or client key must match one of these. `*` matches any run of characters, and {name} captures a plain name.",
  user: "The IAM user whose key it is, with its path if it has one. Default: the user that npm run config:iam makes for the storage.",
  warm: "Settings for issuing credentials in use again, ahead of need.",
};

/** The JSON Schema of `infra/vending.yml`, from the schemas that check it. */
export function vendingSchema(): string {
  const mapByName = (entry: z.ZodMiniType) => z.record(z.string().check(z.regex(nameSyntax)), entry);
  const document = z.strictObject({
    caBundle: z.exactOptional(caBundlePath),
    issuers: mapByName(issuerEntry),
    aws: z.exactOptional(awsSection),
    apiTokens: z.exactOptional(mapByName(apiTokenEntry)),
    clientKeys: z.exactOptional(mapByName(clientKeyEntry)),
    storages: mapByName(z.union(Object.values(storageEntries))),
    grants: z.array(grantEntry),
    stsRoleArns: z.exactOptional(z.record(roleArn, stsRoleEntry)),
    warm: z.exactOptional(warmSection),
    misses: z.exactOptional(missesSection),
    corsOrigins: z.exactOptional(corsOriginList),
    server: z.exactOptional(serverSection),
  });
  const schema = z.toJSONSchema(document, {
    override: ({ jsonSchema }) => {
      const node = jsonSchema as JsonSchema;
      addDescriptions(node);
      if (node.properties?.["bucket"]) addFlussSpelling(node);
    },
  });
  return `${JSON.stringify({ title: "keyvend: issuers, storages and grants", ...schema }, null, 2)}\n`;
}

function addDescriptions({ properties = {} }: JsonSchema): void {
  for (const [field, schema] of Object.entries(properties)) {
    const description = descriptions[field];
    if (description !== undefined) schema.description = description;
  }
}

/**
 * Lets a storage's field stand under Fluss's names too, so that it is not missing then. The names are patterns, so that
 * editors complete with keyvend's own names.
 */
function addFlussSpelling(storage: JsonSchema): void {
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
