import type { ExplainAnswer } from "../../../shared/contract.ts";
import { byId, copyable, element, facts, fault } from "./elements.ts";
import { meaningOf } from "./policy-meaning.ts";
import { type Asked, explain, Failed } from "./service.ts";
import {
  cacheText,
  capText,
  durationText,
  enforcementText,
  nearMissText,
  timeText,
  valueText,
} from "./words.ts";

/**
 * "Why (not)?": asks for the explanation of a request, and shows the way that the request took, or where it ended.
 *
 * @returns the decision in a sentence
 */
export async function showWhy(asked: Asked): Promise<string> {
  const answer = byId("why-answer");
  try {
    const explained = await explain(asked);
    const { Storage, Decision, Code } = explained;
    answer.replaceChildren(
      element(
        "h2",
        {},
        `${Storage}: `,
        Decision === "allowed"
          ? element("span", { class: "good" }, "allowed")
          : element("span", { class: "bad" }, `refused (${Code})`),
      ),
      wayOf(explained),
      ...misses(explained),
      ...policy(explained),
      ...duration(explained, asked),
      ...kept(explained),
    );
    return `${Storage}: ${Decision}.`;
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    const ended: Step = { title: "Token", state: "ended", text: [error.message] };
    answer.replaceChildren(
      error.isOfToken
        ? steps([ended, ...notReached(["Grant", "Scope", "Credentials"])])
        : fault(error.message),
    );
    return error.message;
  }
}

interface Step {
  title: string;
  state: "passed" | "ended" | "unreached";
  text: readonly string[];
}

const notReached = (titles: readonly string[]): Step[] =>
  titles.map((title) => ({ title, state: "unreached", text: ["not reached"] }));

const states = { passed: "passed", ended: "ended here", unreached: "not reached" };

/** From token over grant to scope. What is coloured is also said. */
function steps(all: readonly Step[]): HTMLElement {
  const items = all.map(({ title, state, text }) => {
    const stateClass = { passed: "good", ended: "bad", unreached: "soft" }[state];
    return element(
      "li",
      { class: state },
      element("h3", {}, title),
      element("strong", { class: stateClass }, states[state]),
      ...(state === "unreached" ? [] : text.map((line) => element("p", {}, line))),
    );
  });
  return element("ol", { class: "way", "aria-label": "The way of the request" }, ...items);
}

function wayOf(answer: ExplainAnswer): HTMLElement {
  const { Caller, Grant, GrantEnds, Targets = [], Permission, Also = [], Decision, Message = "" } = answer;
  const claims = Object.entries(Caller.Claims ?? {}).map(([name, value]) => `${name} = ${valueText(value)}`);
  const token: Step = {
    title: "Token",
    state: "passed",
    text: [
      `${Caller.Subject}, by ${Caller.Issuer}`,
      ...(claims.length > 0 ? [`looked at: ${claims.join("; ")}`] : []),
    ],
  };
  if (Grant === undefined)
    return steps([
      token,
      { title: "Grant", state: "ended", text: [Message] },
      ...notReached(["Scope", "Credentials"]),
    ]);
  const grant: Step = {
    title: "Grant",
    state: "passed",
    text: [Grant, ...(GrantEnds ? [`ends ${timeText(GrantEnds, Date.now())}`] : [])],
  };
  const scope: Step = {
    title: "Scope",
    state: "passed",
    text: [
      `${[Permission, ...Also].join(", ")} on ${Targets.join(", ")}`,
      ...(answer.ScopeEnforcedBy ? [enforcementText(answer.ScopeEnforcedBy)] : []),
    ],
  };
  if (Decision === "refused") {
    // What is decided about a scope ends the request there, and what is revoked, at the grant.
    const isRevoked = answer.Code === "revoked";
    return steps(
      isRevoked
        ? [
            token,
            { ...grant, state: "ended", text: [Grant, Message] },
            ...notReached(["Scope", "Credentials"]),
          ]
        : [
            token,
            grant,
            { ...scope, state: "ended", text: [...scope.text, Message] },
            ...notReached(["Credentials"]),
          ],
    );
  }
  const { Cache, Way, StsCall } = answer;
  return steps([
    token,
    grant,
    scope,
    {
      title: "Credentials",
      state: "passed",
      text: [`by ${Way}${StsCall ? `, STS ${StsCall}` : ""}`, ...(Cache ? [cacheText(Cache)] : [])],
    },
  ]);
}

function misses({ NearMisses, Notes = [] }: ExplainAnswer): HTMLElement[] {
  const notes = Notes.map((note) => element("p", { class: "hint" }, note));
  if (NearMisses === undefined) return notes;
  if (NearMisses.length === 0)
    return [
      fault(
        "No grant of this storage comes near: its name is another, it is not for callers of your issuer, or there is no such storage.",
      ),
      ...notes,
    ];
  const items = NearMisses.map((miss) => element("li", {}, nearMissText(miss)));
  return [element("h2", {}, "What nearly fits"), element("ul", {}, ...items), ...notes];
}

function policy({ Policy, Removed = [] }: ExplainAnswer): HTMLElement[] {
  if (Policy === undefined) return [];
  const { Document, Characters, MostCharacters } = Policy;
  const meaning = meaningOf(Document) ?? [];
  const items = meaning.map(({ does, where }) =>
    element("li", {}, `${does}: `, ...where.flatMap((place) => [element("code", {}, place), " "])),
  );
  return [
    element("h2", {}, "The policy, and what it means"),
    element("ul", {}, ...items),
    ...(Removed.length > 0
      ? [element("p", {}, `Removed, since no grant allows it: ${Removed.join("; ")}`)]
      : []),
    element(
      "details",
      {},
      element("summary", {}, `As STS gets it: ${Characters} of at most ${MostCharacters} characters`),
      copyable("the policy", JSON.stringify(JSON.parse(Document), null, 2)),
    ),
  ];
}

function duration(answer: ExplainAnswer, { durationSeconds }: Asked): HTMLElement[] {
  const { DurationSeconds, DurationCappedBy } = answer;
  if (DurationSeconds === undefined) return [];
  return [
    element("h2", {}, "For how long"),
    facts([
      ["Asked for", durationSeconds ? durationText(Number(durationSeconds)) : "what is usual"],
      ["Granted", durationText(DurationSeconds)],
      ["Capped", DurationCappedBy ? capText(DurationCappedBy) : "by nothing"],
    ]),
  ];
}

function kept({ Cache, Time }: ExplainAnswer): HTMLElement[] {
  if (Cache === undefined) return [];
  const now = Date.parse(Time);
  const time = (text: string | undefined) => text && timeText(text, now);
  return [
    element("h2", {}, "What is kept"),
    facts([
      ["State", cacheText(Cache)],
      ["Answers until", time(Cache.ServableUntil)],
      [
        "Is renewed",
        Cache.DueAt ? time(Cache.DueAt) : Cache.Used === false ? "not before somebody uses it" : undefined,
      ],
      ["Ends", time(Cache.Expiration)],
    ]),
  ];
}
