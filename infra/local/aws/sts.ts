import { authenticate, type Realm, type Refusals } from "./authenticate.ts";
import { AwsFault } from "./aws-fault.ts";
import type { AwsCaller } from "./caller.ts";
import {
  type ListenOptions,
  type LocalServer,
  listen,
  type ReceivedRequest,
  type ServiceAnswer,
} from "./listener.ts";
import { assumeRole } from "./sts/assume-role.ts";
import { assumeRoleWithWebIdentity } from "./sts/assume-role-with-web-identity.ts";
import type { SignedStsCall } from "./sts/call.ts";
import { refuseUnemulated } from "./sts/parameters.ts";
import { getCallerIdentity, getFederationToken, getSessionToken } from "./sts/user-sessions.ts";
import { document, element, type XmlElement } from "./xml.ts";

interface StsOptions extends Realm, ListenOptions {
  /** Absent: signatures for any region are accepted. */
  region?: string;
}

const namespace = "https://sts.amazonaws.com/doc/2011-06-15/";
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

const mismatch = "The request signature we calculated does not match the signature you provided.";
const invalidToken = new AwsFault(
  403,
  "InvalidClientTokenId",
  "The security token included in the request is invalid.",
);
const wrongSignature = new AwsFault(403, "SignatureDoesNotMatch", mismatch);
const refusals: Refusals = {
  unsigned: new AwsFault(403, "MissingAuthenticationToken", "Request is missing Authentication Token"),
  malformed: new AwsFault(
    400,
    "IncompleteSignature",
    "The request signature does not conform to AWS standards.",
  ),
  "wrong-scope": new AwsFault(
    403,
    "SignatureDoesNotMatch",
    "Credential should be scoped to this service, region and date.",
  ),
  "headers-not-signed": new AwsFault(403, "SignatureDoesNotMatch", "Host and x-amz- headers must be signed."),
  skewed: new AwsFault(
    403,
    "SignatureDoesNotMatch",
    "Signature expired: its time is more than 15 minutes from the server's.",
  ),
  "link-expired": new AwsFault(403, "SignatureDoesNotMatch", "Signature expired."),
  "unknown-key": invalidToken,
  "bad-token": invalidToken,
  "expired-token": new AwsFault(403, "ExpiredToken", "The security token included in the request is expired"),
  "wrong-signature": wrongSignature,
  "payload-altered": wrongSignature,
  "payload-malformed": wrongSignature,
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
    const { caller } = authenticate(request, options, rules, refusals);
    refuseUnemulated(call.parameters);
    return signedResult(action, { ...call, caller });
  }

  return listen(
    {
      name: "STS",
      maxBodyBytes: 64 * 1_024,
      tooLarge: new AwsFault(413, "RequestEntityTooLarge", "The request is too large."),
      throttled: new AwsFault(400, "Throttling", "Rate exceeded"),
      actionOf,
      async answer(request, action, requestId) {
        const result = await resultOf(request, action);
        return xml(200, `${action}Response`, [
          element(`${action}Result`, ...result),
          element("ResponseMetadata", element("RequestId", requestId)),
        ]);
      },
      refuse: ({ status, code, message }, _path, requestId) =>
        xml(status, "ErrorResponse", [
          element(
            "Error",
            element("Type", status < 500 ? "Sender" : "Receiver"),
            element("Code", code),
            element("Message", message),
          ),
          element("RequestId", requestId),
        ]),
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

function actionOf(request: ReceivedRequest): string {
  const parameters = parametersOf(request);
  const action = parameters.get("Action") ?? "";
  const isKnown = action === unsignedAction || Object.hasOwn(signedActions, action);
  if (request.path !== "/" || parameters.get("Version") !== "2011-06-15" || !isKnown)
    throw new AwsFault(400, "InvalidAction", "Could not find operation of that name and version");
  return action;
}

function parametersOf({ method, query, body }: ReceivedRequest): URLSearchParams {
  return method === "POST" ? new URLSearchParams(body.toString("utf8")) : query;
}

function xml(status: number, name: string, contents: readonly XmlElement[]): ServiceAnswer {
  return { status, headers: { "content-type": "text/xml" }, body: document(name, namespace, contents) };
}
