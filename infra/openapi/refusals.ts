import { statusOf } from "../../functions/http.ts";
import type { ErrorCode } from "../../shared/contract.ts";
import { addressFormats } from "./formats.ts";

/** The operations for which a caller needs an identity. */
export type CallerOperation = "listStorages" | "vendCredentials" | "explainCredentials";

interface CodeTexts {
  when: string;
  /** The operations that answer with it. An explanation reports most refusals with status 200. */
  of: readonly CallerOperation[];
}

const everywhere: readonly CallerOperation[] = ["listStorages", "vendCredentials", "explainCredentials"];

const refusals: Record<ErrorCode, CodeTexts> = {
  invalid_request: {
    when: "The query is wrong. `fields` names every fault.",
    of: ["vendCredentials", "explainCredentials"],
  },
  choose_target: {
    when: "Several grants could be meant. Name a target and a permission; where both are named, the operator has to join the grants.",
    of: ["vendCredentials"],
  },
  not_scopable: {
    when: "Less than the whole grant was asked for, and the storage's way to issue cannot scope.",
    of: ["vendCredentials"],
  },
  policy_too_large: { when: "The targets do not fit into one session policy.", of: ["vendCredentials"] },
  unauthenticated: { when: "The request has no identity, or none that is accepted.", of: everywhere },
  no_grant: {
    when: "None of the caller's grants covers the request. The answer is the same if there is no such storage.",
    of: ["vendCredentials"],
  },
  revoked: {
    when: "An operator has revoked what the caller, or its grant, may have.",
    of: ["vendCredentials"],
  },
  identity_not_accepted: {
    when: "The storage or its STS does not accept the caller's identity.",
    of: ["vendCredentials"],
  },
  not_found: { when: "There is no such route.", of: [] },
  delegation_off: {
    when: `The storage vends no credentials. The problem has its address; in the format \`iceberg\` the message tells it. The formats ${addressFormats} answer with the address instead.`,
    of: ["vendCredentials"],
  },
  internal: {
    when: "Something went wrong in the service. The operator finds it by the request id.",
    of: everywhere,
  },
  storage_misconfigured: { when: "The operator has to change the storage.", of: ["vendCredentials"] },
  throttled: {
    when: "STS throttles, or a limit of new sessions in ten minutes is used up; then the message says when it ends. See `Retry-After`.",
    of: ["vendCredentials"],
  },
  unavailable: {
    when: "A service that is needed does not answer now, or the key of the identity token is not known yet. See `Retry-After`.",
    of: everywhere,
  },
};

const codes = Object.keys(refusals) as ErrorCode[];

/**
 * The codes that an operation answers with, by HTTP status.
 *
 * @example refusalsOf("vendCredentials").get(409) // ["delegation_off"]
 */
export function refusalsOf(operation: CallerOperation): Map<number, ErrorCode[]> {
  return Map.groupBy(
    codes.filter((code) => refusals[code].of.includes(operation)),
    (code) => statusOf[code],
  );
}

/** Error codes with their meanings, as a list in Markdown. */
export function codeList(selection: readonly ErrorCode[] = codes): string {
  return selection.map((code) => `- \`${code}\` (${statusOf[code]}): ${refusals[code].when}`).join("\n");
}
