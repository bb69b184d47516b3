/** Unmodified clients of STS, each configured by the settings that it has for any STS, before keyvend's STS door. */
import { describe } from "vitest";
import { allStsClients } from "./all-sts-clients.ts";
import { testStsClients } from "./suite.ts";

/** The names that the command line of `npm run conformance` has. */
const names = process.env["KEYVEND_CLIENTS"]?.split(",");
const clients = allStsClients.filter(({ name }) => names?.includes(name) ?? true);

describe.each(["local", "ceph"] as const)("on %s", (backend) => testStsClients(clients, backend));
