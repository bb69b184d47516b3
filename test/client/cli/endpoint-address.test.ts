import { expect, test } from "vitest";
import { isAskedBySdks, readAddress } from "../../../shared/client/src/cli/endpoint-address.ts";

test("without an option it is loopback", () => {
  expect(readAddress()).toBe("127.0.0.1");
});

test.each([
  ["127.0.0.1", true],
  ["::1", true],
  ["169.254.170.2", true],
  ["169.254.170.23", true],
  ["fd00:ec2::23", true],
  ["169.254.170.3", false],
  ["172.17.0.1", false],
  ["192.168.1.2", false],
  ["10.1.2.3", false],
])("%s may be listened on; AWS's SDKs ask there: %s", (address, asked) => {
  expect(readAddress(address)).toBe(address);
  expect(isAskedBySdks(address)).toBe(asked);
});

test.each([
  "0.0.0.0",
  "::",
  "8.8.8.8",
  "172.32.0.1",
  "::ffff:8.8.8.8",
  "2001:db8::1",
  "localhost",
  "",
  "127.1",
])("%s may not", (address) => {
  expect(() => readAddress(address)).toThrow("must be an IP address");
});
