import { entryKey } from "../core/entry-key.ts";
import { VendError } from "../core/errors.ts";
import { isServable, isUsable } from "../core/expiry.ts";
import type { IssueRequest } from "../core/issue-request.ts";
import type { KeptStorage } from "../core/storage.ts";
import type { IssueOnce } from "./issue-once.ts";
import type { Kept } from "./kept.ts";
import type { KeptSession, Warrant } from "./kept-session.ts";
import type { Obtained } from "./obtained.ts";
import { type Clock, type Issue, TableUnreachable } from "./ports.ts";
import { refusalPart } from "./trail.ts";

interface Ports {
  kept: Kept;
  issueOnce: IssueOnce["issueOnce"];
  issue: Issue;
  clock: Clock;
}

export type Obtain = ReturnType<typeof createObtain>;

/**
 * The cache protocol: what is kept and servable, else issued once for all. It knows nothing of who may have what: the
 * caller has authorized the request, and does so before every call.
 *
 * @throws (the promise) VendError when STS gives none and nothing usable is kept.
 * @example const { session } = await createObtain(ports)(request, warrant)
 */
export function createObtain({ kept, issueOnce, issue, clock }: Ports) {
  /** The table is out of reach: the vend goes on without it. */
  async function obtainAlone(
    request: IssueRequest,
    known: KeptSession | undefined,
    fault: TableUnreachable,
  ): Promise<Obtained> {
    const reason = `without the table: ${fault.message}`;
    if (known !== undefined && isServable(known.session, clock.now())) {
      return { session: known.session, cache: "memory", reason };
    }
    return { session: await issue(request), cache: "issued", reason };
  }

  return async function obtain(request: IssueRequest<KeptStorage>, warrant?: Warrant): Promise<Obtained> {
    const key = entryKey(request);
    const remembered = kept.fromMemory(key);
    if (remembered !== undefined) return remembered;
    let known = kept.lastKnown(key);
    try {
      try {
        const found = await kept.find(key);
        known = found.kept ?? known;
        return (await kept.serve(found)) ?? (await issueOnce(found, { key, request, warrant }));
      } catch (fault) {
        if (!(fault instanceof TableUnreachable)) throw fault;
        return await obtainAlone(request, known, fault);
      }
    } catch (error) {
      // A short answer beats none, but only while STS is away: a key that it refuses opens nothing any more.
      const away = error instanceof VendError && (error.code === "throttled" || error.code === "unavailable");
      if (!away || known === undefined || !isUsable(known.session, clock.now())) throw error;
      const { reason = error.message } = refusalPart(error);
      return { session: known.session, cache: "table", stale: true, reason };
    }
  };
}
