import type { Given } from "./flags.ts";
import { UsageError } from "./usage-error.ts";
import type { World } from "./world.ts";

/**
 * Before secrets are written, and before they are asked for.
 *
 * @throws UsageError where they would be seen on a terminal, and nobody asked for that
 */
export function requireSecretsAllowed(given: Given, world: World): void {
  if (world.isTerminal() && !given.has("show-secrets"))
    throw new UsageError("This writes secrets, and to a terminal only with --show-secrets. Or pipe it.");
}
