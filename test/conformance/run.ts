/**
 * Runs the conformance suites: `npm run conformance [-- part …]`, by default all parts but those that build a whole store.
 * The names of clients and platforms narrow the parts `clients`, `sts-clients` and `platforms`, as in
 * `npm run conformance -- boto3 rclone sts-boto3 spark`. Each test file starts the backend that it needs and ends it. A backend that
 * cannot be installed fails the run, with the command that installs it.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { ensureDynamodbLocalFiles } from "../dynamodb/dynamodb-local-files.ts";
import { ensureCephPackages } from "./ceph/packages.ts";
import { allClients } from "./clients/all-clients.ts";
import { awsCliEnvironment, boto3Environment } from "./clients/python/python.ts";
import { ensureRuntimeClient } from "./lambda/runtime-client.ts";
import { ensureMinio } from "./minio/minio.ts";
import { ensureCheckov, ensureMoto } from "./moto/install.ts";
import { ensureChromium } from "./page/browser.ts";
import { allPlatforms } from "./platforms/all-platforms.ts";
import { ensureSeaweedfs } from "./seaweedfs/seaweedfs.ts";
import { allStsClients } from "./sts-clients/all-sts-clients.ts";

const usualParts = [
  "local",
  "ceph",
  "moto",
  "dynamodb-local",
  "lambda",
  "clients",
  "sts-clients",
  "platforms",
  "server",
  "page",
];
/** Their stores are built from their sources, which takes minutes and gigabytes. They run only if they are named. */
const heavyParts = ["minio", "seaweedfs"];
const parts = [...usualParts, ...heavyParts];
/** The parts that names narrow. */
const named = { clients: allClients, "sts-clients": allStsClients, platforms: allPlatforms };
const all = Object.values(named).flat();

const given = process.argv.slice(2);
const isOf = (part: readonly { name: string }[]) => (name: string) => part.some((each) => each.name === name);
const clients = given.filter(isOf(all));
const partNames = given.filter((name) => !clients.includes(name));
for (const [part, members] of Object.entries(named))
  if (clients.some(isOf(members)) && !partNames.includes(part)) partNames.push(part);
const unknown = partNames.filter((part) => !parts.includes(part));
if (unknown.length > 0) {
  const names = all.map(({ name }) => name).join(", ");
  console.error(
    `Unknown: ${unknown.join(", ")}. The parts are ${parts.join(", ")}; their clients and platforms are ${names}.`,
  );
  process.exit(2);
}

const chosen = partNames.length > 0 ? partNames : usualParts;
const files = chosen.flatMap((part) => {
  const testFiles = globSync(`${import.meta.dirname}/${part}/**/*.test.ts`);
  // Without this, a part that has no tests would pass.
  if (testFiles.length === 0) throw new Error(`test/conformance/${part} holds no test.`);
  return testFiles.map((file) => relative(process.cwd(), file));
});

// Backends are installed before the tests, because a download may take longer than the tests' hooks. If one fails here,
// the test file that needs it tries once more, and only that file fails.
const installers: Record<string, () => Promise<unknown>> = {
  local: boto3Environment,
  ceph: () => Promise.all([ensureCephPackages(), awsCliEnvironment()]),
  minio: ensureMinio,
  seaweedfs: ensureSeaweedfs,
  moto: () => Promise.all([ensureMoto(), ensureCheckov(), awsCliEnvironment()]),
  "dynamodb-local": ensureDynamodbLocalFiles,
  lambda: ensureRuntimeClient,
  page: ensureChromium,
};
for (const part of chosen)
  await installers[part]?.().catch((error: Error) => console.error(`${part}: ${error.message}`));

// The backends write into this folder, so that their files are removed even if a test's process is killed.
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
