import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { buildCli } from "../../../shared/client/build-cli.ts";
import { good, inSeconds, problem, secret, sessionToken, token } from "../fake-service.ts";
import { keyvend } from "./keyvend.ts";
import { start } from "./process.ts";
import { useSurroundings } from "./surroundings.ts";

const here = useSurroundings();

afterEach(() => {
  vi.useRealTimers();
});

const ask = (args: string[] = [], variables: Record<string, string> = here.env) =>
  keyvend(["credential-process", ...args], variables);

const entry = async () =>
  join(here.cache, (await readdir(here.cache)).find((name) => name.endsWith(".json")) ?? "none");

test("answers in the shape that SDKs read", async () => {
  const Expiration = inSeconds(3_600);
  here.service.reply(good({ Expiration }));
  const { status, out } = await ask();
  expect(status).toBe(0);
  expect(JSON.parse(out)).toEqual({
    Version: 1,
    AccessKeyId: "ASIAEXAMPLE",
    SecretAccessKey: secret,
    SessionToken: sessionToken,
    Expiration,
  });
});

test("the next answer is the same, without a request", async () => {
  const first = await ask();
  expect(await ask()).toEqual(first);
  expect(here.service.requests).toHaveLength(1);
});

test("only the user can read an entry, and neither it nor its name says the token", async () => {
  await ask();
  const path = await entry();
  expect((await stat(here.cache)).mode & 0o777).toBe(0o700);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(here.cache)).toEqual([expect.stringMatching(/^[0-9a-f]{64}\.json$/)]);
  expect(await readFile(path, "utf8")).not.toContain(token);
});

describe("another question is another answer", () => {
  test.each<[string, string[], Record<string, string>]>([
    ["another service", ["--url", "/stage"], {}],
    ["another storage", ["--storage", "archive"], {}],
    ["another target", ["--target", "s3://lake/a/"], {}],
    ["another permission", ["--permission", "READ"], {}],
    ["another duration", ["--duration", "1800"], {}],
    ["another token", [], { KEYVEND_TOKEN: `${token}x` }],
    ["another kind of identity", ["--identity", "aws-iam"], {}],
  ])("%s", async (_, args, variables) => {
    const aws = { AWS_ACCESS_KEY_ID: "AKIA", AWS_SECRET_ACCESS_KEY: "s", AWS_REGION: "eu-central-1" };
    await ask();
    await ask(
      args.map((word) => (word === "/stage" ? here.service.url + word : word)),
      { ...here.env, ...aws, ...variables },
    );
    expect(here.service.requests).toHaveLength(2);
  });

  test("a token file that now holds another token", async () => {
    const path = join(here.folder, "token");
    const args = ["--token-file", path];
    await writeFile(path, token);
    await ask(args);
    await writeFile(path, `${token}\n`);
    await ask(args);
    expect(here.service.requests).toHaveLength(1);
    await writeFile(path, `${token}x`);
    await ask(args);
    expect(here.service.requests).toHaveLength(2);
  });

  test("without a token there is no answer, even if the cache has one", async () => {
    await ask();
    const { KEYVEND_TOKEN: _, ...nobody } = here.env;
    expect(await ask([], nobody)).toMatchObject({ status: 1, out: "" });
  });
});

describe("credentials in the cache are served while they last long enough", () => {
  test.each([
    ["an hour: while more than 15 minutes are left", 3_600, 2_699, 2_700],
    ["ten minutes, where the service has no more: half of them", 600, 299, 300],
  ])("%s", async (_, life, served, asked) => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const now = Date.now();
    here.service.alwaysReply((response, request) => good({ Expiration: inSeconds(life) })(response, request));
    await ask();
    const { mtimeMs } = await stat(await entry());
    const took = mtimeMs - life * 1_000 - now;
    vi.setSystemTime(now + took + served * 1_000);
    await ask();
    expect(here.service.requests).toHaveLength(1);
    vi.setSystemTime(now + took + asked * 1_000);
    await ask();
    expect(here.service.requests).toHaveLength(2);
  });

  test("not when the clock was set back: their age is unknown", async () => {
    await ask();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - 60_000 });
    await ask();
    expect(here.service.requests).toHaveLength(2);
  });
});

describe("when the time for fresh ones has come", () => {
  const age = () => vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3_000_000 });

  test("and the service is down, the entry is served while it is valid, and a warning says so", async () => {
    const { out } = await ask();
    age();
    here.service.alwaysReply(problem(503, "unavailable", {}, { "retry-after": "300" }));
    const late = await ask();
    expect(late).toMatchObject({ status: 0, out });
    expect(late.err).toContain("from the cache");
    vi.setSystemTime(Date.now() + 590_000);
    expect(await ask()).toMatchObject({ status: 1, out: "" });
  });

  test("and the service refuses, no credentials are served, now or later", async () => {
    await ask();
    age();
    here.service.reply(problem(403, "no_grant"));
    expect(await ask()).toMatchObject({ status: 1, out: "" });
    expect((await readdir(here.cache)).filter((name) => name.endsWith(".json"))).toEqual([]);
  });

  test("entries that have expired are removed", async () => {
    await ask([], { ...here.env, KEYVEND_TOKEN: `${token}x` });
    const path = await entry();
    await utimes(path, new Date(), new Date(Date.now() - 1_000));
    await ask();
    expect(await readdir(here.cache)).toHaveLength(1);
    await expect(stat(path)).rejects.toThrow();
  });
});

describe("an entry is not used when it is", () => {
  test.each<[string, (path: string) => Promise<void>]>([
    ["empty", (path) => writeFile(path, "")],
    ["cut off", async (path) => writeFile(path, (await readFile(path, "utf8")).slice(0, 40))],
    ["something else", (path) => writeFile(path, "[1]")],
    ["without a key", (path) => writeFile(path, JSON.stringify({ expiration: 9e15, storedAt: 0 }))],
    ["readable by other users", (path) => chmod(path, 0o644)],
    [
      "a link",
      async (path) => {
        await writeFile(join(here.folder, "other"), await readFile(path), { mode: 0o600 });
        await rm(path);
        await symlink(join(here.folder, "other"), path);
      },
    ],
  ])("%s", async (_, spoil) => {
    await ask();
    await spoil(await entry());
    expect(await ask()).toMatchObject({ status: 0 });
    expect(here.service.requests).toHaveLength(2);
    await ask();
    expect(here.service.requests).toHaveLength(2);
  });

  test("in a folder that other users can write to by now", async () => {
    await ask();
    await chmod(here.cache, 0o777);
    await ask();
    expect(here.service.requests).toHaveLength(2);
  });

  test("in a folder that other users can write to, and none is written there", async () => {
    await mkdir(here.cache, { mode: 0o777 });
    await chmod(here.cache, 0o777);
    await ask();
    await ask();
    expect(here.service.requests).toHaveLength(2);
    expect(await readdir(here.cache)).toEqual([]);
  });
});

test("without a folder there is an answer and no cache", async () => {
  await writeFile(join(here.folder, "file"), "");
  const variables = { ...here.env, KEYVEND_CACHE_DIR: join(here.folder, "file", "cache") };
  expect(await ask([], variables)).toMatchObject({ status: 0, err: "" });
  await ask([], variables);
  expect(here.service.requests).toHaveLength(2);
});

// Node's own way to make all folders of a path turns forever there.
test.skipIf(!existsSync("/proc/self"))("nor is there a cache, or a wait without end, in /proc", async () => {
  const file = await buildCli(here.folder);
  const variables = { ...here.env, KEYVEND_CACHE_DIR: "", XDG_CACHE_HOME: "/proc/none" };
  const { process: child, result } = start(file, ["credential-process"], variables);
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  expect(await result).toMatchObject({ status: 0, err: "" });
});

test("folders above the cache's own are made, for its user alone", async () => {
  const above = join(here.folder, "a", "b");
  await ask([], { ...here.env, KEYVEND_CACHE_DIR: join(above, "c") });
  expect(await readdir(join(above, "c"))).toHaveLength(1);
  expect((await stat(above)).mode & 0o777).toBe(0o700);
});

test("a relative folder is refused: it would be another one in each place where a program starts", async () => {
  const { status, out, err } = await ask([], { ...here.env, KEYVEND_CACHE_DIR: "relative" });
  expect({ status, out }).toEqual({ status: 2, out: "" });
  expect(err).toMatch(/KEYVEND_CACHE_DIR is relative\. It must be an absolute path/);
  expect(here.service.requests).toHaveLength(0);
  await expect(stat("relative")).rejects.toThrow();
});

test("--no-cache writes nothing", async () => {
  await ask(["--no-cache"]);
  await ask(["--no-cache"]);
  expect(here.service.requests).toHaveLength(2);
  await expect(stat(here.cache)).rejects.toThrow();
});

test("a lock that a dead process left is taken over", async () => {
  await ask();
  const path = await entry();
  await rm(path);
  const lock = path.replace(/json$/, "lock");
  // No process has this number: it is beyond what any kernel gives.
  await writeFile(lock, "4194999");
  await ask();
  await writeFile(lock, String(process.ppid));
  await utimes(lock, new Date(), new Date(Date.now() - 31_000));
  await rm(path);
  await ask();
  expect(here.service.requests).toHaveLength(3);
  await expect(stat(lock)).rejects.toThrow();
});

test("a failure is not in the cache, and leaves no lock", async () => {
  here.service.reply(problem(403, "no_grant"));
  expect((await ask()).status).toBe(1);
  expect((await ask()).status).toBe(0);
  expect((await readdir(here.cache)).filter((name) => name.endsWith(".lock"))).toEqual([]);
});

test("processes at once make one request, and the answer of a later one loads no HTTP", {
  timeout: 60_000,
}, async () => {
  here.service.alwaysReply(async (response, request) => {
    await sleep(1_500);
    good()(response, request);
  });
  const file = await buildCli(here.folder);
  const running = [1, 2, 3].map(() => start(file, ["credential-process"], here.env).result);
  const outs = (await Promise.all(running)).map(({ out }) => out);
  expect(new Set(outs).size).toBe(1);
  expect(outs[0]).toContain(secret);
  expect(here.service.requests).toHaveLength(1);

  const spy = join(here.folder, "spy.cjs");
  await writeFile(
    spy,
    'process.on("exit", () => require("node:fs").writeSync(2, process.moduleLoadList.filter((m) => /undici|http|tls/.test(m)).join()))',
  );
  const hit = await start(file, ["credential-process"], { ...here.env, NODE_OPTIONS: `--require ${spy}` })
    .result;
  expect(hit).toMatchObject({ status: 0, out: outs[0], err: "" });
  expect(here.service.requests).toHaveLength(1);
});
