import { expect, test } from "vitest";
import { askOf } from "../../../functions/sts/ask-of.ts";
import type { Grant } from "../../../shared/core/grant.ts";
import { alice, configOf, sampleGrant, sampleStorage } from "../../vending/samples.ts";

const circumstances = { principal: alice, sourceIp: "192.0.2.1", now: 0 };
const lake = sampleStorage("assume-role", { prefix: "warehouse/" });

function ask(members: Record<string, string>, grants: readonly Grant[] = [sampleGrant()]) {
  const config = configOf([lake, sampleStorage("assume-role", { name: "other" })], grants);
  return askOf("AssumeRole", new Map(Object.entries(members)), config, circumstances);
}

test("a folder of a role is under the storage's own prefix", () => {
  expect(ask({ RoleArn: "arn:aws:iam:::role/keyvend/lake/READ/raw" })).toEqual({
    storage: "lake",
    permission: "READ",
    targets: [{ bucket: "lake", prefix: "warehouse/raw/" }],
    sts: {},
  });
});

test("a role without a folder names no target, so that nothing takes it for a limit", () => {
  expect(ask({ RoleArn: "arn:aws:iam:::role/keyvend/lake/READ" })).toEqual({
    storage: "lake",
    permission: "READ",
    sts: {},
  });
});

test("what is said beside the role is the caller's terms, but its session's name is not among them", () => {
  const members = {
    ...{
      RoleArn: "arn:aws:iam:::role/keyvend/lake",
      RoleSessionName: "new-each-time",
      DurationSeconds: "900",
    },
    ...{ Policy: "{}", ExternalId: "acme", "Tags.member.1.Key": "team", "Tags.member.1.Value": "data" },
  };
  expect(ask(members)).toEqual({
    storage: "lake",
    durationSeconds: 900,
    sts: { policy: "{}", externalId: "acme", tags: { team: "data" } },
  });
});

test("a caller without a role has the storage of its one grant, if the external id is that grant's", () => {
  const grant = sampleGrant({ externalId: "acme" });
  expect(ask({ ExternalId: "acme" }, [grant])).toMatchObject({ storage: "lake" });
  expect(() => ask({ ExternalId: "other" }, [grant])).toThrow("No grant of yours covers this request.");
  expect(() => ask({}, [grant])).toThrow("No grant of yours covers this request.");
});

test.each([
  ["of two storages", sampleGrant({ name: "second", storage: "other" })],
  ["of one storage", sampleGrant({ name: "second", prefix: "raw/" })],
])("one that has two grants %s has to name a role", (_of, second) => {
  expect(() => ask({}, [sampleGrant(), second])).toThrow(
    "Several grants could be meant: name a storage, a permission and a folder in RoleArn.",
  );
});
