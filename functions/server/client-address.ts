import { isIP } from "node:net";
import { isInRanges } from "../../shared/core/ip-range.ts";

/** What a caller's address is called where the proxy did not say it. It is in no range. */
const unknown = "unknown";

/**
 * The address of the caller. Only what a declared proxy has added to `X-Forwarded-For` is believed: its right-most entry that is
 * no declared proxy. What stands to the left of that, any caller can write.
 *
 * @param peer the other end of the connection
 * @param forwardedFor the whole header, with its lines joined by commas
 * @example clientAddress("10.0.0.7", "203.0.113.9, 198.51.100.4", ["10.0.0.0/8"]) // "198.51.100.4"
 */
export function clientAddress(
  peer: string,
  forwardedFor: string | undefined,
  proxies: readonly string[],
): string {
  const nearest = plainAddress(peer);
  if (forwardedFor === undefined || !isInRanges(nearest, proxies)) return nearest;
  const entries = forwardedFor.split(",").map((entry) => plainAddress(entry.trim()));
  const caller = entries.findLast((entry) => !isInRanges(entry, proxies)) ?? entries[0] ?? "";
  return isIP(caller) === 0 ? unknown : caller;
}

/** Without a port and brackets, and in the form of IPv4 where it is one: `::ffff:192.0.2.1` is 192.0.2.1. */
function plainAddress(text: string): string {
  const [, bracketed] = /^\[([^\]]*)\](?::\d+)?$/.exec(text) ?? [];
  const [, withPort] = /^(\d+(?:\.\d+){3}):\d+$/.exec(text) ?? [];
  const address = bracketed ?? withPort ?? text;
  return address.replace(/^::ffff:(?=\d+(\.\d+){3}$)/i, "");
}
