/** `npm run config:iam`: prints the IAM that storages and the deployer need outside of the stack. */
import { ConfigError } from "../config/faults.ts";
import { IamError } from "./fault.ts";
import { printIam } from "./print.ts";

try {
  process.stdout.write(printIam(process.argv.slice(2)));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = error instanceof ConfigError || error instanceof IamError ? 1 : 2;
}
