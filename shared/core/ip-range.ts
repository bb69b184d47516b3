import { BlockList, isIP, isIPv6 } from "node:net";

/** Finds an IPv4 address in each form in which one may be written. */
const everyIPv4 = new BlockList();
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
 * What is wrong with a CIDR range, worded so that it can follow the field's name; `undefined` where nothing is.
 *
 * @example faultOfRange("10.0.0.5/8") // "must begin with the network's own address, …"
 */
export function faultOfRange(range: string): string | undefined {
  const [, network = "", bits = ""] = /^([^/%]+)\/(\d{1,3})$/.exec(range) ?? [];
  const longest = isIPv6(network) ? 128 : 32;
  if (isIP(network) === 0 || Number(bits) > longest)
    return "must be a range of addresses such as 192.0.2.0/24 or 2001:db8::/32";
  if (isIPv6(network) && Number(bits) >= 96 && everyIPv4.check(network, "ipv6"))
    return "must be written as IPv4, as the addresses that it is for are read";
  const bit = 1n << BigInt(longest - Number(bits));
  if (numberOf(network) % bit !== 0n)
    return "must begin with the network's own address, without bits beyond the prefix";
  return undefined;
}

function familyOf(network: string): "ipv4" | "ipv6" {
  return isIPv6(network) ? "ipv6" : "ipv4";
}

/** The address as a number: its groups, and as many zeros as `::` leaves out. */
function numberOf(address: string): bigint {
  if (!isIPv6(address)) return address.split(".").reduce((sum, part) => sum * 256n + BigInt(part), 0n);
  const dotted = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/;
  const hex = address.replace(dotted, (_, ...parts: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = parts.slice(0, 4).map(Number);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
  const [head = "", tail] = hex.split("::");
  const groups = (text: string) => (text === "" ? [] : text.split(":"));
  const [before, behind] = [groups(head), groups(tail ?? "")];
  const zeros = Array<string>(8 - before.length - behind.length).fill("0");
  return [...before, ...zeros, ...behind].reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n);
}
