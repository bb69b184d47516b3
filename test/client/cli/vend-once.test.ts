import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { underLock } from "../../../shared/client/src/cli/vend-once.ts";
import { good } from "../fake-service.ts";
import { keyvend } from "./keyvend.ts";
import { useSurroundings } from "./surroundings.ts";

describe("under a lock", () => {
  let folder: string;
  let lock: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "keyvend-lock-"));
    lock = join(folder, "key.lock");
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  test("one caller works, and the others find its answer", async () => {
    let answer: string | undefined;
    let workers = 0;
    const all = Array.from({ length: 5 }, () =>
      underLock(
        lock,
        () => answer,
        async () => {
          workers++;
          await sleep(100);
          answer = "answer";
          return answer;
        },
      ),
    );
    expect(await Promise.all(all)).toEqual(Array.from({ length: 5 }, () => "answer"));
    expect(workers).toBe(1);
    expect(readdirSync(folder)).toEqual([]);
  });

  const answerUnderLock = () =>
    underLock<string>(
      lock,
      () => undefined,
      async () => "answer",
    );

  test("an answer that is there already needs no work", async () => {
    const work = () => Promise.reject(new Error("it worked"));
    expect(await underLock(lock, () => "answer", work)).toBe("answer");
  });

  test("a failure lets the next one work", async () => {
    const failing = underLock(
      lock,
      () => undefined,
      () => Promise.reject(new Error("no luck")),
    );
    await expect(failing).rejects.toThrow("no luck");
    expect(await answerUnderLock()).toBe("answer");
  });

  test("a lock that its holder has not signed yet is waited for", async () => {
    writeFileSync(lock, "");
    setTimeout(() => rmSync(lock), 120);
    expect(await answerUnderLock()).toBe("answer");
    expect(existsSync(lock)).toBe(false);
  });

  test("a lock that another process has taken over stays", async () => {
    await underLock<string>(
      lock,
      () => undefined,
      async () => {
        writeFileSync(lock, String(process.ppid));
        return "answer";
      },
    );
    expect(existsSync(lock)).toBe(true);
  });

  test("where no lock can be written, the work is done without one", async () => {
    const nowhere = join(folder, "nowhere", "key.lock");
    expect(
      await underLock<string>(
        nowhere,
        () => undefined,
        async () => "answer",
      ),
    ).toBe("answer");
  });
});

describe("an answer", () => {
  const here = useSurroundings();

  test("is asked for once by all that want it", async () => {
    here.service.alwaysReply(async (response, request) => {
      await sleep(200);
      good()(response, request);
    });
    const all = await Promise.all([1, 2, 3].map(() => keyvend(["credential-process"], here.env)));
    expect(new Set(all.map(({ out }) => out)).size).toBe(1);
    expect(here.service.requests).toHaveLength(1);
  });

  test("that cannot be written to the cache is written out, with a warning", async () => {
    await keyvend(["credential-process"], here.env);
    const [name = expect.fail("no entry")] = readdirSync(here.cache);
    rmSync(join(here.cache, name));
    mkdirSync(join(here.cache, name, "in the way"), { recursive: true });
    const { status, out, err } = await keyvend(["credential-process"], here.env);
    expect({ status, AccessKeyId: JSON.parse(out).AccessKeyId }).toEqual({
      status: 0,
      AccessKeyId: "ASIAEXAMPLE",
    });
    expect(err).toMatch(/^keyvend: nothing written to .+ \(E\w+\)\.\n$/);
    expect(readdirSync(here.cache)).toEqual([name]);
  });
});
