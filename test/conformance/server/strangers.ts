/**
 * A process that asks a server with bad tokens at a rate: `node strangers.ts JSON`. It is not the one that
 * measures, and reads little of what it gets, so that it takes little of the processor from the server.
 */
import { connect } from "node:net";
import { atRate } from "./at-rate.ts";
import { type Answered, type Attack, addressOf } from "./attack.ts";

const connections = 100;

/** A connection that asks one thing after the other. It reads no more of an answer than its status and its length. */
function connection(port: number) {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  let received = "";
  let answered: ((status: string) => void) | undefined;
  socket.setEncoding("latin1").on("data", (text: string) => {
    received += text;
    const head = received.indexOf("\r\n\r\n");
    const length = Number(/content-length: (\d+)/i.exec(received)?.[1] ?? 0);
    if (head < 0 || received.length < head + 4 + length) return;
    const status = received.slice(9, 12);
    received = "";
    answered?.(status);
  });
  socket.on("error", () => undefined).on("close", () => answered?.("closed"));
  return (request: string) =>
    new Promise<string>((resolve) => {
      if (socket.destroyed) return resolve("closed");
      answered = resolve;
      socket.write(request);
    });
}

async function attack({ port, path, unsigned, perSecond, forMs, addresses }: Attack): Promise<Answered> {
  const free = Array.from({ length: connections }, () => connection(port));
  const statuses = await atRate(addresses === 0 ? 0 : perSecond, forMs, async (n) => {
    const ask = free.shift();
    if (ask === undefined) return "unsent";
    const signature = Buffer.from(crypto.getRandomValues(new Uint8Array(256))).toString("base64url");
    const address = addressOf(n % addresses);
    const status = await ask(
      `GET ${path} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ${address}\r\nAuthorization: Bearer ${unsigned}.${signature}\r\n\r\n`,
    );
    free.push(ask);
    return status;
  });
  return Object.fromEntries(
    Array.from(
      Map.groupBy(statuses, (status) => status),
      ([status, { length }]) => [status, length],
    ),
  );
}

process.stdout.write(JSON.stringify(await attack(JSON.parse(process.argv[2] ?? ""))));
process.exit(0);
