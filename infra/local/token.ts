import { parseArgs } from "node:util";
import { localToken } from "./local-token.ts";
import { basePort, localPorts } from "./ports.ts";

// `npm run token [-- --sub bob --claims '{"tenant":"acme"}' --port 4100]` prints a token of the local issuer on one
// line.

try {
  const { values } = parseArgs({
    options: { sub: { type: "string" }, claims: { type: "string" }, port: { type: "string" } },
  });
  const claims = { ...(values.sub && { sub: values.sub }), ...JSON.parse(values.claims ?? "{}") };
  console.log(await localToken(localPorts(basePort(values.port, process.env)).issuer, claims));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
