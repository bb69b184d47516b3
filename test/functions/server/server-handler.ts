import { request as httpRequest } from "node:http";
import type { Context } from "aws-lambda";
import type { ApiGatewayEvent, ApiGatewayResult } from "../../../functions/vend.ts";
import { listOfFaults } from "../../../infra/config/faults.ts";
import { readServerSettings } from "../../../infra/config/server-settings.ts";

/** Whether tests are to go by the server's door, and where it keeps sessions. */
export const isServerDoor = process.env["KEYVEND_DOOR"] === "server";
const table = process.env["KEYVEND_TABLE"];

/** A handler with the shape of the Lambda function's, behind which a server answers over HTTP. */
type ServerHandler = (event: ApiGatewayEvent, context: Context) => Promise<ApiGatewayResult>;

const open: (() => Promise<void>)[] = [];

/** Stops all servers that were started since the last time. */
export async function stopServers(): Promise<void> {
  await Promise.all(open.splice(0).map((stop) => stop()));
}

/**
 * Starts a server in this process by the environment that a function has, and gives what sends it an event's request. The address
 * of the event is what a proxy in front says.
 */
export async function startServerHandler(): Promise<ServerHandler> {
  // In modules that no other instance has, as the function.
  const { serve } = await import("../../../functions/serve.ts");
  const { readConfig } = await import("../../../functions/config.ts");
  const config = readConfig(process.env["VENDING_CONFIG"] ?? "");
  const settings = readServerSettings(
    {
      listen: "127.0.0.1:0",
      status: "127.0.0.1:0",
      proxies: ["127.0.0.0/8"],
      table: table ?? process.env["VENDING_TABLE"],
      stage: process.env["VENDING_TABLE"]?.replace("keyvend-", ""),
      limits: { requestsPerAddress: 10_000, requestsPerPrincipal: 10_000 },
    },
    listOfFaults().report,
  );
  if (settings === undefined) throw new Error("The settings of the server have faults.");
  /** Of the requests that are on their way, in their order. */
  const requestIds: string[] = [];
  const server = await serve({
    source: {
      fingerprint: async () => "",
      load: async () => ({ config, settings }),
      difference: () => [],
      judge: () => ({}),
    },
    newRequestId: () => requestIds.shift() ?? "",
    write: (line) => line.startsWith('{"server"') || process.stdout.write(line),
  });
  open.push(server.stop);
  return (event) => {
    requestIds.push(event.requestContext.requestId);
    return send(server.url, event);
  };
}

function send(url: string, event: ApiGatewayEvent): Promise<ApiGatewayResult> {
  const { method, sourceIp } = event.requestContext.http;
  const [, template = ""] = event.routeKey.split(" ");
  const storage = event.pathParameters?.["storage"] ?? "";
  const path = method === "POST" ? event.rawPath : template.replace("{storage}", encodeURIComponent(storage));
  // Some clients sign for a body that is another one by now: its length is the one that is sent.
  const { "content-length": _, ...headers } = event.headers;
  const forwarded = event.headers["x-forwarded-for"];
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      new URL(url),
      {
        method,
        path: event.rawQueryString === "" ? path : `${path}?${event.rawQueryString}`,
        agent: false,
        headers: {
          ...headers,
          "x-forwarded-for": [forwarded, sourceIp].filter(Boolean).join(", "),
        } as Record<string, string>,
      },
      async (response) => {
        let body = "";
        for await (const chunk of response.setEncoding("utf8")) body += chunk;
        const answered: Record<string, string> = {};
        for (let n = 0; n < response.rawHeaders.length; n += 2)
          answered[response.rawHeaders[n] ?? ""] = response.rawHeaders[n + 1] ?? "";
        for (const own of ["Date", "Connection", "Content-Length", "Keep-Alive"]) delete answered[own];
        resolve({ statusCode: response.statusCode ?? 0, headers: answered, body });
      },
    );
    request.on("error", reject);
    request.end(event.body && Buffer.from(event.body, event.isBase64Encoded ? "base64" : "utf8"));
  });
}
