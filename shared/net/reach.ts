import { BlockList, isIP } from "node:net";

/** How far a request may go if another party named its address. */
export interface Reach {
  /** Allows addresses of this machine. All other refused addresses stay refused. */
  mayBeLoopback: boolean;
}

/** This machine's own addresses. `BlockList` treats an IPv4-mapped IPv6 address as the IPv4 address. */
const loopback = blockListOf(["127.0.0.0/8"], ["::1/128"]);

/**
 * Unspecified, link-local and multicast addresses. A cloud gives its machines their credentials at 169.254.169.254 and, on
 * AWS, in `fd00:ec2::/32`. `::/96` holds IPv4 addresses in a form that is no longer in use.
 */
const never = blockListOf(
  ["0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3"],
  ["::/96", "fe80::/10", "ff00::/8", "fd00:ec2::/32"],
);

/**
 * May a request connect to this address? Private ranges are allowed, because many issuers are there. A text that is no
 * address is refused.
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
    // The same subnet as NAT64 writes it (RFC 6052).
    list.addSubnet(`64:ff9b::${network}`, 96 + Number(bits), "ipv6");
  }
  for (const subnet of ipv6) {
    const [network = "", bits] = subnet.split("/");
    list.addSubnet(network, Number(bits), "ipv6");
  }
  return list;
}
