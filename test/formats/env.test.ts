import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { CredentialsAnswer } from "../../shared/contract.ts";
import { env, overridingVariables } from "../../shared/formats/env.ts";
import { address, longTerm, pathStyle, vended } from "./samples.ts";

/** What a program that a shell starts has in its environment once the shell has evaluated the text. */
function environmentAfter(text: string, before: Record<string, string> = {}): Record<string, string> {
  const PATH = process.env["PATH"] ?? "";
  const script = ["-c", 'eval "$1" && exec env -0', "sh", text];
  const printed = execFileSync("sh", script, { env: { PATH, ...before }, encoding: "utf8" });
  const entries = printed.split("\0").flatMap((entry) => {
    const [, name = "", value = ""] = /^(AWS_\w+)=(.*)$/su.exec(entry) ?? [];
    return name === "" ? [] : [[name, value]];
  });
  return Object.fromEntries(entries);
}

const settings = {
  AWS_ENDPOINT_URL_S3: "https://s3.eu-central-1.amazonaws.com",
  AWS_REGION: "eu-central-1",
  AWS_DEFAULT_REGION: "eu-central-1",
};

const bodyOf = (credentials: CredentialsAnswer) => env.ofCredentials(credentials).body;

test("is lines that a shell evaluates to the variables of AWS's SDKs", () => {
  expect(bodyOf(vended)).toBe(
    [
      `unset ${overridingVariables.join(" ")}`,
      "export AWS_ENDPOINT_URL_S3='https://s3.eu-central-1.amazonaws.com'",
      "export AWS_REGION='eu-central-1'",
      "export AWS_DEFAULT_REGION='eu-central-1'",
      "export AWS_ACCESS_KEY_ID='ASIAEXAMPLE'",
      "export AWS_SECRET_ACCESS_KEY='wJalr/XUtn+FEMI='",
      "export AWS_SESSION_TOKEN='IQoJb3JpZ2lu//8BEAE='",
      "export AWS_CREDENTIAL_EXPIRATION='2026-11-22T16:00:00.000Z'",
      "",
    ].join("\n"),
  );
  expect(environmentAfter(bodyOf(vended))).toEqual({
    ...settings,
    AWS_ACCESS_KEY_ID: "ASIAEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "wJalr/XUtn+FEMI=",
    AWS_SESSION_TOKEN: "IQoJb3JpZ2lu//8BEAE=",
    AWS_CREDENTIAL_EXPIRATION: "2026-11-22T16:00:00.000Z",
  });
});

test("whatever the values hold, a shell gets them as they are and runs nothing", () => {
  const sharp = fc.constantFrom(..."'\"\\`$(){}[];&|<>*?!~#%^= \n\r\t", "$(", "';", "\\'", "'\\''", "\n#");
  const value = fc.oneof(fc.string({ unit: fc.oneof(sharp, fc.string()) }), fc.string({ unit: "grapheme" }));
  fc.assert(
    fc.property(value, value, value, (SecretAccessKey, Token, Region) => {
      // No argument of a process can hold it, and no variable.
      fc.pre(Token !== "" && ![SecretAccessKey, Token, Region].some((each) => each.includes("\0")));
      expect(environmentAfter(bodyOf({ ...vended, SecretAccessKey, Token, Region }))).toMatchObject({
        AWS_SECRET_ACCESS_KEY: SecretAccessKey,
        AWS_SESSION_TOKEN: Token,
        AWS_REGION: Region,
        AWS_DEFAULT_REGION: Region,
      });
    }),
    {
      numRuns: 60,
      examples: [
        ["'; exit 3; '", "$(exit 3)`exit 3`", "'\n exit 3\n"],
        ["'", "''", "\\"],
      ],
    },
  );
}, 30_000);

test("with a long-term key, the session token of an earlier session goes", () => {
  const after = environmentAfter(bodyOf(longTerm), { AWS_SESSION_TOKEN: "of an earlier session" });
  expect(after).not.toHaveProperty("AWS_SESSION_TOKEN");
  expect(after).toMatchObject({ AWS_ACCESS_KEY_ID: "AKIAEXAMPLE" });
});

test("nothing stays that would win over the credentials or the address, in a strict shell too", () => {
  const others = {
    AWS_PROFILE: "mine",
    AWS_DEFAULT_PROFILE: "mine",
    AWS_SECURITY_TOKEN: "old",
    AWS_WEB_IDENTITY_TOKEN_FILE: "/token",
    AWS_ROLE_ARN: "arn:aws:iam::111122223333:role/mine",
    AWS_ENDPOINT_URL: "http://127.0.0.1:4566",
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true",
    AWS_TOKEN: "old",
    AWS_SKIP_SIGNATURE: "true",
    AWS_USE_FIPS_ENDPOINT: "true",
    AWS_USE_DUALSTACK_ENDPOINT: "true",
  };
  const vendedAlone = environmentAfter(bodyOf(vended));
  expect(environmentAfter(bodyOf(vended), others)).toEqual(vendedAlone);
  expect(environmentAfter(`set -eu\n${bodyOf(vended)}`)).toEqual(vendedAlone);
});

test("the variables by which keyvend may find its identity again stay", () => {
  const container = {
    AWS_CONTAINER_CREDENTIALS_FULL_URI: "https://keyvend.example.com/v1/storages/lake/credentials",
    AWS_CONTAINER_AUTHORIZATION_TOKEN: "token",
  };
  expect(environmentAfter(bodyOf(vended), container)).toMatchObject(container);
});

test("with delegation off it is the address alone, and the caller's own credentials stay", () => {
  const bodyOfAddress = env.ofAddress?.(address).body ?? "";
  const own = { AWS_ACCESS_KEY_ID: "mine", AWS_SECRET_ACCESS_KEY: "mine too", AWS_SESSION_TOKEN: "and this" };
  const elsewhere = {
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true",
    AWS_USE_FIPS_ENDPOINT: "true",
    AWS_USE_DUALSTACK_ENDPOINT: "true",
  };
  const before = { ...own, ...elsewhere, AWS_PROFILE: "mine" };
  expect(environmentAfter(bodyOfAddress, before)).toEqual({ ...settings, ...own, AWS_PROFILE: "mine" });
});

test("has no variable for path style, which the omissions say", () => {
  expect(env.ofCredentials(vended).omissions).toEqual([]);
  expect(env.ofCredentials({ ...vended, ...pathStyle }).omissions).toEqual(["path-style access"]);
  expect(env.ofAddress?.({ ...address, ...pathStyle }).omissions).toEqual(["path-style access"]);
});
