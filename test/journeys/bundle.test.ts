/** The code that answers from the cache stays light: it is small, and loads neither the AWS SDK nor large parts of Node. */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import type { Metafile } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildConfig, buildFunctions } from "../../infra/build.ts";
import { type Backends, startBackends } from "../../infra/local/backends.ts";
import type { LocalPorts } from "../../infra/local/ports.ts";
import type { AuditRecord } from "../../shared/vending/ports.ts";
import { httpEvent } from "../functions/http-event.ts";

const mostBytes = 60_000;
const free: LocalPorts = {
  api: 0,
  issuer: 0,
  dynamodb: 0,
  sts: 0,
  secretsManager: 0,
  s3: 0,
  lambda: 0,
  s3Ahead: 0,
  iam: 0,
};

// The folder is outside the project, so that imports find nothing but what was bundled.
let outDir: string;
let outputs: Metafile["outputs"];
let backends: Backends;

beforeAll(async () => {
  outDir = await mkdtemp(join(tmpdir(), "keyvend-bundle-"));
  ({ outputs } = (await buildFunctions({ outDir })).vend);
  backends = await startBackends(free);
  await buildConfig({ outDir, document: backends.vending, stage: "local" });
});

afterAll(async () => {
  await backends?.close();
  await rm(outDir, { recursive: true, force: true });
});

/** The entry and everything that it imports statically. Every request needs these files. */
function hitPath(): string[] {
  const files = new Set(Object.keys(outputs).filter((file) => basename(file) === "vend.mjs"));
  for (const file of files) {
    const imports = outputs[file]?.imports ?? [];
    for (const { path, kind, external } of imports)
      if (kind === "import-statement" && !external) files.add(path);
  }
  return [...files];
}

const isSdk = (source: string) => /node_modules\/@(aws-sdk|smithy)\//.test(source);

interface InstanceLife {
  statusCode: number;
  files: string[];
  heavy: string[];
  audit?: AuditRecord;
}

/** A cold start and one vend, in a process of its own. */
async function answerOnce(): Promise<InstanceLife> {
  const event = httpEvent({ authorization: await backends.issuer.token(), storage: "lake" });
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(import.meta.dirname, "answer-once.ts"), join(outDir, "vend/vend.mjs")],
    {
      env: {
        ...backends.environment,
        VENDING_CONFIG: join(outDir, "vend/vending.json"),
        EVENT: JSON.stringify(event),
      },
    },
  );
  const lines = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  return { ...lines.find((line) => "audit" in line), ...lines.at(-1) };
}

test("the code that answers from the cache has at most 60 kB", () => {
  const sizes = Object.fromEntries(hitPath().map((file) => [basename(file), outputs[file]?.bytes ?? 0]));
  const total = Object.values(sizes).reduce((sum, bytes) => sum + bytes, 0);
  expect(total, JSON.stringify(sizes)).toBeLessThanOrEqual(mostBytes);
});

test("the code that answers from the cache is two files, since each costs a cold start", () => {
  expect(hitPath()).toHaveLength(2);
});

test("the code that answers from the cache holds nothing of the AWS SDK", () => {
  const sources = hitPath().flatMap((file) => Object.keys(outputs[file]?.inputs ?? {}));
  expect(sources).toContain("functions/vend.ts");
  expect(sources.filter(isSdk)).toEqual([]);
});

test("the function that vends holds nothing of the page, which has a function of its own", async () => {
  const ofVend = Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs));
  expect(ofVend.length).toBeGreaterThan(100);
  expect(ofVend.filter((source) => /(functions|infra)\/page\b/.test(source))).toEqual([]);

  const { handler } = await import(join(outDir, "page/page.mjs"));
  const page = await handler({ routeKey: "GET /" });
  expect(page).toMatchObject({ statusCode: 200, headers: { "Content-Type": "text/html; charset=utf-8" } });
  expect(page.body).toContain('data-views="caller"');
  const part = (file: string) => handler({ routeKey: "GET /page/{file}", pathParameters: { file } });
  expect(await part("page.js")).toMatchObject({ statusCode: 200, headers: { "Cache-Control": "no-store" } });
  for (const none of ["page.mjs", "index.html", "now", "..%2Fpage.mjs", "../page/page.js", ""])
    expect(await part(none), none).toMatchObject({
      statusCode: 404,
      headers: { "Content-Security-Policy": expect.stringContaining("default-src 'none'") },
    });
});

test("a miss loads the AWS SDK, and after it cold starts answer without it and without what is heavy in Node", async () => {
  const light = hitPath().map((file) => basename(file));
  const sdk = Object.keys(outputs).filter((file) => Object.keys(outputs[file]?.inputs ?? {}).some(isSdk));
  const loadsSdk = ({ files }: InstanceLife) =>
    files.some((file) => sdk.some((chunk) => basename(chunk) === file));

  const miss = await answerOnce();
  expect(miss).toMatchObject({ statusCode: 200, audit: { cache: "issued" } });
  expect(loadsSdk(miss)).toBe(true);

  const firstHit = await answerOnce();
  expect(firstHit).toMatchObject({ statusCode: 200, heavy: [], audit: { cache: "table" } });
  expect(loadsSdk(firstHit)).toBe(false);

  // The first answer from an entry marks it as used. The code for that is in the chunk of a miss.
  const hit = await answerOnce();
  expect(hit).toMatchObject({ statusCode: 200, heavy: [], audit: { cache: "table" } });
  expect(hit.files.sort()).toEqual(light.sort());
});
