import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Backend } from "../backend.ts";
import type { TestCredentials } from "../clients.ts";
import { queryCall } from "../query-call.ts";

/** The life of a session, as STS states it and as it really is. */
export interface SessionLife {
  /** The life that STS states in its answer. */
  statedSeconds: number;
  /** The life that S3 enforces. */
  actualSeconds: number;
  /** How long STS takes for its answer. */
  takesSeconds?: number;
  /** Whether STS says, at a call, that it has too many. */
  throttles?: () => boolean;
}

export interface ShortSession {
  credentials: Required<TestCredentials>;
  /** Epoch milliseconds. */
  issuedAt: number;
}

/** A backend's STS whose sessions have another life. */
interface ShortSts {
  url: string;
  /** All sessions that it has issued, in their order. Tests empty this list. */
  issued: ShortSession[];
  close(): Promise<void>;
}

/**
 * Stands between keyvend and the backend's STS, so that sessions end within seconds. It asks the backend for
 * `actualSeconds` if the backend allows so short a life, and its answer states `statedSeconds`. A client that refreshes 15
 * minutes before the end gets a stated life of 15 minutes and a few seconds, so it does within seconds what it would
 * otherwise do after an hour. Nothing else is changed, and the session really ends after `actualSeconds`.
 *
 * @param life is asked at every call.
 * @example const sts = await startShortSts(backend, () => ({ statedSeconds: 903, actualSeconds: 6 }))
 */
export async function startShortSts(backend: Backend, life: () => SessionLife): Promise<ShortSts> {
  const issued: ShortSession[] = [];
  const { stsEndpoint, region, vendingKey: key } = backend;

  async function answerTo(body: URLSearchParams): Promise<{ status: number; xml: string }> {
    const { statedSeconds, actualSeconds, takesSeconds = 0, throttles } = life();
    await sleep(takesSeconds * 1000);
    if (throttles?.()) return { status: 400, xml: throttling };
    // AWS, and so the emulation, issues nothing below 900 s. For the emulation, the tokens themselves end sooner.
    if (backend.name === "ceph") body.set("DurationSeconds", String(actualSeconds));
    const answer = await queryCall(stsEndpoint, { service: "sts", region, key }, body.toString());
    const issuedAt = Date.now();
    const expiration = `${new Date(issuedAt + statedSeconds * 1000).toISOString().slice(0, 19)}Z`;
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

const throttling =
  "<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>";

function credentialsOf(xml: string): Required<TestCredentials> {
  const text = (element: string) => {
    const content = xml.match(new RegExp(`<${element}>([^<]+)</${element}>`))?.[1];
    if (content === undefined) throw new Error(`The answer of STS has no ${element}.`);
    return content;
  };
  return {
    accessKeyId: text("AccessKeyId"),
    secretAccessKey: text("SecretAccessKey"),
    sessionToken: text("SessionToken"),
  };
}
