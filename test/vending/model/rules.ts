import { VendError } from "../../../shared/core/errors.ts";
import { DeadlinePassed } from "../../../shared/core/issue-refusal.ts";
import type { Session } from "../../../shared/core/session.ts";
import { claimMs, slowClaimMs } from "../../../shared/vending/claim-watch.ts";
import { openContent } from "../../../shared/vending/entry-content.ts";
import { leewayMs } from "./exploring-clock.ts";
import type { CallerAnswer, History } from "./play.ts";
import { key } from "./subject.ts";
import { issueTimeoutMs, seal } from "./virtual-fleet.ts";

/** A rule holds in every run. It returns one line for each breach. */
type ProtocolRule = (history: History) => string[] | Promise<string[]>;

const minute = 60_000;
const usualPatienceMs = 1_900;
/** The warmer's deadline, and that of the table's actions around it. */
const longestIssueMs = 11_500;
/** Clocks that are further apart cost more calls to STS, and have no other effect. */
const mostApartMs = 60_000;
/** The actions on the table that a caller may have to wait for, besides its patience and an issue of its own. */
const tableActionsBeside = 10;

export const rules: Readonly<Record<string, ProtocolRule>> = {
  "no generation is claimed twice, and claimed generations only grow": ({ claims }) =>
    steps(claims)
      .filter(([one, next]) => next.generation <= one.generation)
      .map(([one, next]) => `${next.by} claims ${next.generation} after ${one.by} claimed ${one.generation}`),

  "no generation gets two results, and the generations with a result only grow": ({ results }) =>
    steps(results)
      .filter(([one, next]) =>
        next.generation === one.generation ? next.sealed !== one.sealed : next.generation < one.generation,
      )
      .map(([one, next]) => `${next.by} keeps ${next.generation} after ${one.by} kept ${one.generation}`),

  "only the instance that claimed a generation keeps its result": ({ results, claims }) =>
    results
      .filter(
        ({ generation, by }) => !claims.some((each) => each.generation === generation && each.by === by),
      )
      .map(({ generation, by }) => `${by} keeps ${generation}, which it did not claim`),

  "an instance that issues overtakes a claim only when the claim has stood for a second": (history) => {
    const { plan, claims, results, sts } = history;
    if (!isCalm(plan)) return [];
    // The end that a warmer's claim states counts by the clock of the caller that watches it.
    const isEnded = ({ by }: { by: string }) =>
      by.startsWith("warmer") && plan.callers.some(({ skewMs }) => Math.abs(skewMs) >= slowClaimMs);
    return steps(claims)
      .filter(([one, next]) => !isEnded(one) && !next.by.startsWith("warmer") && isIssuers(history)(next))
      .filter(
        ([one, next]) =>
          next.at - one.at < 1_000 && !results.some((each) => each.generation === one.generation),
      )
      .map(
        ([one, next]) => `${next.by} overtakes ${one.by} after ${next.at - one.at} ms; ${sts.length} calls`,
      );
  },

  "only the instance that made a claim ends it": ({ releases, claims }) =>
    releases
      .filter(({ generation, at, by }) => {
        const newest = claims.findLast((claim) => claim.at <= at);
        return newest && newest.generation > generation && newest.by !== by && newest.at < at;
      })
      .map(({ generation, by }) => `${by} claimed ${generation}, and ends a newer claim`),

  "only sessions that STS gave are kept or handed out": async ({ results, answers, sts, first }) => {
    const keyIds = new Set(
      [first, ...sts.map(({ session }) => session)].map((session) => session?.accessKeyId),
    );
    const contents = await Promise.all(
      results.map(({ generation, sealed }) =>
        openContent(seal, { key, generation, sealed, issued: generation }),
      ),
    );
    return [
      ...contents
        .filter((content) => !keyIds.has(content?.session.accessKeyId ?? "nothing"))
        .map(() => "kept"),
      ...answers
        .filter(({ obtained }) => obtained && !keyIds.has(obtained.session.accessKeyId))
        .map(({ caller }) => `handed to ${caller}`),
    ];
  },

  "no answer is expired": ({ answers }) =>
    answers
      .filter(({ obtained, ended }) => obtained && obtained.session.expiration < ended)
      .map(({ caller }) => `${caller}'s is`),

  "no answer is past its serving time, or less than its caller needs, unless it says so, and none with less than a minute":
    ({ answers }) =>
      answers.filter(isTooOld).map(({ caller, obtained }) => `${caller}'s, ${JSON.stringify(obtained)}`),

  "no answer is stale unless STS is away": (history) =>
    history.answers
      .filter(({ obtained, began }) => obtained?.stale && !wasAway(history, began))
      .map(({ caller }) => `${caller}'s is`),

  "no caller is refused unless STS has just refused one": (history) =>
    history.answers
      .filter(({ error, began }) => error && !codesOf(history, began).has((error as VendError).code))
      .map(({ caller, error }) => `${caller} is: ${error}`),

  "a refused caller learns why, and when to come back if the fault is temporary": ({ answers }) =>
    answers
      .filter(({ error }) => error && !isComplete(error))
      .map(({ caller, error }) => `${caller}: ${error}`),

  "without faults, STS is asked once for each claimed generation": (history) =>
    isCalm(history.plan) && history.sts.length !== history.claims.filter(isIssuers(history)).length
      ? [`${history.sts.length} calls, ${history.claims.length} claims`]
      : [],

  "without faults, all callers that find no usable session get the one that one of them was issued": (
    history,
  ) => {
    const { plan, sts, answers, first, start } = history;
    const mayBeServed = first && isFresh(first, start - minute);
    // One that comes after STS was asked may need a newer one.
    if (plan.callers.some(({ needMs }) => needMs !== undefined)) return [];
    if (!isCalm(plan) || mayBeServed || plan.before.next || plan.warmer) return [];
    const keyIds = new Set(answers.map(({ obtained }) => obtained?.session.accessKeyId));
    return sts.length === 1 && keyIds.size === 1 ? [] : [`${sts.length} calls, ${keyIds.size} answers`];
  },

  "a usable session is served, and no caller waits for STS": ({ plan, answers, first, start }) => {
    const isKept = first && isFresh(first, start + 2 * minute);
    const isCalmTable = plan.table.every(({ thereMs, backMs, fault }) => thereMs + backMs <= 50 && !fault);
    if (!isKept || !isCalmTable) return [];
    return answers
      .filter(({ needMs = 0 }) => first.expiration - (start + 2 * minute) >= needMs)
      .filter(({ obtained, began, ended }) => !isHit(obtained) || ended - began > 4 * (50 + 2 * leewayMs))
      .map(({ caller }) => `${caller} was not`);
  },

  "each caller that does not crash gets an answer in time": ({ plan, open, answers }) => {
    const slowestMs = Math.max(...plan.table.map(({ thereMs, backMs }) => thereMs + backMs));
    const latestMs = (patienceMs = usualPatienceMs) =>
      patienceMs + issueTimeoutMs + leewayMs + tableActionsBeside * (slowestMs + 2 * leewayMs);
    return [
      ...open.map((caller) => `${caller} never is`),
      ...answers
        .filter(({ began, ended, patienceMs }) => ended - began > latestMs(patienceMs))
        .map(({ caller, began, ended }) => `${caller} is after ${ended - began} ms`),
    ];
  },

  "nothing else is thrown": ({ strays }) => strays.map(String),
};

type Step<Item> = [one: Item, next: Item];

function steps<Item>(items: readonly Item[]): Step<Item>[] {
  return items.slice(1).map((next, n) => [items[n] as Item, next]);
}

function isHit(obtained: CallerAnswer["obtained"]): boolean {
  return obtained !== undefined && obtained.cache !== "issued" && obtained.waitedMs === undefined;
}

function isTooOld({ obtained, lookedAt, began, ended, skewMs, needMs }: CallerAnswer): boolean {
  if (obtained === undefined || obtained.cache === "issued") return false;
  const { session, stale } = obtained;
  if (stale) return session.expiration - (ended + skewMs) < minute;
  if (needMs === undefined) return !isFresh(session, lookedAt);
  return session.expiration - lookedAt < needMs && session.issuedAt < began + skewMs;
}

/** By design: at least half of its life is left, and more than 15 minutes. */
function isFresh({ issuedAt, expiration }: Session, now: number): boolean {
  const leftMs = expiration - now;
  return leftMs > 15 * minute && leftMs >= (expiration - issuedAt) / 2;
}

function isComplete(error: unknown): boolean {
  if (!(error instanceof VendError)) return false;
  const { code, retryAfterSeconds } = error;
  if (code !== "throttled" && code !== "unavailable") return retryAfterSeconds === undefined;
  return retryAfterSeconds !== undefined && retryAfterSeconds >= 1 && retryAfterSeconds <= 60;
}

/** The codes of STS's refusals that a caller which asks at this time may still get, by any of the clocks. */
function codesOf({ sts, claims, plan, start }: History, then: number): Set<string> {
  const skews = [0, ...plan.callers.map(({ skewMs }) => skewMs)];
  const askedSince = then - (Math.max(...skews) - Math.min(...skews)) - longestIssueMs;
  const codes = new Set<string>();
  let refusals = 0;
  for (const { at, refusal } of sts) {
    if (refusal) refusals++;
    // The storage pauses for twice as long at each further failure.
    const pauseSeconds = Math.min(2 ** (refusals - 1), 60);
    const refusedMs = Math.max(refusal?.retryAfterSeconds ?? 2, pauseSeconds) * 1_000;
    // A call that was too slow is handed over, and callers are sent away for as long as that claim stands.
    const lastsMs = refusal instanceof DeadlinePassed ? Math.max(slowClaimMs, refusedMs) : refusedMs;
    if (refusal && at + lastsMs > askedSince) codes.add(refusal.code);
  }
  const { next } = plan.before;
  const until = next && "failedMsAgo" in next && start - next.failedMsAgo + next.retryAfterSeconds * 1_000;
  if (until && until > askedSince + longestIssueMs) codes.add("throttled");
  const isSlow = next && "claimedMsAgo" in next && next.forMs > claimMs;
  // A warmer may take its time, and a caller does not wait for it that has an old session, or no more patience.
  const isWarmed = claims.some(({ by, at }) => by.startsWith("warmer") && at + slowClaimMs > askedSince);
  if (isSlow || isWarmed) codes.add("unavailable");
  return codes;
}

function wasAway(history: History, then: number): boolean {
  const codes = codesOf(history, then);
  return codes.has("throttled") || codes.has("unavailable");
}

/** No part fails, no instance dies, and nothing takes longer than it should. */
function isCalm({ table, sts, callers, warmer, before }: History["plan"]): boolean {
  const clocks = [0, ...callers.map(({ skewMs }) => skewMs)];
  return (
    Math.max(...clocks) - Math.min(...clocks) <= mostApartMs &&
    table.every(({ thereMs, backMs, fault }) => thereMs + backMs <= 50 && !fault) &&
    sts.every(({ takesMs, refusal }) => takesMs <= 600 && !refusal) &&
    [...callers, ...(warmer ? [warmer] : [])].every(({ crashesAt }) => crashesAt === undefined) &&
    !(before.next && "claimedMsAgo" in before.next)
  );
}

/** Whether an instance made a claim to issue, and not to leave the entry to the warmer. */
function isIssuers({ sts }: History) {
  return ({ by, at }: { by: string; at: number }) =>
    by.startsWith("warmer") || sts.some((call) => call.by === by && call.at >= at);
}
