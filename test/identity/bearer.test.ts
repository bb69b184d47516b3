import { expect, test } from "vitest";
import { bearerToken } from "../../shared/identity/bearer.ts";

const token = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2ln-_";

test.each([
  ["bare, as the AWS SDKs send it", token],
  ["after Bearer", `Bearer ${token}`],
  ["whatever the case of the scheme", `bEARER  ${token}`],
  ["with whitespace around, as from a file that ends in a newline", ` \t${token}\r\n`],
])("a token is found %s", (_, authorization) => {
  expect(bearerToken({ host: "keyvend.example", authorization })).toBe(token);
});

test("the header is found whatever the case of its name", () => {
  expect(bearerToken({ Authorization: token })).toBe(token);
});

test("two Authorization headers are refused, even with the same token", () => {
  expect(() => bearerToken({ Authorization: token, authorization: token })).toThrowError(
    expect.objectContaining({ code: "unauthenticated" }),
  );
});
