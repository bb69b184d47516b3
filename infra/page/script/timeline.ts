import type { RecentRecord } from "../../../functions/page/recent-records.ts";
import { dueAt, servableUntil } from "../../../shared/core/expiry.ts";

/** One session of a scope, as far as the log has told of it. Times are epoch milliseconds. */
export interface SessionLife {
  issuedAt: number | undefined;
  isRenewal: boolean;
  expiration: number;
  uses: number[];
  /** Between these, by its key, it is due to be renewed; after the last, it answers only where STS gives nothing better. */
  dueFrom?: number;
  dueUntil?: number;
  servableUntil?: number;
}

/**
 * The scopes in the log, the one that was used last first.
 *
 * @example scopesIn(records)[0] // "lake: READ on s3://lake/raw/"
 */
export function scopesIn(records: readonly RecentRecord[]): string[] {
  return Array.from(new Set(records.toReversed().flatMap((record) => scopeOf(record) ?? [])));
}

function scopeOf({ storage, permission, targets }: RecentRecord): string | undefined {
  return targets === undefined ? undefined : `${storage}: ${permission} on ${targets.join(", ")}`;
}

/**
 * The sessions of a scope, in the order of their ends. Those that are told apart have different ends.
 *
 * @example livesOf("lake: READ on s3://lake/raw/", records)[0]?.uses.length // 3
 */
export function livesOf(scope: string, records: readonly RecentRecord[]): SessionLife[] {
  const lives = new Map<string, SessionLife>();
  for (const record of records) {
    const { expiration, decision, cache } = record;
    if (scopeOf(record) !== scope || expiration === undefined) continue;
    const known = lives.get(expiration);
    const life = known ?? {
      issuedAt: undefined,
      isRenewal: false,
      expiration: Date.parse(expiration),
      uses: [],
    };
    lives.set(expiration, life);
    const at = Date.parse(record.time);
    const isRenewal = decision === "warmed";
    if (life.issuedAt === undefined && (isRenewal || cache === "issued")) {
      life.issuedAt = at;
      life.isRenewal = isRenewal;
      const span = { issuedAt: at, expiration: life.expiration };
      life.dueFrom = dueAt(span, "0000");
      life.dueUntil = dueAt(span, "ffff");
      life.servableUntil = servableUntil(span);
    }
    if (decision === "vended") life.uses.push(at);
  }
  return Array.from(lives.values()).sort((one, other) => one.expiration - other.expiration);
}
