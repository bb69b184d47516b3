import { describe, expect, test } from "vitest";
import { isOwnSecret, mayBeOneSecret, secretNameOf } from "../../../infra/deploy/secret-names.ts";

const arn = (name: string, account = "111122223333") =>
  `arn:aws:secretsmanager:eu-central-1:${account}:secret:${name}-AbCdEf`;

test.each([
  ["lake", "keyvend-prod/lake"],
  ["lake-AbCdEf", "keyvend-prod/lake-AbCdEf"],
  ["keyvend/lake", "keyvend/lake"],
  ["/lake", "/lake"],
  [arn("lake"), arn("lake")],
])("%s is the secret %s of the stage prod", (secret, name) => {
  expect(secretNameOf(secret, "prod")).toBe(name);
});

describe("two entries may be one secret:", () => {
  test.each([
    ["lake", "lake"],
    ["lake", "keyvend-prod/lake"],
    ["lake", arn("keyvend-dev/lake")],
    ["keyvend/lake", arn("keyvend/lake")],
    ["keyvend-prod/lake", arn("keyvend-prod/lake")],
    [arn("lake"), arn("lake")],
  ])("%s and %s", (one, other) => {
    expect(mayBeOneSecret(one, other)).toBe(true);
    expect(mayBeOneSecret(other, one)).toBe(true);
  });

  test.each([
    ["lake", "sea"],
    ["lake", "keyvend/lake"],
    ["lake", "keyvend-prod/sea/lake"],
    ["lake", "keyvend-prod/lake-2"],
    ["keyvend-dev/lake", "keyvend-prod/lake"],
    ["keyvend-dev/lake", arn("keyvend-prod/lake")],
    ["keyvend/lake", "keyvend/lake-AbCdEf"],
    [arn("lake"), arn("lake", "444455556666")],
  ])("not %s and %s", (one, other) => {
    expect(mayBeOneSecret(one, other)).toBe(false);
    expect(mayBeOneSecret(other, one)).toBe(false);
  });
});

test.each(["sealing-key", "client-keys", "keyvend-prod/sealing-key", arn("keyvend-a-b/client-keys")])(
  "%s is keyvend's own",
  (secret) => expect(isOwnSecret(secret)).toBe(true),
);

test.each([
  "lake",
  "sealing-keys",
  "company/sealing-key",
  "sealing-key-AbCdEf",
  "keyvend-prod/a/client-keys",
])("%s is not keyvend's own", (secret) => expect(isOwnSecret(secret)).toBe(false));
