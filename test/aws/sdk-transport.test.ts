import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import { Worker } from "node:worker_threads";
import { GetSessionTokenCommand, STSClient } from "@aws-sdk/client-sts";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { sdkTransport } from "../../shared/aws/sdk-transport.ts";
import { lakeKey } from "../infra/local/aws/world.ts";
import { believing, selfSigned } from "../net/self-signed.ts";
import { until } from "../until.ts";
import { serve } from "./fake-service.ts";
import { credentials, sessionToken } from "./sts-answers.ts";

// Over the wire: an STS at the other end of a client that is set up as ours are.

beforeEach(() => {
  // The pause before the second attempt.
  vi.spyOn(Math, "random").mockReturnValue(0);
});
afterEach(() => vi.restoreAllMocks());

function clientOf(endpoint: string, timeoutMs: number): STSClient {
  const client = new STSClient({
    endpoint,
    region: "eu-central-1",
    credentials: lakeKey,
    ...sdkTransport(timeoutMs),
  });
  onTestFinished(() => client.destroy());
  return client;
}

/** An address that answers no SYN: its queue of connections is full, and nothing accepts one. */
async function deafAddress(): Promise<string> {
  const isOver = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(
    `const { createServer } = process.getBuiltinModule("node:net");
     const { parentPort, workerData: isOver } = process.getBuiltinModule("node:worker_threads");
     const server = createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
       parentPort.postMessage(server.address().port);
       Atomics.wait(isOver, 0, 0);
     });`,
    { eval: true, workerData: isOver },
  );
  const port = await new Promise<number>((resolve) => worker.once("message", resolve));
  const fillers = Array.from({ length: 16 }, () => connect(port, "127.0.0.1").on("error", () => undefined));
  onTestFinished(async () => {
    for (const filler of fillers) filler.destroy();
    Atomics.store(isOver, 0, 1);
    Atomics.notify(isOver, 0);
    await worker.terminate();
  });
  // The kernel accepts two: one more than the length of the queue.
  await until(() => expect(fillers.filter(({ connecting }) => !connecting)).toHaveLength(2));
  return `http://127.0.0.1:${port}`;
}

test("the client gives up connecting after half of the deadline, so that there is time for a second attempt", async () => {
  const client = clientOf(await deafAddress(), 400);
  await expect(client.send(new GetSessionTokenCommand())).rejects.toMatchObject({
    name: "TimeoutError",
    message: expect.stringContaining(" 200 ms"),
    $metadata: { attempts: 2 },
  });
});

const own = selfSigned();
const servers = {
  http: (listener: RequestListener) => createServer(listener),
  https: (listener: RequestListener) => createTlsServer(own, listener),
};

test.each(["http", "https"] as const)(
  "over %s, 128 calls at once have a connection each, and further calls wait for one of these",
  async (protocol) => {
    const sockets = new Set<Socket>();
    const held: (() => void)[] = [];
    let isHolding = true;
    const server = servers[protocol](({ socket }, response) => {
      sockets.add(socket);
      const answer = () => void response.end(sessionToken(credentials()));
      if (isHolding) held.push(answer);
      else answer();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    const client = clientOf(`${protocol}://127.0.0.1:${(server.address() as AddressInfo).port}`, 600_000);
    const elsewhere = await serve((_, response) => void response.end());

    await believing(own.cert, async () => {
      const calls = Array.from({ length: 140 }, () => client.send(new GetSessionTokenCommand()));
      await until(() => expect(held.length).toBeGreaterThanOrEqual(128));
      // A further connection would have come before these calls have their answers.
      for (let n = 0; n < 10; n++) await fetch(elsewhere);
      expect(held).toHaveLength(128);
      isHolding = false;
      for (const answer of held) answer();
      expect(await Promise.all(calls)).toHaveLength(140);
      expect(sockets.size).toBe(128);
    });
  },
);
