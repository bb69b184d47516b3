import type {
  CacheState,
  DurationCap,
  FailedCondition,
  NearMiss,
  ScopeEnforcement,
} from "../../../shared/contract.ts";

/** Seconds in a person's words: `1 h 30 min`. */
export function durationText(seconds: number): string {
  const whole = Math.round(seconds);
  const [h, min, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  return [h && `${h} h`, min && `${min} min`, !h && s && `${s} s`].filter(Boolean).join(" ") || "0 s";
}

/** A time, and how far it is from now: `2026-11-27 12:00:00 UTC, in 59 min`. */
export function timeText(time: string | number, now: number): string {
  const at = typeof time === "number" ? time : Date.parse(time);
  if (!Number.isFinite(at) || Math.abs(at) > 8e15) return String(time);
  const clock = `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
  const seconds = Math.round((at - now) / 1_000);
  return seconds >= 0 ? `${clock}, in ${durationText(seconds)}` : `${clock}, ${durationText(-seconds)} ago`;
}

/** A claim's value as a person reads it. */
export function valueText(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

// A newer service may have a word that is not here: then the word itself is shown.

const caps: Record<DurationCap, string> = {
  grant: "by the grant",
  storage: "by the storage",
  sts: "by what the store's STS gives",
};
export const capText = (cap: DurationCap): string => caps[cap] ?? `by ${cap}`;

const enforcements: Record<ScopeEnforcement, string> = {
  "session-policy": "a session policy holds the credentials to it",
  identity: "nothing but the rights of the identity behind it holds the credentials to it",
  none: "nothing holds the credentials to it: they are the long-term keys",
};
export const enforcementText = (by: ScopeEnforcement): string => enforcements[by] ?? by;

const cacheStates: Record<CacheState["State"], string> = {
  servable: "A session is kept, and answers this request.",
  stale: "A session is kept, and answers only where STS gives nothing better.",
  empty: "Nothing is kept: STS is asked.",
  never: "This storage keeps nothing.",
  unreachable: "The cache cannot be reached: STS is asked.",
};
export const cacheText = ({ State }: CacheState): string => cacheStates[State] ?? State;

const conditions: Record<string, string> = {
  subject: "your subject",
  sourceIps: "your address",
  expires: "the time",
  target: "the folder",
  permission: "the permission",
  externalId: "the external id",
};
const conditionText = (condition: string) =>
  conditions[condition] ?? (condition.startsWith("claims.") ? `your claim ${condition.slice(7)}` : condition);

const reasons: Record<FailedCondition["Reason"], string> = {
  missing: "is missing",
  no_match: "does not match",
  not_plain: "has characters that may not stand in a folder's name",
  beyond_grant: "goes beyond it",
};

/**
 * What kept a grant from covering a request.
 *
 * @example nearMissText({ Failed: [{ Condition: "claims.team", Reason: "missing" }] }) // "A grant is nearly yours, but your claim team is missing."
 */
export function nearMissText({ Grant, Failed }: NearMiss): string {
  const failures = Failed.map(({ Condition, Reason, Value }) => {
    const brought = Value === undefined ? "" : ` (you brought ${valueText(Value)})`;
    return `${conditionText(Condition)} ${reasons[Reason] ?? Reason}${brought}`;
  });
  const grant = Grant === undefined ? "A grant is nearly yours" : `The grant ${Grant} is yours`;
  return `${grant}, but ${failures.join("; ")}.`;
}
