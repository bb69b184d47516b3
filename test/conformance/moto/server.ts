import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startDaemon } from "../ceph/daemon.ts";
import { ensureMoto } from "./install.ts";

/** moto's server on loopback: every service of AWS at one endpoint. */
export interface Moto {
  endpoint: string;
  /** Whether signatures and policies count; at the start they do not, and whoever asks may do everything. */
  enforceAuth(on: boolean): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts moto on a free port; installs it first where it is missing. Throws where it cannot be had or does not start,
 * leaving nothing behind.
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
