import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";

/** Serves on loopback until the test ends, and gives the address. It closes no idle connection before. */
export async function serve(listener: RequestListener): Promise<string> {
  const server = createServer({ keepAliveTimeout: 0 }, listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  onTestFinished(stop);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export interface FakeAnswer {
  status: number;
  body: string;
  headers?: Readonly<Record<string, string>>;
}

/** A service that answers every request as the function says, in its own wire shape. It counts the requests. */
export async function fakeService(answerTo: (body: string, request: IncomingMessage) => FakeAnswer) {
  const received: string[] = [];
  const url = await serve(async (request, response) => {
    const body = await text(request);
    received.push(body);
    const answer = answerTo(body, request);
    response.writeHead(answer.status, { "content-type": "text/xml", ...answer.headers }).end(answer.body);
  });
  return { url, received };
}

/** An address at which nothing listens. */
export async function deadAddress(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}
