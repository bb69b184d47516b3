import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { checkDocument } from "../../infra/config/vending-yaml.ts";
import { operationGroups, type Permission } from "../../shared/contract.ts";
import { dialectOf } from "../../shared/core/dialect.ts";
import { groupsWithin } from "../../shared/core/operations.ts";
import { compilePolicy } from "../../shared/core/policy.ts";
import type { Scope } from "../../shared/core/scope.ts";
import { judge } from "../core/judge.ts";
import { blocksOf } from "./markdown.ts";

const document = readFileSync("infra/scopes.md", "utf8");
const setting = { partition: "aws", region: "eu-central-1", dialect: dialectOf("aws", true) };
const permissions: Permission[] = ["READ", "WRITE", "READWRITE"];

/** The cells of the table below a heading, without its head. */
function rowsBelow(heading: string): string[][] {
  const [, section = ""] = document.split(`## ${heading}\n`);
  const lines =
    section
      .split("\n## ")[0]
      ?.split("\n")
      .filter((line) => line.startsWith("| ")) ?? [];
  return lines.slice(1).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const named = (cell = "") => Array.from(cell.matchAll(/`([^`]+)`/g), ([, name = ""]) => name);
const rows = rowsBelow("Operations").map(([operation = "", action = "", place = "", ...cells]) => ({
  operation,
  action: named(action)[0] ?? "",
  place,
  cells,
}));

const arn = "arn:aws:s3:::lake";
/** One request for each word of the column "asked of", and one that lies beside it. */
const requests: Record<string, (isAction: (name: string) => boolean) => [string, Record<string, string>][]> =
  {
    object: () => [[`${arn}/tables/t1/x`, {}]],
    prefix: () => [[arn, { "s3:prefix": "tables/t1/x" }]],
    name: (isAction) =>
      isAction("s3:ListBucket") ? [[arn, { "s3:prefix": "tables" }]] : [[`${arn}/tables`, {}]],
    bucket: () => [
      [arn, {}],
      [arn, { "s3:prefix": "tables-old/" }],
    ],
  };

const compile = (change: Partial<Scope>) =>
  compilePolicy({ bucket: "lake", prefixes: ["tables/"], permission: "READ", ...change }, setting);

describe("the table of operations says what the compiler does:", () => {
  test.each(rows)("$operation ($action of $place)", ({ action, place, cells }) => {
    expect(cells).toHaveLength(permissions.length);
    for (const [index, permission] of permissions.entries()) {
      const cell = cells[index] ?? "";
      expect(cell).toMatch(/^(yes|no|`[a-z` -]+`)$/);
      for (const group of [undefined, ...operationGroups]) {
        const also = groupsWithin(permission, group === undefined ? [] : [group]);
        const may = judge(compile({ permission, also }));
        const expected = cell === "yes" || (group !== undefined && named(cell).includes(group));
        for (const [resource, context] of requests[place]?.((name) => name === action) ?? [])
          expect(may(action, resource, context), `${permission} with ${group}: ${cell}`).toBe(expected);
      }
    }
  });
});

test("the grant of the document passes the check", () => {
  const [block = ""] = blocksOf(document, "yaml");
  const lake = { bucket: "lake", region: "eu-central-1", issue: "assume-role" };
  const { config } = checkDocument({
    issuers: { company: { issuer: "https://login.example.com", audience: "keyvend" } },
    storages: { lake: { ...lake, roleArn: "arn:aws:iam::111122223333:role/lake", secret: "keyvend/lake" } },
    ...parse(block),
  });
  expect(config.grants.all).toMatchObject([{ also: ["folder", "tags"] }]);
});

test("every action that any policy names has its row", () => {
  const policies = permissions.flatMap((permission) =>
    [["tables/"], [""]].map((prefixes) =>
      compile({ permission, prefixes, also: groupsWithin(permission, operationGroups) }),
    ),
  );
  const actions = new Set(policies.flatMap((policy) => policy.match(/s3:[A-Z]\w+/g) ?? []));
  const inTable = new Set(rows.map(({ action }) => action));
  expect([...actions].filter((action) => !inTable.has(action))).toEqual([]);
  expect(actions.size).toBeGreaterThan(15);
});

test("every group has its price, and the table of prices no other", () => {
  const groups = rowsBelow("What each group costs").map(([group]) => named(group)[0]);
  expect(groups).toEqual([...operationGroups]);
});
