import { entryKey } from "../core/entry-key.ts";
import type { IssueRequest } from "../core/issue-request.ts";
import type { KeptStorage } from "../core/ways.ts";
import type { Miss, Recourse } from "./issue-once.ts";
import type { Clock } from "./ports.ts";
import type { Found, ServableLookup, SessionCache } from "./session-cache.ts";
import type { SessionResult } from "./session-result.ts";

/** The work of a miss. It is loaded when it is first needed, because an answer from the cache does not need it. */
export interface OnMiss {
  obtainAnew(miss: Miss, lookup: Found): Promise<SessionResult>;
  keepWarm(lookup: ServableLookup): Promise<string | undefined>;
}

interface ObtainPorts {
  sessions: SessionCache;
  onMiss: () => Promise<OnMiss>;
  clock: Pick<Clock, "now">;
}

export type Obtain = ReturnType<typeof createObtain>;

/**
 * The cache protocol: a session from the cache if it may be served, else a session that is obtained anew. It knows nothing
 * of grants: its caller has authorized the request, and does so before every call.
 *
 * @throws (the promise) VendError when STS gives none and the cache has nothing usable.
 * @example const { session } = await createObtain(ports)(request, { warrant })
 */
export function createObtain({ sessions, onMiss, clock }: ObtainPorts) {
  return async function obtain(
    request: IssueRequest<KeptStorage>,
    recourse: Recourse = {},
  ): Promise<SessionResult> {
    const key = entryKey(request);
    const remembered = await sessions.fromMemory(key, request, recourse.need);
    if (remembered !== undefined) return remembered;

    const miss = { key, request, ...recourse };
    const lookup = await sessions.lookUpIfReachable(key, request);
    if (!sessions.isServable(lookup, recourse.need)) return (await onMiss()).obtainAnew(miss, lookup);

    const { entry, content, standing } = lookup;
    const result = sessions.fromTable(key, lookup);
    // An entry without a warrant cannot be warmed. One that has a warrant is marked as used once, and then left until it is due.
    const needsNothing =
      entry.dueAt === undefined
        ? content.warrant === undefined
        : clock.now() < entry.dueAt && standing === "current";
    if (needsNothing) return result;
    const reason = await (await onMiss()).keepWarm(lookup);
    return reason === undefined ? result : { ...result, reason };
  };
}
