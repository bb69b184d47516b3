import { describe, expect, test } from "vitest";
import { adviceOnToken } from "../../../shared/client/src/cli/token-facts.ts";
import { problem } from "../fake-service.ts";
import { keyvend } from "./keyvend.ts";
import { useSurroundings } from "./surroundings.ts";

const here = useSurroundings();
const now = Date.parse("2026-11-26T12:00:00Z");
const seconds = now / 1_000;

const tokenOf = (claims: unknown) =>
  ["{}", JSON.stringify(claims), "signature"]
    .map((part) => Buffer.from(part).toString("base64url"))
    .join(".");

test.each<[string, unknown, RegExp]>([
  [
    "has ended",
    { exp: seconds - 10_800 },
    /^Your token ended at 2026-11-26T09:00:00Z, 3 h ago: get a new one\./,
  ],
  ["ends now", { exp: seconds }, /^Your token ended at 2026-11-26T12:00:00Z, 1 s ago/],
  [
    "is not good yet",
    { exp: seconds + 900, nbf: seconds + 90 },
    /on, in 1 min 30 s: check this machine's clock/,
  ],
  [
    "is for another audience",
    { exp: seconds + 60, aud: ["sts.amazonaws.com", "x"], iss: "https://login.example.com" },
    /^Your token is for the audience sts\.amazonaws\.com, x, of the issuer https:\/\/login\.example\.com and ends at 2026-11-26T12:01:00Z\./,
  ],
  ["has neither audience nor issuer", {}, /audience \(none\), of the issuer \(none\)\. /],
  ["has a time that is none", { exp: "soon", nbf: 1e300 }, /audience \(none\)/],
])("a token that %s", (_, claims, advice) => {
  expect(adviceOnToken(tokenOf(claims), now)).toMatch(advice);
});

test.each(["garbage", "a.b", "a.b.c.d", "a.!!.c", tokenOf("text"), tokenOf(null), ""])(
  "%j is no JWT",
  (token) => {
    expect(adviceOnToken(token, now)).toMatch(/^Your token is no JWT/);
  },
);

test("a static token can only be asked about", () => {
  expect(adviceOnToken("kvt_0123456789", now)).toMatch(/static one of keyvend's.*Ask its operator/);
});

test("nothing else of a token is shown, and nothing at length", () => {
  const advice = adviceOnToken(tokenOf({ sub: "alice", aud: "a".repeat(5_000), email: "a@b.example" }), now);
  expect(advice).not.toMatch(/alice|b\.example/);
  expect(advice.length).toBeLessThan(700);
});

describe("a refusal by the service says what the token tells", () => {
  test.each([
    ["ended", tokenOf({ exp: 1_000 }), "Your token ended at 1970-01-01T00:16:40Z"],
    ["of another audience", tokenOf({ aud: "other\u001b[2J" }), "for the audience other?[2J"],
    ["garbage", "garbage", "is no JWT"],
  ])("%s", async (_, token, words) => {
    here.service.reply(problem(401, "unauthenticated"));
    const { status, err } = await keyvend(["env"], { ...here.env, KEYVEND_TOKEN: token });
    expect(status).toBe(1);
    expect(err).toContain(words);
    expect(err).toContain("request id req-1");
    expect(err).not.toContain(token);
  });

  test("but nothing of a signature by AWS, and nothing with another refusal", async () => {
    const aws = { AWS_ACCESS_KEY_ID: "AKIAEXAMPLE", AWS_SECRET_ACCESS_KEY: "s", AWS_REGION: "eu-central-1" };
    here.service.reply(problem(401, "unauthenticated"), problem(403, "no_grant"));
    const signed = await keyvend(["env", "--identity", "aws-iam"], { ...here.env, ...aws });
    const refused = await keyvend(["env"], here.env);
    expect(signed.err + refused.err).not.toContain("Your token");
  });
});
