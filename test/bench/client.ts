import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { brotliCompressSync } from "node:zlib";
import { build } from "esbuild";
import { buildCli } from "../../shared/client/build-cli.ts";
import { fromVending } from "../../shared/client/src/index.ts";
import { answer } from "../client/fake-service.ts";
import { exactly, type Row, ratiosOf, spreadOf } from "./measure.ts";
import type { World } from "./world.ts";

const callers = 1_000;
const [reads, readRounds] = [200_000, 7];

/** A service that answers at once, and counts. */
async function startService() {
  let requests = 0;
  const server = createServer((_, response) => {
    requests += 1;
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer()));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Processor time of one call that is awaited, in microseconds. */
async function costOf(get: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  for (let n = 0; n < reads; n++) await get();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / reads;
}

/** B13: the library. */
export async function measureLibrary(): Promise<Row> {
  const { outputFiles } = await build({
    stdin: { contents: 'export { fromVending } from "./index.ts"', resolveDir: resolve("shared/client/src") },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    write: false,
  });
  const service = await startService();
  const credentials = fromVending({ url: service.url, storage: "lake", token: "a.b.c" });
  await Promise.all(Array.from({ length: callers }, () => credentials()));
  const requests = service.requests();
  const held = credentials();
  /** A look at the clock, and what is held. */
  const least = () => (Date.now() > 0 ? held : credentials());
  const times = { ours: [] as number[], least: [] as number[] };
  for (let round = 0; round <= readRounds; round++) {
    const [ours, floor] = [await costOf(credentials), await costOf(least)];
    if (round === 0) continue;
    times.ours.push(ours);
    times.least.push(floor);
  }
  service.close();
  return {
    id: "B13",
    what: "the client",
    measures: [
      {
        says: "fromVending, minified and by brotli",
        spread: exactly(brotliCompressSync(outputFiles[0]?.contents ?? "").length),
        unit: "bytes",
        goal: { atMost: 2_048 },
      },
      {
        says: `requests of ${callers.toLocaleString("en")} callers at once`,
        spread: exactly(requests),
        unit: "",
        goal: { atMost: 1 },
      },
      {
        says: "a cached get",
        spread: spreadOf(times.ours),
        unit: "µs",
        goal: { atMost: 0.2 },
        floor: spreadOf(times.least),
      },
    ],
  };
}

/** B14: the command, from its cache on disk. */
export async function measureCommand(world: World, rounds: number): Promise<Row> {
  const folder = await mkdtemp(join(tmpdir(), "keyvend-bench-"));
  try {
    const command = await buildCli(folder);
    const service = await startService();
    const { AWS_ENDPOINT_URL_STS = "" } = world.environment();
    const env = {
      ...process.env,
      // Nothing of this machine's settings.
      AWS_CONFIG_FILE: join(folder, "none"),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, "none"),
      KEYVEND_CACHE_DIR: join(folder, "cache"),
      KEYVEND_URL: service.url,
      KEYVEND_STORAGE: "lake",
      KEYVEND_TOKEN: "a.b.c",
      AWS_ENDPOINT_URL_STS,
      AWS_REGION: "us-east-1",
      // Version 1 of the AWS CLI knows this one.
      AWS_DEFAULT_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "AKIABENCH00000000003",
      AWS_SECRET_ACCESS_KEY: "a+secret+that+nobody/looks/at/in+here",
    };
    const took = (program: string, args: string[]) => {
      const begun = performance.now();
      const { status, error } = spawnSync(program, args, { env, stdio: "ignore" });
      return status === 0 && error === undefined ? performance.now() - begun : undefined;
    };
    const ours = () => took(process.execPath, [command, "credential-process"]);
    // The first answer is asked for, so that this process has to answer it.
    await promisify(execFile)(process.execPath, [command, "credential-process"], { env });
    const aws = () => took("aws", ["sts", "get-session-token"]);
    const hasAws = aws() !== undefined;
    const times = { ours: [] as number[], aws: [] as number[], nothing: [] as number[] };
    for (let round = 0; round < rounds; round++) {
      times.ours.push(ours() ?? Number.NaN);
      times.nothing.push(took(process.execPath, ["-e", "0"]) ?? Number.NaN);
      if (hasAws) times.aws.push(aws() ?? Number.NaN);
    }
    const requests = service.requests();
    service.close();
    return {
      id: "B14",
      what: "credential-process, from its cache",
      measures: [
        ...(hasAws
          ? [
              {
                says: "against aws sts get-session-token",
                spread: ratiosOf(times.ours, times.aws),
                unit: "",
                goal: { atMost: 1 / 15 },
                floor: ratiosOf(times.nothing, times.aws),
              },
            ]
          : []),
        {
          says: "against node -e 0",
          spread: ratiosOf(times.ours, times.nothing),
          unit: "",
          goal: { atMost: 1.3 },
        },
        { says: "requests", spread: exactly(requests), unit: "", goal: { atMost: 1 } },
        { says: "credential-process", spread: spreadOf(times.ours), unit: "ms" },
        ...(hasAws ? [{ says: "aws sts get-session-token", spread: spreadOf(times.aws), unit: "ms" }] : []),
      ],
      notes: hasAws ? [] : ["There is no aws command here: not compared with it."],
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}
