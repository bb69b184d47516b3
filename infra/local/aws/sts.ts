import { authenticate, type Realm } from "./authenticate.ts";
import { AwsFault } from "./aws-fault.ts";
import type { AwsCaller } from "./caller.ts";
import type { ListenOptions, LocalServer, ReceivedRequest } from "./listener.ts";
import { listenForQueries, parametersOf, queryRefusals } from "./query-protocol.ts";
import { assumeRole } from "./sts/assume-role.ts";
import { assumeRoleWithWebIdentity } from "./sts/assume-role-with-web-identity.ts";
import type { SignedStsCall } from "./sts/call.ts";
import { refuseUnemulated } from "./sts/parameters.ts";
import { getCallerIdentity, getFederationToken, getSessionToken } from "./sts/user-sessions.ts";
import type { XmlElement } from "./xml.ts";

interface StsOptions extends Realm, ListenOptions {
  /** Absent: signatures for any region are accepted. */
  region?: string;
}

const unsignedAction = "AssumeRoleWithWebIdentity";

const signedActions = {
  GetCallerIdentity: getCallerIdentity,
  GetSessionToken: getSessionToken,
  GetFederationToken: getFederationToken,
  AssumeRole: assumeRole,
};
type SignedAction = keyof typeof signedActions;

/** The actions that each kind of credentials may call at most, whatever its policies allow. */
const callableActions: Readonly<Record<AwsCaller["kind"], readonly SignedAction[]>> = {
  user: ["GetCallerIdentity", "GetSessionToken", "GetFederationToken", "AssumeRole"],
  "user-session": ["GetCallerIdentity", "AssumeRole"],
  "federated-user": ["GetCallerIdentity"],
  "assumed-role": ["GetCallerIdentity", "AssumeRole"],
};

/**
 * Starts STS on loopback. It speaks the Query protocol, verifies signatures, and seals sessions into their tokens.
 * Rejects if the port is taken.
 *
 * @example const sts = await createStsServer({ accounts, sessionTokens, port: 4566 })
 */
export function createStsServer(options: StsOptions): Promise<LocalServer> {
  const { accounts, sessionTokens, now = Date.now, region } = options;
  const rules = { service: "sts", region, pathEncoding: "twice" } as const;

  async function resultOf(request: ReceivedRequest, action: string): Promise<XmlElement[]> {
    const call = { parameters: parametersOf(request), accounts, sessionTokens, now: now() };
    if (action === unsignedAction) {
      refuseUnemulated(call.parameters);
      return assumeRoleWithWebIdentity(call);
    }
    const { caller } = authenticate(request, options, rules, queryRefusals);
    refuseUnemulated(call.parameters);
    return signedResult(action, { ...call, caller });
  }

  return listenForQueries(
    {
      name: "STS",
      namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
      version: "2011-06-15",
      maxBodyBytes: 64 * 1_024,
      isKnown: (action) => action === unsignedAction || Object.hasOwn(signedActions, action),
      resultOf,
    },
    options,
  );
}

function signedResult(action: string, call: SignedStsCall): XmlElement[] {
  const { caller } = call;
  const name = callableActions[caller.kind].find((callableAction) => callableAction === action);
  if (name === undefined)
    throw new AwsFault(403, "AccessDenied", `Cannot call ${action} with session credentials`);
  return signedActions[name](call);
}
