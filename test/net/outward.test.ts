import dns from "node:dns";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { requestOutward } from "../../shared/net/outward.ts";
import { resolveTo } from "./resolve-to.ts";
import { believing, selfSigned } from "./self-signed.ts";

const tls = selfSigned("keys.example");
let server: Server;
let port: number;
let connections: number;
beforeEach(async () => {
  connections = 0;
  server = createServer(tls, (_, response) => response.end("keys"));
  server.on("connection", () => {
    connections += 1;
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  port = (server.address() as AddressInfo).port;
});
afterEach(() => {
  vi.restoreAllMocks();
  server.closeAllConnections();
  server.close();
});

const get = (host: string, mayBeLoopback = false, scheme = "https") =>
  requestOutward(
    { method: "GET", url: `${scheme}://${host}:${port}/`, timeoutMs: 1_000, maxBytes: 100 },
    { mayBeLoopback },
  );
const forbidden = { reason: "network", code: "FORBIDDEN_ADDRESS" };

test.each([
  "127.0.0.1",
  "127.1",
  "0x7f000001",
  "[::1]",
  "[::ffff:127.0.0.1]",
  "169.254.169.254",
  "[::ffff:169.254.169.254]",
  "[fe80::1]",
  "0.0.0.0",
  "localhost",
])("no request connects to a literal address out of reach: %s", async (host) => {
  await expect(get(host)).rejects.toMatchObject(forbidden);
  expect(connections).toBe(0);
});

test.each(["localhost", "127.0.0.1", "[::1]"])("plain http reaches no further: %s", async (host) => {
  await expect(get(host, false, "http")).rejects.toMatchObject(forbidden);
  expect(connections).toBe(0);
});

test("a name is judged anew each time, by the address that it resolves to", async () => {
  resolveTo("127.0.0.1");
  await believing(tls.cert, async () => {
    expect(await get("keys.example", true)).toMatchObject({ status: 200, body: "keys" });
    await expect(get("keys.example")).rejects.toMatchObject(forbidden);
    expect(connections).toBe(1);

    expect(await get("keys.example", true)).toMatchObject({ body: "keys" });
    expect(connections).toBe(2);
    resolveTo("169.254.169.254");
    await expect(get("keys.example", true)).rejects.toMatchObject(forbidden);
    expect(connections).toBe(2);
  });
});

test("a request tries only those addresses of a name that are within reach", async () => {
  resolveTo("169.254.169.254", "127.0.0.1");
  await believing(tls.cert, async () => {
    expect(await get("keys.example", true)).toMatchObject({ body: "keys" });
  });
  resolveTo("169.254.169.254", "::1", "::ffff:127.0.0.1");
  await expect(get("keys.example")).rejects.toMatchObject(forbidden);
});

test("a name that does not exist is reported by its own code", async () => {
  vi.spyOn(dns, "lookup").mockImplementation(((_: string, __: object, callback: (error: Error) => void) =>
    callback(
      Object.assign(new Error("no such name"), { code: "ENOTFOUND" }),
    )) as unknown as typeof dns.lookup);
  await expect(get("keys.example")).rejects.toMatchObject({ reason: "network", code: "ENOTFOUND" });
});
