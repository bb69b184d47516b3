import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { parse } from "yaml";
import { loadVendingYaml } from "../../infra/config/vending-yaml.ts";
import { localToken } from "../../infra/local/local-token.ts";
import { localPorts } from "../../infra/local/ports.ts";
import { blocksOf } from "./readme-blocks.ts";

const run = promisify(execFile);
const base = 14_200;
const ports = localPorts(base);
let readme: string;
let folder: string;
let start: ChildProcess;
let printed = "";

/** `npm start` as a person runs it: in a terminal's process group, so that Ctrl-C reaches all of it. */
function npmStart(): ChildProcess {
  return spawn("npm", ["start", "--", "--port", String(base)], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
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
});

afterAll(async () => {
  if (start.exitCode === null && start.signalCode === null && start.pid) process.kill(-start.pid, "SIGKILL");
  await rm(folder, { recursive: true });
});

/** The code blocks of a language, in their order; where they talk to the emulation, to this test's. */
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

test("npm start vends once by itself, and says who, what and until when", () => {
  expect(printed).toMatch(/Vended: alice has READWRITE on s3:\/\/lake\/ until \d{4}-\d\d-\d\dT/);
});

test("the two commands at the top are scripts that exist", async () => {
  const { scripts } = JSON.parse(await readFile("package.json", "utf8"));
  const commands = Array.from(
    readme.matchAll(/npm (?:run (?:--silent )?)?(start|test|[a-z][a-z:-]+)\b/g),
    ([, name]) => name,
  );
  expect(commands).toEqual(expect.arrayContaining(["start", "test", "demo", "check", "conformance"]));
  for (const name of new Set(commands)) if (name !== "ci") expect(Object.keys(scripts)).toContain(name);
});

test("the token and the curl of the README vend", async () => {
  const answer = JSON.parse(await shell(block("sh", "curl -H")));
  expect(answer).toMatchObject({
    Storage: "lake",
    Endpoint: `http://127.0.0.1:${ports.s3}`,
    Permission: "READWRITE",
  });
});

test("after the exports of the README an unmodified AWS SDK lists the bucket", async () => {
  const list = `
    import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
    const s3 = new S3Client({ forcePathStyle: true });
    console.log((await s3.send(new ListObjectsV2Command({ Bucket: "lake" }))).KeyCount);`;
  const file = join(folder, "list.mjs");
  await bundle(list, file);
  expect(await shell(`${block("sh", "AWS_CONTAINER")}\n${JSON.stringify(process.execPath)} ${file}`)).toMatch(
    /^\d+\n$/,
  );
});

test("what npm start prints to paste is what the README says", () => {
  for (const line of block("sh", "AWS_CONTAINER")
    .split("\n")
    .filter((each) => each.includes("_URI="))) {
    expect(printed).toContain(line.trim());
  }
  expect(printed).toContain(`npm run demo -- --port ${base}`);
});

test("the TypeScript of the README lists a bucket", async () => {
  const file = join(folder, "client.mjs");
  await bundle(block("ts", "s3Config"), file);
  const { stdout } = await run(process.execPath, [file], {
    env: { ...process.env, TOKEN: await localToken(ports.issuer) },
  });
  expect(stdout).toMatch(/^\d+ objects\n$/);
});

test("every configuration in the README passes the check", async () => {
  const configurations = blocks("yaml").filter((yaml) => "grants" in parse(yaml));
  expect(configurations).toHaveLength(2);
  for (const yaml of configurations) {
    const file = join(folder, "vending.yml");
    await writeFile(file, yaml);
    expect(loadVendingYaml(file).config.grants.all.length).toBeGreaterThan(0);
  }
});

test("a port that is taken is a clear error", async () => {
  const second = npmStart();
  let error = "";
  second.stderr?.setEncoding("utf8").on("data", (text) => {
    error += text;
  });
  // By then all that it has printed is here.
  const [code] = await once(second, "close");
  expect(code).toBe(1);
  expect(error).toContain(`Port ${base} (api) is taken. Choose other ports: npm start -- --port`);
});

test("Ctrl-C ends everything that npm start has started", async () => {
  const ended = once(start, "exit");
  process.kill(-(start.pid ?? expect.fail("not started")), "SIGINT");
  await ended;
  for (const port of Object.values(ports)) {
    await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow("fetch failed");
  }
});

async function bundle(code: string, outfile: string): Promise<void> {
  await build({
    stdin: { contents: code, loader: "ts", resolveDir: resolve(".") },
    alias: { keyvend: resolve("shared/client/src/index.ts") },
    bundle: true,
    platform: "node",
    format: "esm",
    outfile,
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
  });
}
