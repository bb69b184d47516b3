import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { buffer } from "node:stream/consumers";
import { closeServer, listenOnLoopback } from "../../../infra/local/loopback-server.ts";
import { selfSigned } from "../../net/self-signed.ts";

/** What stands before the door, as a load balancer does: it passes on each request as it came, and ends TLS. */
interface Front {
  url: string;
  urlOverTls: string;
  /** The certificate for 127.0.0.1, in PEM. */
  certificate: string;
  /** The statuses of the door's answers, in their order. Tests empty this list. */
  statuses: number[];
  close(): Promise<void>;
}

/** @example const front = await startFront("http://127.0.0.1:4100") */
export async function startFront(doorUrl: string): Promise<Front> {
  const statuses: number[] = [];
  const { hostname, port } = new URL(doorUrl);

  async function passOn(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await buffer(incoming);
    const { method, url: path, rawHeaders: headers } = incoming;
    // The headers as they came: signatures cover the host's name and more of them.
    const asked = request({ hostname, port, method, path, headers, setHost: false }, (answer) => {
      statuses.push(answer.statusCode ?? 0);
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(outgoing);
    });
    asked.on("error", () => outgoing.destroy());
    asked.end(body);
  }

  const { key, cert } = selfSigned();
  const plain = createServer(passOn);
  const tls = createTlsServer({ key, cert }, passOn);
  const [plainPort, tlsPort] = await Promise.all([listenOnLoopback(plain, 0), listenOnLoopback(tls, 0)]);
  return {
    url: `http://127.0.0.1:${plainPort}`,
    urlOverTls: `https://127.0.0.1:${tlsPort}`,
    certificate: cert,
    statuses,
    close: async () => void (await Promise.all([closeServer(plain), closeServer(tls)])),
  };
}
