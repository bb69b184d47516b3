import { isIP, isIPv6 } from "node:net";
import { isIPv4InAnyForm } from "./ip-range.ts";

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
  if (isIPv6(network) && Number(bits) >= 96 && isIPv4InAnyForm(network))
    return "must be written as IPv4, as the addresses that it is for are read";
  const bit = 1n << BigInt(longest - Number(bits));
  if (numberOf(network) % bit !== 0n)
    return "must begin with the network's own address, without bits beyond the prefix";
  return undefined;
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
