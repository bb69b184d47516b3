import { homedir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cacheFolder, isFresh, isUsable } from "../../../shared/client/src/cli/credential-cache.ts";

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
