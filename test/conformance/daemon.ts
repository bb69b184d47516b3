import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, openSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** A process in the foreground that this process starts and ends. */
export interface Daemon {
  /** Resolves when the probe gives true. Rejects with the end of the logs when the daemon dies or time is up. */
  ready(probe: () => Promise<boolean>, deadline?: number): Promise<void>;
  isRunning(): boolean;
  /** Ends the daemon with TERM and waits. Sends KILL only if it does not end in time. */
  stop(): Promise<void>;
}

interface DaemonOptions {
  /** The file that takes its output. */
  logFile: string;
  /** The file to which it writes its own log. */
  ownLogFile?: string;
  environment?: Record<string, string>;
}

/** The longest time that a daemon may take to start. */
export const readySeconds = 60;
const stopSeconds = 15;

/**
 * Starts a daemon that cannot outlive this process: the kernel ends it when this process dies in any way.
 *
 * @example startDaemon(["ceph-mon", "-i", "a", "-f"], { logFile: "mon.log" })
 */
export function startDaemon(command: [string, ...string[]], options: DaemonOptions): Daemon {
  const log = openSync(options.logFile, "a");
  const child = spawn("setpriv", ["--pdeathsig", "KILL", ...command], {
    stdio: ["ignore", log, log],
    env: { ...process.env, ...options.environment },
  });
  const exited = once(child, "exit");
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  const failure = (what: string) => {
    const logs = [options.ownLogFile, options.logFile].filter(
      (file) => file !== undefined && existsSync(file),
    );
    const ends = logs.map((file) => readFileSync(String(file), "utf8").slice(-2000));
    return new Error([`${command[0]} ${what}:`, ...ends].join("\n"));
  };

  return {
    isRunning,
    async ready(probe, deadline = Date.now() + readySeconds * 1000) {
      while (!(await probe().catch(() => false))) {
        if (!isRunning()) throw failure("ended before it was ready");
        if (Date.now() > deadline) throw failure(`was not ready after ${readySeconds} s`);
        await sleep(50);
      }
    },
    async stop() {
      if (!isRunning()) return;
      child.kill("SIGTERM");
      const patience = new AbortController();
      await Promise.race([exited, sleep(stopSeconds * 1000, undefined, { signal: patience.signal })]);
      patience.abort();
      if (isRunning()) child.kill("SIGKILL");
      await exited;
    },
  };
}
