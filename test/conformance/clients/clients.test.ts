/**
 * Unmodified S3 clients, each configured by its own documented settings and nothing else, with keyvend for a source of
 * credentials.
 */
import { allClients } from "./all-clients.ts";
import { testClients } from "./suite.ts";

testClients(allClients);
