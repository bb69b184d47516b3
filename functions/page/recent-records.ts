import type { AuditRecord } from "../../shared/vending/ports.ts";

/** A decision as the page shows it: the caller, its scope and how it was answered, and neither a key's id nor an address nor a token's hash. */
export type RecentRecord = Pick<
  AuditRecord,
  | "decision"
  | "code"
  | "principal"
  | "issuer"
  | "grant"
  | "storage"
  | "targets"
  | "permission"
  | "cache"
  | "waitedMs"
  | "expiration"
> & { time: string };

/** What the page shows of a record. Nothing else of it leaves this process but by the log. */
const shown = [
  ...["time", "decision", "code", "principal", "issuer", "grant", "storage", "targets", "permission"],
  ...["cache", "waitedMs", "expiration"],
] as readonly string[];

/** Enough to follow a few scopes, and a bound on what is kept. */
const mostLines = 300;

/**
 * The decisions of the last lines of the log, in their order. A line costs nothing until somebody looks.
 *
 * @example const recent = createRecentRecords(); recent.note('{"audit":{"decision":"vended",…}}\n'); recent.read()
 */
export function createRecentRecords() {
  let lines: string[] = [];
  return {
    note(line: string): void {
      if (!line.includes('"audit":')) return;
      lines.push(line);
      if (lines.length >= 2 * mostLines) lines = lines.slice(-mostLines);
    },
    read: (): RecentRecord[] => lines.slice(-mostLines).flatMap(recordIn),
  };
}

function recordIn(line: string): RecentRecord[] {
  const { audit } = JSON.parse(line) as { audit?: RecentRecord };
  if (audit === undefined || audit.decision === "explained") return [];
  return [
    Object.fromEntries(
      Object.entries(audit).filter(([name]) => shown.includes(name)),
    ) as unknown as RecentRecord,
  ];
}
