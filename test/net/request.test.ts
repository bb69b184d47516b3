import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { inspect } from "node:util";
import { Worker } from "node:worker_threads";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { type BoundedRequest, request } from "../../shared/net/request.ts";
import { hangMs } from "../hang.ts";
import { isOpen } from "../is-open.ts";
import { believing, selfSigned } from "./self-signed.ts";

let server: Server;
afterEach(() => {
  vi.useRealTimers();
  server?.closeAllConnections();
  server?.close();
});

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener);
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/path?query`;
}

const get = (url: string, more: Partial<BoundedRequest> = {}) =>
  request({ method: "GET", url, timeoutMs: 60_000, maxBytes: 100, ...more });

/** From now on deadlines pass only when the test advances the time. Sockets go on as usual. */
const holdTime = () => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });

test("an answer is its status, headers and body, whatever the status", async () => {
  const url = await serve((req, res) => {
    let body = "";
    req.on("data", (chunk) => (body += chunk));
    req.on("end", () => {
      res.writeHead(418, { "x-seen": `${req.method} ${req.url} ${req.headers["x-ask"]}` }).end(`ü ${body}`);
    });
  });
  const answer = await get(url, { method: "POST", headers: { "x-ask": "why" }, body: '{"a":1}' });
  expect(answer).toMatchObject({
    status: 418,
    headers: { "x-seen": "POST /path?query why" },
    body: 'ü {"a":1}',
  });
});

test("an answer that has arrived when time is up counts, even if this process was too busy to read it", async () => {
  const answered = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(
    `const { createServer } = process.getBuiltinModule("node:http");
     const { parentPort, workerData: answered } = process.getBuiltinModule("node:worker_threads");
     let answers = 0;
     const tell = () => {
       if (++answers === 2) Atomics.store(answered, 0, 1), Atomics.notify(answered, 0);
     };
     const server = createServer((_, response) => response.end("in time", tell));
     server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));`,
    { eval: true, workerData: answered },
  );
  onTestFinished(async () => void (await worker.terminate()));
  const [port] = await once(worker, "message");
  const url = `http://127.0.0.1:${port}`;
  await get(url);
  holdTime();
  const answering = get(url, { timeoutMs: 250 });
  await new Promise(setImmediate);
  // This thread stands still until the answer has arrived.
  expect(Atomics.wait(answered, 0, 0, hangMs)).not.toBe("timed-out");
  vi.advanceTimersByTime(250);
  expect(await answering).toMatchObject({ status: 200, body: "in time" });
});

test("a redirect is an answer and is not followed", async () => {
  const requests: unknown[] = [];
  const url = await serve((req, res) => {
    requests.push(req.url);
    res.writeHead(302, { location: "/elsewhere" }).end();
  });
  expect(await get(url)).toMatchObject({ status: 302, headers: { location: "/elsewhere" } });
  expect(requests).toEqual(["/path?query"]);
});

test("connections are kept and reused", async () => {
  const sockets = new Set<Socket>();
  const url = await serve((req, res) => {
    sockets.add(req.socket);
    res.end();
  });
  for (let n = 0; n < 5; n += 1) await get(url);
  expect(sockets.size).toBe(1);
});

test.each<[string, RequestListener]>([
  ["never answers", () => {}],
  ["begins and never ends", (_, res) => void res.writeHead(200).write("a")],
  [
    "keeps the connection busy, byte by byte",
    (_, res) => {
      const drip = setInterval(() => res.write("."), 20);
      res.on("close", () => clearInterval(drip));
    },
  ],
])("the deadline holds for a server that %s", async (_, listener) => {
  const arrival = Promise.withResolvers<void>();
  const url = await serve((req, res) => {
    listener(req, res);
    arrival.resolve();
  });
  holdTime();
  const answering = get(url, { timeoutMs: 150 });
  await arrival.promise;
  vi.advanceTimersByTime(149);
  expect(await isOpen(answering)).toBe(true);
  vi.advanceTimersByTime(1);
  await expect(answering).rejects.toMatchObject({ reason: "timeout" });
});

test("a body as large as the limit is read, and one byte more cuts the connection", async () => {
  expect((await get(await serve((_, res) => res.end("x".repeat(100))))).body).toHaveLength(100);
  let cut: () => void;
  const closed = new Promise<void>((resolve) => {
    cut = resolve;
  });
  const url = await serve((_, res) => {
    res.on("close", () => cut());
    res.write("x".repeat(101));
  });
  await expect(get(url)).rejects.toMatchObject({ reason: "too_large" });
  await closed;
});

test("an answer cut short is no answer", async () => {
  const url = await serve((_, res) => {
    res.writeHead(200, { "content-length": "50" }).write("half of it");
    setTimeout(() => res.destroy(), 10);
  });
  await expect(get(url)).rejects.toMatchObject({ reason: "network", code: "ECONNRESET" });
});

test("a caller can give up before a request and during it", async () => {
  const url = await serve(() => {});
  await expect(get(url, { signal: AbortSignal.abort() })).rejects.toMatchObject({ reason: "aborted" });
  await expect(get(url, { signal: AbortSignal.timeout(20) })).rejects.toMatchObject({ reason: "aborted" });
});

/** A server that answers the first request of each connection and hangs up on the next one, as an idle limit does. */
async function forgetful(): Promise<{ url: string; requests: () => number }> {
  const seen = new WeakSet<Socket>();
  let requests = 0;
  const url = await serve((req, res) => {
    requests += 1;
    if (seen.has(req.socket)) return req.socket.destroy();
    seen.add(req.socket);
    return res.end("here");
  });
  return { url, requests: () => requests };
}

test("a stale connection is replaced, and its caller does not notice", async () => {
  const { url, requests } = await forgetful();
  await Promise.all([get(url), get(url), get(url)]);
  expect((await get(url)).body).toBe("here");
  expect((await get(url, { method: "POST", idempotent: true })).body).toBe("here");
  expect(requests()).toBeGreaterThan(5);
});

test("a request that has failed is not sent again after its caller was told", async () => {
  let requests = 0;
  const unanswered = Promise.withResolvers<void>();
  const url = await serve((_, res) => {
    requests += 1;
    if (requests === 2) unanswered.resolve();
    else res.end();
  });
  await get(url);
  holdTime();
  const answering = get(url, { timeoutMs: 50 });
  await unanswered.promise;
  vi.advanceTimersByTime(50);
  await expect(answering).rejects.toMatchObject({ reason: "timeout" });
  // If the failed request were sent again, that would be before these are answered.
  for (let n = 0; n < 3; n += 1) await get(url);
  expect(requests).toBe(5);
});

test("a request that may not be repeated is not sent twice", async () => {
  const { url, requests } = await forgetful();
  await get(url);
  await expect(get(url, { method: "POST", body: "pay" })).rejects.toMatchObject({ reason: "network" });
  expect(requests()).toBe(2);
});

test("plain http never leaves the machine", async () => {
  for (const url of [
    "http://keyvend.example/",
    "http://127.0.0.1.evil.example/",
    "http://169.254.169.254/",
  ]) {
    await expect(get(url)).rejects.toMatchObject({ reason: "insecure" });
  }
  for (const url of ["http://localhost:1/", "http://127.1:1/", "http://[::1]:1/"]) {
    await expect(get(url)).rejects.toMatchObject({ reason: "network" });
  }
});

test("a certificate is trusted only if its authority is, and then TLS connections are reused too", async () => {
  const own = selfSigned();
  const sockets = new Set<Socket>();
  server = createTlsServer(own, (req, res) => {
    sockets.add(req.socket);
    res.end("sealed");
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  await expect(get(url)).rejects.toMatchObject({ code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
  await believing(own.cert, async () => {
    for (let n = 0; n < 3; n += 1) expect((await get(url)).body).toBe("sealed");
  });
  expect(sockets.size).toBe(1);
});

test("https means TLS", async () => {
  const url = await serve((_, res) => res.end());
  await expect(get(url.replace("http:", "https:"))).rejects.toMatchObject({
    reason: "network",
    code: "EPROTO",
  });
});

test("a failure tells neither what was sent nor what was received", async () => {
  const url = await serve((req) =>
    req.socket.end("HTTP/1.1 200 OK\r\nbroken header s3cr3t-received\r\n\r\n"),
  );
  const headers = { authorization: "s3cr3t-header" };
  const failure = await get(`${url}=s3cr3t-query`, { method: "POST", headers, body: "s3cr3t-body" }).catch(
    (error: unknown) => error,
  );
  expect(failure).toMatchObject({ reason: "network" });
  expect(inspect(failure, { depth: 9, showHidden: true })).not.toContain("s3cr3t");
  const refused = await get(url, { headers: { authorization: "s3cr3t\n" } }).catch((error: unknown) => error);
  expect(inspect(refused, { depth: 9, showHidden: true })).not.toContain("s3cr3t");
});
