import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { operationGroups } from "../../../shared/contract.ts";
import { changed, faultsOf, soundDocument } from "./document.ts";

const linesOf = (document: unknown) => faultsOf(document).map(({ path, message }) => `${path}: ${message}`);

const lake = "storages/lake";
const grant = "grants/0";
const federation = {
  bucket: "lake",
  region: "eu-central-1",
  issue: "federation-token",
  secret: "keyvend/lake",
};
const minio = { bucket: "lake", endpoint: "https://minio.example.com", issue: "session-token", secret: "s" };

/** [what is wrong, the changes that make it so, the one fault] */
const cases: [string, Record<string, unknown>, string | RegExp][] = [
  ["an unknown section", { users: {} }, "users: is not known here"],
  ["no issuers", { issuers: undefined, grants: [] }, "issuers: is required"],
  ["grants as a map", { grants: {} }, "grants: must be a list"],
  ["storages as a list", { storages: [], grants: [] }, "storages: must be a map"],
  [
    "a section name",
    { "storages/Lake_1": soundDocument().storages.lake },
    /^storages\.Lake_1: must be a name/,
  ],
  [
    "a prototype as an issuer",
    { issuers: JSON.parse('{"__proto__":{"issuer":"https://a.example","audience":"k"}}'), grants: [] },
    "issuers.__proto__: must be a name of 1 to 63 characters: a-z, 0-9 and -, and the first is not -",
  ],
  [
    "too many storages",
    {
      storages: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`s${i}`, federation])),
      grants: [],
    },
    "storages: must have at most 100 entries",
  ],
  [
    "too many grants",
    { grants: Array.from({ length: 20_001 }, () => soundDocument().grants[0]) },
    "grants: must have at most 20000 entries",
  ],

  [
    "an issuer over plain http",
    { "issuers/company/issuer": "http://login.example.com" },
    /^issuers\.company\.issuer: must be an https URL/,
  ],
  [
    "an issuer with a query",
    { "issuers/company/issuer": "https://login.example.com?a" },
    /^issuers\.company\.issuer: must be an https URL/,
  ],
  [
    "two issuers of one address",
    { "issuers/other": soundDocument().issuers.company },
    "issuers.other.issuer: is already the address of issuers.company",
  ],
  ...[
    "https://login.microsoftonline.com/common/v2.0",
    "https://login.microsoftonline.com/organizations/v2.0",
    "https://login.microsoftonline.com/Common/v2.0",
    "https://login.microsoftonline.us/consumers/v2.0",
    "https://sts.windows.net/common/",
    "https://login.microsoftonline.com/{tenantid}/v2.0",
    "https://login.microsoftonline.com/%7Btenantid%7D/v2.0",
  ].map((issuer): [string, Record<string, unknown>, RegExp] => [
    `an issuer of many tenants, ${issuer}`,
    { "issuers/company/issuer": issuer },
    /^issuers\.company\.issuer: must be the issuer of one tenant.*an issuer for each tenant/,
  ]),
  ["no audience", { "issuers/company/audience": undefined }, /^issuers\.company\.audience: must be text/],
  [
    "an empty list of audiences",
    { "issuers/company/audience": [] },
    "issuers.company.audience: must have 1 to 50 entries",
  ],
  [
    "a symmetric algorithm",
    { "issuers/company/algorithms": ["HS256"] },
    /^issuers\.company\.algorithms\[0\]: must be RS256 or/,
  ],
  [
    "no algorithm at all",
    { "issuers/company/algorithms": ["none"] },
    /^issuers\.company\.algorithms\[0\]: must be RS256 or/,
  ],
  [
    "an empty list of algorithms",
    { "issuers/company/algorithms": [] },
    /^issuers\.company\.algorithms: must have 1 to/,
  ],
  [
    "keys over plain http",
    { "issuers/company/jwksUri": "http://login.example.com/keys" },
    /^issuers\.company\.jwksUri: must be an https URL/,
  ],
  [
    "too much tolerance",
    { "issuers/company/clockToleranceSeconds": 121 },
    "issuers.company.clockToleranceSeconds: must be at most 120",
  ],

  ["no way", { [`${lake}/issue`]: undefined }, /^storages\.lake\.issue: must be session-token or/],
  ["an unknown way", { [`${lake}/issue`]: "toString" }, /^storages\.lake\.issue: must be session-token or/],
  [
    "a field of another way",
    { "storages/plain/roleArn": "arn:aws:iam::111122223333:role/x" },
    "storages.plain.roleArn: is not known here",
  ],
  ["no bucket", { [`${lake}/bucket`]: undefined }, "storages.lake.bucket: is required"],
  [
    "a bucket that is none",
    { [`${lake}/bucket`]: "La_ke" },
    "storages.lake.bucket: must name a bucket by S3's rules",
  ],
  [
    "a bucket with a path that leaves it",
    { [`${lake}/bucket`]: "s3://lake/../x" },
    "storages.lake.bucket: must not hold a . or .. segment",
  ],
  ["no region on AWS", { [`${lake}/region`]: undefined }, "storages.lake.region: is required on AWS"],
  [
    "no region beside an endpoint of AWS",
    { "storages/plain/region": undefined, "storages/plain/endpoint": "https://s3.eu-west-1.amazonaws.com" },
    "storages.plain.region: is required on AWS",
  ],
  [
    "a region that leads to another host",
    { "storages/plain/region": "eu-west-1-evil" },
    /^storages\.plain\.region: is not an AWS region/,
  ],
  [
    "a region with a dot",
    { "storages/plain/region": "x.evil.example" },
    /^storages\.plain\.region: must be a region/,
  ],
  [
    "a region that nobody knows",
    { "storages/plain/region": "us-isox-east-1" },
    /^storages\.plain\.region: is not an AWS region that is known here: give its partition/,
  ],
  [
    "a region that nobody knows beside an endpoint of AWS",
    {
      "storages/plain/region": "zz-north-1",
      "storages/plain/endpoint": "https://s3.zz-north-1.amazonaws.com",
    },
    /^storages\.plain\.region: is not an AWS region that is known here/,
  ],
  [
    "a partition that is not the region's",
    { "storages/plain/partition": "aws-eusc" },
    /^storages\.plain\.partition: is not the partition of the region/,
  ],
  [
    "a partition that is none",
    { "storages/plain/partition": "gcp" },
    /^storages\.plain\.partition: must be a partition/,
  ],
  [
    "a partition whose domain nobody knows, without an endpoint",
    { "storages/plain/region": "zz-north-1", "storages/plain/partition": "aws-zz" },
    /^storages\.plain\.endpoint: is required in a partition whose domain is not known/,
  ],
  [
    "an endpoint of another partition",
    { "storages/plain/endpoint": "https://s3.eusc-de-east-1.amazonaws.eu" },
    /^storages\.plain\.endpoint: is in another partition than the region/,
  ],
  [
    "a made-up partition beside an endpoint whose partition is known",
    {
      "storages/plain/region": "xx-new-1",
      "storages/plain/partition": "aws-typo",
      "storages/plain/endpoint": "https://s3.xx-new-1.amazonaws.com",
    },
    /^storages\.plain\.partition: is not known here, and the endpoint's domain is of another: give that of the endpoint/,
  ],
  ...["minio", "ceph", "seaweedfs"].map((store): [string, Record<string, unknown>, RegExp] => [
    `a partition of AWS on ${store}`,
    {
      "storages/plain": { ...minio, stsEndpoint: "https://minio.example.com", store, partition: "aws-cn" },
    },
    new RegExp(`^storages\\.plain\\.partition: can only be aws on ${store}.*: leave it out`),
  ]),
  ...[
    "s3.us-east-1.amazonaws.com",
    "s3.us-gov-west-1.amazonaws.com",
    "s3-us-west-2.amazonaws.com",
    "s3-fips.us-east-1.amazonaws.com",
    "s3.dualstack.us-east-1.amazonaws.com",
    "s3.us-east-1.api.aws",
    "s3.xx-new-1.amazonaws.com",
    "bucket.vpce-1a2b.s3.us-east-1.vpce.amazonaws.com",
  ].map((host): [string, Record<string, unknown>, RegExp] => [
    `an endpoint of another region, ${host}`,
    { "storages/plain/endpoint": `https://${host}` },
    /^storages\.plain\.endpoint: is in another region than the bucket: leave it out, or give the endpoint of the region/,
  ]),
  [
    "a role in the partition aws for a sovereign region",
    { [`${lake}/region`]: "eusc-de-east-1" },
    /^storages\.lake\.roleArn: is in another partition than the region/,
  ],
  ...(
    [
      ["https://sts.cn-north-1.amazonaws.com.cn", {}],
      ["https://sts.us-gov-west-1.amazonaws.com", {}],
      ["https://sts.eusc-fr-west-1.amazonaws.eu", {}],
      ["https://sts.eu-central-1.amazonaws.com", { region: "eusc-de-east-1" }],
      ["https://vpce-1-2.sts.eu-central-1.vpce.amazonaws.com", { region: "us-gov-west-1" }],
      ["https://sts.amazonaws.com", { region: "cn-north-1" }],
      ["https://sts.amazonaws.com", { region: "us-gov-west-1" }],
      ["https://sts.cn-north-1.amazonaws.com.cn", { endpoint: "https://minio.example.com" }],
    ] as const
  ).map(([stsEndpoint, change]): [string, Record<string, unknown>, RegExp] => [
    `${stsEndpoint} for ${JSON.stringify(change)}`,
    { "storages/plain": { ...soundDocument().storages.plain, ...change, stsEndpoint } },
    /^storages\.plain\.stsEndpoint: is in another partition than the region, whose sessions are not valid there: leave it out, or give/,
  ]),
  ...["a--x-s3", "a--table-s3", "a-s3alias", "a--ol-s3", "a.mrap"].map(
    (name): [string, Record<string, unknown>, RegExp] => [
      `a reserved name, ${name}`,
      { [`${lake}/bucket`]: `s3://${name}/x` },
      /^storages\.lake\.bucket: is .*(give|use) a?/,
    ],
  ),
  [
    "a KMS key of another region",
    { [`${lake}/kmsKeyArn`]: "arn:aws:kms:eu-west-1:111122223333:key/1234" },
    /^storages\.lake\.kmsKeyArn: is a key of another region .*: give a key of the storage's region/,
  ],
  [
    "a KMS key of another region in a list",
    {
      [`${lake}/kmsKeyArn`]: [
        "arn:aws:kms:eu-central-1:111122223333:key/1234",
        "arn:aws:kms:eu-west-1:111122223333:key/1234",
      ],
    },
    /^storages\.lake\.kmsKeyArn\[1\]: is a key of another region/,
  ],
  [
    "a KMS key of another partition",
    { [`${lake}/kmsKeyArn`]: "arn:aws-cn:kms:eu-central-1:111122223333:key/1234" },
    /^storages\.lake\.kmsKeyArn: is in another partition/,
  ],
  [
    "a KMS key twice",
    { [`${lake}/kmsKeyArn`]: Array(2).fill("arn:aws:kms:eu-central-1:111122223333:key/1234") },
    "storages.lake.kmsKeyArn[1]: stands there twice",
  ],
  [
    "an endpoint over plain http",
    { [`${lake}/endpoint`]: "http://minio.example.com" },
    /^storages\.lake\.endpoint: must be an https URL/,
  ],
  [
    "an endpoint that only looks local",
    { [`${lake}/endpoint`]: "http://127.0.0.1@minio.example.com" },
    /^storages\.lake\.endpoint: must be an https URL/,
  ],
  [
    "an endpoint with a backslash",
    { [`${lake}/endpoint`]: "http://minio.example.com\\@127.0.0.1" },
    /^storages\.lake\.endpoint: must be an https URL/,
  ],
  [
    "an STS over plain http",
    { [`${lake}/stsEndpoint`]: "http://10.0.0.1" },
    /^storages\.lake\.stsEndpoint: must be an https URL/,
  ],
  [
    "an STS with a fragment",
    { [`${lake}/stsEndpoint`]: "https://sts.example.com/#a" },
    /^storages\.lake\.stsEndpoint: must be an https URL/,
  ],
  [
    "a store of one's own without its STS",
    { "storages/plain": minio },
    /^storages\.plain\.stsEndpoint: is required/,
  ],
  [
    "text for a switch",
    { [`${lake}/pathStyleAccess`]: "yes" },
    "storages.lake.pathStyleAccess: must be true or false",
  ],
  ["nothing for a text", { [`${lake}/secret`]: null }, "storages.lake.secret: must be text"],
  [
    "a key for a secret's name",
    { [`${lake}/secret`]: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" },
    /^storages\.lake\.secret: looks like a key itself/,
  ],
  [
    "an ARN of a secret without its end",
    { [`${lake}/secret`]: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:own/key" },
    /^storages\.lake\.secret: must be the whole ARN, with the hyphen and six characters .* `aws secretsmanager describe-secret`/,
  ],
  [
    "a key id for a secret's name",
    { [`${lake}/secret`]: "AKIAIOSFODNN7EXAMPLE" },
    /^storages\.lake\.secret: looks like a key itself/,
  ],
  [
    "too short a life",
    { [`${lake}/maxDurationSeconds`]: 1_799 },
    "storages.lake.maxDurationSeconds: must be at least 1800",
  ],
  [
    "too long a life for a role",
    { [`${lake}/maxDurationSeconds`]: 43_201 },
    "storages.lake.maxDurationSeconds: must be at most 43200",
  ],
  [
    "too long a life for a session token",
    { "storages/plain/maxDurationSeconds": 129_601 },
    "storages.plain.maxDurationSeconds: must be at most 129600",
  ],
  [
    "a fraction of a second",
    { [`${lake}/maxDurationSeconds`]: 1_800.5 },
    "storages.lake.maxDurationSeconds: must be a whole number",
  ],
  [
    "too long a life for a chained role",
    { [`${lake}/secret`]: undefined, [`${lake}/maxDurationSeconds`]: 3_601 },
    /^storages\.lake\.maxDurationSeconds: must be at most 3600 without a secret/,
  ],
  [
    "a foreign STS for the function's own role",
    { [`${lake}/secret`]: undefined, [`${lake}/stsEndpoint`]: "https://sts.example.com" },
    /^storages\.lake\.secret: is required/,
  ],
  [
    "a role that is none",
    { [`${lake}/roleArn`]: "arn:aws:iam::111122223333:user/lake" },
    /^storages\.lake\.roleArn: must be a role's ARN/,
  ],
  [
    "a role of another partition",
    { [`${lake}/roleArn`]: "arn:aws-cn:iam::111122223333:role/lake" },
    /^storages\.lake\.roleArn: is in another partition/,
  ],
  [
    "per-principal sessions of one user",
    { "storages/plain/sessions": "per-principal" },
    /^storages\.plain\.sessions: can only be shared/,
  ],
  [
    "a long-term key handed out by accident",
    { "storages/plain/issue": "static" },
    /^storages\.plain\.acknowledgeLongTermKeys: must be true/,
  ],
  [
    "a long-term key not quite acknowledged",
    { "storages/plain/issue": "static", "storages/plain/acknowledgeLongTermKeys": "true" },
    /^storages\.plain\.acknowledgeLongTermKeys: must be true/,
  ],
  [
    "per-principal sessions of a static key",
    {
      "storages/plain": {
        ...federation,
        issue: "static",
        acknowledgeLongTermKeys: true,
        sessions: "per-principal",
      },
    },
    /^storages\.plain\.sessions: can only be shared/,
  ],
  [
    "per-principal sessions of nothing",
    { "storages/plain": { bucket: "lake", region: "eu-west-1", issue: "none", sessions: "per-principal" } },
    /^storages\.plain\.sessions: can only be shared/,
  ],
  [
    "a secret where nothing is issued",
    { "storages/plain/issue": "none" },
    "storages.plain.secret: is not known here",
  ],
  [
    "one caller's verdict for another",
    {
      "storages/plain": {
        bucket: "lake",
        region: "eu-west-1",
        issue: "web-identity",
        roleArn: "arn:aws:iam::111122223333:role/x",
        sessions: "shared",
      },
    },
    /^storages\.plain\.sessions: can only be per-principal/,
  ],
  [
    "a secret that vends a whole user beside a scope",
    { "storages/plain/secret": "keyvend/lake" },
    /^storages\.lake\.secret: is the secret of storages\.plain too, which is session-token: .* Give each a secret of its own/,
  ],
  [
    "a secret that is handed out beside a scope",
    { "storages/plain": { ...federation, issue: "static", acknowledgeLongTermKeys: true } },
    /^storages\.lake\.secret: is the secret of storages\.plain too, which is static/,
  ],
  [
    "a secret that is named once by its name and once by its ARN",
    {
      "storages/plain/secret": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:keyvend/lake-AbCdEf",
    },
    /^storages\.lake\.secret: is the secret of storages\.plain too/,
  ],
  [
    "a secret of the stage that is once named without the stage",
    { "storages/lake/secret": "lake", "storages/plain/secret": "keyvend-prod/lake" },
    /^storages\.lake\.secret: is the secret of storages\.plain too/,
  ],
  [
    "a secret of keyvend's own",
    { "storages/plain/secret": "sealing-key" },
    /^storages\.plain\.secret: is a secret of keyvend's own/,
  ],
  [
    "a secret of keyvend's own, by its whole name",
    { "storages/plain/secret": "keyvend-prod/client-keys" },
    /^storages\.plain\.secret: is a secret of keyvend's own/,
  ],
  [
    "a secret's name that Secrets Manager does not know",
    { "storages/plain/secret": "keyvend:lake" },
    "storages.plain.secret: must be the name or the ARN of a secret in Secrets Manager",
  ],
  [
    "the store of AWS elsewhere",
    { "storages/plain": { ...minio, store: "aws", stsEndpoint: "https://minio.example.com" } },
    /^storages\.plain\.store: cannot be aws with an endpoint that is not AWS's/,
  ],
  [
    "the store of AWS beside another STS",
    { [`${lake}/store`]: "aws", [`${lake}/stsEndpoint`]: "https://sts.example.com" },
    /^storages\.lake\.store: cannot be aws/,
  ],
  [
    "a store that nobody knows",
    { [`${lake}/store`]: "garage" },
    "storages.lake.store: must be aws or minio or ceph or seaweedfs or other",
  ],
  [
    "a KMS key that is none",
    { [`${lake}/kmsKeyArn`]: "alias/lake" },
    "storages.lake.kmsKeyArn: must be the ARN of a KMS key, or a list of 1 to 10 such",
  ],

  [
    "an issuer that is not there",
    { [`${grant}/issuer`]: "nobody" },
    "grants[0].issuer: is not among the issuers",
  ],
  [
    "a storage that is not there",
    { [`${grant}/storage`]: "constructor" },
    "grants[0].storage: is not among the storages",
  ],
  [
    "a grant's name twice",
    { "grants/1": soundDocument().grants[0] },
    "grants[1].name: is already the name of an earlier grant",
  ],
  [
    "a grant for any caller",
    { [`${grant}/subject`]: undefined },
    /^grants\[0\]\.subject: is required if there are no claims/,
  ],
  ["an empty list of subjects", { [`${grant}/subject`]: [] }, "grants[0].subject: must have 1 to 50 entries"],
  [
    "an empty pattern",
    { [`${grant}/claims`]: { team: "" } },
    "grants[0].claims.team: must be 1 to 512 characters",
  ],
  [
    "a number as a pattern",
    { [`${grant}/claims`]: { team: 7 } },
    /^grants\[0\]\.claims\.team: must be text of 1/,
  ],
  [
    "a condition that would be passed over",
    { [`${grant}/claims`]: JSON.parse('{"__proto__":"a"}') },
    "grants[0].claims.__proto__: is not known here",
  ],
  [
    "too many conditions",
    { [`${grant}/claims`]: Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`c${i}`, "a"])) },
    /^grants\[0\]\.claims: must have at most 20 claims/,
  ],
  [
    "a prefix that no policy can name",
    { [`${grant}/prefix`]: "daten/\u0100/" },
    /^grants\[0\]\.prefix: must not have characters beyond U\+00FF/,
  ],
  ...(
    [
      [{ also: ["acl"] }, /^grants\[0\]\.also\[0\]: must be folder or versions or/],
      [{ also: [] }, /^grants\[0\]\.also: must have 1 to/],
      [{ also: ["tags", "tags"] }, "grants[0].also[1]: stands there twice"],
      [
        { also: ["uploads"], permission: "READ" },
        /^grants\[0\]\.also\[0\]: adds nothing to READ: it needs WRITE/,
      ],
      [
        { also: ["tags", "folder"], permission: "WRITE" },
        /^grants\[0\]\.also\[1\]: adds nothing to WRITE: it needs READ/,
      ],
      [{ also: ["tags"], storage: "plain" }, /^grants\[0\]\.also: cannot be enforced by session-token/],
      [
        { also: ["folder"], prefix: "tenants/${claims.tenant}/" },
        /^grants\[0\]\.also\[0\]: would show callers the names of/,
      ],
      [
        { also: ["folder"], prefix: "tenants/a-${claims.tenant}-b" },
        /^grants\[0\]\.also\[0\]: would show callers/,
      ],
      [
        { also: ["folder"], claims: { path: "{path...}" }, prefix: "p/${path}/data/" },
        /^grants\[0\]\.also\[0\]: would show/,
      ],
      [
        { also: ["folder"], claims: { path: "{path...}" }, prefix: "p/${path}/" },
        /^grants\[0\]\.also\[0\]: would show/,
      ],
      [
        { also: ["tags", "bucket-check"], prefix: "${claims.tenant}/data/" },
        /^grants\[0\]\.also\[1\]: would show callers the names of each other's keys: take it out, or set acknowledgeVisibleNames: true/,
      ],
      [
        { also: ["uploads"], prefix: "${claims.tenant}/data/" },
        /^grants\[0\]\.also\[0\]: would show .* uploads/,
      ],
      [{ acknowledgeVisibleNames: false }, /^grants\[0\]\.acknowledgeVisibleNames: must be true or left out/],
    ] as [object, string | RegExp][]
  ).map(([change, fault]): [string, Record<string, unknown>, string | RegExp] => [
    `groups of operations: ${JSON.stringify(change)}`,
    Object.fromEntries(Object.entries(change).map(([field, value]) => [`${grant}/${field}`, value])),
    fault,
  ]),
  ...(
    [
      ["a*b/", {}],
      ["a?b/", { store: "minio" }],
      ["a$b/${claims.tenant}/", { store: "other" }],
      ["", { bucket: "lake/a*b" }],
    ] as const
  ).map(([prefix, change]): [string, Record<string, unknown>, RegExp] => [
    `a prefix ${prefix} with what policies outside of AWS take for wildcards: ${JSON.stringify(change)}`,
    {
      [lake]: {
        ...soundDocument().storages.lake,
        endpoint: minio.endpoint,
        stsEndpoint: minio.endpoint,
        ...change,
      },
      [`${grant}/prefix`]: prefix,
    },
    /^grants\[0\]\.prefix: cannot be enforced: outside of AWS, policies take \*, \? and \$ for wildcards.*use other characters here and in the storage's bucket/,
  ]),
  [
    "a bucket that no policy can name",
    { [`${lake}/bucket`]: "lake/\u0100" },
    /^grants\[0\]\.prefix: must not have char/,
  ],
  ...(
    [
      ["a prefix", { [`${grant}/prefix`]: `${"a".repeat(1_000)}/` }],
      ["a template", { [`${grant}/prefix`]: `${"a".repeat(1_000)}/\${claims.tenant}/` }],
      ["the storage's prefix", { [`${lake}/bucket`]: `lake/${"a".repeat(1_000)}` }],
      [
        "ten KMS keys and all groups",
        {
          [`${lake}/kmsKeyArn`]: Array.from(
            { length: 10 },
            (_, i) => `arn:aws:kms:eu-central-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890a${i}`,
          ),
          [`${grant}/prefix`]: `${"a".repeat(150)}/`,
          [`${grant}/also`]: [...operationGroups],
        },
      ],
    ] as [string, Record<string, unknown>][]
  ).map(([what, changes]): [string, Record<string, unknown>, RegExp] => [
    `a session policy that is too long by ${what}`,
    changes,
    /^grants\[0\]: needs a session policy that is longer than the 2048 characters or bytes that STS takes, however short the values of its templates are: shorten the prefix, or take groups out of also or keys out of the storage's kmsKeyArn/,
  ]),
  ["no permission", { [`${grant}/permission`]: undefined }, "grants[0].permission: is required"],
  [
    "an unknown permission",
    { [`${grant}/permission`]: "ADMIN" },
    "grants[0].permission: must be READ or WRITE or READWRITE",
  ],
  ["an unknown mode", { [`${grant}/mode`]: "dry-run" }, "grants[0].mode: must be enforce or audit"],
  [
    "a prefix that begins with a slash",
    { [`${grant}/prefix`]: "/raw/" },
    /^grants\[0\]\.prefix: must not begin with a slash/,
  ],
  [
    "a prefix that leaves",
    { [`${grant}/prefix`]: "raw/../x" },
    "grants[0].prefix: must not hold a . or .. segment",
  ],
  [
    "a variable of IAM",
    { [`${grant}/prefix`]: "home/${aws:username}/" },
    /^grants\[0\]\.prefix: must refer to claims/,
  ],
  [
    "an unfinished template",
    { [`${grant}/prefix`]: "home/${claims.tenant/" },
    /^grants\[0\]\.prefix: must refer to claims/,
  ],
  [
    "a template without a name",
    { [`${grant}/prefix`]: "home/${claims.}/" },
    /^grants\[0\]\.prefix: must refer to claims/,
  ],
  [
    "a prefix that cannot be held to",
    { [`${grant}/storage`]: "plain", [`${grant}/prefix`]: "raw/" },
    /^grants\[0\]\.prefix: cannot be enforced by session-token.*use federation-token or assume-role or web-identity$/,
  ],
  [
    "a permission that cannot be held to",
    { [`${grant}/storage`]: "plain", [`${grant}/permission`]: "READ" },
    /^grants\[0\]\.permission: cannot be enforced by session-token/,
  ],
];

describe("a configuration with faults", () => {
  it.each(cases)("is refused for %s", (_what, changes, fault) => {
    const lines = linesOf(changed(changes));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(fault);
  });

  it.each([
    "s3.eu-central-1.amazonaws.com",
    "s3-eu-central-1.amazonaws.com",
    "s3-fips.dualstack.eu-central-1.amazonaws.com",
    "bucket.vpce-1a2b.s3.eu-central-1.vpce.amazonaws.com",
    "s3-accelerate.amazonaws.com",
    "s3-external-1.amazonaws.com",
    "s3.amazonaws.com",
  ])("has none in the endpoint %s of a bucket in eu-central-1", (host) => {
    expect(linesOf(changed({ "storages/plain/endpoint": `https://${host}` }))).toEqual([]);
  });

  it("has none in the partition aws on another store", () => {
    const entry = { ...minio, stsEndpoint: minio.endpoint, store: "minio", partition: "aws" };
    expect(linesOf(changed({ "storages/plain": entry }))).toEqual([]);
  });

  it("has none in a prefix whose policy is just short enough, nor in wildcards on AWS", () => {
    expect(linesOf(changed({ [`${grant}/prefix`]: `${"a".repeat(600)}/` }))).toEqual([]);
    expect(linesOf(changed({ [`${grant}/prefix`]: "a*b?c$d/" }))).toEqual([]);
    // No policy is written for them.
    const elsewhere = { ...minio, bucket: "lake/a*b", stsEndpoint: minio.endpoint };
    expect(linesOf(changed({ "storages/plain": elsewhere, [`${grant}/storage`]: "plain" }))).toEqual([]);
  });

  it("has none where two storages of one kind, or two secrets whose names begin alike, stand side by side", () => {
    const lakes = { ...soundDocument().storages.lake, bucket: "lake-2" };
    const plain = soundDocument().storages.plain;
    const arn = (name: string) => `arn:aws:secretsmanager:eu-central-1:111122223333:secret:${name}-AbCdEf`;
    expect(linesOf(changed({ "storages/other": lakes, "storages/third": plain }))).toEqual([]);
    expect(linesOf(changed({ "storages/plain/secret": arn("keyvend/lake-2") }))).toEqual([]);
    expect(linesOf(changed({ "storages/plain/secret": "keyvend/lake-AbCdEf" }))).toEqual([]);
  });

  it("has none in groups of operations that show nobody the names of others, or are acknowledged", () => {
    const folder = (change: object) => {
      const fields = Object.entries({ also: ["folder"], ...change });
      return linesOf(
        changed(Object.fromEntries(fields.map(([field, value]) => [`${grant}/${field}`, value]))),
      );
    };
    expect(folder({})).toEqual([]);
    expect(folder({ prefix: "raw/tables/" })).toEqual([]);
    expect(folder({ prefix: "${claims.tenant}/tables/" })).toEqual([]);
    expect(folder({ prefix: "${claims.tenant}/", acknowledgeVisibleNames: true })).toEqual([]);
    expect(folder({ prefix: "${claims.tenant}/", also: ["versions", "tags", "restore"] })).toEqual([]);
    expect(folder({ prefix: "raw/", also: ["uploads", "bucket-check"] })).toEqual([]);
  });

  it("is refused for everything at once", () => {
    const document = changed({
      extra: 1,
      "issuers/company/audience": 7,
      [`${lake}/region`]: undefined,
      [`${lake}/secret`]: 8,
      "storages/plain/stsEndpoint": "ftp://x",
      [`${grant}/issuer`]: "nobody",
      [`${grant}/permission`]: "ADMIN",
      "grants/1": { ...soundDocument().grants[0], name: "other", prefix: "//" },
    });
    expect(faultsOf(document).map(({ path }) => path)).toEqual([
      "extra",
      "issuers.company.audience",
      "storages.lake.secret",
      "storages.plain.stsEndpoint",
      "grants[0].issuer",
      "grants[0].permission",
      "grants[1].prefix",
    ]);
  });

  it.each([null, undefined, 7, "text", [], [[]]])("is refused when it is %j", (document) => {
    expect(faultsOf(document).map(({ path }) => path)).toEqual(["issuers", "storages", "grants"]);
  });

  it("throws nothing but its own error, and never repeats a value", () => {
    const value = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom("\u0000", "s3://", "${claims.", "a".repeat(3_000)),
    );
    const place = fc.constantFrom(
      "issuers",
      "issuers/company",
      "issuers/company/issuer",
      "issuers/company/algorithms",
      "storages",
      lake,
      `${lake}/bucket`,
      `${lake}/endpoint`,
      `${lake}/stsEndpoint`,
      `${lake}/roleArn`,
      `${lake}/issue`,
      "grants",
      grant,
      `${grant}/claims`,
      `${grant}/prefix`,
      `${grant}/storage`,
    );
    fc.assert(
      fc.property(place, value, (path, anything) => {
        faultsOf(anything);
        faultsOf(changed({ [path]: anything }));
      }),
    );
    const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    fc.assert(
      fc.property(
        place,
        fc.constantFrom(secret, [secret], { bucket: secret, issue: secret }),
        (path, misplaced) => {
          expect(linesOf(changed({ [path]: misplaced })).join("\n")).not.toContain(secret);
        },
      ),
    );
  });
});
