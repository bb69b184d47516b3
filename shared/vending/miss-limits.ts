import { createHash } from "node:crypto";
import type { MissLimits, reservedIssuers } from "../core/config.ts";
import { VendError } from "../core/errors.ts";
import type { IssueRequest } from "../core/issue-request.ts";
import type { Clock, CounterTable, Issue } from "./ports.ts";

const windowMs = 600_000;
const clientKeyIssuer: (typeof reservedIssuers)[number] = "client-key";

/** STS was not asked: a limit of misses is used up. It tells nothing of STS. */
export class MissLimitReached extends VendError {
  /** Whose limit it is. That of one principal is no news for the others. */
  readonly of: "principal" | "storage";

  constructor(of: "principal" | "storage", limit: keyof MissLimits, words: string, end: number, now: number) {
    super("throttled", `${words} It ends at ${new Date(end).toISOString().slice(0, 19)}Z.`, {
      retryAfterSeconds: Math.ceil((end - now) / 1_000),
      cause: `misses.${limit} of the configuration`,
    });
    this.of = of;
  }
}

interface MissLimitsPorts {
  table: CounterTable;
  limits: MissLimits;
  clock: Pick<Clock, "now">;
}

/**
 * Counts the misses that ask STS, of each principal and of each storage, in windows of ten minutes that all instances begin
 * together. STS's quota belongs to the whole account: without these limits one caller with a wide grant could use it up.
 *
 * @returns a function that makes of an `Issue` one that counts first. It throws (the promise) `MissLimitReached`, and
 *   TableUnreachable when nothing can be counted.
 * @example const counted = createMissLimits({ table, limits: { perPrincipal: 60, perClientKey: 600, perStorage: 600 }, clock })(issue);
 */
export function createMissLimits({ table, limits, clock }: MissLimitsPorts): (issue: Issue) => Issue {
  async function count({ principal, storage }: IssueRequest): Promise<void> {
    const now = clock.now();
    const end = (Math.floor(now / windowMs) + 1) * windowMs;
    const counters = [
      // First, so that a principal whose limit is used up takes nothing from the storage's.
      {
        of: "principal",
        name: createHash("sha256")
          .update(JSON.stringify([principal.issuer, principal.subject]))
          .digest("hex"),
        limit: principal.issuer === clientKeyIssuer ? "perClientKey" : "perPrincipal",
        whose: "one caller",
      },
      { of: "storage", name: storage.name, limit: "perStorage", whose: `storage ${storage.name}` },
    ] as const;
    for (const { of, name, limit, whose } of counters) {
      const most = limits[limit];
      if (await table.count(`misses:${of}:${name}:${end / windowMs}`, most, end)) continue;
      const words = `The limit of ${most} new sessions in ten minutes for ${whose} is used up.`;
      throw new MissLimitReached(of, limit, words, end, now);
    }
  }

  return (issue) =>
    async function issueCounted(request, ...more) {
      await count(request);
      return issue(request, ...more);
    };
}
