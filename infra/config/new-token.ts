import { createHash, randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { apiTokenPrefix } from "../../shared/identity/api-tokens.ts";
import { newExpiry } from "./listed-callers.ts";

/**
 * Makes an API token of 256 random bits, and its entry for `apiTokens` in the configuration. The entry has only the
 * hash of the token. `now` is in epoch milliseconds.
 *
 * @throws Error with the rule that the name or the days break.
 * @example const { token, entry } = newApiToken("ci-legacy", 90, Date.now())
 */
export function newApiToken(name: string, days: number, now: number): { token: string; entry: string } {
  const expires = newExpiry(name, days, now);
  const token = apiTokenPrefix + randomBytes(32).toString("base64url");
  const sha256 = createHash("sha256").update(token).digest("hex");
  return { token, entry: `  ${name}:\n    sha256: "${sha256}"\n    expires: ${expires}\n` };
}

if (import.meta.main) {
  try {
    const { values } = parseArgs({ options: { name: { type: "string" }, days: { type: "string" } } });
    const { token, entry } = newApiToken(values.name ?? "", Number(values.days ?? 90), Date.now());
    console.error(
      `For apiTokens in infra/vending.yml:\n\n${entry}\nThe token, which is shown only this once:`,
    );
    console.log(token);
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
