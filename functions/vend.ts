import middy from "@middy/core";
import type { Context } from "aws-lambda";
import type { StoragesAnswer } from "../shared/contract.ts";
import { VendError } from "../shared/core/errors.ts";
import { bearerToken } from "../shared/identity/bearer.ts";
import { createIssuerKeys } from "../shared/identity/jwks.ts";
import { createOidcVerifier } from "../shared/identity/oidc.ts";
import { listStorages } from "../shared/vending/list-storages.ts";
import { refusalPart } from "../shared/vending/trail.ts";
import { type Caller, createVend } from "../shared/vending/vend.ts";
import { type HttpAnswer, type HttpEvent, json, problems } from "./http.ts";
import { askOf } from "./request.ts";
import { createRuntime } from "./runtime.ts";

const { prime, keptJwks, ...ports } = createRuntime();
const { config, clock, audit } = ports;
const { verify } = createOidcVerifier({
  issuers: config.issuers,
  keys: createIssuerKeys({ kept: keptJwks }),
});
const vend = createVend(ports);
await prime();

/** Answers the API: who is calling, what is asked for, the use-case, the answer. */
export const handler = middy<HttpEvent, HttpAnswer>()
  .use(problems)
  .handler(async (event, { awsRequestId }: Context) => {
    const caller = await authenticated(event, awsRequestId);
    switch (event.routeKey) {
      case "GET /v1/storages": {
        const answer: StoragesAnswer = { Storages: listStorages(config, caller.principal) };
        return json(200, answer);
      }
      case "GET /v1/storages/{storage}/credentials":
        return json(200, await vend(askOf(event), caller));
      default:
        throw new VendError("not_found", "There is nothing here; see GET /v1/storages.");
    }
  });

async function authenticated({ headers }: HttpEvent, requestId: string): Promise<Caller> {
  try {
    const token = bearerToken(headers);
    return { principal: await verify(token, clock.now()), token, requestId };
  } catch (error) {
    const time = new Date(clock.now()).toISOString();
    audit.record({ time, requestId, decision: "refused", ...refusalPart(error) });
    throw error;
  }
}
