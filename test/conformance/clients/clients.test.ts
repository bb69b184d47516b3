/**
 * Unmodified S3 clients, each configured by its own documented settings and nothing else, with keyvend for a source of
 * credentials.
 */
import { allClients } from "./all-clients.ts";
import { keyvendExec } from "./aws-cli/clients.ts";
import { testClients } from "./suite.ts";
import { testUnderKeyvend } from "./under-keyvend.ts";

testClients(allClients, (client, underTest, backend) => {
  if (backend === "local" && client !== keyvendExec) testUnderKeyvend(client, underTest);
});
