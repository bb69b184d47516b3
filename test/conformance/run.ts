/**
 * Runs the conformance suites: `npm run conformance [-- part …]`, all parts by default. Each test file starts the
 * backend that it needs and ends it; one that cannot be had fails the run, with the line that installs it.
 */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { relative } from "node:path";

const parts = ["local", "ceph", "moto"];

const asked = process.argv.slice(2);
const unknown = asked.filter((part) => !parts.includes(part));
if (unknown.length > 0) {
  console.error(`Unknown: ${unknown.join(", ")}. The parts are ${parts.join(", ")}.`);
  process.exit(2);
}

const files = (asked.length > 0 ? asked : parts).flatMap((part) => {
  const found = globSync(`${import.meta.dirname}/${part}/**/*.test.ts`);
  // A part without tests would otherwise pass by running none.
  if (found.length === 0) throw new Error(`test/conformance/${part} holds no test.`);
  return found.map((file) => relative(process.cwd(), file));
});
const { status } = spawnSync("vitest", ["run", "--project", "conformance", ...files], { stdio: "inherit" });
process.exitCode = status ?? 1;
