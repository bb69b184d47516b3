/**
 * Runs the conformance suites: `npm run conformance [-- part …]`, all parts by default; `clients` may be narrowed to some
 * of them, as in `npm run conformance -- clients boto3 rclone`. Each test file starts the backend that it needs and ends
 * it; one that cannot be had fails the run, with the line that installs it.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { ensureDynamodbLocalFiles } from "../dynamodb/dynamodb-local-files.ts";
import { ensureCephPackages } from "./ceph/packages.ts";
import { allClients } from "./clients/all-clients.ts";
import { ensureMoto } from "./moto/install.ts";

const parts = ["local", "ceph", "moto", "dynamodb-local", "clients"];

const given = process.argv.slice(2);
const clients = given.filter((name) => allClients.some((client) => client.name === name));
const asked = given.filter((name) => !clients.includes(name));
if (clients.length > 0 && !asked.includes("clients")) asked.push("clients");
const unknown = asked.filter((part) => !parts.includes(part));
if (unknown.length > 0) {
  const names = allClients.map(({ name }) => name).join(", ");
  console.error(
    `Unknown: ${unknown.join(", ")}. The parts are ${parts.join(", ")}; the clients are ${names}.`,
  );
  process.exit(2);
}

const chosen = asked.length > 0 ? asked : parts;
const files = chosen.flatMap((part) => {
  const found = globSync(`${import.meta.dirname}/${part}/**/*.test.ts`);
  // A part without tests would otherwise pass by running none.
  if (found.length === 0) throw new Error(`test/conformance/${part} holds no test.`);
  return found.map((file) => relative(process.cwd(), file));
});

// Before the tests: a download may take longer than their hooks. What fails is tried once more by who needs it, and fails
// only that.
const installers: Record<string, () => Promise<unknown>> = {
  ceph: ensureCephPackages,
  moto: ensureMoto,
  "dynamodb-local": ensureDynamodbLocalFiles,
};
for (const part of chosen)
  await installers[part]?.().catch((error: Error) => console.error(`${part}: ${error.message}`));

// Whatever the backends write goes here, so that it goes away even when a test's process is killed.
const scratch = mkdtempSync(join(tmpdir(), "keyvend-conformance-"));
// Ctrl-C reaches vitest as well: let it end first.
process.on("SIGINT", () => undefined);
const vitest = spawn("vitest", ["run", "--project", "conformance", ...files], {
  stdio: "inherit",
  env: {
    ...process.env,
    TMPDIR: scratch,
    ...(clients.length > 0 && { KEYVEND_CLIENTS: clients.join(",") }),
  },
});
const [status] = await once(vitest, "exit");
rmSync(scratch, { recursive: true, force: true });
process.exitCode = status ?? 1;
