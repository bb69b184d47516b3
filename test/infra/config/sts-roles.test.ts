import { expect, test } from "vitest";
import { parseConfig } from "../../../infra/config/parse-config.ts";
import { changed, faultsOf } from "./document.ts";

const arn = "arn:aws:iam::111122223333:role/trino";
const withRoles = (stsRoleArns: unknown) => changed({ stsRoleArns });

test("roles are read with their folders, and none is there by default", () => {
  const roles = {
    [arn]: { storage: "lake", permission: "READ", prefix: "raw" },
    "arn:minio:iam:::role/other": { storage: "plain" },
  };
  expect(parseConfig(withRoles(roles)).stsRoles).toEqual([
    { arn, storage: "lake", permission: "READ", prefix: "raw/" },
    { arn: "arn:minio:iam:::role/other", storage: "plain" },
  ]);
  expect(parseConfig(withRoles(undefined)).stsRoles).toEqual([]);
});

test.each<[string, unknown, string, string]>([
  ["a storage that is none", { [arn]: { storage: "sea" } }, "storage", "is not among the storages"],
  ["no storage", { [arn]: {} }, "storage", "is required"],
  [
    "a permission that is none",
    { [arn]: { storage: "lake", permission: "read" } },
    "permission",
    "must be READ",
  ],
  [
    "a folder above",
    { [arn]: { storage: "lake", prefix: "a/../b" } },
    "prefix",
    "must not hold a . or .. segment",
  ],
  [
    "a folder with a slash before it",
    { [arn]: { storage: "lake", prefix: "/a" } },
    "prefix",
    "must not begin with",
  ],
  ["a template", { [arn]: { storage: "lake", bucket: "x" } }, "bucket", "is not known here"],
  ["what is no ARN", { trino: { storage: "lake" } }, "trino", "must be the ARN of a role"],
  ["an ARN with a blank", { [`${arn} x`]: { storage: "lake" } }, `${arn} x`, "must be the ARN of a role"],
  [
    "an ARN that has a meaning of its own",
    { "arn:aws:iam::000000000000:role/keyvend/lake": { storage: "plain" } },
    "arn:aws:iam::000000000000:role/keyvend/lake",
    "says by itself what it stands for",
  ],
])("%s is a fault", (_what, roles, place, message) => {
  const faults = faultsOf(withRoles(roles));
  expect(faults.map((fault) => [fault.place.at(-1), fault.message])).toEqual([
    [place, expect.stringContaining(message)],
  ]);
});

test.each([
  ["a list", []],
  ["a text", "lake"],
  ["nothing under its name", null],
])("%s is a fault of the section", (_what, section) => {
  expect(faultsOf(withRoles(section)).map(({ path, message }) => [path, message])).toEqual([
    ["stsRoleArns", "must be a map"],
  ]);
});

test("there are at most a thousand", () => {
  const roles = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`${arn}-${at}`, { storage: "lake" }]));
  expect(faultsOf(withRoles(roles(1_000)))).toEqual([]);
  expect(faultsOf(withRoles(roles(1_001))).map(({ message }) => message)).toEqual([
    "must have at most 1000 entries",
  ]);
});
