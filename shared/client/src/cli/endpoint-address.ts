import { BlockList, isIP } from "node:net";
import { UsageError } from "./command-line.ts";

/** What reaches no further than this machine and its own networks. Credentials go over plain HTTP here. */
const near = new BlockList();
for (const [network, bits] of [
  ["127.0.0.0", 8],
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["169.254.0.0", 16],
] as const)
  near.addSubnet(network, bits, "ipv4");
near.addAddress("::1", "ipv6");
near.addSubnet("fc00::", 7, "ipv6");

/** AWS's SDKs ask no other addresses for credentials by plain HTTP: loopback, and those of ECS and EKS. */
const askedBySdks = new BlockList();
askedBySdks.addSubnet("127.0.0.0", 8, "ipv4");
for (const address of ["169.254.170.2", "169.254.170.23"]) askedBySdks.addAddress(address, "ipv4");
for (const address of ["::1", "fd00:ec2::23"]) askedBySdks.addAddress(address, "ipv6");

/**
 * The address on which the endpoint listens.
 *
 * @throws UsageError for one that other machines may reach from far away, and for all interfaces at once
 */
export function readAddress(text = "127.0.0.1"): string {
  if (isIn(near, text)) return text;
  throw new UsageError(
    "must be an IP address of this machine that is loopback, link-local or private, such as 169.254.170.2.",
    "address",
  );
}

export const isAskedBySdks = (address: string): boolean => isIn(askedBySdks, address);

const isIn = (list: BlockList, text: string) =>
  isIP(text) !== 0 && list.check(text, isIP(text) === 6 ? "ipv6" : "ipv4");
