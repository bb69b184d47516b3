import { VendError } from "../shared/core/errors.ts";
import { createOidcVerifier } from "../shared/identity/oidc.ts";
import type { AuditRecord } from "../shared/vending/ports.ts";
import { createAuthenticate } from "./authenticate.ts";
import { type HttpAnswer, type HttpRequest, problem } from "./http.ts";
import { createOperations } from "./operations.ts";
import { recordRefusal } from "./record-refusal.ts";
import { matchRoute } from "./routes.ts";
import type { Runtime } from "./runtime.ts";

/**
 * The time limits of the runtime that the application runs on. Its clients wait for a second or two: one call to the table
 * and one whole issue fit into the first second.
 */
export const appTimeouts = { callTimeoutMs: 300, issueTimeoutMs: 700 };

/** Answers any request, and never throws: every fault is an answer, too. */
export type App = (request: HttpRequest) => Promise<HttpAnswer>;

/**
 * The application: one request in, one answer out. It knows nothing of the door behind which it runs.
 *
 * @example const { status, headers, body } = await createApp(createRuntime(appTimeouts))(request)
 */
export function createApp(runtime: Runtime): App {
  const { config, clock, issuerKeys, loadSampledAudit } = runtime;
  const oidc = createOidcVerifier({
    issuers: config.issuers,
    keys: issuerKeys,
    accepted: runtime.acceptedTokens,
  });
  const authenticate = createAuthenticate({ config, oidc });
  const operations = createOperations(runtime);

  /** Any passer-by decides how many of these there are. */
  async function recordStranger(record: AuditRecord): Promise<void> {
    runtime.onStranger?.(record);
    (await loadSampledAudit()).record(record);
  }

  /** In a chunk of its own: all other answers do without it. */
  let stsDoor: App | undefined;

  async function answerRequest(request: HttpRequest): Promise<HttpAnswer> {
    if (request.method === "POST") {
      const { createStsDoor } = await import("./sts/door.ts");
      stsDoor ??= createStsDoor({ runtime, oidc, recordStranger });
      return stsDoor(request);
    }
    const match = matchRoute(request);
    if (match === undefined) throw new VendError("not_found", "There is nothing here; see GET /v1/storages.");
    const { route, storage } = match;
    if (route.authorizer === "none") return operations[route.operation](request);
    const { requestId, query, answerBy, clientAddress: sourceIp } = request;
    const identity = await recordRefusal(recordStranger, { requestId, sourceIp }, async () => {
      const identity = await authenticate(request, route.authorizer, clock.now());
      runtime.admit?.(identity.principal);
      return identity;
    });
    return operations[route.operation]({
      caller: { ...identity, sourceIp, answerBy, requestId },
      storage,
      query,
    });
  }

  return async function app(request) {
    try {
      return await answerRequest(request);
    } catch (error) {
      return problem(error, request.requestId, await shapeOfProblems(request));
    }
  };
}

/** Most formats leave refusals as they are, so their code is loaded only where one is asked for. */
async function shapeOfProblems(request: HttpRequest) {
  const vends = matchRoute(request)?.route.operation === "vendCredentials";
  if (!vends || !request.query.includes("format=")) return undefined;
  const { problemShape } = await import("./vend-in-format.ts");
  return problemShape(request.query);
}
