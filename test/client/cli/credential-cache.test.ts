import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cacheFolder, cacheKey, isFresh, isUsable } from "../../../shared/client/src/cli/credential-cache.ts";

test.each([
  [{ KEYVEND_CACHE_DIR: "/own", XDG_CACHE_HOME: "/xdg", LOCALAPPDATA: "/local" }, "/own"],
  [{ XDG_CACHE_HOME: "/xdg", LOCALAPPDATA: "/local" }, "/xdg/keyvend"],
  [{ LOCALAPPDATA: "/local" }, "/local/keyvend"],
  [{ KEYVEND_CACHE_DIR: "" }, join(homedir(), ".cache/keyvend")],
  [{ XDG_CACHE_HOME: "" }, join(homedir(), ".cache/keyvend")],
  [{ XDG_CACHE_HOME: "relative", LOCALAPPDATA: "" }, join(homedir(), ".cache/keyvend")],
])("with %j the folder is %s", (env, folder) => {
  expect(cacheFolder(env)).toBe(folder);
});

test.each(["t", "\u00fc", "\u20ac", "\u{1f600}", "\ud800"])(
  "an answer's name is the SHA-256 of all that decides it, however long the token: %j",
  (character) => {
    const url = "https://vend.example.com";
    const identity = { kind: "token", tokenFile: undefined, audience: "keyvend" } as const;
    const question = {
      storage: "lake",
      target: ["s3://lake/a"],
      permission: undefined,
      durationSeconds: 3_600,
    };
    const { storage, target, durationSeconds } = question;
    // Each length of the last block of 64 bytes, and several blocks.
    for (let length = 1; length <= 200; length++) {
      const token = character.repeat(length);
      const decisive = [2, url, storage, target, null, durationSeconds, ["token", token]];
      const expected = createHash("sha256").update(JSON.stringify(decisive)).digest("hex");
      expect(cacheKey({ url, identity, ...question }, { KEYVEND_TOKEN: token })).toBe(expected);
    }
  },
);

test("without an identity an answer has no name", () => {
  const identity = { kind: "token", tokenFile: undefined, audience: "keyvend" } as const;
  const question = { storage: "lake", target: [], permission: undefined, durationSeconds: undefined };
  expect(cacheKey({ url: "https://vend.example.com", identity, ...question }, {})).toBeUndefined();
});

const minute = 60_000;

/** An entry that was stored at 0 and expires after so many minutes. */
const entry = (minutes: number) => ({
  credentials: {
    ...{ AccessKeyId: "ASIA", SecretAccessKey: "s", Token: "t" },
    Expiration: new Date(minutes * minute).toISOString(),
  },
  storedAt: 0,
});

test.each([
  ["more than 15 minutes are left", 60, 44.9, true],
  ["15 minutes are left", 60, 45, false],
  ["half of a life of 10 minutes is not over", 10, 4.9, true],
  ["half of a life of 10 minutes is over", 10, 5, false],
  ["it has expired", 60, 61, false],
  ["it was stored after now", 60, -1, false],
])("an entry is served without a question only while it is fresh: %s", (_, life, now, expected) => {
  expect(isFresh(entry(life), now * minute)).toBe(expected);
});

test.each([
  ["a minute is left", 59, true],
  ["less than a minute is left", 59.1, false],
  ["it was stored after now", -1, false],
])("an entry helps out only while it is usable: %s", (_, now, expected) => {
  expect(isUsable(entry(60), now * minute)).toBe(expected);
});
