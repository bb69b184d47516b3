import { expect, test } from "vitest";
import { ConfigError } from "../../../infra/config/faults.ts";
import { parseConfig } from "../../../infra/config/parse-config.ts";
import { changed } from "./document.ts";

test.each([
  ["nothing is said of misses", {}, { perPrincipal: 60, perClientKey: 600, perStorage: 600 }],
  ["the section is empty", { misses: {} }, { perPrincipal: 60, perClientKey: 600, perStorage: 600 }],
  [
    "one limit is set",
    { misses: { perPrincipal: 1 } },
    { perPrincipal: 1, perClientKey: 600, perStorage: 600 },
  ],
  [
    "a client key has its own",
    { misses: { perClientKey: 7 } },
    { perPrincipal: 60, perClientKey: 7, perStorage: 600 },
  ],
  [
    "the most is set",
    { misses: { perStorage: 360_000 } },
    { perPrincipal: 60, perClientKey: 600, perStorage: 360_000 },
  ],
])("where %s, so many misses may ask STS: %o, %o", (_, change, limits) => {
  expect(parseConfig(changed(change)).misses).toEqual(limits);
});

test.each([
  ["none at all", { perPrincipal: 0 }, "misses.perPrincipal: must be at least 1"],
  ["too many", { perStorage: 360_001 }, "misses.perStorage: must be at most 360000"],
  ["a part of one", { perPrincipal: 0.5 }, "misses.perPrincipal: must be a whole number"],
  ["a text", { perStorage: "600" }, "misses.perStorage: must be a number"],
  ["something else", { perCaller: 60 }, "misses.perCaller: is not known here"],
  ["a number alone", 60, "misses: must be a map"],
  ["nothing under its name", null, "misses: must be a map"],
])("%s is refused", (_, misses, fault) => {
  expect(() => parseConfig(changed({ misses }))).toThrow(ConfigError);
  expect(() => parseConfig(changed({ misses }))).toThrow(fault);
});
