import type { CacheState, DurationCap, ExplainAnswer, FailedCondition } from "../../../../contract.ts";
import { askFlags, type Command } from "../command-line.ts";
import { durationText, jsonLine, printable } from "../output.ts";
import { explain as askForExplanation } from "../service.ts";
import { readSettings } from "../settings.ts";

/** `keyvend explain`. The exit status is the decision, so that a script can ask. */
export const explain: Command = {
  summary: "say what you would get, and why; nothing is issued",
  flags: askFlags,
  examples: [["explain --storage lake --permission WRITE", "exit status 1 where it would be refused"]],
  async run(args, io) {
    const answer = await askForExplanation(readSettings(args), io.env);
    const text = linesOf(answer).map((line) => `${printable(line)}\n`);
    io.out(args.has("json") ? jsonLine(answer) : text.join(""));
    return answer.Decision === "allowed" ? 0 : 1;
  },
};

function linesOf(answer: ExplainAnswer): string[] {
  const { Storage, Decision, Code, Message, NearMisses } = answer;
  const lines = [Decision === "allowed" ? `${Storage}: allowed` : `${Storage}: refused, ${Code}. ${Message}`];
  const row = (name: string, text: unknown) => {
    if (text) lines.push(`  ${name.padEnd(11)}${text}`);
  };
  row("grant", answer.Grant);
  row("may", answer.Permission && `${answer.Permission} ${asList(answer.Targets).join(" ")}`);
  row("also", asList(answer.Also).join(", "));
  row("for", answer.DurationSeconds && durationOf(answer));
  row("by", answer.Way && `${answer.Way}${answer.StsCall ? `, STS ${answer.StsCall}` : ""}`);
  row("held to it", enforcement[answer.ScopeEnforcedBy ?? ""]);
  row("policy", answer.Policy && `${answer.Policy.Characters} of ${answer.Policy.MostCharacters} characters`);
  row("cache", answer.Cache && cacheOf(answer.Cache));
  row("at", answer.Endpoint && `${answer.Endpoint}, ${answer.Region}`);
  for (const note of asList(answer.Notes)) lines.push(`  note: ${note}`);
  for (const { Grant, Failed } of asList(NearMisses))
    lines.push(`  nearly: ${Grant ?? "a grant"}, but ${asList(Failed).map(failureOf).join("; ")}`);
  return lines;
}

const asList = <T>(value: T[] | undefined): T[] => (Array.isArray(value) ? value : []);

/** A newer service may have a word that is not here: then the word itself is shown. */
const caps: Record<DurationCap, string> = { grant: "the grant", storage: "the storage", sts: "STS" };

const durationOf = ({ DurationSeconds = 0, DurationCappedBy }: ExplainAnswer) =>
  durationText(DurationSeconds) +
  (DurationCappedBy ? `, capped by ${caps[DurationCappedBy] ?? DurationCappedBy}` : "");

const enforcement: Record<string, string> = {
  "session-policy": "by a session policy",
  identity: "by nothing but the rights of the identity behind it",
  none: "by nothing: these are the long-term keys",
};

const cacheStates: Record<CacheState["State"], string> = {
  servable: "answers this",
  stale: "answers only where STS gives no better",
  empty: "empty, STS would be asked",
  never: "not used for this storage",
  unreachable: "cannot be reached, STS would be asked",
};

const cacheOf = ({ State, ServableUntil }: CacheState) =>
  (cacheStates[State] ?? State) + (ServableUntil ? ` until ${ServableUntil}` : "");

const reasons: Record<FailedCondition["Reason"], string> = {
  missing: "is missing",
  no_match: "does not match",
  not_plain: "may not stand in a prefix",
  beyond_grant: "goes beyond it",
};

const failureOf = ({ Condition, Reason, Value }: FailedCondition) =>
  `${Condition} ${reasons[Reason] ?? Reason}${Value === undefined ? "" : ` (${JSON.stringify(Value)})`}`;
