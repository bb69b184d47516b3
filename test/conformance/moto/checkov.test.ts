/** Each remark of checkov on the packaged template has a reason in infra/checkov.md, and each reason a remark. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { optionNames } from "../../../infra/deploy/options.ts";
import { ensureCheckov } from "./install.ts";
import { type Packages, packageAll } from "./packages.ts";

interface Row {
  remark: string;
  when: string;
  reason: string;
}

let packages: Packages;
let rows: Row[];
let withNone: Set<string>;
let withAll: Set<string>;

beforeAll(async () => {
  packages = await packageAll(["none", "all"]);
  [withNone, withAll] = await Promise.all([remarksOn("none"), remarksOn("all")]);
  const lines = (await readFile("infra/checkov.md", "utf8"))
    .split("\n")
    .filter((line) => line.startsWith("| CKV"));
  rows = lines.map((line) => {
    const [, check = "", type = "", when = "", reason = ""] = line.split("|").map((cell) => cell.trim());
    return { remark: `${check.split(":")[0]} ${type}`, when, reason };
  });
});
afterAll(() => packages?.close());

/** The remarks on a template, each as its check and the type of the resource. */
async function remarksOn(name: string): Promise<Set<string>> {
  const command = await ensureCheckov();
  const file = packages.templates.get(name) ?? expect.unreachable();
  const args = [
    "--framework",
    "cloudformation",
    "--output",
    "json",
    "--quiet",
    "--soft-fail",
    "--file",
    file,
  ];
  const { stdout } = await promisify(execFile)(command, args, {
    cwd: dirname(file),
    // It would ask a server of its maker for links to descriptions.
    env: { PATH: process.env["PATH"], HOME: dirname(file), BC_SKIP_MAPPING: "TRUE" },
    maxBuffer: 64_000_000,
  });
  const { results, summary } = JSON.parse(stdout);
  expect([summary.parsing_errors, summary.passed > 20]).toEqual([0, true]);
  return new Set(
    (results.failed_checks as { check_id: string; resource: string }[]).map(
      ({ check_id, resource }) => `${check_id} ${resource.split(".")[0]}`,
    ),
  );
}

/** The remarks for which the table has a reason, by when they are said. */
const inTable = (...whens: RegExp[]) =>
  rows.filter(({ when }) => whens.some((each) => each.test(when))).map(({ remark }) => remark);

test("without options checkov remarks what has a reason, and nothing else", () => {
  expect([...withNone].sort()).toEqual(inTable(/^always$/, /^without /).sort());
});

test("with all options it remarks what no option ends, or one begins, and nothing else", () => {
  expect([...withAll].sort()).toEqual(inTable(/^always$/, /^with /).sort());
});

test("each row has a reason, and an option that there is", () => {
  expect(rows.length).toBeGreaterThan(5);
  for (const { remark, when, reason } of rows) {
    expect(reason.length, remark).toBeGreaterThan(20);
    const [, option] = /^with(?:out)? `(\w+)`$/.exec(when) ?? [];
    if (when !== "always") expect(optionNames, `${remark} ${when}`).toContain(option);
  }
});
