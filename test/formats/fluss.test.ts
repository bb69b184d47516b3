import { expect, test } from "vitest";
import { fluss } from "../../shared/formats/fluss.ts";
import { address, longTerm, pathStyle, vended } from "./samples.ts";

const textOf = (body: unknown) => Buffer.from((body as { token: string }).token, "base64").toString("utf8");

test("is Fluss's answer, field by field", () => {
  expect(fluss.ofCredentials({ ...vended, ...pathStyle })).toEqual({
    body: {
      schema: "s3",
      token: expect.any(String),
      expiration_time: 1_795_363_200_000,
      addition_info: [
        { key: "fs.s3a.endpoint", value: "http://127.0.0.1:9000" },
        { key: "fs.s3a.region", value: "us-east-1" },
        { key: "fs.s3a.endpoint.region", value: "us-east-1" },
        { key: "fs.s3a.path.style.access", value: "true" },
      ],
    },
    omissions: [],
  });
});

test("the token's bytes are those of Fluss's CredentialsJsonSerde", () => {
  expect(textOf(fluss.ofCredentials(vended).body)).toBe(
    '{"version":1,"access_key_id":"ASIAEXAMPLE","access_key_secret":"wJalr/XUtn+FEMI=","security_token":"IQoJb3JpZ2lu//8BEAE="}',
  );
});

test("the token's bytes are UTF-8", () => {
  const { body } = fluss.ofCredentials({ ...vended, Token: "schlüssel-😀" });
  expect(textOf(body)).toContain('"security_token":"schlüssel-😀"}');
});

test("a long-term key has null for a session token: Fluss's reader fails on one that is missing", () => {
  expect(fluss.ofCredentials(longTerm).omissions).toEqual([expect.stringContaining("Fluss 0.9.1")]);
  expect(textOf(fluss.ofCredentials(longTerm).body)).toBe(
    '{"version":1,"access_key_id":"AKIAEXAMPLE","access_key_secret":"wJalr/XUtn+FEMI=","security_token":null}',
  );
});

test("with delegation off it is an empty token that never expires, with the address, of which a released Fluss is warned", () => {
  const { body, omissions } = fluss.ofAddress?.(address) ?? expect.unreachable();
  expect(omissions).toEqual([expect.stringContaining("Fluss 0.9.1")]);
  expect(body).toEqual({
    schema: "s3",
    token: "",
    addition_info: [
      { key: "fs.s3a.endpoint", value: "https://s3.eu-central-1.amazonaws.com" },
      { key: "fs.s3a.region", value: "eu-central-1" },
      { key: "fs.s3a.endpoint.region", value: "eu-central-1" },
      { key: "fs.s3a.path.style.access", value: "false" },
    ],
  });
});
