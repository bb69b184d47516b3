// count.mjs FOLDER FAILED_STEPS: adds up the results that vitest left in FOLDER and prints them as the last line.
// It runs on the machine's own Node, since it must also work after `npm ci` failed.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [folder, failedSteps] = process.argv.slice(2);
const count = { passed: 0, failed: 0, skipped: 0 };

for (const file of readdirSync(folder)) {
  const results = JSON.parse(readFileSync(join(folder, file), "utf8"));
  for (const { status, assertionResults } of results.testResults) {
    const tests = assertionResults.map((test) => test.status);
    count.passed += tests.filter((test) => test === "passed").length;
    count.skipped += tests.filter((test) => test !== "passed" && test !== "failed").length;
    const failed = tests.filter((test) => test === "failed").length;
    // A file that could not be loaded, or whose hooks failed, has no failed test of its own.
    count.failed += status === "failed" ? Math.max(failed, 1) : failed;
  }
}
// A failed step that is not a test must not hide behind a line that says "0 failed".
if (count.failed === 0) count.failed = Number(failedSteps);
if (count.passed === 0 && count.failed === 0) count.failed = 1;

const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : "";
console.log(`${count.passed} passed, ${count.failed} failed${skipped}`);
process.exitCode = count.failed > 0 ? 1 : 0;
