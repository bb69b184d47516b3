import { entryKey } from "../core/entry-key.ts";
import type { IssueRequest } from "../core/issue-request.ts";
import type { KeptStorage } from "../core/ways.ts";
import type { Wanted } from "./issue-once.ts";
import type { Found, Kept, Servable } from "./kept.ts";
import type { Warrant } from "./kept-session.ts";
import type { Obtained } from "./obtained.ts";
import { type Clock, TableUnreachable } from "./ports.ts";

/** What an answer from the cache does without, in a function loaded when it is needed. */
export interface OnMiss {
  obtainAnew(wanted: Wanted, looked: Found | TableUnreachable): Promise<Obtained>;
  keepWarm(found: Servable): Promise<string | undefined>;
}

interface Ports {
  kept: Kept;
  onMiss: () => Promise<OnMiss>;
  clock: Pick<Clock, "now">;
}

export type Obtain = ReturnType<typeof createObtain>;

/**
 * The cache protocol: what is kept and servable, else obtained anew. It knows nothing of who may have what: the caller
 * has authorized the request, and does so before every call.
 *
 * @throws (the promise) VendError when STS gives none and nothing usable is kept.
 * @example const { session } = await createObtain(ports)(request, warrant)
 */
export function createObtain({ kept, onMiss, clock }: Ports) {
  return async function obtain(request: IssueRequest<KeptStorage>, warrant?: Warrant): Promise<Obtained> {
    const key = entryKey(request);
    const remembered = kept.fromMemory(key);
    if (remembered !== undefined) return remembered;

    const wanted = { key, request, warrant };
    let found: Found;
    try {
      found = await kept.find(key);
    } catch (fault) {
      if (!(fault instanceof TableUnreachable)) throw fault;
      return (await onMiss()).obtainAnew(wanted, fault);
    }
    if (!kept.mayServe(found)) return (await onMiss()).obtainAnew(wanted, found);

    const answer = kept.serve(found);
    const { dueAt } = found.entry;
    const atRest = dueAt === undefined ? found.kept.warrant === undefined : clock.now() < dueAt;
    if (atRest) return answer;
    const reason = await (await onMiss()).keepWarm(found);
    return reason === undefined ? answer : { ...answer, reason };
  };
}
