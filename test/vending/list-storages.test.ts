import { expect, test } from "vitest";
import { listStorages } from "../../shared/vending/list-storages.ts";
import { alice, configOf, sampleGrant, sampleStorage } from "./samples.ts";

const config = configOf(
  [
    sampleStorage("assume-role", { prefix: "shared/", maxDurationSeconds: 7_200 }),
    sampleStorage("none", {
      name: "pond",
      bucket: "pond",
      endpoint: "https://s3.corp.example",
      pathStyleAccess: true,
    }),
    sampleStorage("session-token", { name: "secret-plans" }),
  ],
  [
    sampleGrant({ prefix: "teams/${claims.team}/", permission: "READ" }),
    sampleGrant({ name: "scratch", prefix: "scratch/", maxDurationSeconds: 1_800, also: ["folder"] }),
    sampleGrant({ name: "pond", storage: "pond", maxDurationSeconds: 3_600 }),
    sampleGrant({ name: "plans", storage: "secret-plans", subject: ["bob"] }),
    sampleGrant({ name: "plans-audit", storage: "secret-plans", mode: "audit" }),
  ],
);

test("a caller sees the storages that it has grants on, with what each gives, and no name of another storage", () => {
  expect(listStorages(config, { principal: alice, now: 0, sourceIp: undefined })).toEqual([
    {
      Storage: "lake",
      Bucket: "lake",
      Endpoint: "https://s3.eu-central-1.amazonaws.com",
      Region: "eu-central-1",
      PathStyleAccess: false,
      Grants: [
        { Targets: ["s3://lake/shared/teams/data-platform/"], Permission: "READ", MaxDurationSeconds: 7_200 },
        {
          Targets: ["s3://lake/shared/scratch/"],
          Permission: "READWRITE",
          Also: ["folder"],
          MaxDurationSeconds: 1_800,
        },
      ],
      Vends: true,
    },
    {
      Storage: "pond",
      Bucket: "pond",
      Endpoint: "https://s3.corp.example",
      Region: "eu-central-1",
      PathStyleAccess: true,
      Grants: [{ Targets: ["s3://pond/"], Permission: "READWRITE", MaxDurationSeconds: 3_600 }],
      Vends: false,
    },
  ]);
});

test("a caller without any grant sees nothing", () => {
  expect(
    listStorages(config, { principal: { ...alice, issuer: "partner" }, now: 0, sourceIp: undefined }),
  ).toEqual([]);
});

test("a grant is left out if the claim for its prefix cannot stand there", () => {
  const claims = { team: "data-../../bob" };
  expect(
    listStorages(config, { principal: { ...alice, claims }, now: 0, sourceIp: undefined })[0]?.Grants,
  ).toHaveLength(1);
});
