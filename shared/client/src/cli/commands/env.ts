import type { RunCommand } from "../command.ts";
import { requireSecretsAllowed } from "../secrets-allowed.ts";
import { settingsOf } from "../settings.ts";
import { UsageError } from "../usage-error.ts";
import { addressVariables, credentialVariables } from "../variables.ts";
import { vend } from "../vend.ts";

type Variables = Record<string, string>;

const lines = (line: (name: string, value: string) => string) => (variables: Variables) =>
  Object.entries(variables)
    .map(([name, value]) => `${line(name, value)}\n`)
    .join("");

const writers: Record<string, (variables: Variables) => string> = {
  sh: lines((name, value) => `export ${name}='${value.replaceAll("'", "'\\''")}'`),
  powershell: lines((name, value) => `$env:${name} = '${value.replaceAll("'", "''")}'`),
  dotenv: lines((name, value) => {
    // Its readers agree on nothing about a quote within quotes.
    if (value.includes("'")) throw new UsageError(`${name} cannot be written as dotenv. Use --shell json.`);
    return `${name}='${value}'`;
  }),
  json: (variables) => `${JSON.stringify(variables)}\n`,
};

/** `keyvend env` */
export const run: RunCommand = async (given, world) => {
  requireSecretsAllowed(given, world);
  const vended = await vend(settingsOf(given), world.env);
  const shell = given.has("json") ? "json" : (given.text("shell") ?? "sh");
  world.out(writers[shell]?.({ ...credentialVariables(vended), ...addressVariables(vended) }) ?? "");
  return 0;
};
