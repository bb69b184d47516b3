import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { loadVendingYaml } from "../../infra/config/vending-yaml.ts";
import { warningsOf } from "../../infra/config/warnings.ts";
import { localPorts } from "../../infra/local/ports.ts";
import { blocksOf } from "../documents/markdown.ts";
import { type ProjectBeside, runBeside } from "./project-beside.ts";

const run = promisify(execFile);
const base = 14_200;
const ports = localPorts(base);
let readme: string;
let folder: string;
let start: ChildProcess;
let printed = "";
/** The project in which the README's commands packed and installed the client. */
let project: ProjectBeside;

/** Runs `npm start` as a person does: in a process group like a terminal's, so that Ctrl-C reaches all processes. */
function npmStart(): ChildProcess {
  return spawn("npm", ["start", "--", "--port", String(base)], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Presses Ctrl-C in the terminal of `npm start`. */
async function endStart(): Promise<void> {
  const ended = once(start, "exit");
  process.kill(-(start.pid ?? expect.fail("not started")), "SIGINT");
  await ended;
}

beforeAll(async () => {
  readme = await readFile("README.md", "utf8");
  folder = await mkdtemp(join(tmpdir(), "keyvend-readme-"));
  start = npmStart();
  start.stdout?.setEncoding("utf8").on("data", (text) => {
    printed += text;
  });
  await vi.waitFor(() => expect(printed).toContain("Ctrl-C ends everything."), {
    timeout: 60_000,
    interval: 100,
  });
  const list = `[ "$*" = "s3 ls s3://lake" ] && exec '${process.execPath}' '${await bundled("list.mjs", listing)}'`;
  // The variables of the lines before are unset, so that only `keyvend exec` can supply the command.
  const script = `${block("sh", "curl -H")}\nunset \${!AWS_*}\n${block("sh", "npm pack")}`;
  project = await runBeside(folder, script, list);
});

afterAll(async () => {
  // After SIGKILL the emulator would stay, and the next run could not have its ports.
  if (start.exitCode === null && start.signalCode === null) await endStart();
  await rm(folder, { recursive: true });
});

/** The code blocks of a language, in their order. The emulation's addresses in them are replaced by this test's. */
function blocks(language: string): string[] {
  return blocksOf(readme, language).map((code) =>
    code
      .replaceAll(":4100", `:${ports.api}`)
      .replaceAll(":4105", `:${ports.s3}`)
      .replaceAll("npm run --silent token", `npm run --silent token -- --port ${base}`),
  );
}

function block(language: string, containing: string): string {
  return (
    blocks(language).find((code) => code.includes(containing)) ?? expect.fail(`no block with ${containing}`)
  );
}

async function shell(script: string): Promise<string> {
  return (await run("bash", ["-euo", "pipefail", "-c", script])).stdout;
}

test("npm start vends once by itself, and prints the caller, the storage and the expiration", () => {
  expect(printed).toMatch(/Vended: alice has READWRITE on s3:\/\/lake\/ until \d{4}-\d\d-\d\dT/);
});

test("the two commands are the first that the README shows", () => {
  const [first = ""] = blocksOf(readme, "sh");
  const commands = first
    .trim()
    .split("\n")
    .map((line) => line.split("#")[0]?.trim());
  expect(commands).toEqual(["npm ci && npm start", "npm ci && npm test"]);
});

test("the token and the curl of the README vend, and after its exports an unmodified AWS SDK lists", async () => {
  const program = await bundled("list.mjs", listing);
  const answers = await shell(`${block("sh", "curl -H")}\n${JSON.stringify(process.execPath)} ${program}`);
  const [, vended = "", counted] = /^(\{.*\})(\d+)\n$/s.exec(answers) ?? expect.fail(answers);
  expect(JSON.parse(vended)).toMatchObject({
    Storage: "lake",
    Endpoint: `http://127.0.0.1:${ports.s3}`,
    Permission: "READWRITE",
  });
  expect(Number(counted)).toBeGreaterThanOrEqual(0);
});

test("the packed client is installed from its file and supplies a command, without a request to a registry", () => {
  expect(project.stdout).toMatch(/\n\d+\n$/);
  // By `npx keyvend` in the clone, without anything but `npm ci`.
  expect(project.stdout).toMatch(/lake {2}http:/);
  expect(project.registryRequests).toEqual([]);
});

test("npm start prints the same lines to paste as the README", () => {
  for (const line of block("sh", "AWS_CONTAINER")
    .split("\n")
    .filter((each) => each.includes("_URI="))) {
    expect(printed).toContain(line.trim());
  }
  expect(printed).toContain(`npm run demo -- --port ${base}`);
});

test("the configuration in the README passes the check", async () => {
  const [configuration = ""] = blocks("yaml");
  const file = join(folder, "vending.yml");
  await writeFile(file, configuration);
  const { config } = loadVendingYaml(file);
  expect(config.grants.all).toHaveLength(1);
  expect(warningsOf(config)).toEqual([]);
});

test("a port that is in use gives a clear error", async () => {
  const second = npmStart();
  let error = "";
  second.stderr?.setEncoding("utf8").on("data", (text) => {
    error += text;
  });
  // By then all of its output has arrived.
  const [code] = await once(second, "close");
  expect(code).toBe(1);
  expect(error).toContain(`Port ${base} (api) is taken. Choose other ports: npm start -- --port`);
});

test("Ctrl-C ends everything that npm start has started", async () => {
  await endStart();
  for (const port of Object.values(ports)) {
    await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow("fetch failed");
  }
});

const listing = `
  import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
  const s3 = new S3Client({ forcePathStyle: true });
  console.log((await s3.send(new ListObjectsV2Command({ Bucket: "lake" }))).KeyCount);`;

/** Bundles a program with this repository's packages. Packages of another folder come first. */
async function bundled(name: string, code: string, resolveDir = resolve(".")): Promise<string> {
  const outfile = join(folder, name);
  await build({
    stdin: { contents: code, loader: "ts", resolveDir },
    nodePaths: [resolve("node_modules")],
    bundle: true,
    platform: "node",
    format: "esm",
    outfile,
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
  });
  return outfile;
}
