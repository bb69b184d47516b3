import { BlockList, isIP } from "node:net";

/** How far a request may go whose address another party named. */
export interface Reach {
  /** Addresses of this machine are allowed. The others that are refused stay so. */
  mayBeLoopback: boolean;
}

/** This machine's own. `BlockList` takes an IPv4-mapped IPv6 address as the IPv4 address that it is. */
const loopback = blockListOf(["127.0.0.0/8"], ["::1/128"]);

/**
 * Unspecified, link-local and multicast. A cloud tells its machines their credentials at 169.254.169.254 and, on AWS, in
 * `fd00:ec2::/32`; `::/96` holds IPv4 addresses in a form that is no longer in use.
 */
const never = blockListOf(
  ["0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3"],
  ["::/96", "fe80::/10", "ff00::/8", "fd00:ec2::/32"],
);

/**
 * May this address be connected to? Private ranges may: that is where many issuers are. What is no address may not.
 *
 * @example isWithinReach("::ffff:169.254.169.254", { mayBeLoopback: false }) // false
 */
export function isWithinReach(address: string, { mayBeLoopback }: Reach): boolean {
  const [plain = ""] = address.split("%");
  const family = isIP(plain);
  if (family === 0) return false;
  const isIn = (list: BlockList) => list.check(plain, family === 6 ? "ipv6" : "ipv4");
  return isIn(loopback) ? mayBeLoopback : !isIn(never);
}

function blockListOf(ipv4: readonly string[], ipv6: readonly string[]): BlockList {
  const list = new BlockList();
  for (const subnet of ipv4) {
    const [network = "", bits] = subnet.split("/");
    list.addSubnet(network, Number(bits), "ipv4");
    // As NAT64 writes it (RFC 6052).
    list.addSubnet(`64:ff9b::${network}`, 96 + Number(bits), "ipv6");
  }
  for (const subnet of ipv6) {
    const [network = "", bits] = subnet.split("/");
    list.addSubnet(network, Number(bits), "ipv6");
  }
  return list;
}
