import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { expect, test } from "vitest";
import { createDoor } from "../../../functions/server/door.ts";
import { createServerMetrics } from "../../../functions/server/metrics.ts";

/** Answers each request with its path, and keeps the order in which the application got them. */
async function startDoor() {
  const order: string[] = [];
  const answer = createDoor({
    current: () => ({
      app: async ({ path }) => {
        order.push(path);
        return { status: 200, headers: {}, body: path };
      },
      config: {},
      isKnown: ({ authorization }) => authorization === "Bearer known",
    }),
    limits: { requestsAtOnce: 100 },
    ofAddress: { take: () => undefined },
    proxies: [],
    metrics: createServerMetrics(),
    clock: { now: Date.now },
    newRequestId: () => "request-1",
  });
  const server = createServer(answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, order, port: (server.address() as AddressInfo).port };
}

test("a caller that is known does not wait for strangers that came before it", async () => {
  const { server, order, port } = await startDoor();
  const socket = connect(port, "127.0.0.1");
  const get = (path: string, token: string) =>
    `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`;
  const strangers = Array.from({ length: 20 }, (_, n) => get(`/stranger-${n}`, "bad"));
  // One after the other in one packet, as a proxy sends them that has one connection: they come in one turn.
  socket.write([...strangers, get("/known", "known")].join(""));
  let answers = "";
  while (!answers.includes("/known")) answers += String((await once(socket, "data"))[0]);
  socket.destroy();
  server.close();
  expect(order).toHaveLength(21);
  // The first one found nobody else.
  expect(order.slice(0, 2)).toEqual(["/stranger-0", "/known"]);
});
