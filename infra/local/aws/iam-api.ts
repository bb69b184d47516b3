import { authenticate, generalContext, type Realm } from "./authenticate.ts";
import { AwsFault } from "./aws-fault.ts";
import { type AwsCaller, decide } from "./caller.ts";
import { accessKeyActions } from "./iam-api/access-keys.ts";
import type { IamAction } from "./iam-api/call.ts";
import { inlinePolicyActions } from "./iam-api/inline-policies.ts";
import { oidcProviderActions } from "./iam-api/oidc-providers.ts";
import { roleActions } from "./iam-api/roles.ts";
import { userActions } from "./iam-api/users.ts";
import type { ListenOptions, LocalServer, ReceivedRequest } from "./listener.ts";
import { listenForQueries, parametersOf, queryRefusals } from "./query-protocol.ts";
import type { XmlElement } from "./xml.ts";

interface IamOptions extends Realm, ListenOptions {
  /** Absent: signatures for any region are accepted. */
  region?: string;
}

const actions: ReadonlyMap<string, IamAction> = new Map(
  [accessKeyActions, inlinePolicyActions, userActions, roleActions, oidcProviderActions].flatMap(
    (group): [string, IamAction][] => Object.entries(group),
  ),
);

/** The parameters of every call. */
const ofEveryCall = ["Action", "Version"];

/**
 * Starts IAM on loopback. Its calls change the account that it shares with the other servers, with effect on their next
 * request. Rejects if the port is taken.
 *
 * @example const iam = await createIamServer({ accounts, sessionTokens, port: 4566 })
 */
export function createIamServer(options: IamOptions): Promise<LocalServer> {
  const { accounts, now = Date.now, region } = options;
  const rules = { service: "iam", region, pathEncoding: "twice" } as const;

  async function resultOf(request: ReceivedRequest, name: string): Promise<XmlElement[]> {
    const { caller } = authenticate(request, options, rules, queryRefusals);
    refuseUserSessions(caller);
    const action = actions.get(name);
    if (action === undefined) throw new Error(`${name} is known, and has no action.`);
    const parameters = parametersOf(request);
    refuseUnemulated(parameters, action);
    const time = now();
    const call = { parameters, accounts, caller, now: time };
    authorize(caller, `iam:${name}`, action.resource(call), time);
    return action.answer(call);
  }

  return listenForQueries(
    {
      name: "IAM",
      namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
      version: "2010-05-08",
      maxBodyBytes: 256 * 1_024,
      isKnown: (action) => actions.has(action),
      resultOf,
    },
    options,
  );
}

/** Sessions of GetFederationToken, and those of GetSessionToken without MFA, do not open IAM. */
function refuseUserSessions({ kind }: AwsCaller): void {
  if (kind === "user-session" || kind === "federated-user") throw queryRefusals["bad-token"];
}

/** A parameter that is not emulated might limit what the call does, so that it is not ignored. */
function refuseUnemulated(parameters: URLSearchParams, { takes }: IamAction): void {
  const name = [...parameters.keys()].find((key) => ![...ofEveryCall, ...takes].includes(key));
  if (name !== undefined)
    throw new AwsFault(400, "ValidationError", `${name} is not emulated by this development stand-in.`);
}

function authorize(caller: AwsCaller, action: string, resource: string, now: number): void {
  if (decide(caller, action, resource, generalContext(now)) === "allowed") return;
  const message = `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource}`;
  throw new AwsFault(403, "AccessDenied", message);
}
