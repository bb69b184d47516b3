import { expect, test } from "vitest";
import { clientAddress, proxyTest } from "../../../functions/server/client-address.ts";

const isProxy = proxyTest(["10.0.0.0/8", "2001:db8:1::/48"]);

test.each([
  ["nobody in between", "192.0.2.1", undefined, "192.0.2.1"],
  ["a caller that is no proxy, and writes the header", "192.0.2.1", "198.51.100.4", "192.0.2.1"],
  ["a proxy that says nothing", "10.0.0.7", undefined, "10.0.0.7"],
  ["a proxy", "10.0.0.7", "198.51.100.4", "198.51.100.4"],
  [
    "a caller that writes entries ahead of the proxy's",
    "10.0.0.7",
    "127.0.0.1, 198.51.100.4",
    "198.51.100.4",
  ],
  [
    "a caller that pretends to be behind a proxy",
    "10.0.0.7",
    "1.1.1.1, 10.0.0.9, 198.51.100.4",
    "198.51.100.4",
  ],
  ["two proxies in a row", "10.0.0.7", "198.51.100.4, 10.0.0.9", "198.51.100.4"],
  ["proxies alone: the farthest asks by itself", "10.0.0.7", "10.0.0.8, 10.0.0.9", "10.0.0.8"],
  ["a proxy that adds the port", "10.0.0.7", "198.51.100.4:4711", "198.51.100.4"],
  ["IPv6", "2001:db8:1::1", "2001:db8:2::9", "2001:db8:2::9"],
  ["IPv6 with a port", "2001:db8:1::1", "[2001:db8:2::9]:443", "2001:db8:2::9"],
  ["IPv4 on a socket of IPv6", "::ffff:10.0.0.7", "198.51.100.4", "198.51.100.4"],
  ["IPv4 in the form of IPv6 in the header", "10.0.0.7", "::ffff:10.0.0.9", "10.0.0.9"],
  ["what is no address", "10.0.0.7", "198.51.100.4, unknown", "unknown"],
  ["an empty header", "10.0.0.7", "", "unknown"],
  ["a zone", "10.0.0.7", "fe80::1%eth0", "fe80::1%eth0"],
])("%s: %s with %s is %s", (_, peer, header, address) => {
  expect(clientAddress(peer, header, isProxy)).toBe(address);
});

test("without declared proxies the header counts for nothing", () => {
  expect(clientAddress("127.0.0.1", "198.51.100.4", proxyTest([]))).toBe("127.0.0.1");
});
