import { DeadlinePassed } from "../core/issue-refusal.ts";
import { slowClaimMs, usualIssueMs } from "./claim-watch.ts";
import { sealWarrant, type Warrant } from "./entry-content.ts";
import type { Miss } from "./issue-once.ts";
import type { Absorb, AbsorbedPart, AskWarmer, ClaimTable, Clock, Seal } from "./ports.ts";

const hasAnswered = (fault: unknown) => typeof (fault as { status?: unknown }).status === "number";

/** The warmer issues in place of the caller, which may come back, or wait for it. */
export class LeftToWarmer extends DeadlinePassed {}

interface HandOverPorts {
  claims: Pick<ClaimTable, "handOver">;
  seal: Seal;
  askWarmer: AskWarmer;
  absorb: Absorb;
  clock: Pick<Clock, "now">;
}

/** Leaves a claimed generation to the warmer. `undefined` if it cannot; then the claim is still the caller's. */
export type HandOver = (
  miss: Miss,
  generation: number,
  deadline: DeadlinePassed,
) => Promise<LeftToWarmer | undefined>;

/**
 * Hands a claim over to the warmer when STS takes longer than a caller can wait: the warmer waits for it, and STS is not
 * asked once more by each caller. The warrant goes into the claimed row, sealed for this key and generation; the event
 * names only those two, and the warmer decides again. What STS answers to the caller's own call is lost: a function is
 * frozen after its answer.
 *
 * @returns the refusal that tells the caller when to come back.
 * @example const comeBack = await createHandOver(ports)(miss, generation, deadline)
 */
export function createHandOver({ claims, seal, askWarmer, absorb, clock }: HandOverPorts): HandOver {
  /** A claim that was overtaken is another's: the caller comes back to that one's session. */
  async function leave(key: string, generation: number, plain: Warrant): Promise<void> {
    let part: AbsorbedPart = "seal";
    try {
      const warrant = await sealWarrant(seal, { key, generation }, plain);
      part = "table";
      const claim = { key, generation, warrant, now: clock.now(), claimMs: slowClaimMs };
      if (!(await claims.handOver(claim))) return;
      part = "warmer";
      await askWarmer(key, generation);
    } catch (fault) {
      absorb(part, fault);
      // Without an answer, Lambda may well have taken the event.
      if (part !== "warmer" || hasAnswered(fault)) throw fault;
    }
  }

  return async function handOver({ key, request, warrant }, generation, { waitedFor }) {
    // Without a warrant nothing can be issued without the caller.
    if (warrant === undefined) return undefined;
    try {
      await leave(key, generation, warrant);
    } catch {
      return undefined;
    }
    return new LeftToWarmer(request.storage.name, `${waitedFor}; the warmer issues`, usualIssueMs / 1_000);
  };
}
