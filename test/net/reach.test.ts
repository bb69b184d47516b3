import { expect, test } from "vitest";
import { isWithinReach } from "../../shared/net/reach.ts";

const everywhere = { mayBeLoopback: true };
const beyondLoopback = { mayBeLoopback: false };

test.each([
  ["public", ["192.0.2.1", "8.8.8.8", "2001:db8::1", "::ffff:192.0.2.1", "64:ff9b::808:808"]],
  ["private", ["10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "fd12:3456::1", "::ffff:10.0.0.1"]],
])("a request may connect to %s addresses", (_, addresses) => {
  for (const address of addresses) expect(isWithinReach(address, beyondLoopback), address).toBe(true);
});

test.each([
  ["link-local", ["169.254.169.254", "169.254.170.2", "fe80::1", "febf::1", "fe80::1%eth0"]],
  ["a cloud's own addresses, which give out credentials", ["fd00:ec2::254", "fd00:ec2::23"]],
  ["unspecified", ["0.0.0.0", "0.1.2.3", "::"]],
  ["multicast and broadcast", ["224.0.0.1", "239.255.255.250", "255.255.255.255", "ff02::1"]],
  [
    "IPv4 written as IPv6",
    ["::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "0:0:0:0:0:ffff:a9fe:a9fe", "::a9fe:a9fe"],
  ],
  ["IPv4 behind NAT64", ["64:ff9b::169.254.169.254", "64:ff9b::a9fe:a9fe", "64:ff9b::", "64:ff9b::e000:1"]],
  ["a text that is no address", ["", "localhost", "169.254.169.254.example", "1.2.3"]],
])("no request may connect to %s", (_, addresses) => {
  for (const address of addresses) expect(isWithinReach(address, everywhere), address).toBe(false);
});

test("a request may connect to an address of this machine only if its reach says so", () => {
  const own = ["127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1", "::ffff:7f00:1", "64:ff9b::7f00:1"];
  for (const address of own) {
    expect(isWithinReach(address, beyondLoopback), address).toBe(false);
    expect(isWithinReach(address, everywhere), address).toBe(true);
  }
});
