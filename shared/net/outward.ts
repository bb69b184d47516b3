import dns from "node:dns";
import { Agent } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { isLoopback } from "./loopback.ts";
import { isWithinReach, type Reach } from "./reach.ts";
import { type BoundedRequest, type BoundedResponse, RequestFailed, request } from "./request.ts";

const forbiddenAddress = "FORBIDDEN_ADDRESS";

/**
 * Sends a request to an address that another party named. It goes no further than its reach allows, and never to an
 * address of the local link. Each IP address is checked before the connection, whatever name it was resolved from.
 *
 * @throws RequestFailed with the code `FORBIDDEN_ADDRESS` if no address is within reach
 * @example await requestOutward({ method: "GET", url, timeoutMs: 2_000, maxBytes: 65_536 }, { mayBeLoopback: false })
 */
export async function requestOutward(options: BoundedRequest, reach: Reach): Promise<BoundedResponse> {
  const { hostname, origin } = new URL(options.url);
  const literal = hostname.replace(/^\[|\]$/g, "");
  // A literal address needs no lookup, and the lookup for plain HTTP checks nothing, so both are checked here.
  const isForbidden =
    isIP(literal) === 0 ? isLoopback(hostname) && !reach.mayBeLoopback : !isWithinReach(literal, reach);
  if (isForbidden) throw new RequestFailed(origin, "network", forbiddenAddress);
  return request({ ...options, agent: reach.mayBeLoopback ? toLoopbackToo : beyondLoopback });
}

const toLoopbackToo = agentWithin({ mayBeLoopback: true });
const beyondLoopback = agentWithin({ mayBeLoopback: false });

/** The agent keeps no connections, so that each request resolves its name again and each address is checked again. */
function agentWithin(reach: Reach): Agent {
  const lookup: LookupFunction = (hostname, options, callback) => {
    dns.lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      const allowed = addresses.filter(({ address }) => isWithinReach(address, reach));
      const [first] = allowed;
      if (first === undefined)
        return callback(Object.assign(new Error("no address within reach"), { code: forbiddenAddress }), []);
      return options.all ? callback(null, allowed) : callback(null, first.address, first.family);
    });
  };
  return new Agent({ keepAlive: false, lookup });
}
