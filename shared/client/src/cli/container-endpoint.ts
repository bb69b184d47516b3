import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Vended } from "../check-answer.ts";
import { VendingError } from "../vending-error.ts";

/** Credentials on loopback, as AWS SDKs ask a container's host for them. */
export interface ContainerEndpoint {
  url: string;
  /** What callers must send as `Authorization`. */
  token: string;
  close(): void;
}

const path = "/credentials";

/**
 * Serves credentials on 127.0.0.1, to who sends the token: any process of this machine can reach the port. What comes
 * by another name than the loopback's, or through a proxy, is refused: a web page that has its own name point here, or a
 * server that can be talked into requests, must not get at credentials.
 *
 * @param vended is asked for each request, and keeps what it gives
 * @param port 0 for any that is free
 * @throws Error (rejects) with the code `EADDRINUSE`
 */
export async function startContainerEndpoint(
  vended: () => Promise<Vended>,
  port: number,
): Promise<ContainerEndpoint> {
  const token = randomBytes(32).toString("base64url");
  const { createServer } = await import("node:http");
  const server = createServer((request, response) => {
    answer(request, token, vended)
      .catch(refusalOf)
      .then(([status, body]) => reply(response, status, body));
  });
  server.headersTimeout = 5_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, "127.0.0.1", resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
  return {
    url,
    token,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

type Answer = [status: number, body: object];

async function answer(
  { method, url, headers, socket }: IncomingMessage,
  token: string,
  vended: () => Promise<Vended>,
): Promise<Answer> {
  const { host, authorization = "" } = headers;
  const names = ["127.0.0.1", "localhost"].map((name) => `${name}:${socket.localPort}`);
  if (!host || !names.includes(host)) return problem(403, "forbidden", "Not by this name.");
  if ("x-forwarded-for" in headers) return problem(403, "forbidden", "Not through a proxy.");
  if (!isSame(authorization, token)) return problem(401, "unauthenticated", "Not with this token.");
  if (method !== "GET" || url?.split("?")[0] !== path) return problem(404, "not_found", `GET ${path}.`);
  const { credentials } = await vended();
  return [
    200,
    {
      AccessKeyId: credentials.accessKeyId,
      SecretAccessKey: credentials.secretAccessKey,
      Token: credentials.sessionToken ?? "",
      Expiration: credentials.expiration.toISOString(),
    },
  ];
}

/** In a time that tells neither where they differ nor how long the right one is. */
function isSame(given: string, expected: string): boolean {
  const [a, b] = [given, expected].map((text) => createHash("sha256").update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}

const problem = (status: number, code: string, message: string): Answer => [
  status,
  { code, message, Code: code, Message: message },
];

function refusalOf(thrown: unknown): Answer {
  if (!(thrown instanceof VendingError)) return problem(500, "internal", "Something went wrong in keyvend.");
  const { code, message, status = 503 } = thrown;
  return problem(status >= 400 ? status : 502, code, message);
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(JSON.stringify(body));
}
