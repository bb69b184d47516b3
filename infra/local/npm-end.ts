import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const everyMs = 500;

/**
 * Calls back when the `npm start` that started this process has ended. npm passes SIGINT and SIGTERM on, but only to the shell
 * between them, which ends and passes nothing on; by another signal npm ends itself, and tells nobody. So the parents are
 * looked at. A process that npm did not start goes on when its parent ends.
 */
export function onEndOfNpm(callBack: () => void): void {
  if (process.env["npm_lifecycle_event"] !== "start" || process.platform === "win32") return;
  const parent = process.ppid;
  // Some shells stay, and some give their place to the script: then the parent is npm, and its own parent may end.
  const isShell = argumentsOf(parent).includes(process.env["npm_lifecycle_script"] ?? "no script");
  const npm = isShell ? parentOf(parent) : parent;
  const timer = setInterval(() => {
    if (process.ppid === parent && (!isShell || parentOf(parent) === npm)) return;
    clearInterval(timer);
    callBack();
  }, everyMs);
  timer.unref();
}

function parentOf(pid: number): number {
  try {
    // The name of the command, in parentheses, may hold any character.
    const [, parent] = /^.*\) \S+ (\d+) /s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
    return Number(parent);
  } catch {
    return Number(ps("ppid=", pid));
  }
}

function argumentsOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return ps("args=", pid);
  }
}

/** For systems without `/proc`. Empty for a process that is no more. */
function ps(column: string, pid: number): string {
  try {
    return execFileSync("ps", ["-o", column, "-p", String(pid)], { encoding: "utf8" });
  } catch {
    return "";
  }
}
