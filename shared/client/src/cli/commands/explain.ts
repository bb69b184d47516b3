import type { CacheState, ExplainAnswer, FailedCondition } from "../../../../contract.ts";
import { VendingError } from "../../vending-error.ts";
import { ask } from "../ask.ts";
import type { RunCommand } from "../command.ts";
import { duration } from "../duration.ts";
import { plain } from "../plain.ts";
import { settingsOf } from "../settings.ts";

/** `keyvend explain`. The exit status says the decision, so that a script can ask. */
export const run: RunCommand = async (given, world) => {
  const answer = await ask<ExplainAnswer>("explain", settingsOf(given), world.env);
  const { Decision } = answer;
  if (Decision !== "allowed" && Decision !== "refused")
    throw new VendingError("invalid_answer", "No explanation. Check that --url is a keyvend service.");
  if (given.has("json")) world.out(`${JSON.stringify(answer)}\n`);
  else
    world.out(
      explained(answer as ExplainAnswer)
        .map((line) => `${plain(line)}\n`)
        .join(""),
    );
  return Decision === "allowed" ? 0 : 1;
};

function explained(answer: ExplainAnswer): string[] {
  const { Storage, Decision, Code, Message, NearMisses } = answer;
  const lines = [Decision === "allowed" ? `${Storage}: allowed` : `${Storage}: refused, ${Code}. ${Message}`];
  const row = (name: string, text: unknown) => {
    if (text) lines.push(`  ${name.padEnd(11)}${text}`);
  };
  row("grant", answer.Grant);
  row("may", answer.Permission && `${answer.Permission} ${listOf(answer.Targets)}`);
  row("for", answer.DurationSeconds && lifeOf(answer));
  row("by", answer.Way && `${answer.Way}${answer.StsCall ? `, STS ${answer.StsCall}` : ""}`);
  row("held to it", enforcement[answer.ScopeEnforcedBy ?? ""]);
  row("policy", answer.Policy && `${answer.Policy.Characters} of ${answer.Policy.MostCharacters} characters`);
  row("cache", answer.Cache && cacheOf(answer.Cache));
  row("at", answer.Endpoint && `${answer.Endpoint}, ${answer.Region}`);
  for (const { Grant, Failed } of Array.isArray(NearMisses) ? NearMisses : [])
    lines.push(`  nearly: ${Grant ?? "a grant"}, but ${asList(Failed).map(failure).join("; ")}`);
  return lines;
}

const asList = <T>(value: T[] | undefined): T[] => (Array.isArray(value) ? value : []);
const listOf = (value: string[] | undefined) => asList(value).join(" ");

const lifeOf = ({ DurationSeconds = 0, DurationCappedBy }: ExplainAnswer) =>
  duration(DurationSeconds) + (DurationCappedBy ? `, capped by the ${DurationCappedBy}` : "");

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

const failure = ({ Condition, Reason, Value }: FailedCondition) =>
  `${Condition} ${reasons[Reason] ?? Reason}${Value === undefined ? "" : ` (${JSON.stringify(Value)})`}`;
