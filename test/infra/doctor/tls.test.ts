import { createServer, type ServerOptions } from "node:https";
import { afterEach, expect, test } from "vitest";
import { checkTls } from "../../../infra/doctor/instance/tls.ts";
import { closeServer, listenOnLoopback } from "../../../infra/local/loopback-server.ts";
import { believing, selfSigned } from "../../net/self-signed.ts";

const closings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closings.splice(0)) await close();
});

async function serve(options: ServerOptions, host = "127.0.0.1"): Promise<string> {
  const server = createServer(options, (_request, response) => response.end());
  closings.push(() => closeServer(server));
  return `https://${host}:${await listenOnLoopback(server, 0)}`;
}

const look = (url: string, env = {}) => checkTls({ role: "service", url }, env);
const inDays = (days: number) =>
  `${new Date(Date.now() + days * 86_400_000).toISOString().slice(2, 19).replace(/[-:T]/g, "")}Z`;

test("a certificate that is trusted and valid for long is in order", async () => {
  const own = selfSigned();
  const url = await serve(own);
  await believing(own.cert, async () => {
    expect(await look(url)).toMatchObject([
      { status: "ok", message: expect.stringMatching(/for \d{4} days; TLSv1\.3$/) },
    ]);
  });
});

test("a certificate that ends soon is told in time", async () => {
  const own = selfSigned("localhost", inDays(10));
  const url = await serve(own);
  await believing(own.cert, async () => {
    expect(await look(url)).toMatchObject([
      { status: "warning", message: expect.stringContaining("for 9 days") },
    ]);
  });
});

test.each([
  ["has ended", { validUntil: inDays(-1), believed: true, host: "127.0.0.1" }, "CERT_HAS_EXPIRED"],
  [
    "nobody trusts",
    { validUntil: inDays(900), believed: false, host: "127.0.0.1" },
    "DEPTH_ZERO_SELF_SIGNED_CERT",
  ],
  [
    "is for another name",
    { validUntil: inDays(900), believed: true, host: "localhost" },
    "ERR_TLS_CERT_ALTNAME_INVALID",
  ],
])("a certificate that %s is a failure", async (_how, { validUntil, believed, host }, code) => {
  const own = selfSigned("vend.example.com", validUntil);
  const url = await serve(own, host);
  await believing(believed ? own.cert : selfSigned("else.example.com").cert, async () => {
    expect(await look(url)).toMatchObject([{ status: "failed", message: expect.stringContaining(code) }]);
  });
});

test("a host that speaks TLS 1.0 or 1.1 is told of it", async () => {
  const own = selfSigned();
  const url = await serve({ ...own, minVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0" });
  await believing(own.cert, async () => {
    expect(await look(url)).toMatchObject([
      { status: "ok" },
      { status: "warning", message: "speaks TLS 1.1 or older" },
    ]);
  });
});

test("a host behind a proxy is not looked at, and neither is one without TLS", async () => {
  expect(await look("https://vend.example.com", { HTTPS_PROXY: "http://127.0.0.1:1" })).toMatchObject([
    { status: "not-checked" },
  ]);
  expect(await look("http://127.0.0.1:1")).toMatchObject([{ status: "not-checked" }]);
});
