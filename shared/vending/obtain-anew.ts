import { VendError } from "../core/errors.ts";
import { isServable, isUsable } from "../core/expiry.ts";
import { issueRefusal } from "../core/issue-refusal.ts";
import { type IssueOnce, keptOf, type Wanted } from "./issue-once.ts";
import type { Found, Kept } from "./kept.ts";
import { createLocalLimit } from "./local-limit.ts";
import type { OnMiss } from "./obtain.ts";
import type { Obtained } from "./obtained.ts";
import { type Clock, type Issue, TableUnreachable } from "./ports.ts";
import { refusalPart } from "./trail.ts";

/** Calls to STS of one instance while the table is away, which otherwise bounds them for all. */
const alonePerSecond = 1;
const aloneAtOnce = 5;

interface Ports {
  kept: Pick<Kept, "lastKnown" | "remember">;
  issueOnce: IssueOnce["issueOnce"];
  issue: Issue;
  clock: Clock;
}

/**
 * What is not kept, or past its serving time: issued once for all; by this instance alone where the table is away; and
 * while STS is away, handed out once more.
 *
 * @throws (the promise) VendError when STS gives none and nothing usable is kept.
 * @example const { session } = await createObtainAnew(ports)(wanted, await kept.find(wanted.key))
 */
export function createObtainAnew({ kept, issueOnce, issue, clock }: Ports): OnMiss["obtainAnew"] {
  const mayIssueAlone = createLocalLimit({ perSecond: alonePerSecond, atOnce: aloneAtOnce, clock });

  async function obtainAlone(wanted: Wanted, fault: TableUnreachable): Promise<Obtained> {
    const { key, request } = wanted;
    const reason = `without the table: ${fault.message}`;
    const known = kept.lastKnown(key);
    if (known !== undefined && isServable(known.session, clock.now())) {
      kept.remember(key, known);
      return { session: known.session, cache: "memory", reason };
    }
    if (!mayIssueAlone()) {
      throw issueRefusal("throttled", request.storage.name, {
        retryAfterSeconds: 1 / alonePerSecond,
        cause: `${reason}, and this instance has asked STS as often as it may by itself`,
      });
    }
    const session = await issue(request);
    kept.remember(key, keptOf(wanted, session));
    return { session, cache: "issued", reason };
  }

  async function obtainFor(wanted: Wanted, looked: Found | TableUnreachable): Promise<Obtained> {
    if (looked instanceof TableUnreachable) return obtainAlone(wanted, looked);
    try {
      return await issueOnce(looked, wanted);
    } catch (fault) {
      // It can be read, and not written to.
      if (fault instanceof TableUnreachable) return obtainAlone(wanted, fault);
      throw fault;
    }
  }

  return async function obtainAnew(wanted, looked) {
    try {
      return await obtainFor(wanted, looked);
    } catch (error) {
      // A short answer beats none, but only while STS is away: a key that it refuses opens nothing any more.
      const stsAway =
        error instanceof VendError && (error.code === "throttled" || error.code === "unavailable");
      const found = looked instanceof TableUnreachable ? undefined : looked.kept;
      const known = found ?? kept.lastKnown(wanted.key);
      if (!stsAway || known === undefined || !isUsable(known.session, clock.now())) throw error;
      const { reason = error.message } = refusalPart(error);
      return { session: known.session, cache: found ? "table" : "memory", stale: true, reason };
    }
  };
}
