import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Longer than a holder can take: attempts at the service end after 20 s. */
const staleMs = 30_000;
const pauseMs = 50;

/**
 * Does `work` while no other process does it under the same lock, so that one of them asks and the others find its
 * answer: `found` is looked at before `work`, and again whenever a wait is over. The lock saves requests, it guards no
 * data: past `staleMs`, or where two overtake a dead holder at once, more than one may work.
 *
 * @example await locked("/cache/key.lock", () => readKept(folder, key), ask)
 */
export async function locked<T>(
  path: string,
  found: () => T | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const patience = performance.now() + staleMs;
  while (!take(path)) {
    const answer = found();
    if (answer !== undefined) return answer;
    if (isAbandoned(path) || performance.now() > patience) rmSync(path, { force: true });
    else await sleep(pauseMs);
  }
  try {
    return found() ?? (await work());
  } finally {
    if (holder(path) === process.pid) rmSync(path, { force: true });
  }
}

function take(path: string): boolean {
  try {
    writeFileSync(path, String(process.pid), { mode: 0o600, flag: "wx" });
    return true;
  } catch (error) {
    // Where no lock can be had at all, nobody is waited for.
    return (error as NodeJS.ErrnoException).code !== "EEXIST";
  }
}

function isAbandoned(path: string): boolean {
  const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  if (age > staleMs) return true;
  const pid = holder(path);
  if (pid === undefined) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

/** Nothing while it is being written, or once it is gone. */
function holder(path: string): number | undefined {
  try {
    return Number(readFileSync(path, "utf8")) || undefined;
  } catch {
    return undefined;
  }
}
