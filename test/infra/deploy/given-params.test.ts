import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { givenParams } from "../../../infra/deploy/given-params.ts";
import { temporaryDirectory } from "../config/files.ts";

function fileWith(text: string): string {
  const path = join(temporaryDirectory(), "vending.params.yml");
  writeFileSync(path, text);
  return path;
}

test("parameters come from the file and from the command line, which wins", () => {
  const file = fileWith("tracing: true\nrateLimit: 50\ntags: { team: data }\n");
  expect(Object.fromEntries(givenParams(file, ["rateLimit=70", "domainName=a=b"]))).toEqual({
    tracing: true,
    rateLimit: "70",
    tags: { team: "data" },
    domainName: "a=b",
  });
});

test.each(["", "# nothing yet\n"])("a file with no parameter has none", (text) => {
  expect(givenParams(fileWith(text), [])).toEqual(new Map());
});

test.each([
  ["tracing", /^--param must be followed by name=value$/],
  ["=true", /^--param must be followed by name=value$/],
])("--param %s is an error", (param, message) => {
  expect(() => givenParams(undefined, [param])).toThrow(message);
});

test("a parameter that stands twice on the command line is an error", () => {
  expect(() => givenParams(undefined, ["tracing=true", "tracing=false"])).toThrow(
    '--param has "tracing" twice',
  );
});

test.each([
  ["- tracing\n", /vending\.params\.yml must have a parameter in each line, as name: value$/],
  ["tracing: true\ntracing: false\n", /vending\.params\.yml line 2 is not valid YAML here: DUPLICATE_KEY$/],
  ["tracing: [\n", /vending\.params\.yml line \d+ is not valid YAML here/],
])("a file with %j is an error that names it", (text, message) => {
  expect(() => givenParams(fileWith(text), [])).toThrow(message);
});

test("a file that is not there is an error that names it", () => {
  expect(() => givenParams("nowhere/params.yml", [])).toThrow(
    /^nowhere\/params\.yml \(file\) cannot be read: ENOENT$/,
  );
});
