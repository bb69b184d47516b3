import type { Socket } from "node:net";
import { expect, test } from "vitest";
import { createJsonCall } from "../../shared/aws/call.ts";
import { createAskWarmer } from "../../shared/aws/invoke.ts";
import { serve } from "./fake-service.ts";

// When a frozen instance wakes, the other end may have closed its connections meanwhile.

/** A service that answers the first request of each connection, and hangs up at the next one. */
async function forgetful(status: number) {
  const usedSockets = new Set<Socket>();
  const url = await serve(({ socket }, response) => {
    if (usedSockets.has(socket)) return void socket.destroy();
    usedSockets.add(socket);
    response.writeHead(status).end("{}");
  });
  return { url, connections: () => usedSockets.size };
}

const by = {
  region: "eu-central-1",
  credentials: async () => ({ accessKeyId: "AKIAEXAMPLE", secretAccessKey: "secret" }),
  timeoutMs: 60_000,
};

test("after a call over a connection that is closed by now, the call is made once more over a new one", async () => {
  const { url, connections } = await forgetful(200);
  const dynamodb = { service: "dynamodb", target: "DynamoDB_20120810", jsonVersion: "1.0" } as const;
  const call = createJsonCall({ ...by, ...dynamodb, endpoint: url });
  for (const _ of [1, 2]) expect(await call("GetItem", {})).toEqual({});
  expect(connections()).toBe(2);
});

test("the invocation of the warmer is made once more too: a second event finds another generation", async () => {
  const { url, connections } = await forgetful(202);
  const askWarmer = createAskWarmer({ ...by, endpoint: url, functionName: "keyvend-prod-warm" });
  for (const generation of [1, 2]) await askWarmer("5f".repeat(32), generation);
  expect(connections()).toBe(2);
});
