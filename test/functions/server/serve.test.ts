import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { connect as connectTcp } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { startOidcIssuer } from "../../../infra/local/oidc-issuer.ts";
import { selfSigned } from "../../net/self-signed.ts";
import { runServer } from "./running-server.ts";

test("it vends, keeps, counts, and says who asked", async () => {
  const { start, vend, log, metric, sts } = await runServer();
  const { url, statusUrl } = await start();
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  const first = await vend();
  expect(first).toMatchObject({ status: 200, body: { Targets: ["s3://lake/raw/"], Permission: "READ" } });
  expect(first.headers.get("cache-control")).toBe("no-store");
  const second = await vend();
  expect(second.body.AccessKeyId).toBe(first.body.AccessKeyId);
  expect(sts.calls("GetFederationToken")).toBe(1);
  const audits = log.flatMap(({ audit }) => (audit ? [audit] : []));
  expect(audits).toMatchObject([
    { decision: "vended", cache: "issued", principal: "alice", grant: "everyone-raw" },
    { decision: "vended", cache: "table" },
  ]);
  expect(await metric('keyvend_vends_total{cache="table"}')).toBe(1);
  expect(await metric('keyvend_answers_total{status="200"}')).toBe(2);
  expect(await metric("keyvend_process_open_fds")).toBeGreaterThan(0);
  expect((await fetch(`${statusUrl}/readyz`)).status).toBe(200);
  expect((await fetch(`${statusUrl}/healthz`, { method: "HEAD" })).status).toBe(200);
  expect((await fetch(`${statusUrl}/`)).status).toBe(404);
  expect((await fetch(`${statusUrl}/metrics`, { method: "POST" })).status).toBe(404);
});

test("a change of the configuration is taken, a faulty one is refused, and both are said and counted", async () => {
  const { start, vend, putConfig, put, said, metric } = await runServer();
  const { look } = await start();
  await putConfig({ folders: ["raw", "more"] });
  await look();
  expect((await vend({}, "?target=s3://lake/more/")).status).toBe(200);
  expect(said().at(-1)).toEqual({
    changed: "config",
    time: undefined,
    difference: [
      {
        change: "gain",
        grant: "everyone-more",
        holders: "local, subject *",
        storage: "lake",
        folder: "s3://lake/more/",
        rights: ["READ"],
      },
    ],
  });
  expect(await metric('keyvend_up_to_date{what="config"}')).toBe(1);

  await put("vending.yml", "issuers: {", 0o644);
  await look();
  expect(said().at(-1)).toMatchObject({
    refused: "config",
    fault: expect.stringContaining("not valid YAML"),
  });
  expect(await metric('keyvend_up_to_date{what="config"}')).toBe(0);
  expect(await metric('keyvend_changes_total{what="config",outcome="refused"}')).toBe(1);
  expect((await vend({}, "?target=s3://lake/more/")).status).toBe(200);

  await putConfig({ folders: ["raw"] });
  await look();
  expect((await vend({}, "?target=s3://lake/more/")).status).toBe(403);
  expect(await metric('keyvend_up_to_date{what="config"}')).toBe(1);
});

test("cases beside the configuration hold each change, and a change of their own is looked at", async () => {
  const { start, vend, put, putConfig, said } = await runServer();
  const expectation = { scope: "s3://lake/raw/", permission: "READ" };
  const cases = {
    cases: [{ name: "raw", issuer: "local", subject: "alice", storage: "lake", expect: expectation }],
  };
  await put("vending.test.yml", JSON.stringify(cases), 0o644);
  const { look } = await start();
  await putConfig({ folders: ["other"] });
  await look();
  expect(said().at(-1)).toMatchObject({
    refused: "config",
    fault: expect.stringMatching(/vending\.test\.yml:1 cases\[0\]\.expect is not met by "raw"/),
  });
  expect((await vend()).body).toMatchObject({ Targets: ["s3://lake/raw/"] });
  await put("vending.test.yml", JSON.stringify({ cases: [] }), 0o644);
  await look();
  expect((await vend()).body).toMatchObject({ Targets: ["s3://lake/other/"] });
});

test("a change of the section server waits for a restart, and is said to", async () => {
  const { start, putConfig, said } = await runServer();
  const { look } = await start();
  await putConfig({ server: { listen: "127.0.0.1:0", status: "127.0.0.1:0", drainSeconds: 1 } });
  await look();
  expect(said().at(-1)).toMatchObject({ changed: "config", difference: [], afterRestart: "server" });
});

test("a long-term key that was replaced in its file is used, without a restart", async () => {
  const { start, vend, putKey, sts } = await runServer({ folders: ["raw", "more"] });
  await start();
  await vend({}, "?target=s3://lake/raw/");
  await putKey(1);
  await sleep(2_100);
  await vend({}, "?target=s3://lake/more/");
  await vend({}, "?target=s3://lake/raw/");
  expect(sts.calls("GetFederationToken")).toBeGreaterThanOrEqual(2);
});

test("a server that is told to stop ends what has begun, and takes nothing new", async () => {
  const { start, sts, issuer } = await runServer();
  const { url, statusUrl, stop } = await start();
  const authorization = `Bearer ${await issuer.token()}`;
  const asked = fetch(`${url}/v1/storages/lake/credentials`, { headers: { authorization } });
  await expect.poll(() => sts.calls("GetFederationToken"), { interval: 1 }).toBe(1);
  const stopped = stop();
  const answer = await asked;
  expect(answer.status).toBe(200);
  await answer.text();
  await stopped;
  await expect(fetch(url)).rejects.toThrow();
  await expect(fetch(statusUrl)).rejects.toThrow();
});

test("while it drains it is not ready, and still answers", async () => {
  const { start, vend } = await runServer({ server: { drainSeconds: 1 } });
  const { statusUrl, stop } = await start();
  const stopped = stop();
  expect((await fetch(`${statusUrl}/readyz`)).status).toBe(503);
  expect((await fetch(`${statusUrl}/healthz`)).status).toBe(200);
  expect((await vend()).status).toBe(200);
  await stopped;
});

/** Sends bytes, and gives all that comes until the other end closes. */
function exchange(url: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { port, hostname } = new URL(url);
    let received = "";
    const socket = connectTcp(Number(port), hostname, () => socket.write(text));
    socket.setEncoding("utf8").on("data", (chunk) => {
      received += chunk;
    });
    socket.on("close", () => resolve(received)).on("error", reject);
  });
}

const limits = { headerSeconds: 1, requestSeconds: 1, idleSeconds: 4 };

test.each([
  ["says nothing", "", "HTTP/1.1 408"],
  ["sends half a header", "GET /v1/storages HTTP/1.1\r\nHost: x\r\n", "HTTP/1.1 408"],
  [
    "promises a body and sends none",
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nA",
    "HTTP/1.1 408",
  ],
  [
    "sends a header without end",
    `GET / HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(40_000)}\r\n\r\n`,
    "HTTP/1.1 431",
  ],
  ["speaks another protocol", "SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 400"],
  [
    "sends a larger body than it may",
    `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\n\r\n${"x".repeat(70_000)}`,
    "HTTP/1.1 400",
  ],
  [
    "sends a body where none is read",
    "GET /v1/storages HTTP/1.1\r\nHost: x\r\nContent-Length: 999999\r\n\r\nx",
    "HTTP/1.1 401",
  ],
  [
    "sends two lengths",
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "HTTP/1.1 400",
  ],
])("a client that %s is let go, and others are served", async (_, text, beginning) => {
  const { start, vend } = await runServer({ server: { limits } });
  const { url } = await start();
  const going = exchange(url, text).catch(() => "");
  expect((await vend()).status).toBe(200);
  const answer = await going;
  expect(answer.slice(0, 12)).toBe(beginning);
});

test("two tokens in two lines are no token: none of them is passed over", async () => {
  const { start, issuer } = await runServer();
  const { url } = await start();
  const token = await issuer.token();
  const request = (lines: string) =>
    exchange(url, `GET /v1/storages HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${lines}\r\n\r\n`);
  expect(await request(`Authorization: Bearer ${token}`)).toMatch(/^HTTP\/1\.1 200/);
  expect(await request(`Authorization: Bearer ${token}\r\nAuthorization: Bearer x`)).toMatch(
    /^HTTP\/1\.1 401/,
  );
});

test("an address has so many connections, and so many requests in a second, and is told when to come back", async () => {
  const { start, metric } = await runServer({
    server: { limits: { connectionsPerAddress: 3, requestsPerAddress: 1 } },
  });
  const { url } = await start();
  const { port } = new URL(url);
  const sockets = Array.from({ length: 6 }, () => connectTcp(Number(port), "127.0.0.1"));
  const closed = await Promise.all(
    sockets.map(
      (socket) =>
        new Promise((resolve) => {
          socket.on("close", () => resolve(true)).on("error", () => undefined);
          setTimeout(resolve, 500, false);
        }),
    ),
  );
  expect(closed.filter(Boolean)).toHaveLength(3);
  for (const socket of sockets) socket.destroy();
  await sleep(50);
  const statuses = [];
  for (let n = 0; n < 12; n++) {
    const response = await fetch(`${url}/openapi.json`, { headers: { connection: "close" } });
    statuses.push(response.status);
    if (response.status === 503) expect(response.headers.get("retry-after")).toBe("1");
  }
  expect(statuses.slice(0, 10)).toEqual(Array(10).fill(200));
  expect(statuses.at(-1)).toBe(503);
  expect(await metric('keyvend_connections_refused_total{reason="address"}')).toBe(3);
});

test("a principal has so many requests in a second, at both doors, and others have theirs", async () => {
  const { start, vend, issuer, log } = await runServer({ server: { limits: { requestsPerPrincipal: 1 } } });
  const { url } = await start();
  for (let n = 0; n < 10; n++) expect((await vend()).status).toBe(200);
  const refused = await vend();
  expect(refused).toMatchObject({ status: 503, body: { code: "throttled" } });
  expect(refused.headers.get("retry-after")).toBe("1");
  const form = async (claims: object) =>
    new URLSearchParams({
      Action: "AssumeRoleWithWebIdentity",
      Version: "2011-06-15",
      RoleArn: "arn:aws:iam::000000000000:role/keyvend/lake",
      RoleSessionName: "me",
      WebIdentityToken: await issuer.token({ ...claims }),
    });
  const bySts = await fetch(url, { method: "POST", body: await form({}) });
  expect(bySts.status).toBe(503);
  expect(await bySts.text()).toContain("<Code>Throttling</Code>");
  expect((await fetch(url, { method: "POST", body: await form({ sub: "bob" }) })).status).toBe(200);
  expect(JSON.stringify(log)).toContain("alice of local");
});

test("the address of the caller is the proxy's word, and only a declared proxy's", async () => {
  const { start, metric } = await runServer({
    server: { proxies: ["127.0.0.0/8"], limits: { requestsPerAddress: 1 } },
  });
  const { url } = await start();
  const ask = async (forwardedFor: string) =>
    (await fetch(`${url}/openapi.json`, { headers: { "x-forwarded-for": forwardedFor } })).status;
  for (let n = 0; n < 12; n++) expect(await ask(`198.51.100.${n}`)).toBe(200);
  for (let n = 0; n < 10; n++) await ask(`192.0.2.${n}, 198.51.100.200`);
  expect(await ask("192.0.2.99, 198.51.100.200")).toBe(503);
  expect(await metric('keyvend_limited_total{limit="address"}')).toBe(1);
});

test("an address that sends bad tokens is soon not judged any more, and those behind it that are known are served", async () => {
  const { start, vend, issuer, metric, log } = await runServer({
    server: { limits: { requestsPerAddress: 2 } },
  });
  const { url } = await start();
  const known = { authorization: `Bearer ${await issuer.token()}` };
  expect((await vend(known)).status).toBe(200);
  const ask = async (token: string) => {
    const response = await fetch(`${url}/v1/storages`, { headers: { authorization: `Bearer ${token}` } });
    return { status: response.status, retryAfter: response.headers.get("retry-after") };
  };
  const bad = `${(await issuer.token({ sub: "eve" })).slice(0, -10)}AAAAAAAAAA`;
  // Of twenty requests, each refusal costs eleven.
  expect(await ask(bad)).toMatchObject({ status: 401 });
  expect(await ask(bad)).toMatchObject({ status: 401 });
  for (let n = 0; n < 20; n++) expect((await ask(bad)).status).toBe(503);
  expect(Number((await ask(bad)).retryAfter)).toBeLessThanOrEqual(2);
  expect(await metric('keyvend_answers_total{status="401"}')).toBe(2);
  expect(log.filter(({ audit }) => (audit as { code?: string })?.code === "unauthenticated")).toHaveLength(2);
  for (let n = 0; n < 5; n++) expect((await vend(known)).status).toBe(200);
  // Nobody knows yet whether this one is good.
  expect((await ask(await issuer.token({ sub: "bob" }))).status).toBe(503);
});

test("an API token is known without having been used, and is not while it has expired", async () => {
  const { start, put, folder } = await runServer({ server: { limits: { requestsPerAddress: 1 } } });
  const token = `kvt_${"a".repeat(43)}`;
  const document = JSON.parse(await readFile(`${folder}/vending.yml`, "utf8"));
  const sha256 = createHash("sha256").update(token).digest("hex");
  const expires = new Date(Date.now() + 3_600_000).toISOString();
  await put("vending.yml", JSON.stringify({ ...document, apiTokens: { me: { sha256, expires } } }), 0o644);
  const { url } = await start();
  const ask = async (authorization: string) =>
    (await fetch(`${url}/v1/storages`, { headers: { authorization } })).status;
  for (let n = 0; n < 10; n++) await ask("Bearer kvt_unknown");
  expect(await ask("Bearer kvt_unknown")).toBe(503);
  expect(await ask(`Bearer ${token}`)).toBe(200);
});

test("under another issuer of the same name, no token of the one before is accepted", async () => {
  const { start, put, folder, issuer, vend } = await runServer();
  const { look, url } = await start();
  expect((await vend()).status).toBe(200);
  const other = await startOidcIssuer(0);
  onTestFinished(other.close);
  const text = await readFile(`${folder}/vending.yml`, "utf8");
  await put("vending.yml", text.replaceAll(JSON.stringify(issuer.url), JSON.stringify(other.url)), 0o644);
  await look();
  const ask = async (token: string) =>
    (await fetch(`${url}/v1/storages/lake/credentials`, { headers: { authorization: `Bearer ${token}` } }))
      .status;
  expect(await ask(await other.token())).toBe(200);
  expect((await vend()).status).toBe(401);
  // Signed by the keys of the issuer before, and in the name of the one now: refused, or not judged before those are read again.
  expect([401, 503]).toContain(await ask(await issuer.token({ iss: other.url })));
});

test("with a certificate it speaks TLS, and takes the next certificate without a restart", async () => {
  const [first, second] = [selfSigned("first.example"), selfSigned("second.example")];
  const { start, put, said, metric } = await runServer({
    server: { tls: { certificate: "tls.crt", key: "tls.key" } },
  });
  await put("tls.crt", first.cert);
  await put("tls.key", first.key);
  const { url, look } = await start();
  const nameNow = () =>
    new Promise((resolve) => {
      const { port } = new URL(url);
      const socket = connectTls({ port: Number(port), host: "127.0.0.1", rejectUnauthorized: false }, () => {
        resolve(socket.getPeerCertificate().subject.CN);
        socket.destroy();
      });
    });
  expect(await nameNow()).toBe("first.example");
  await put("tls.crt", second.cert);
  await look();
  expect(said().at(-1)).toMatchObject({ refused: "certificate" });
  expect(await metric('keyvend_up_to_date{what="certificate"}')).toBe(0);
  expect(await nameNow()).toBe("first.example");
  await put("tls.key", second.key);
  await look();
  expect(said().at(-1)).toMatchObject({ changed: "certificate" });
  expect(await nameNow()).toBe("second.example");
  expect(
    await exchange(url.replace("https", "http"), "GET / HTTP/1.1\r\nHost: x\r\n\r\n").catch(() => ""),
  ).toBe("");
});

test.each([
  ["the key of its certificate, which all may read", 0o444, "others may read the key"],
  ["no certificate", undefined, "ENOENT"],
])("it does not start with %s", async (_, mode, fault) => {
  const { start, put } = await runServer({ server: { tls: { certificate: "tls.crt", key: "tls.key" } } });
  const { cert, key } = selfSigned();
  await put("tls.crt", cert);
  if (mode !== undefined) await put("tls.key", key, mode);
  await expect(start()).rejects.toThrow(fault);
});

test("pages of listed origins may ask, and no others", async () => {
  const { start, put, folder } = await runServer();
  const document = JSON.parse(await readFile(`${folder}/vending.yml`, "utf8"));
  const corsOrigins = ["https://app.example.com"];
  await put("vending.yml", JSON.stringify({ ...document, corsOrigins }), 0o644);
  const { url } = await start();
  const ask = (method: string, origin: string) =>
    fetch(`${url}/v1/storages`, { method, headers: { origin } });
  const preflight = await ask("OPTIONS", "https://app.example.com");
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get("access-control-allow-headers")).toBe("authorization");
  const answer = await ask("GET", "https://app.example.com");
  expect(answer.status).toBe(401);
  expect(answer.headers.get("access-control-allow-origin")).toBe("https://app.example.com");
  const other = await ask("OPTIONS", "https://evil.example.com");
  expect(other.status).toBe(204);
  expect(other.headers.get("access-control-allow-origin")).toBeNull();
});

test("what is revoked in the file beside the configuration is refused within seconds, also after a restart", async () => {
  const { start, put, vend } = await runServer();
  const { stop } = await start();
  expect((await vend()).status).toBe(200);
  const revoked = [{ kind: "principal", issuer: "local", name: "alice", at: Date.now() }];
  await put("vending.revocations.json", JSON.stringify({ revoked, flushed: [] }), 0o644);
  await expect.poll(async () => (await vend()).body.code, { timeout: 10_000 }).toBe("revoked");
  await stop();
  await start();
  expect((await vend()).status).toBe(403);
});

test("a file of revocations that others may write, or that cannot be read, opens nothing", async () => {
  const { start, put, vend } = await runServer();
  await put("vending.revocations.json", JSON.stringify({ revoked: [], flushed: [] }), 0o666);
  await start();
  expect((await vend()).status).toBe(503);
  await put("vending.revocations.json", "{", 0o644);
  await expect.poll(async () => (await vend()).status, { timeout: 10_000 }).toBe(503);
});
