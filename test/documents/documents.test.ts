import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { checkDocument } from "../../infra/config/vending-yaml.ts";
import { blocksOf, documents, headingIds, linksOf } from "./markdown.ts";

const read = (path: string) => readFileSync(path, "utf8");
const all = documents();

test("the README is under 200 lines", () => {
  expect(read("README.md").split("\n").length - 1).toBeLessThan(200);
});

test.each(["README.md", "SECURITY.md"])(
  "the table of contents of %s has its headings, in their order",
  (path) => {
    const [beforeFirst = ""] = read(path).split(/^## /m);
    const contents = linksOf(beforeFirst).filter((target) => target.startsWith("#"));
    expect(contents).toEqual(headingIds(read(path), 2).map((id) => `#${id}`));
  },
);

test.each(all)("every link in %s leads somewhere", (path) => {
  const broken = linksOf(read(path)).filter((target) => {
    if (/^https?:/.test(target)) return false;
    const [file = "", id] = target.split("#");
    const leadsTo = file === "" ? path : normalize(join(dirname(path), file));
    if (!existsSync(leadsTo)) return true;
    return id !== undefined && ![1, 2, 3].some((level) => headingIds(read(leadsTo), level).includes(id));
  });
  expect(broken).toEqual([]);
});

test.each(all)("every script that %s names is one of the project's", (path) => {
  const { scripts } = JSON.parse(read("package.json"));
  const named = Array.from(
    read(path).matchAll(/\bnpm (?:run (?:--silent )?([a-z][a-z:-]*)|(start|test)\b)/g),
    ([, script, short = ""]) => script ?? short,
  );
  expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
});

test("the README's pictures are there, for light and dark, and are light themselves", () => {
  const pictures = Array.from(
    read("README.md").matchAll(/(?:src|srcset)="([^"]+)"/g),
    ([, path = ""]) => path,
  );
  expect(pictures.sort()).toEqual(globSync("infra/page/pictures/*").sort());
  const sizes = pictures.map((path) => readFileSync(path).length);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(200_000);
});

test("the README leads to every recipe", () => {
  expect(linksOf(read("README.md"))).toEqual(expect.arrayContaining(globSync("infra/recipes/*.md")));
});

/** A token in a variable, and not in a file that can be renewed. */
const tokenInVariable = /AWS_CONTAINER_AUTHORIZATION_TOKEN(=|: )/;
const withToken = ["README.md", ...globSync("infra/recipes/*.md")].filter((path) =>
  tokenInVariable.test(read(path)),
);

test.each(withToken)("%s says how long its token lasts, and what longer work needs", (path) => {
  expect(read(path).replaceAll(/\s+/g, " ")).toMatch(/\btoken lasts (\d+ minutes|until)\b/);
  const targets = linksOf(read(path)).map((target) => normalize(join(dirname(path), target)));
  expect(targets).toContain("infra/recipes/longer-work.md");
});

test("seven documents put a token into a variable", () => {
  expect(withToken).toHaveLength(7);
});

test("the members of a grant that the README writes into a sentence pass the check", () => {
  const [, configuration = ""] = /^## Configuration\n(.*?)^## /ms.exec(read("README.md")) ?? [];
  const codes = (configuration + read("infra/grants.md")).matchAll(
    /`((subject|prefix|expires|sourceIps|mode): [^`\n]+)`/g,
  );
  const members = Object.assign({}, ...Array.from(codes, ([, code = ""]) => parse(code)));
  expect(Object.keys(members)).toEqual(["subject", "prefix", "expires", "sourceIps", "mode"]);
  const [block = ""] = blocksOf(configuration, "yaml");
  const { grants, ...rest } = parse(block);
  const { config } = checkDocument({ ...rest, grants: [{ ...grants[0], ...members }] });
  expect(config.grants.all).toHaveLength(1);
});

/** The kinds of attackers in SECURITY.md, each with what it says of them. */
function attackers(): string[] {
  const [section = ""] = read("SECURITY.md")
    .split(/^## /m)
    .filter((part) => part.startsWith("Attackers\n"));
  return section.split(/^### /m).slice(1);
}

test("SECURITY.md says of each kind of attacker what is stopped, shown by tests that exist, and what is not", () => {
  expect(attackers()).toHaveLength(8);
  for (const attacker of attackers()) {
    const rows = attacker.split("\n").filter((line) => /^\| (?!the attack)/.test(line));
    expect(rows.length, attacker).toBeGreaterThan(0);
    for (const row of rows) {
      const tests = linksOf(row);
      expect(tests.length, row).toBeGreaterThan(0);
      for (const file of tests) expect(read(file), row).toMatch(/^\s*(test|it)(\.each)?\b/m);
    }
    expect(attacker, "what is not stopped").toMatch(/^- /m);
  }
});

test("the newest version in the changelog is the packages' own", () => {
  const [, newest] = /^## (\S+)/m.exec(read("CHANGELOG.md")) ?? [];
  for (const path of ["package.json", "shared/client/package.json"])
    expect(JSON.parse(read(path)).version, path).toBe(newest);
});

test("the README's settings of Fluss are those of the recipe, which run", () => {
  const settingsIn = (path: string) =>
    blocksOf(read(path), "yaml")
      .find((block) => block.includes("s3.assumed.role.arn"))
      ?.replace(/^#.*\n/gm, "");
  expect(settingsIn("README.md")).toContain("AssumedRoleCredentialProvider");
  expect(settingsIn("README.md")).toBe(settingsIn("infra/recipes/fluss.md"));
});
