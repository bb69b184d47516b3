import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";

interface Job {
  permissions?: unknown;
  strategy?: { matrix: { node: number[] } };
  steps: { uses?: string; run?: string }[];
}

const text = readFileSync(".github/workflows/ci.yml", "utf8");
const { permissions, jobs }: { permissions: unknown; jobs: Record<string, Job> } = parse(text);
const steps = Object.values(jobs).flatMap((job) => job.steps);

test("CI has no rights and no secrets, and runs no action", () => {
  expect(permissions).toEqual({});
  for (const job of Object.values(jobs)) expect(job).not.toHaveProperty("permissions");
  for (const step of steps) expect(step).not.toHaveProperty("uses");
  expect(text).not.toMatch(/\$\{\{[^}]*(secrets|token)/);
});

test.each([/^npm ci\b/, /\bnpm start\b/, /^npm test$/, /^\.ci\/run$/])("CI runs %s", (command) => {
  const lines = steps.flatMap(({ run = "" }) => run.split("\n"));
  expect(lines.filter((line) => command.test(line.trim()))).not.toEqual([]);
});

test("CI tries each line of Node.js that the project says it runs on", () => {
  const { engines } = JSON.parse(readFileSync("package.json", "utf8"));
  const lines = Array.from(engines.node.matchAll(/(\d+)\.\d+\.\d+/g), ([, line]) => Number(line));
  expect(jobs["newcomer"]?.strategy?.matrix.node).toEqual(lines);
});
