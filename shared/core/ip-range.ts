import { BlockList, isIP, isIPv6 } from "node:net";

/** Made when it is first needed: a cold start that needs none loads no code for it. */
let everyIPv4: BlockList | undefined;

/**
 * Is an address in one of these CIDR ranges? An IPv4 address that is written as IPv6 (`::ffff:192.0.2.1`) counts as the
 * IPv4 address that it is; what is no address is in none.
 *
 * @example isInRanges("192.0.2.7", ["192.0.2.0/24", "2001:db8::/32"]) // true
 */
export function isInRanges(address: string, ranges: readonly string[]): boolean {
  if (isIP(address) === 0 || address.includes("%")) return false;
  const form = familyOf(address);
  const family = isIPv4InAnyForm(address) ? "ipv4" : form;
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

/**
 * Is it an IPv4 address, in whichever form it is written?
 *
 * @example isIPv4InAnyForm("::ffff:192.0.2.1") // true
 */
export function isIPv4InAnyForm(address: string): boolean {
  everyIPv4 ??= listOfEveryIPv4();
  return everyIPv4.check(address, familyOf(address));
}

function listOfEveryIPv4(): BlockList {
  const list = new BlockList();
  list.addSubnet("0.0.0.0", 0);
  return list;
}

function familyOf(network: string): "ipv4" | "ipv6" {
  return isIPv6(network) ? "ipv6" : "ipv4";
}
