import { isLoopbackAddress } from "../../shared/core/ip-range.ts";
import type { ListenAt, ServerLimits, ServerSettings } from "../../shared/core/server-settings.ts";
import { listOf, serverSection } from "./document.ts";
import type { Report } from "./faults.ts";
import { readEntry } from "./read-entry.ts";

/** Enough for thousands of clients, and bearable for a machine of one processor and 256 MB. */
const usualLimits: ServerLimits = {
  connections: 4_096,
  connectionsPerAddress: 512,
  requestsAtOnce: 1_000,
  requestsPerAddress: 200,
  requestsPerPrincipal: 100,
  headerBytes: 32_768,
  headerSeconds: 10,
  requestSeconds: 15,
  idleSeconds: 30,
};

const inMemory = "memory";

/**
 * Reads the section `server`, which may be absent, and fills in the defaults. Its paths stay as they are written.
 *
 * @returns `undefined` where it has faults, which are reported.
 */
export function readServerSettings(section: unknown, report: Report): ServerSettings | undefined {
  const entry = section === undefined ? {} : readEntry(serverSection, section, report);
  if (entry === undefined) return undefined;
  const { listen = "127.0.0.1:8080", status = "127.0.0.1:9464", tls, table, stage, drainSeconds = 0 } = entry;
  const at = { listen: placeOf(listen), status: placeOf(status) };
  for (const [name, place] of Object.entries(at))
    if ("port" in place && place.port > 65_535) report([name], "must have a port of at most 65535");
  const proxies = listOf(entry.proxies ?? []);
  if (!tls && proxies.length === 0 && "host" in at.listen && !isLoopbackAddress(at.listen.host))
    report(
      ["listen"],
      "is beyond loopback, where plain HTTP would show tokens and credentials: set tls, or name the proxies that end TLS in front",
    );
  const limits = { ...usualLimits, ...entry.limits };
  if (limits.connectionsPerAddress > limits.connections) limits.connectionsPerAddress = limits.connections;
  return {
    ...at,
    ...(tls && { tls }),
    proxies,
    ...(table !== undefined && table !== inMemory && { table }),
    ...(stage !== undefined && { stage }),
    drainSeconds,
    limits,
  };
}

function placeOf(text: string): ListenAt {
  const [, fd] = /^fd:(\d)$/.exec(text) ?? [];
  if (fd !== undefined) return { fd: Number(fd) };
  const colon = text.lastIndexOf(":");
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(text.slice(colon + 1)) };
}
