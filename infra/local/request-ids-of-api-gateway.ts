/**
 * Preloaded by the emulation's API (`node --import`), because serverless-offline gives the same id to all requests. API Gateway
 * gives one to each, hands it to the function, and answers with it in `apigw-requestid`.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { randomBytes } from "node:crypto";
import { isMainThread } from "node:worker_threads";
import { eachRequest } from "./each-request.ts";

const ids = new AsyncLocalStorage<string>();

/** The functions run in threads of their own, which load this as well and have no server. */
if (isMainThread) {
  eachRequest(({ response, pass }) => {
    const id = `${randomBytes(11).toString("base64url")}=`;
    response.setHeader("apigw-requestid", id);
    return ids.run(id, pass);
  });

  const eventsFile = "events/http/lambda-events/LambdaProxyIntegrationEventV2.js";
  const { default: Events } = await import(
    new URL(eventsFile, import.meta.resolve("serverless-offline")).href
  );
  const { create } = Events.prototype;
  Events.prototype.create = function () {
    const event = create.call(this);
    event.requestContext.requestId = ids.getStore();
    return event;
  };
}
