import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { container } from "../../../formats/container.ts";
import type { FormatSource } from "../../../formats/format.ts";
import { VendingError } from "../vending-error.ts";

/** SDKs look at these before they come to a container. */
export const beforeContainer = [
  ...["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CREDENTIAL_EXPIRATION"],
  ...["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN"],
];

/** Credentials on loopback, as AWS SDKs ask a container's host for them. */
export interface ContainerEndpoint {
  url: string;
  /** What callers must send as `Authorization`. */
  token: string;
  close(): void;
}

type Vend = () => Promise<{ source: FormatSource }>;
type StatusAndBody = [status: number, body: object];

const path = "/credentials";

/** Where to listen. */
interface EndpointPlace {
  /** An IP address of this machine. */
  address?: string;
  /** 0 for any that is free. */
  port?: number;
}

/**
 * Serves credentials on one address to callers that send the token: any process of this machine can reach the port. A
 * request for another host name than the address's own, or through a proxy, is refused: a web page whose own name points
 * here, and a server that can be talked into requests, must not get at credentials.
 *
 * @param vend is asked at each request, and holds what it gives
 * @throws Error (rejects) with the code `EADDRINUSE`, `EACCES` or `EADDRNOTAVAIL`
 */
export async function startContainerEndpoint(
  vend: Vend,
  { address = "127.0.0.1", port = 0 }: EndpointPlace = {},
): Promise<ContainerEndpoint> {
  const token = randomBytes(32).toString("base64url");
  const { createServer } = await import("node:http");
  const server = createServer((request, response) => {
    answer(request, token, vend)
      .catch(refusalOf)
      .then(([status, body]) => send(response, status, body));
  });
  server.headersTimeout = 5_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, address, resolve);
  });
  return {
    url: `http://${hostOf(server.address() as AddressInfo)}${path}`,
    token,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function answer(
  { method, url = "", headers, socket }: IncomingMessage,
  token: string,
  vend: Vend,
): Promise<StatusAndBody> {
  const { host, authorization = "" } = headers;
  if (!host || !namesOf(socket).includes(host)) return problem(403, "forbidden", "Not by this name.");
  if ("x-forwarded-for" in headers) return problem(403, "forbidden", "Not through a proxy.");
  if (!isSame(authorization, token)) return problem(401, "unauthenticated", "Not with this token.");
  if (method !== "GET" || url.split("?")[0] !== path) return problem(404, "not_found", `GET ${path}.`);
  const { source } = await vend();
  return [200, container.ofCredentials(source).body];
}

/** A caller leaves the port away where it is that of HTTP. */
function namesOf({ localAddress: address = "", localPort: port = 0 }: Socket): string[] {
  const names = [hostOf({ address, port }), ...(address === "127.0.0.1" ? [`localhost:${port}`] : [])];
  return port === 80 ? names.flatMap((name) => [name, name.replace(/:80$/, "")]) : names;
}

const hostOf = ({ address, port }: Pick<AddressInfo, "address" | "port">) =>
  `${address.includes(":") ? `[${address}]` : address}:${port}`;

/** The time that this takes tells neither where the texts differ nor how long the right one is. */
function isSame(text: string, secret: string): boolean {
  const digest = (each: string) => createHash("sha256").update(each).digest();
  return timingSafeEqual(digest(text), digest(secret));
}

const problem = (status: number, code: string, message: string): StatusAndBody => [
  status,
  { code, message, Code: code, Message: message },
];

function refusalOf(reason: unknown): StatusAndBody {
  if (!(reason instanceof VendingError)) return problem(500, "internal", "Something went wrong in keyvend.");
  const { code, message, status = 503 } = reason;
  return problem(status >= 400 ? status : 502, code, message);
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(JSON.stringify(body));
}
