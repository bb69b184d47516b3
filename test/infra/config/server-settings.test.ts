import { expect, test } from "vitest";
import { listOfFaults } from "../../../infra/config/faults.ts";
import { readServerSettings } from "../../../infra/config/server-settings.ts";
import { changed, faultsOf } from "./document.ts";

function settingsOf(section?: object) {
  const { faults, report } = listOfFaults();
  const settings = readServerSettings(section, report);
  expect(faults).toEqual([]);
  return settings;
}

test("without the section the server listens on loopback, keeps sessions in memory, and has bounds", () => {
  expect(settingsOf()).toEqual({
    listen: { host: "127.0.0.1", port: 8080 },
    status: { host: "127.0.0.1", port: 9464 },
    proxies: [],
    drainSeconds: 0,
    limits: {
      connections: 4_096,
      connectionsPerAddress: 512,
      requestsAtOnce: 1_000,
      requestsPerAddress: 200,
      requestsPerPrincipal: 100,
      headerBytes: 32_768,
      headerSeconds: 10,
      requestSeconds: 15,
      idleSeconds: 30,
    },
  });
});

test("everything may be said", () => {
  const tls = { certificate: "tls.crt", key: "tls.key" };
  expect(
    settingsOf({
      ...{ listen: "0.0.0.0:8443", status: "[::]:9464", tls, proxies: "10.0.0.0/8", table: "keyvend-prod" },
      ...{ stage: "prod", drainSeconds: 10, limits: { connections: 10 } },
    }),
  ).toMatchObject({
    ...{ listen: { host: "0.0.0.0", port: 8443 }, status: { host: "::", port: 9464 }, tls },
    ...{ proxies: ["10.0.0.0/8"], table: "keyvend-prod", stage: "prod", drainSeconds: 10 },
    limits: { connections: 10, connectionsPerAddress: 10 },
  });
  expect(settingsOf({ listen: "fd:3", table: "memory" })).toMatchObject({ listen: { fd: 3 } });
  expect(settingsOf({ table: "memory" })).not.toHaveProperty("table");
});

const beyondLoopback =
  "is beyond loopback, where plain HTTP would show tokens and credentials: set tls, or name the proxies that end TLS in front";

test.each<[string, object | string, string]>([
  ["plain HTTP on all addresses", { listen: "0.0.0.0:8080" }, `server.listen: ${beyondLoopback}`],
  ["plain HTTP on all of IPv6", { listen: "[::]:8080" }, `server.listen: ${beyondLoopback}`],
  ["plain HTTP on one address", { listen: "10.0.0.7:8080" }, `server.listen: ${beyondLoopback}`],
  [
    "a name in place of an address",
    { listen: "localhost:8080" },
    "server.listen: must be an address and a port",
  ],
  ["a port alone", { listen: "8080" }, "server.listen: must be an address and a port"],
  [
    "a port that there is not",
    { status: "127.0.0.1:70000" },
    "server.status: must have a port of at most 65535",
  ],
  ["standard output as a socket", { listen: "fd:1" }, "server.listen: must be an address and a port"],
  ["all addresses as proxies by a word", { proxies: "*" }, "server.proxies: must be a range of addresses"],
  ["a certificate without its key", { tls: { certificate: "a" } }, "server.tls.key: is required"],
  ["a limit of none", { limits: { connections: 0 } }, "server.limits.connections: must be at least 1"],
  ["an unknown limit", { limits: { requests: 1 } }, "server.limits.requests: is not known here"],
  [
    "a table that cannot be",
    { table: "a b" },
    "server.table: must be memory, or the name of a DynamoDB table",
  ],
  ["a secret where none belongs", { secret: "x" }, "server.secret: is not known here"],
  ["a word", "on", "server: must be a map"],
])("%s is refused", (_, server, fault) => {
  const faults = faultsOf(changed({ server })).map(({ path, message }) => `${path}: ${message}`);
  expect(faults).toEqual([expect.stringContaining(fault)]);
});
