import { readFileSync } from "node:fs";
import { minVersion, satisfies } from "semver";
import { expect, test } from "vitest";

interface LockedPackage {
  engines?: { node?: string };
  optional?: true;
  deprecated?: string;
}

const read = (path: string) => JSON.parse(readFileSync(path, "utf8"));
const { engines } = read("package.json");
/** The oldest Node.js of each line that the project says it runs on. */
const oldest: string[] = engines.node.split("||").map((line: string) => minVersion(line)?.version);
/** The packages that are not optional. npm leaves out an optional package that does not fit, and says nothing of it. */
const required = Object.entries<LockedPackage>(read("package-lock.json").packages).filter(
  ([, { optional }]) => !optional,
);

test.each(oldest)("npm ci on Node.js %s warns of no package", (node) => {
  const tooNew = required.filter(([, { engines }]) => engines?.node && !satisfies(node, engines.node));
  expect(tooNew.map(([path, { engines }]) => `${path} wants ${engines?.node}`)).toEqual([]);
});

test("the authors of no package have given it up", () => {
  expect(required.filter(([, { deprecated }]) => deprecated).map(([path]) => path)).toEqual([]);
});
