/**
 * AssumeRole on loopback, in a process of its own: the wire's shape and nothing behind it, so that it costs as little of
 * the machine as it can. It verifies no signatures: `infra/local` does that. It counts calls, and fails as it is set to.
 */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { constants, setPriority } from "node:os";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { answerCoordinator } from "./own-process.ts";

/** The latency and the fault that every call meets until the next change. */
interface StsWeather {
  latencyMs: number;
  /** `throttled` refuses at once, `hanging` never answers. */
  fault?: "throttled" | "hanging";
  /** Calls in any second, above which it throttles. */
  mostPerSecond?: number;
}

export interface StsCounts {
  /** When each call came, refused ones too; epoch milliseconds. */
  cameAt: number[];
  throttled: number;
}

let weather: StsWeather = { latencyMs: 0 };
let counts: StsCounts = { cameAt: [], throttled: 0 };
let port = 0;

const server = createServer(async (request, response) => {
  const { fault, latencyMs, mostPerSecond = Number.POSITIVE_INFINITY } = weather;
  const now = Date.now();
  counts.cameAt.push(now);
  server.emit("call");
  const parameters = new URLSearchParams(await text(request));
  if (fault === "hanging") return;
  if (fault === "throttled" || callsSince(now - 1_000) > mostPerSecond) {
    counts.throttled += 1;
    answer(response, 400, throttling);
    return;
  }
  await sleep(latencyMs);
  answer(response, 200, session(Number(parameters.get("DurationSeconds"))));
});

function callsSince(time: number): number {
  const { cameAt } = counts;
  return cameAt.length - 1 - cameAt.findLastIndex((at) => at <= time);
}

function answer(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { "content-type": "text/xml" }).end(body);
}

const throttling =
  '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>' +
  "<Code>Throttling</Code><Message>Rate exceeded</Message></Error><RequestId>0</RequestId></ErrorResponse>";

function session(durationSeconds: number): string {
  const expiration = new Date(Date.now() + durationSeconds * 1_000).toISOString();
  const random = randomBytes(24).toString("hex").toUpperCase();
  return (
    '<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>' +
    `<AccessKeyId>ASIA${random.slice(0, 16)}</AccessKeyId><SecretAccessKey>${random}</SecretAccessKey>` +
    `<SessionToken>${random.repeat(8)}</SessionToken><Expiration>${expiration}</Expiration></Credentials>` +
    "<AssumedRoleUser><AssumedRoleId>AROASTAMPEDE:one</AssumedRoleId>" +
    "<Arn>arn:aws:sts::000000000000:assumed-role/stampede/one</Arn></AssumedRoleUser>" +
    "</AssumeRoleResult></AssumeRoleResponse>"
  );
}

// The time of a call is the time at which it is read, so this process must not wait for a processor. Only root may ask for that.
try {
  setPriority(constants.priority.PRIORITY_HIGHEST);
} catch {}

const operations = {
  /** Begins to listen, on the same port as before if there was one. Returns its URL. */
  async up(): Promise<string> {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    ({ port } = server.address() as AddressInfo);
    return `http://127.0.0.1:${port}`;
  },
  /** From now on it refuses connections, and it cuts those that stand. */
  async down(): Promise<void> {
    server.close();
    server.closeAllConnections();
  },
  meet(change: StsWeather): void {
    weather = change;
  },
  /** The calls since the last count. */
  count(): StsCounts {
    const counted = counts;
    counts = { cameAt: [], throttled: 0 };
    return counted;
  },
  /** Resolves when a call has come and is under way. */
  async nextCall(): Promise<void> {
    await once(server, "call");
  },
};

export type StsOperations = typeof operations;
answerCoordinator(operations);
