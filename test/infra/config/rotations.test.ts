import { expect, test } from "vitest";
import { parseConfig } from "../../../infra/config/parse-config.ts";
import { type RotatingSecret, rotatingSecrets } from "../../../shared/core/rotating-secret.ts";
import { changed, faultsOf, soundDocument } from "./document.ts";

const rotation = { user: "keyvend-lake", everyDays: 90 };
const { lake, plain } = soundDocument().storages;
const elsewhere = "https://minio.example.com";
const named = "must be the name of an IAM user, with its path if it has one: teams/data/lake";

const linesOf = (changes: Record<string, unknown>) =>
  faultsOf(changed(changes)).map(({ path, message }) => `${path}: ${message}`);

test.each<[string, Record<string, unknown>, string]>([
  ["everyDays is missing", { rotation: { user: "lake" } }, "rotation.everyDays: is required"],
  ["it is too often", { rotation: { everyDays: 3 } }, "rotation.everyDays: must be at least 4"],
  ["it is too seldom", { rotation: { everyDays: 366 } }, "rotation.everyDays: must be at most 365"],
  ["the days are no number", { rotation: { everyDays: "90" } }, "rotation.everyDays: must be a number"],
  ["it is a number alone", { rotation: 90 }, "rotation: must be a map"],
  ["it says more", { rotation: { ...rotation, at: "night" } }, "rotation.at: is not known here"],
  ["the user is a pattern", { rotation: { ...rotation, user: "lake-*" } }, `rotation.user: ${named}`],
  [
    "the user is an ARN",
    { rotation: { ...rotation, user: "arn:aws:iam::1:user/a" } },
    `rotation.user: ${named}`,
  ],
  [
    "the user has an empty step",
    { rotation: { ...rotation, user: "teams//lake" } },
    `rotation.user: ${named}`,
  ],
  [
    "the user's name is too long",
    { rotation: { ...rotation, user: "u".repeat(65) } },
    `rotation.user: ${named}`,
  ],
  ["the path has no name", { rotation: { ...rotation, user: "teams/" } }, `rotation.user: ${named}`],
  [
    "there is no secret",
    { secret: undefined, rotation },
    "rotation: needs a secret: without one there is no long-term key",
  ],
  [
    "the store is not AWS",
    { endpoint: elsewhere, stsEndpoint: elsewhere, rotation },
    "rotation: is for keys of AWS's IAM: the key of another store is replaced at the store",
  ],
  [
    "the STS is not AWS's",
    { stsEndpoint: elsewhere, rotation },
    "rotation: is for keys of AWS's IAM: the key of another store is replaced at the store",
  ],
])("where %s, that is a fault", (_, change, fault) => {
  const storage = Object.fromEntries(Object.entries({ ...lake, ...change }).filter(([, value]) => value));
  expect(linesOf({ "storages/lake": storage })).toEqual([`storages.lake.${fault}`]);
});

test.each<[string, object, object, RegExp]>([
  [
    "one secret is rotated in two ways",
    { rotation: { ...rotation, everyDays: 30 } },
    {},
    /^storages\.other\.rotation: differs from that of storages\.lake, which has the same secret/,
  ],
  [
    "two secrets have one user",
    { secret: "keyvend/other", rotation },
    {},
    /^storages\.other\.rotation\.user: is the user of storages\.lake too: IAM gives a user two keys/,
  ],
  [
    "one secret has two names",
    { secret: "arn:aws:secretsmanager:eu-central-1:111122223333:secret:keyvend/lake-AbCdEf" },
    {},
    /^storages\.lake\.secret: is written in another way in storages\.other/,
  ],
])("where %s, that is a fault", (_, change, ofLake, fault) => {
  const other = { ...lake, ...change };
  const lines = linesOf({ "storages/lake": { ...lake, rotation, ...ofLake }, "storages/other": other });
  expect(lines).toEqual([expect.stringMatching(fault)]);
});

test.each<[string, object]>([
  ["assume-role", {}],
  ["session-token", { issue: "session-token", roleArn: undefined }],
  ["static", { issue: "static", roleArn: undefined, acknowledgeLongTermKeys: true }],
  [
    "a front of AWS's own store",
    { endpoint: "https://s3.example.com", stsEndpoint: "https://sts.eu-central-1.amazonaws.com" },
  ],
  ["another partition", { region: "cn-north-1", roleArn: "arn:aws-cn:iam::111122223333:role/lake" }],
  ["a stand-in on this machine", { endpoint: "http://127.0.0.1:4105", stsEndpoint: "http://127.0.0.1:4103" }],
])("it may stand at %s", (_, change) => {
  const storage = JSON.parse(
    JSON.stringify({ ...lake, ...change, rotation: { everyDays: 4, user: "teams/data/a.b+c=d,e@f-g_h" } }),
  );
  expect(linesOf({ "storages/lake": storage })).toEqual([]);
});

function rotatingOf(storages: Record<string, object>): RotatingSecret[] {
  const config = parseConfig({ ...soundDocument(), storages });
  return rotatingSecrets(config.storages.values(), (storage) => `generated-${storage}`);
}

test("a secret is rotated for all of its storages, and its old key stays for the longest session of any, and an hour", () => {
  const long = { ...lake, maxDurationSeconds: 43_200 };
  const [rotating, ...others] = rotatingOf({ lake, plain, other: { ...long, rotation } });
  expect(others).toEqual([]);
  expect(rotating).toMatchObject({ secret: "keyvend/lake", user: "keyvend-lake", everyDays: 90 });
  expect(rotating?.overlapMs).toBe((43_200 + 3_600) * 1_000);
  expect(rotating?.storages.map(({ name }) => name)).toEqual(["lake", "other"]);
});

test("without a name it is the user that is generated for the first storage of the secret", () => {
  expect(rotatingOf({ lake, other: { ...lake, rotation: { everyDays: 7 } } })).toMatchObject([
    { user: "generated-lake" },
  ]);
});

test("without a rotation nothing is rotated", () => {
  expect(rotatingOf({ lake, plain })).toEqual([]);
});
