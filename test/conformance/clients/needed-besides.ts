import { childEnvironment } from "../../../shared/client/src/cli/child-environment.ts";
import { addressVariables } from "../../../shared/formats/env.ts";
import { type Client, containerCredentials } from "./client.ts";

const address = { Storage: "", Bucket: "", Endpoint: "http://127.0.0.1", Region: "", PathStyleAccess: true };
const container = { url: address.Endpoint, token: "" };

/** What the command sets in the place of a client's own settings. */
const set = {
  exec: childEnvironment({}, [], address, container, { config: "", token: "" }),
  env: { ...addressVariables(address), ...containerCredentials },
};

/** How the command gives credentials to a program: for as long as it runs, or once. */
export type Way = keyof typeof set;

/** The variables that a client needs beside those which the command sets. */
export const neededBesides = (
  way: Way,
  { environment }: Pick<Client, "environment">,
): Record<string, string> =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !(name in set[way])));
