import { createServer } from "node:http";
import type { Backend } from "../backend.ts";
import type { TestCredentials } from "../clients.ts";
import { queryCall } from "../query-call.ts";

/** Seconds that a session lasts. */
export interface Life {
  /** As STS says. */
  told: number;
  /** As S3 enforces. */
  held: number;
}

export interface IssuedSession {
  credentials: Required<TestCredentials>;
  /** Epoch milliseconds. */
  issuedAt: number;
}

/** STS of a backend, but for how long its sessions last. */
export interface ShortSts {
  url: string;
  /** Every session that it issued, in order; tests empty it. */
  issued: IssuedSession[];
  close(): Promise<void>;
}

/**
 * Stands between keyvend and the backend's STS, so that sessions end within seconds. It asks the backend for `held`
 * where that is allowed to be so short, and says `told` in the answer: a client that refreshes 15 minutes before the
 * end is told 15 minutes and a few seconds, and does within seconds what it would do after an hour. Nothing else is
 * changed, and the session is truly over after `held`.
 *
 * @param life is asked at every call.
 * @example const sts = await startShortSts(backend, () => ({ told: 903, held: 6 }))
 */
export async function startShortSts(backend: Backend, life: () => Life): Promise<ShortSts> {
  const issued: IssuedSession[] = [];
  const { stsEndpoint, region, vendingKey: key } = backend;

  async function answerTo(body: URLSearchParams): Promise<{ status: number; xml: string }> {
    const { told, held } = life();
    // AWS, and so the emulation, issues nothing below 900 s: there, the tokens are made to end sooner.
    if (backend.name === "ceph") body.set("DurationSeconds", String(held));
    const answer = await queryCall(stsEndpoint, { service: "sts", region, key }, body.toString());
    const issuedAt = Date.now();
    const expiration = `${new Date(issuedAt + told * 1000).toISOString().slice(0, 19)}Z`;
    const xml = (await answer.text()).replace(/(<Expiration>)[^<]+/, `$1${expiration}`);
    if (answer.ok) issued.push({ credentials: credentialsOf(xml), issuedAt });
    return { status: answer.status, xml };
  }

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { status, xml } = await answerTo(new URLSearchParams(Buffer.concat(chunks).toString("utf8")));
    response.writeHead(status, { "content-type": "text/xml" }).end(xml);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("No loopback port is free.");
  return {
    url: `http://127.0.0.1:${address.port}`,
    issued,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function credentialsOf(xml: string): Required<TestCredentials> {
  const text = (element: string) => {
    const found = xml.match(new RegExp(`<${element}>([^<]+)</${element}>`))?.[1];
    if (found === undefined) throw new Error(`The answer of STS has no ${element}.`);
    return found;
  };
  return {
    accessKeyId: text("AccessKeyId"),
    secretAccessKey: text("SecretAccessKey"),
    sessionToken: text("SessionToken"),
  };
}
