import middy from "@middy/core";
import type { Context } from "aws-lambda";
import { createKeyTroubleLog } from "../shared/aws/key-trouble-log.ts";
import type { StoragesAnswer } from "../shared/contract.ts";
import { VendError } from "../shared/core/errors.ts";
import { createIssuerKeys } from "../shared/identity/jwks.ts";
import { createOidcVerifier } from "../shared/identity/oidc.ts";
import { listStorages } from "../shared/vending/list-storages.ts";
import type { AuditRecord } from "../shared/vending/ports.ts";
import { principalPart, refusalPart } from "../shared/vending/trail.ts";
import { type Caller, createVend } from "../shared/vending/vend.ts";
import { createAuthenticate } from "./authenticate.ts";
import { answer, type HttpAnswer, type HttpEvent, problems } from "./http.ts";
import { storageOf, type Wanted, wantedOf } from "./request.ts";
import { createRuntime } from "./runtime.ts";

/** The clients that wait for us give us a second or two: a call to the table, and one whole issue, fit into the first. */
const callTimeoutMs = 300;
const issueTimeoutMs = 700;

const { prime, keptJwks, ...ports } = createRuntime({ callTimeoutMs, issueTimeoutMs });
const { config, clock, audit } = ports;
const oidc = createOidcVerifier({
  issuers: config.issuers,
  keys: createIssuerKeys({ store: keptJwks, onTrouble: createKeyTroubleLog(ports.meter, clock) }),
});
const authenticate = createAuthenticate({ config, oidc });
const vend = createVend(ports);
await prime();

/** Answers the API: who is calling, what is asked for, the use-case, the answer. */
export const handler = middy<HttpEvent, HttpAnswer>()
  .use(problems)
  .handler(async (event, { awsRequestId: requestId }: Context) => {
    if (event.routeKey === "GET /openapi.json") {
      const { description } = await import("./description.ts");
      return answer(200, description);
    }
    const identity = await onTrail({ requestId }, () => authenticate(event, clock.now()));
    const caller = { ...identity, requestId };
    // How the caller proved itself is settled; what it gets is not a matter of the route.
    switch (event.routeKey.replace("/v1/aws/", "/v1/")) {
      case "GET /v1/storages": {
        const storages: StoragesAnswer = { Storages: listStorages(config, { ...caller, now: clock.now() }) };
        return answer(200, storages);
      }
      case "GET /v1/storages/{storage}/credentials": {
        const { ask, format } = await wanted(event, caller);
        if (format === "container") return answer(200, await vend(ask, caller));
        const { inFormat } = await import("./in-format.ts");
        const { body, headers } = await inFormat(format, () => vend(ask, caller));
        return answer(200, body, headers);
      }
      case "GET /v1/storages/{storage}/explain": {
        const { createExplain } = await import("./on-miss.ts");
        const { ask } = await wanted(event, caller);
        return answer(200, await createExplain(ports)(ask, caller));
      }
      default:
        throw new VendError("not_found", "There is nothing here; see GET /v1/storages.");
    }
  });

/** What a request asks for; one that cannot be understood is on the trail with who sent it. */
function wanted(event: HttpEvent, { principal, requestId }: Caller): Promise<Wanted> {
  return onTrail({ requestId, ...principalPart(principal), ...storageOf(event) }, () => wantedOf(event));
}

/** What is refused before the use-case is in the audit trail, like all that the use-case refuses. */
async function onTrail<T>(
  known: Pick<AuditRecord, "requestId"> & Partial<AuditRecord>,
  step: () => T | Promise<T>,
): Promise<T> {
  try {
    return await step();
  } catch (error) {
    audit.record({ decision: "refused", ...known, ...refusalPart(error) });
    throw error;
  }
}
