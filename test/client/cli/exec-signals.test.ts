/**
 * Signals of `exec` as it is built. What a terminal does with Ctrl-C, these tests do by a signal to a whole process group:
 * the kernel does the same. `test/conformance/local/terminal.test.ts` has a real pseudo-terminal.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { beforeEach, describe, expect, test } from "vitest";
import { until } from "../../until.ts";
import { useBuiltCli } from "./built.ts";

const here = useBuiltCli();

/** Runs a program in a process group of its own, as a shell with a terminal does. */
function inGroup(file: string, args: readonly string[]) {
  const process = spawn(file, args, { env: here.env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  process.stdout.setEncoding("utf8").on("data", (more: string) => {
    out += more;
  });
  const ended = Promise.all([once(process, "close"), text(process.stderr)]);
  return {
    process,
    out: () => out,
    has: (words: string) => until(() => expect(out).toContain(words)),
    async result() {
      const [[status, signal], err] = await ended;
      return { status, signal, out, err };
    },
  };
}

const exec = (code: string) =>
  inGroup(process.execPath, [here.file, "exec", "--", process.execPath, "-e", code]);

const pidOf = ({ pid }: ChildProcess) => pid ?? expect.fail("not started");
const toGroup = (of: ChildProcess, signal: NodeJS.Signals) => process.kill(-pidOf(of), signal);

/** Counts a signal, and says how often it came when another signal asks. */
const counting = (signal: string) => `
  let count = 0;
  process.on("${signal}", () => {
    console.log("got " + ++count);
    // A second one would be there by then.
    setTimeout(() => console.log("and no more than " + count), 100);
  });
  process.on("SIGUSR2", () => console.log("in all " + count));
  setInterval(() => {}, 1000);
  console.log("ready");`;

/** The count, and the end of all. */
async function countOf(running: ReturnType<typeof inGroup>): Promise<string> {
  // In the milliseconds after a signal to the group, another one counts as sent to the group as well.
  await until(() => {
    running.process.kill("SIGUSR2");
    expect(running.out()).toContain("in all");
  });
  toGroup(running.process, "SIGKILL");
  const { out, err } = await running.result();
  expect(err).toBe("");
  return out.slice(0, out.indexOf("\n", out.indexOf("in all")) + 1);
}

describe("a signal reaches the command once", () => {
  test.each(["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1"] as const)(
    "%s to the whole group, as from a terminal",
    async (signal) => {
      const running = exec(counting(signal));
      await running.has("ready");
      for (const count of [1, 2, 3]) {
        toGroup(running.process, signal);
        await running.has(`and no more than ${count}`);
      }
      expect(await countOf(running)).toMatch(/in all 3\n$/);
    },
  );

  test.each(["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1"] as const)(
    "%s to keyvend alone",
    async (signal) => {
      const running = exec(counting(signal));
      await running.has("ready");
      for (const count of [1, 2]) {
        running.process.kill(signal);
        await running.has(`and no more than ${count}`);
      }
      expect(await countOf(running)).toMatch(/in all 2\n$/);
    },
  );

  test("also where there is no cat in the path", async () => {
    here.env["PATH"] = here.folder;
    const running = exec(counting("SIGINT"));
    await running.has("ready");
    running.process.kill("SIGINT");
    await running.has("got 1");
    expect(await countOf(running)).toMatch(/in all 1\n$/);
  });
});

describe("a command that a signal ended", () => {
  const waiting = `setInterval(() => {}, 1000); console.log("ready")`;
  let temporary: string;

  beforeEach(async () => {
    temporary = await mkdtemp(join(here.folder, "tmp-"));
    here.env["TMPDIR"] = temporary;
  });

  /** Of those that hold the endpoint's token. */
  const foldersLeft = () => readdir(temporary);

  test.each(["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR2"] as const)(
    "ends keyvend by %s, too",
    async (signal) => {
      const running = exec(waiting);
      await running.has("ready");
      running.process.kill(signal);
      expect(await running.result()).toMatchObject({ status: null, signal, err: "" });
      expect(await foldersLeft()).toEqual([]);
    },
  );

  test("SIGKILL, too", async () => {
    expect(await exec(`process.kill(process.pid, "SIGKILL")`).result()).toMatchObject({ signal: "SIGKILL" });
    expect(await foldersLeft()).toEqual([]);
  });

  test.each([
    ["SIGQUIT", 131],
    ["SIGABRT", 134],
    ["SIGSEGV", 139],
  ])("%s, is told by the status: a core file of keyvend would hold credentials", async (signal, status) => {
    const code = `process.kill(process.pid, "${signal}"); setInterval(() => {}, 1000)`;
    expect(await exec(code).result()).toMatchObject({ status, signal: null });
  });

  test("by Ctrl-C ends a shell's loop", async () => {
    const loop = `for i in 1 2; do "$0" "$1" exec -- "$0" -e "
      console.log('round $i'); if ($i === 1) setInterval(() => {}, 1000)"; done; echo after`;
    const running = inGroup("bash", ["-c", loop, process.execPath, here.file]);
    await running.has("round 1");
    toGroup(running.process, "SIGINT");
    expect(await running.result()).toMatchObject({ signal: "SIGINT", out: "round 1\n", err: "" });
  });
});
