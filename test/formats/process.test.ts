import { expect, test } from "vitest";
import { process } from "../../shared/formats/process.ts";
import { longTerm, pathStyle, vended } from "./samples.ts";

test("is version 1 of credential_process, and nothing besides", () => {
  expect(process.ofCredentials(vended).body).toEqual({
    Version: 1,
    AccessKeyId: "ASIAEXAMPLE",
    SecretAccessKey: "wJalr/XUtn+FEMI=",
    SessionToken: "IQoJb3JpZ2lu//8BEAE=",
    Expiration: "2026-11-22T16:00:00.000Z",
  });
});

test("a long-term key has no session token, not an empty one", () => {
  expect(process.ofCredentials(longTerm).body).not.toHaveProperty("SessionToken");
  expect(process.ofCredentials(longTerm).body).toHaveProperty("Expiration");
});

test("has no place for the address, which the omissions say", () => {
  expect(process.ofCredentials(vended).omissions).toEqual([
    "endpoint https://s3.eu-central-1.amazonaws.com",
    "region eu-central-1",
  ]);
  expect(process.ofCredentials({ ...vended, ...pathStyle }).omissions).toEqual([
    "endpoint http://127.0.0.1:9000",
    "region us-east-1",
    "path-style access",
  ]);
});
