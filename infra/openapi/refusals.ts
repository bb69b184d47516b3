import { statusOf } from "../../functions/http.ts";
import type { ErrorCode } from "../../shared/contract.ts";
import { addressFormats } from "./formats.ts";

export type Operation = "storages" | "credentials" | "explain";

interface Refusal {
  when: string;
  /** Which operations answer with it. An explanation tells most refusals with status 200. */
  of: readonly Operation[];
}

const everywhere: readonly Operation[] = ["storages", "credentials", "explain"];

const refusals: Record<ErrorCode, Refusal> = {
  invalid_request: {
    when: "The query is wrong; `fields` names every fault.",
    of: ["credentials", "explain"],
  },
  choose_target: {
    when: "Several grants could be meant: name a target and a permission.",
    of: ["credentials"],
  },
  not_scopable: {
    when: "Less than the whole was asked of a storage whose way to issue cannot scope.",
    of: ["credentials"],
  },
  policy_too_large: { when: "The targets do not fit into one session policy.", of: ["credentials"] },
  unauthenticated: { when: "There is no identity, or none that is accepted.", of: everywhere },
  no_grant: {
    when: "No grant of the caller's covers the request, whether or not there is such a storage.",
    of: ["credentials"],
  },
  identity_not_accepted: {
    when: "The storage or its STS does not take this kind of identity.",
    of: ["credentials"],
  },
  not_found: { when: "There is no such route.", of: [] },
  delegation_off: {
    when: `The storage vends no credentials. Its address is told; ${addressFormats} answer with it.`,
    of: ["credentials"],
  },
  internal: { when: "Something went wrong here; the operator finds it by the request id.", of: everywhere },
  storage_misconfigured: { when: "The operator has to change the storage.", of: ["credentials"] },
  throttled: { when: "STS asks for patience; see `Retry-After`.", of: ["credentials"] },
  unavailable: { when: "Something that is needed does not answer now; see `Retry-After`.", of: everywhere },
};

const codes = Object.keys(refusals) as ErrorCode[];

/**
 * The codes that an operation answers with, by HTTP status.
 *
 * @example refusalsOf("credentials").get(409) // ["delegation_off"]
 */
export function refusalsOf(operation: Operation): Map<number, ErrorCode[]> {
  return Map.groupBy(
    codes.filter((code) => refusals[code].of.includes(operation)),
    (code) => statusOf[code],
  );
}

/** Codes with their meaning, as a list in Markdown. */
export function listOf(those: readonly ErrorCode[] = codes): string {
  return those.map((code) => `- \`${code}\` (${statusOf[code]}): ${refusals[code].when}`).join("\n");
}
