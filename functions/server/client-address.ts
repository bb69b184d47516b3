import { isIP } from "node:net";
import { boundedMap } from "../../shared/core/bounded-map.ts";
import { isInRanges } from "../../shared/core/ip-range.ts";

/** What a caller's address is called where the proxy did not say it. It is in no range. */
const unknown = "unknown";

/** Few addresses connect often: those of the proxies. */
const mostRemembered = 10_000;

/**
 * Tells the addresses of the declared proxies from others, and remembers what it has told.
 *
 * @example proxyTest(["10.0.0.0/8"])("10.0.0.7") // true
 */
export function proxyTest(proxies: readonly string[]): (address: string) => boolean {
  const known = boundedMap<string, boolean>(mostRemembered);
  return (address) => {
    const told = known.get(address) ?? isInRanges(address, proxies);
    known.set(address, told);
    return told;
  };
}

/**
 * The address of the caller. Only what a declared proxy has added to `X-Forwarded-For` is believed: its right-most entry that is
 * no declared proxy. What stands to the left of that, any caller can write.
 *
 * @param peer the other end of the connection
 * @param forwardedFor the whole header, with its lines joined by commas
 * @example clientAddress("10.0.0.7", "203.0.113.9, 198.51.100.4", proxyTest(["10.0.0.0/8"])) // "198.51.100.4"
 */
export function clientAddress(
  peer: string,
  forwardedFor: string | undefined,
  isProxy: (address: string) => boolean,
): string {
  const nearest = plainAddress(peer);
  if (forwardedFor === undefined || !isProxy(nearest)) return nearest;
  const entries = forwardedFor.split(",").map((entry) => plainAddress(entry.trim()));
  const caller = entries.findLast((entry) => !isProxy(entry)) ?? entries[0] ?? "";
  return isIP(caller) === 0 ? unknown : caller;
}

/** Without a port and brackets, and in the form of IPv4 where it is one: `::ffff:192.0.2.1` is 192.0.2.1. */
export function plainAddress(text: string): string {
  const [, bracketed] = /^\[([^\]]*)\](?::\d+)?$/.exec(text) ?? [];
  const [, withPort] = /^(\d+(?:\.\d+){3}):\d+$/.exec(text) ?? [];
  const address = bracketed ?? withPort ?? text;
  return address.replace(/^::ffff:(?=\d+(\.\d+){3}$)/i, "");
}
