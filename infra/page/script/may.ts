import type { ExplainAnswer, StorageSummary } from "../../../shared/contract.ts";
import { button, byId, element, facts, fault, table } from "./elements.ts";
import { type Asked, explain, listStorages } from "./service.ts";
import { type Claims, claimsOf } from "./token.ts";
import { durationText, timeText, valueText } from "./words.ts";

/** A grant is explained for its end and its claims: for so many of them at once, and the others when somebody asks why. */
const mostExplained = 24;

/** A grant that the caller has, as the other views need it. */
export interface OwnGrant {
  storage: StorageSummary;
  asked: Asked;
  permission: string;
  targets: readonly string[];
}

interface MayHandlers {
  why(asked: Asked): void;
  settings(grant: OwnGrant): void;
}

/**
 * "What may I have?": asks the service and shows it.
 *
 * @returns what the caller may have, for the other views
 * @throws Failed with a sentence for the caller
 */
export async function showMay(token: string, handlers: MayHandlers): Promise<OwnGrant[]> {
  const storages = await listStorages();
  const grants = storages.flatMap((storage) =>
    storage.Grants.map(({ Targets, Permission }) => ({
      storage,
      targets: Targets,
      permission: Permission,
      asked: {
        storage: storage.Storage,
        ...(storage.Grants.length > 1 && { target: Targets, permission: Permission }),
      },
    })),
  );
  const explained = await Promise.all(
    grants.slice(0, mostExplained).map(({ asked }) => explain(asked).catch(() => undefined)),
  );
  const explanations = new Map(grants.map((grant, n) => [grant, explained[n]] as const));
  const counting = explained.flatMap((answer) => Object.keys(answer?.Caller.Claims ?? {}));
  const caller = explained.find((answer) => answer !== undefined)?.Caller;

  const answer = byId("may-answer");
  answer.replaceChildren(
    element("h2", {}, "Who I am"),
    whoIAm(token, caller),
    element("h2", {}, "Which claims count"),
    claimsTable(claimsOf(token) ?? caller?.Claims ?? {}, new Set(counting)),
    element("h2", {}, "My storages"),
  );
  if (storages.length === 0)
    answer.append(
      fault(
        "The service knows you, and has nothing for you: no grant of its configuration is yours, or it has no grants yet. Ask why on a storage whose name you know, or show the operator the claims above.",
      ),
    );
  for (const storage of storages)
    answer.append(
      storageBox(
        storage,
        grants.filter((grant) => grant.storage === storage),
        explanations,
        handlers,
      ),
    );
  return grants;
}

function whoIAm(token: string, caller: ExplainAnswer["Caller"] | undefined): HTMLElement {
  const { sub, iss, aud, exp } = claimsOf(token) ?? {};
  const now = Date.now();
  return facts([
    ["Subject", caller?.Subject ?? (sub === undefined ? undefined : valueText(sub))],
    ["Issuer here", caller?.Issuer],
    ["Issuer", iss === undefined ? undefined : valueText(iss)],
    ["Audience", aud === undefined ? undefined : valueText(aud)],
    ["Token ends", typeof exp === "number" ? timeText(exp * 1_000, now) : undefined],
  ]);
}

function claimsTable(claims: Claims, counting: ReadonlySet<string>): HTMLElement {
  const names = Object.keys(claims);
  if (names.length === 0)
    return element("p", {}, "This token shows no claims: what it has stands in the configuration.");
  const rows = names
    .toSorted((one, other) => Number(counting.has(other)) - Number(counting.has(one)))
    .map((name) => [element("code", {}, name), valueText(claims[name]), countText(name, counting)]);
  return table("Claims", ["Claim", "Value", "For my grants"], rows);
}

function countText(name: string, counting: ReadonlySet<string>): HTMLElement {
  if (counting.has(name)) return element("strong", { class: "good" }, "counts");
  if (name === "sub" || name === "iss") return element("span", {}, "says who I am");
  return element("span", { class: "soft" }, "not asked for");
}

function storageBox(
  storage: StorageSummary,
  grants: readonly OwnGrant[],
  explanations: ReadonlyMap<OwnGrant, ExplainAnswer | undefined>,
  { why, settings }: MayHandlers,
): HTMLElement {
  const now = Date.now();
  const rows = grants.map((grant, n) => {
    const answer = explanations.get(grant);
    const { Also, MaxDurationSeconds } = storage.Grants[n] ?? {};
    const where = grant.targets.join(" ");
    return [
      element("code", {}, grant.targets.join("\n")),
      [grant.permission, ...(Also ?? [])].join(", "),
      storage.Vends ? durationText(MaxDurationSeconds ?? 0) : "vends nothing",
      endOf(answer, now),
      element(
        "span",
        {},
        button("Why?", () => why(grant.asked), { "aria-label": `Why: ${storage.Storage} ${where}` }),
        " ",
        button("Settings", () => settings(grant), { "aria-label": `Settings: ${storage.Storage} ${where}` }),
      ),
    ];
  });
  return element(
    "article",
    { class: "box" },
    element("h3", {}, storage.Storage),
    element(
      "p",
      { class: "hint" },
      `${storage.Endpoint}, ${storage.Region}${storage.PathStyleAccess ? ", path style" : ""}`,
    ),
    table(`Grants on ${storage.Storage}`, ["Folder", "I may", "At most for", "Ends", "More"], rows),
  );
}

function endOf(answer: ExplainAnswer | undefined, now: number): string {
  if (answer?.Grant === undefined) return "not known here";
  return answer.GrantEnds === undefined ? "not by itself" : timeText(answer.GrantEnds, now);
}
