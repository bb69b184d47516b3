/** However `npm start` ends, nothing that it started goes on, and its ports are free. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import { localPorts } from "../../infra/local/ports.ts";
import { isServerDoor } from "../functions/server/server-handler.ts";
import { until } from "../until.ts";

const ports = localPorts(14_900);
let start: ChildProcess;
let printed: string;

/** Runs it as a script does with `npm start &`. */
async function npmStart(): Promise<number> {
  start = spawn("npm", ["start", "--", "--port", String(ports.api)], {
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  printed = "";
  start.stdout?.setEncoding("utf8").on("data", (text) => {
    printed += text;
  });
  await until(() => expect(printed).toContain("Ctrl-C ends everything."), 100);
  // The server needs no Lambda, so that nothing listens for it.
  const names = Object.keys(ports).filter((name) => !(isServerDoor && name === "lambda"));
  expect(await takenPorts()).toEqual(names);
  return start.pid ?? expect.fail("not started");
}

async function takenPorts(): Promise<string[]> {
  const taken = await Promise.all(
    Object.entries(ports).map(async ([name, port]) => {
      const socket = connect(port, "127.0.0.1");
      const isTaken = await once(socket, "connect").then(
        () => true,
        () => false,
      );
      socket.destroy();
      return isTaken ? [name] : [];
    }),
  );
  return taken.flat();
}

// What a failed test leaves: the API is in a group of its own, and its parent ends it.
afterEach(() => {
  try {
    process.kill(-(start.pid ?? expect.fail("not started")), "SIGINT");
  } catch {
    // The whole group has ended.
  }
});

test.each(["SIGTERM", "SIGKILL"] as const)("by %s to npm alone, as of `kill $!`", async (signal) => {
  const npm = await npmStart();
  process.kill(npm, signal);
  await until(async () => expect(await takenPorts()).toEqual([]), 100);
});

test("by SIGKILL to npm and all of its group", async () => {
  const npm = await npmStart();
  process.kill(-npm, "SIGKILL");
  await until(async () => expect(await takenPorts()).toEqual([]), 100);
});
