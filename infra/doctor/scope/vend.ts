import type { CheckedAnswer } from "../../../shared/client/src/check-answer.ts";
import { vend } from "../../../shared/client/src/cli/service.ts";
import { VendingError } from "../../../shared/client/src/vending-error.ts";
import type { ScopeEnforcement, StorageAddress } from "../../../shared/contract.ts";
import { about, type Finding } from "../finding.ts";
import type { DoctorSetting } from "../setting.ts";
import { questionFor } from "./question.ts";
import type { GrantedScope } from "./scopes.ts";

/** What was vended for a scope. */
export interface Vended {
  address: StorageAddress;
  credentials: CheckedAnswer["credentials"];
  enforcedBy: ScopeEnforcement;
}

/** An answer has more than this left, unless STS is away. */
const leastLeftMs = 15 * 60_000;

/** Vends a scope, and compares the answer with what was asked for. */
export async function checkVend(
  granted: GrantedScope,
  setting: DoctorSetting,
): Promise<{ finding: Finding; vended?: Vended }> {
  const of = about("vend", granted.title);
  try {
    const { source, scope, credentials } = await vend(questionFor(granted, setting), setting.env);
    const vended = { address: source, credentials, enforcedBy: scope.ScopeEnforcedBy ?? "session-policy" };
    const leftMs = credentials.expiration.getTime() - Date.now();
    const told = [...scope.Targets].sort().join(" ");
    if (told !== [...granted.targets].sort().join(" ") || scope.Permission !== granted.scope.permission)
      return {
        finding: of.failed(
          `got ${scope.Permission} on ${told}, which is not what was asked for`,
          "Do not use this service: it answers another question.",
        ),
      };
    if (vended.enforcedBy !== "none" && credentials.sessionToken === undefined)
      return {
        vended,
        finding: of.failed(
          "got a long-term key, where a session was promised",
          "Take the service down, and deactivate that key: its holders keep it.",
        ),
      };
    const minutes = `${Math.floor(leftMs / 60_000)} minutes are left`;
    return {
      vended,
      finding:
        leftMs > leastLeftMs
          ? of.ok(`vended; ${minutes}`)
          : of.warning(
              `an old session, of which ${minutes}`,
              "See whether STS answers: the audit trail says why not.",
            ),
    };
  } catch (error) {
    if (!(error instanceof VendingError)) throw error;
    return { finding: of.failed(wordsOf(error), adviceOn(error)) };
  }
}

/** A storage without credentials tells its address, and says that it vends nothing. */
export async function checkAddressOnly(storage: string, setting: DoctorSetting): Promise<Finding[]> {
  const of = about("vend", storage);
  const question = { storage, target: [], permission: undefined, durationSeconds: undefined };
  try {
    await vend({ ...setting.service, ...question }, setting.env);
  } catch (error) {
    if (!(error instanceof VendingError)) throw error;
    if (error.code === "delegation_off" && error.address !== undefined)
      return [of.ok("tells its address, and vends nothing, as it is configured")];
    return [of.failed(wordsOf(error), adviceOn(error))];
  }
  return [of.failed("vends, although its list says that it does not", "Find out what answers there.")];
}

const wordsOf = ({ message, requestId }: VendingError) =>
  requestId === undefined ? message : `${message} (request ${requestId})`;

function adviceOn({ code, requestId }: VendingError): string {
  const where = requestId === undefined ? "The audit trail" : "The audit trail's record of this request";
  switch (code) {
    case "storage_misconfigured":
      return `${where} has STS's reason: see the findings on trust, duration, secret and key.`;
    case "throttled":
    case "unavailable":
      return `Run the doctor again in a minute. If it stays, ${where.toLowerCase()} has the reason.`;
    default:
      return `${where} has the reason.`;
  }
}
