import { createServer } from "node:net";
import { type LocalApi, startApi } from "./api.ts";
import { type Backends, startBackends } from "./backends.ts";
import { listenOnLoopback } from "./loopback-server.ts";
import type { LocalPorts } from "./ports.ts";

/** A whole keyvend on this machine. */
export interface Emulation {
  api: LocalApi;
  backends: Backends;
  close(): Promise<void>;
}

/**
 * Starts everything, or nothing if a port is taken.
 *
 * @throws Error that names the port and its purpose.
 * @example const emulation = await startEmulation(localPorts(4_100), console.log)
 */
export async function startEmulation(ports: LocalPorts, log: (line: string) => void): Promise<Emulation> {
  for (const [name, port] of Object.entries(ports)) await checkFree(name, port);
  const backends = await startBackends(ports);
  try {
    const api = await startApi(ports, backends, log);
    const close = async () => {
      await api.close();
      await backends.close();
    };
    return { api, backends, close };
  } catch (error) {
    await backends.close();
    throw error;
  }
}

async function checkFree(name: string, port: number): Promise<void> {
  const probe = createServer();
  try {
    await listenOnLoopback(probe, port);
  } catch {
    throw new Error(
      `Port ${port} (${name}) is taken. Choose other ports: npm start -- --port ${port + 1_000}`,
    );
  }
  await new Promise((resolve) => probe.close(resolve));
}
