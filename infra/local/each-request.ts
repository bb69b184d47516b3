import { type IncomingMessage, Server, type ServerResponse } from "node:http";

/** A request that one of this process's servers has got. */
interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  server: Server;
  /** Gives it on to the server. */
  pass(): boolean;
}

/**
 * Looks at each request before the servers of this process do: serverless-offline has no other place for that.
 *
 * @param take answers it, or gives it on
 * @example eachRequest(({ request, response, pass }) => { response.setHeader("x-seen", "1"); return pass(); })
 */
export function eachRequest(take: (exchange: Exchange) => boolean): void {
  const { emit } = Server.prototype;
  Server.prototype.emit = function (this: Server, ...args: unknown[]): boolean {
    const pass = (): boolean => Reflect.apply(emit, this, args);
    const [event, request, response] = args as [string, IncomingMessage, ServerResponse];
    return event === "request" ? take({ request, response, server: this, pass }) : pass();
  };
}
