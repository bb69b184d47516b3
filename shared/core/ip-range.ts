import { BlockList, isIP, isIPv6 } from "node:net";

/** Finds an IPv4 address in each form in which one may be written. */
export const everyIPv4 = new BlockList();
everyIPv4.addSubnet("0.0.0.0", 0);

/**
 * Is an address in one of these CIDR ranges? An IPv4 address that is written as IPv6 (`::ffff:192.0.2.1`) counts as the
 * IPv4 address that it is; what is no address is in none.
 *
 * @example isInRanges("192.0.2.7", ["192.0.2.0/24", "2001:db8::/32"]) // true
 */
export function isInRanges(address: string, ranges: readonly string[]): boolean {
  if (isIP(address) === 0 || address.includes("%")) return false;
  const form = familyOf(address);
  const family = everyIPv4.check(address, form) ? "ipv4" : form;
  const list = new BlockList();
  for (const range of ranges) {
    const [network = "", bits = ""] = range.split("/");
    // A list would find IPv4 addresses in ranges of IPv6, such as ::/0, too.
    if (familyOf(network) === family) list.addSubnet(network, Number(bits), family);
  }
  return list.check(address, form);
}

/**
 * Is it an address of this machine alone? Names are none, not even `localhost`.
 *
 * @example isLoopbackAddress("127.0.0.1") // true
 */
export function isLoopbackAddress(address: string): boolean {
  return isInRanges(address, ["127.0.0.0/8", "::1/128"]);
}

function familyOf(network: string): "ipv4" | "ipv6" {
  return isIPv6(network) ? "ipv6" : "ipv4";
}
