import { expect, test } from "vitest";
import { ConfigError } from "../../../infra/config/faults.ts";
import { parseConfig } from "../../../infra/config/parse-config.ts";
import { changed } from "./document.ts";

test.each([
  ["nothing is said of warming", {}, 100],
  ["the section is empty", { warm: {} }, 100],
  ["the least is asked for", { warm: { stsCallsPerSecond: 1 } }, 1],
  ["the most is asked for", { warm: { stsCallsPerSecond: 1_000 } }, 1_000],
])("where %s, warmers may ask STS so many times a second: %o, %i", (_, change, stsCallsPerSecond) => {
  expect(parseConfig(changed(change)).warm).toEqual({ stsCallsPerSecond });
});

test.each([
  ["none at all", { stsCallsPerSecond: 0 }, "warm.stsCallsPerSecond: must be at least 1"],
  ["too many", { stsCallsPerSecond: 1_001 }, "warm.stsCallsPerSecond: must be at most 1000"],
  ["a part of one", { stsCallsPerSecond: 0.5 }, "warm.stsCallsPerSecond: must be a whole number"],
  ["a text", { stsCallsPerSecond: "100" }, "warm.stsCallsPerSecond: must be a number"],
  ["something else", { callsPerSecond: 100 }, "warm.callsPerSecond: is not known here"],
  ["a number alone", 100, "warm: must be a map"],
  ["nothing under its name", null, "warm: must be a map"],
])("%s is refused", (_, warm, fault) => {
  expect(() => parseConfig(changed({ warm }))).toThrow(ConfigError);
  expect(() => parseConfig(changed({ warm }))).toThrow(fault);
});
