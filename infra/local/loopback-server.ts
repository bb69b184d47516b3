import { once } from "node:events";
import type { Server as HttpServer } from "node:http";
import type { AddressInfo, Server } from "node:net";

/**
 * Lets a server listen on 127.0.0.1 and returns its port. Port 0 stands for any free port.
 *
 * @throws Error with the code `EADDRINUSE` if the port is taken.
 * @example const port = await listenOnLoopback(createServer(answer), 0)
 */
export async function listenOnLoopback(server: Server, port: number): Promise<number> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** Stops a server at once and closes all its connections. */
export function closeServer(server: HttpServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
