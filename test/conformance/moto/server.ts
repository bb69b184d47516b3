import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startDaemon } from "../daemon.ts";
import { ensureMoto } from "./install.ts";

/** moto's server on loopback: every service of AWS at one endpoint. */
interface Moto {
  endpoint: string;
  /** Turns the check of signatures and policies on or off. It is off at the start, so that every caller may do everything. */
  enforceAuth(on: boolean): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts moto on a free port, and installs it first if it is missing. Throws if it cannot be installed or does not start,
 * and leaves nothing behind.
 *
 * @example const moto = await startMoto();
 */
export async function startMoto(): Promise<Moto> {
  const command = await ensureMoto();
  const folder = mkdtempSync(join(tmpdir(), "keyvend-moto-"));
  const logFile = join(folder, "moto.log");
  const daemon = startDaemon([command, "-H", "127.0.0.1", "-p", "0"], { logFile });
  const stop = async () => {
    await daemon.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  let endpoint = "";
  try {
    await daemon.ready(async () => {
      endpoint = readFileSync(logFile, "utf8").match(/http:\/\/127\.0\.0\.1:\d+/)?.[0] ?? "";
      return (await fetch(`${endpoint}/moto-api/data.json`)).ok;
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    endpoint,
    stop,
    async enforceAuth(on) {
      const headers = { "Content-Type": "text/plain" };
      const { ok, status } = await fetch(`${endpoint}/moto-api/reset-auth`, {
        method: "POST",
        headers,
        // The number of calls from now on for which auth is off.
        body: on ? "0" : "inf",
      });
      if (!ok) throw new Error(`moto answered ${status} when its auth was to be changed.`);
    },
  };
}
