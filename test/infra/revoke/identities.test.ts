import { CreateSecretCommand } from "@aws-sdk/client-secrets-manager";
import { describe, expect, test } from "vitest";
import { effectsOf } from "../../../infra/revoke/effects.ts";
import { identitiesOf } from "../../../infra/revoke/identities.ts";
import { sessionsReport } from "../../../infra/revoke/sessions-report.ts";
import type { Storage } from "../../../shared/core/storage.ts";
import { configOf, sampleGrant, sampleStorage } from "../../vending/samples.ts";
import { createWorld, lakeKey } from "../local/aws/world.ts";

const account = "123456789012";
const at = Date.UTC(2026, 10, 22, 15);

async function createAccess(change: { users?: [string, string][]; emulatedSts?: string } = {}) {
  const { iam, secrets } = await createWorld();
  await secrets().send(
    new CreateSecretCommand({ Name: "keyvend-prod/own", SecretString: JSON.stringify(lakeKey) }),
  );
  const regions: (string | undefined)[] = [];
  const access = {
    iam: iam(),
    secretsManager: (region: string | undefined) => {
      regions.push(region);
      return secrets();
    },
    account,
    stage: "prod",
    users: new Map(change.users),
    emulatedSts: change.emulatedSts,
  };
  return {
    regions,
    of: async (storage: Storage) => (await identitiesOf([storage], access)).get(storage.name),
  };
}

describe("the sessions of a storage are", () => {
  test.each([
    [`arn:aws:iam::${account}:role/lake`, { kind: "role", name: "lake" }],
    [`arn:aws-cn:iam::${account}:role/teams/data/lake`, { kind: "role", name: "lake" }],
    ["arn:aws:iam::210987654321:role/lake", { kind: "role", name: "lake", elsewhere: "210987654321" }],
  ])("of its role: %s", async (roleArn, identity) => {
    const { of } = await createAccess();
    expect(await of(sampleStorage("assume-role", { roleArn }))).toEqual(identity);
    expect(await of(sampleStorage("web-identity", { roleArn }))).toEqual(identity);
  });

  test.each(["session-token", "federation-token"] as const)(
    "of the user whose key is in its secret: %s",
    async (way) => {
      const { of, regions } = await createAccess();
      expect(await of(sampleStorage(way, { secret: "own" }))).toEqual({ kind: "user", name: "lake-owner" });
      const arn = "arn:aws:secretsmanager:ap-south-1:123456789012:secret:keyvend-prod/own-AbCdEf";
      await of(sampleStorage(way, { secret: arn }));
      expect(regions).toEqual([undefined, "ap-south-1"]);
    },
  );

  test("of the user that the operator names, if it cannot be found out; and then the operator learns why", async () => {
    const storage = sampleStorage("session-token", { secret: "gone" });
    expect(await (await createAccess()).of(storage)).toEqual({
      why: expect.stringMatching(
        /^has a user that could not be found out \(ResourceNotFound.*--user lake=NAME$/,
      ),
    });
    const { of, regions } = await createAccess({ users: [["lake", "other-user"]] });
    expect(await of(storage)).toEqual({ kind: "user", name: "other-user" });
    expect(regions).toEqual([]);
  });

  test("nowhere that can be reached: what helps there is told", async () => {
    const { of } = await createAccess();
    const stsEndpoint = "https://minio.example.com";
    for (const [storage, why, remedy] of [
      [
        sampleStorage("assume-role", { stsEndpoint, store: "minio" }),
        "has its sessions from minio",
        "another secret at MinIO",
      ],
      [
        sampleStorage("web-identity", { stsEndpoint, store: "minio" }),
        "has its sessions from minio",
        "take the rights away",
      ],
      [
        sampleStorage("assume-role", { stsEndpoint, store: "ceph" }),
        "has its sessions from ceph",
        "take the rights away",
      ],
      [
        sampleStorage("assume-role", { stsEndpoint }),
        "has its sessions from a store that is not AWS",
        "say what kind of store lake is",
      ],
      [
        sampleStorage("static"),
        "issues by static, which makes no sessions",
        "put another key into the secret",
      ],
    ] as const)
      expect(await of(storage)).toEqual({ why, remedy: expect.stringContaining(remedy) });
  });

  test("AWS's own where its endpoint is, wherever the bucket is reached; and the emulation's", async () => {
    const sts = "https://sts.eu-west-1.amazonaws.com";
    const behind = { endpoint: "https://front.example.com", stsEndpoint: sts };
    expect(await (await createAccess()).of(sampleStorage("assume-role", behind))).toMatchObject({
      kind: "role",
    });
    const local = { stsEndpoint: "http://127.0.0.1:4103" };
    const { of } = await createAccess({ emulatedSts: local.stsEndpoint });
    expect(await of(sampleStorage("assume-role", local))).toMatchObject({ kind: "role" });
  });
});

describe("the report of a storage", () => {
  const elsewhere = { kind: "role", name: "lake", elsewhere: "210987654321" } as const;
  const lake = sampleStorage("assume-role");
  const [effect] = effectsOf(
    { kind: "principal", name: "alice", issuer: "corp" },
    configOf([lake], [sampleGrant(), sampleGrant({ name: "more" })]),
    new Map([["lake", elsewhere]]),
  );
  if (effect === undefined) throw new Error("There is an effect.");

  test("of another account has the Deny to put there, as soon as it is meant", () => {
    expect(sessionsReport(effect, at, "ended")).toEqual({
      storage: "lake",
      usableUntil: "2026-11-23T03:00:10.000Z",
      because: "its role is in the account 210987654321",
      alsoEnded: effect.hits,
      advice: [
        expect.stringMatching(
          /^what helps: put this inline policy on the role lake there: \{"Version".*keyvend-lake/,
        ),
      ],
    });
    expect(sessionsReport(effect, at, "not meant")).not.toHaveProperty("advice");
  });

  test("whose Deny could not be put says how long its sessions last", () => {
    const here = { ...effect, identity: { kind: "role", name: "lake" } as const };
    expect(sessionsReport(here, at, "failed")).toMatchObject({
      usableUntil: "2026-11-23T03:00:10.000Z",
      because: "the Deny could not be put",
    });
    const short = { ...here, storage: { ...lake, maxDurationSeconds: 3_600 } };
    expect(sessionsReport(short, at, "failed")).toMatchObject({ usableUntil: "2026-11-22T16:00:10.000Z" });
  });

  test("of web-identity says what a caller can do by itself", () => {
    const web = { ...effect, storage: sampleStorage("web-identity") };
    expect(sessionsReport(web, at, "ended").advice?.at(-1)).toContain("a caller can go to STS itself");
  });
});
