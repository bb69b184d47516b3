import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../infra/config/parse-config.ts";
import { changed } from "./document.ts";

function storage(entry: object) {
  return parseConfig(changed({ "storages/other": entry })).storages.get("other");
}

function grant(entry: object) {
  const whole = { name: "other", issuer: "company", storage: "lake", permission: "READ", ...entry };
  return parseConfig(changed({ "grants/1": whole })).grants.all[1];
}

const onAws = { bucket: "lake", issue: "session-token", secret: "keyvend/other" };
const elsewhere = {
  ...onAws,
  endpoint: "https://minio.example.com/",
  stsEndpoint: "https://minio.example.com/",
};

describe("a storage", () => {
  it.each([
    ["eu-central-1", "https://s3.eu-central-1.amazonaws.com", "aws"],
    ["us-gov-west-1", "https://s3.us-gov-west-1.amazonaws.com", "aws-us-gov"],
    ["cn-north-1", "https://s3.cn-north-1.amazonaws.com.cn", "aws-cn"],
    ["ap-southeast-2", "https://s3.ap-southeast-2.amazonaws.com", "aws"],
    ["eusc-de-east-1", "https://s3.eusc-de-east-1.amazonaws.eu", "aws-eusc"],
    ["us-isob-east-1", "https://s3.us-isob-east-1.sc2s.sgov.gov", "aws-iso-b"],
  ])("in %s has its endpoint and partition derived", (region, endpoint, partition) => {
    expect(storage({ ...onAws, region })).toEqual({
      ...onAws,
      name: "other",
      prefix: "",
      region,
      endpoint,
      partition,
      pathStyleAccess: false,
      dialect: { hasEscapes: true, hasAllCharacters: false, unit: "characters" },
      maxDurationSeconds: 3_600,
      sessions: "shared",
    });
  });

  it("of another store is addressed by path, without trailing slashes, in AWS's partition", () => {
    expect(storage({ ...elsewhere, region: "cn-earth-1" })).toMatchObject({
      endpoint: "https://minio.example.com",
      stsEndpoint: "https://minio.example.com",
      pathStyleAccess: true,
      partition: "aws",
    });
  });

  it("of another store needs no region", () => {
    expect(storage(elsewhere)).toMatchObject({ region: "us-east-1" });
  });

  it("behind an interface endpoint of AWS is still AWS", () => {
    const endpoint = "https://bucket.vpce-1a2b.s3.eu-west-1.vpce.amazonaws.com";
    expect(storage({ ...onAws, region: "eu-west-1", endpoint })).toMatchObject({ pathStyleAccess: false });
  });

  it("on a host that only ends like AWS's is not AWS", () => {
    const endpoint = "https://evilamazonaws.com";
    expect(storage({ ...elsewhere, endpoint })).toMatchObject({ pathStyleAccess: true });
  });

  it.each([
    [
      { ...onAws, region: "eu-west-1" },
      { hasEscapes: true, hasAllCharacters: false, unit: "characters" },
    ],
    [
      { ...onAws, region: "eu-west-1", store: "aws" },
      { hasEscapes: true, unit: "characters" },
    ],
    [
      { ...onAws, region: "eu-west-1", stsEndpoint: "https://sts.eu-west-1.api.aws" },
      { hasEscapes: true, unit: "characters" },
    ],
    [
      { ...onAws, region: "eu-west-1", store: "other" },
      { hasEscapes: false, unit: "bytes" },
    ],
    [
      { ...onAws, region: "eu-west-1", store: "minio" },
      { hasAllCharacters: false, unit: "bytes" },
    ],
    [elsewhere, { hasEscapes: false, hasAllCharacters: false, unit: "bytes" }],
    [
      { ...elsewhere, store: "ceph" },
      { hasEscapes: false, hasAllCharacters: false, unit: "bytes" },
    ],
    [
      { ...elsewhere, store: "minio" },
      { hasEscapes: false, hasAllCharacters: true, unit: "bytes" },
    ],
    [
      { ...onAws, region: "eu-west-1", stsEndpoint: "https://sts.eu-west-1.amazonaws.com.evil.example" },
      { hasEscapes: false },
    ],
  ])("has the dialect of its addresses, or a stricter one: %j", (entry, dialect) => {
    expect(storage(entry)?.dialect).toMatchObject(dialect);
  });

  it("says itself how it is addressed", () => {
    expect(storage({ ...elsewhere, pathStyleAccess: false })).toMatchObject({ pathStyleAccess: false });
  });

  it("in a sovereign region has that partition, also where the endpoints are written down", () => {
    const region = "eusc-de-east-1";
    const [endpoint, stsEndpoint] = ["s3", "sts"].map((name) => `https://${name}.${region}.amazonaws.eu`);
    expect(storage({ ...onAws, region, endpoint, stsEndpoint })).toMatchObject({
      partition: "aws-eusc",
      pathStyleAccess: false,
      dialect: { hasEscapes: true },
    });
  });

  it.each([
    ["cn-north-1", "https://sts.internal.example", "aws-cn"],
    ["us-gov-west-1", "http://127.0.0.1:9000", "aws-us-gov"],
    ["eu-central-1", "https://sts.internal.example", "aws"],
  ])("of AWS in %s behind an STS at %s has the partition of its bucket", (region, stsEndpoint, partition) => {
    expect(storage({ ...onAws, region, stsEndpoint })).toMatchObject({ partition });
  });

  it("in a region that is not known has the partition that is given, and no more trust than that", () => {
    const domain = "https://s3.zz-north-1.cloud.example";
    const entry = {
      ...onAws,
      region: "zz-north-1",
      partition: "aws-zz",
      endpoint: domain,
      stsEndpoint: domain,
    };
    expect(storage(entry)).toMatchObject({
      partition: "aws-zz",
      endpoint: domain,
      dialect: { hasEscapes: false },
    });
    const ofKnown = { ...onAws, region: "zz-north-1", partition: "aws" };
    expect(storage(ofKnown)).toMatchObject({
      partition: "aws",
      endpoint: "https://s3.zz-north-1.amazonaws.com",
    });
  });

  it("of another store may have a name that AWS keeps for itself", () => {
    expect(storage({ ...elsewhere, bucket: "a-s3alias" })).toMatchObject({ bucket: "a-s3alias" });
  });

  it("may have several KMS keys", () => {
    const keys = ["1234", "5678"].map((id) => `arn:aws:kms:eu-west-1:111122223333:key/${id}`);
    const entry = { ...onAws, issue: "federation-token", region: "eu-west-1", kmsKeyArn: keys };
    expect(storage(entry)).toMatchObject({ kmsKeyArn: keys });
  });

  it.each([
    ["lake", "lake", ""],
    ["s3://lake", "lake", ""],
    ["s3://lake/", "lake", ""],
    ["s3://lake/a/b", "lake", "a/b/"],
    ["s3a://lake/a/", "lake", "a/"],
  ])("at %s is a bucket and a folder in it", (written, bucket, prefix) => {
    expect(storage({ ...onAws, region: "eu-west-1", bucket: written })).toMatchObject({ bucket, prefix });
  });

  it.each(["http://127.0.0.1:4105", "http://localhost:9000", "http://[::1]:9000"])(
    "may be at %s",
    (local) => {
      expect(storage({ ...onAws, endpoint: local, stsEndpoint: local })).toMatchObject({ endpoint: local });
    },
  );

  it("by web identity has a session for each principal", () => {
    const entry = {
      bucket: "lake",
      region: "eu-west-1",
      issue: "web-identity",
      roleArn: "arn:aws:iam::111122223333:role/x",
    };
    expect(storage(entry)).toMatchObject({ sessions: "per-principal" });
  });

  it("of another store may have a role that AWS would not know", () => {
    const entry = { ...elsewhere, issue: "assume-role", roleArn: "arn:xxx:xxx:xxx:xxxx" };
    expect(storage(entry)).toMatchObject({ roleArn: "arn:xxx:xxx:xxx:xxxx" });
  });
});

describe("a grant", () => {
  it("has its patterns as lists, and its defaults", () => {
    expect(grant({ claims: { team: "a", roles: ["b", "c-*"] } })).toEqual({
      name: "other",
      issuer: ["company"],
      claims: { team: ["a"], roles: ["b", "c-*"] },
      storage: "lake",
      prefix: "",
      permission: "READ",
      maxDurationSeconds: 3_600,
      mode: "enforce",
    });
  });

  it.each([
    ["raw", "raw/"],
    ["raw/", "raw/"],
    ["tenants/${claims.tenant}", "tenants/${claims.tenant}/"],
    ["t/a-${claims.https://example.com/tenant}-b/", "t/a-${claims.https://example.com/tenant}-b/"],
    ["odd/*?$/", "odd/*?$/"],
    ["day=10%3A00", "day=10%3A00/"],
  ])("with the prefix %s means that folder", (written, prefix) => {
    expect(grant({ subject: "*", prefix: written })).toMatchObject({ prefix });
  });

  it("may cover a storage that cannot be scoped, whole", () => {
    expect(grant({ subject: "*", storage: "plain", permission: "READWRITE" })).toMatchObject({
      storage: "plain",
    });
  });
});
