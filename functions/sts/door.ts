import { VendError } from "../../shared/core/errors.ts";
import { grantTerms } from "../../shared/core/sts-rules.ts";
import type { OidcVerifier } from "../../shared/identity/oidc.ts";
import type { AuditRecord } from "../../shared/vending/ports.ts";
import { principalPart } from "../../shared/vending/trail.ts";
import { type Caller, createVend } from "../../shared/vending/vend.ts";
import type { App } from "../app.ts";
import { createClientKeys } from "../client-keys.ts";
import type { HttpAnswer, HttpRequest } from "../http.ts";
import { recordRefusal } from "../record-refusal.ts";
import type { Runtime } from "../runtime.ts";
import { credentialsAnswer, identityAnswer } from "./answers.ts";
import { askOf, inWords } from "./ask-of.ts";
import {
  invalidMember,
  type Members,
  mostTokenCharacters,
  readMembers,
  refuseUnknown,
  textOf,
} from "./members.ts";
import { asExpired, refusal } from "./refusals.ts";

/** The actions of STS that are answered here, and the members that each takes beside `Action` and `Version`. */
const actions = {
  AssumeRoleWithWebIdentity: ["RoleArn", "RoleSessionName", "WebIdentityToken", "Policy", "DurationSeconds"],
  AssumeRole: [
    "RoleArn",
    "RoleSessionName",
    "Policy",
    "DurationSeconds",
    "ExternalId",
    "Tags.",
    "TransitiveTagKeys.",
  ],
  GetSessionToken: ["DurationSeconds"],
  GetCallerIdentity: [],
} satisfies Record<string, string[]>;
type Action = keyof typeof actions;

const version = "2011-06-15";
/** Clients of STS wait for longer than others, and their own retries end within seconds: few hear when to come back. */
const patienceMs = 5_000;

interface StsDoorParts {
  runtime: Runtime;
  oidc: OidcVerifier;
  /** Records a refusal whose caller is not known. */
  recordStranger: (record: AuditRecord) => Promise<void>;
}

/**
 * The door for clients that speak STS's query protocol, on every path: some SDKs drop the path of an endpoint, and others add
 * a slash. It only translates, to the use-case of the other doors and back.
 *
 * @example const { status, body } = await createStsDoor({ runtime, oidc, recordStranger })(request)
 */
export function createStsDoor({ runtime, oidc, recordStranger }: StsDoorParts): App {
  const { config, audit, clock } = runtime;
  const signatures = createClientKeys(runtime);
  const vend = createVend({ ...runtime, grantTerms });

  async function authenticate(action: Action, members: Members, request: HttpRequest) {
    const now = clock.now();
    if (action === "AssumeRoleWithWebIdentity") {
      // Clients send a token's file as it is, and many tools end a file with a line.
      const token = textOf(members, "WebIdentityToken")?.replace(/[\r\n]+$/, "");
      if (token === undefined) throw invalidMember("WebIdentityToken", "must not be null");
      try {
        return { principal: await oidc.verify(token, now, mostTokenCharacters), token };
      } catch (error) {
        throw asExpired(error, token, now);
      }
    }
    return { principal: await signatures.verify({ body: Buffer.of(), ...request }, now) };
  }

  /** What is wrong before a caller is known, any passer-by decides. */
  function admit(request: HttpRequest) {
    const { requestId, clientAddress: sourceIp } = request;
    return recordRefusal(recordStranger, { requestId, sourceIp }, async () => {
      const members = readMembers(request);
      const action = actionOf(members);
      const identity = await authenticate(action, members, request);
      runtime.admit?.(identity.principal);
      return { action, members, ...identity };
    });
  }

  async function answerRequest(request: HttpRequest): Promise<HttpAnswer> {
    const { requestId, answerBy, clientAddress: sourceIp } = request;
    const { action, members, ...identity } = await admit(request);
    const { principal } = identity;
    const facts = { requestId, sourceIp, ...principalPart(principal), ...claimsOf(members) };
    const { ask, callerSession } = await recordRefusal(audit.record, facts, () => {
      refuseUnknown(members, ["Action", "Version", ...actions[action]]);
      const callerSession = textOf(members, "RoleSessionName");
      if (action === "GetCallerIdentity") return {};
      return {
        ask: askOf(action, members, config, { principal, sourceIp, now: clock.now() }),
        callerSession,
      };
    });
    if (action === "GetCallerIdentity" || ask === undefined) return identityAnswer(principal, requestId);
    const caller: Caller = {
      ...identity,
      ...{ sourceIp, answerBy, requestId, patienceMs },
      ...(callerSession !== undefined && { callerSession }),
    };
    try {
      const credentials = await vend(ask, caller);
      return credentialsAnswer({ action, credentials, principal, ask, requestId });
    } catch (error) {
      return refusal(error, requestId, inWords(ask));
    }
  }

  return async function answer(request) {
    try {
      return await answerRequest(request);
    } catch (error) {
      return refusal(error, request.requestId);
    }
  };
}

/** What the operator needs of a request that is not understood; of anything else that stands there, nothing is recorded. */
function claimsOf(members: Members): Pick<AuditRecord, "roleArn" | "callerSession"> {
  const [roleArn, callerSession] = [members.get("RoleArn"), members.get("RoleSessionName")];
  return {
    ...(roleArn !== undefined && /^arn:[ -~]{1,252}$/.test(roleArn) && { roleArn }),
    ...(callerSession !== undefined && /^[\w+=,.@-]{2,64}$/.test(callerSession) && { callerSession }),
  };
}

function actionOf(members: Members): Action {
  const known = Object.keys(actions) as Action[];
  const action = known.find((each) => each === members.get("Action"));
  if (action !== undefined && members.get("Version") === version) return action;
  throw new VendError(
    "not_found",
    `This is keyvend's door for STS. It answers ${known.join(", ")} of version ${version}.`,
  );
}

// Part of this chunk, as whatever is answered to clients of STS.
export { refusal };
