import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { CredentialsAnswer, Problem } from "../../shared/contract.ts";

export const token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJqb2IifQ.c2lnbmF0dXJl";
export const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
export const sessionToken = "FwoGZXIvYXdzEBYaDExampleSessionToken";

type ServiceReply = (response: ServerResponse, request: IncomingMessage) => void;

export interface FakeService {
  url: string;
  requests: { path: string; query: URLSearchParams; authorization: string | undefined }[];
  /** The next replies, one a request; after them, good answers again. */
  reply(...replies: ServiceReply[]): void;
  /** Every reply from now on. */
  alwaysReply(reply: ServiceReply): void;
  close(): Promise<void>;
}

/** What the service answers, valid for an hour by the test's clock. */
export function answer(overrides: Partial<Record<keyof CredentialsAnswer, unknown>> = {}): object {
  return {
    AccessKeyId: "ASIAEXAMPLE",
    SecretAccessKey: secret,
    Token: sessionToken,
    Expiration: inSeconds(3600),
    Storage: "lake",
    Bucket: "lake-bucket",
    Endpoint: "https://s3.eu-central-1.amazonaws.com",
    Region: "eu-central-1",
    PathStyleAccess: true,
    Targets: ["s3://lake-bucket/tables/"],
    Permission: "READ",
    ScopeEnforcedBy: "session-policy",
    DurationSeconds: 3600,
    ...overrides,
  } satisfies Record<keyof Omit<CredentialsAnswer, "Also" | "DurationCappedBy" | "Warning">, unknown>;
}

export const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();

export const good = (overrides?: Parameters<typeof answer>[0]) => json(200, answer(overrides));

export const problem = (
  status: number,
  code: Problem["code"],
  extra: Partial<Problem> = {},
  headers: Record<string, string> = {},
) => {
  const message = `What the service says of ${code}.`;
  return json(status, { code, message, Code: code, Message: message, requestId: "req-1", ...extra }, headers);
};

export const json = (status: number, body: unknown, headers: Record<string, string> = {}): ServiceReply =>
  raw(status, JSON.stringify(body), { "content-type": "application/json", ...headers });

export const raw =
  (status: number, body: string, headers: Record<string, string> = {}): ServiceReply =>
  (response) =>
    response.writeHead(status, { "cache-control": "no-store", ...headers }).end(body);

/** The service as a client sees it: a loopback HTTP server. */
export async function startFakeService(): Promise<FakeService> {
  const requests: FakeService["requests"] = [];
  let queue: ServiceReply[] = [];
  let fallback: ServiceReply = (response, request) => good()(response, request);
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://localhost");
    requests.push({ path: pathname, query: searchParams, authorization: request.headers.authorization });
    (queue.shift() ?? fallback)(response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    reply(...replies) {
      queue = replies;
    },
    alwaysReply(reply) {
      fallback = reply;
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
