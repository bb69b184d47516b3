/**
 * Preloaded by the emulation's API (`node --import`), because serverless-offline lets the pages of every origin read
 * every answer. API Gateway lets none, and with `cors` those of the listed origins alone.
 */
import { readFileSync } from "node:fs";
import { type IncomingMessage, ServerResponse } from "node:http";
import { isMainThread } from "node:worker_threads";
import type { CorsSettings } from "../deployment.ts";
import { eachRequest } from "./each-request.ts";

/** The functions run in threads of their own, which load this as well and have no server. */
if (isMainThread) obey(JSON.parse(readFileSync(process.env["KEYVEND_DEPLOYMENT"] ?? "", "utf8")).cors);

function obey(cors: CorsSettings | false): void {
  eachRequest(({ request, response, pass }) => {
    if (request.method !== "OPTIONS") return pass();
    response.writeHead(cors ? 204 : 404).end();
    return true;
  });
  const { writeHead } = ServerResponse.prototype;
  ServerResponse.prototype.writeHead = function (this: ServerResponse, ...args: unknown[]) {
    for (const name of this.getHeaderNames().filter((each) => each.startsWith("access-control-")))
      this.removeHeader(name);
    for (const [name, value] of Object.entries(corsHeaders(cors, this.req))) this.setHeader(name, value);
    return Reflect.apply(writeHead, this, args);
  };
}

/** What API Gateway itself adds to an answer. It passes on no such header of the function's. */
function corsHeaders(
  cors: CorsSettings | false,
  { method, headers: { origin } }: IncomingMessage,
): Record<string, string> {
  if (!cors || origin === undefined || !cors.allowedOrigins.includes(origin)) return {};
  return {
    "access-control-allow-origin": origin,
    "access-control-expose-headers": cors.exposedResponseHeaders.join(","),
    ...(method === "OPTIONS" && {
      "access-control-allow-methods": cors.allowedMethods.join(","),
      "access-control-allow-headers": cors.allowedHeaders.join(","),
      "access-control-max-age": String(cors.maxAge),
    }),
  };
}
