import {
  type EnvironmentVariables,
  env as envFormat,
  environmentVariables,
} from "../../../../formats/env.ts";
import type { FormatSource } from "../../../../formats/format.ts";
import { quoteForDotenv, quoteForPowerShell } from "../../../../formats/quoting.ts";
import { askFlags, type Command, UsageError } from "../command-line.ts";
import { jsonLine, refuseSecretsOnTerminal } from "../output.ts";
import { vend } from "../service.ts";
import { readSettings } from "../settings.ts";

/** `keyvend env` */
export const env: Command = {
  summary: "write credentials and address as environment variables",
  flags: [...askFlags, "shell", "show-secrets"],
  examples: [
    ["env --storage lake > lake.env && . ./lake.env", "for this shell, until they expire"],
    ["env --storage lake --shell powershell | Out-String | iex", "the same in PowerShell"],
  ],
  async run(args, io) {
    refuseSecretsOnTerminal(args, io);
    const shell = args.has("json") ? "json" : ((args.text("shell") ?? "sh") as keyof typeof writers);
    const { source } = await vend(readSettings(args), io.env);
    io.out(writers[shell](source));
    return 0;
  },
};

const writers = {
  sh: (source: FormatSource) => envFormat.ofCredentials(source).body,
  powershell: (source: FormatSource) => powershellLines(environmentVariables(source)),
  dotenv: (source: FormatSource) => dotenvLines(valuesOf(environmentVariables(source))),
  json: (source: FormatSource) => jsonLine(valuesOf(environmentVariables(source))),
};

const powershellLines = (variables: EnvironmentVariables) =>
  Object.entries(variables)
    .map(([name, value]) => `$env:${name} = ${value === null ? "$null" : quoteForPowerShell(value)}\n`)
    .join("");

function dotenvLines(values: Record<string, string>): string {
  const lines = Object.entries(values).map(([name, value]) => {
    const quoted = quoteForDotenv(value);
    if (quoted === undefined) throw new UsageError(`${name} cannot be written as dotenv. Use --shell json.`);
    return `${name}=${quoted}\n`;
  });
  return lines.join("");
}

/** Where a variable cannot be unset it is empty. AWS's SDKs take an empty session token for none. */
const valuesOf = (variables: EnvironmentVariables): Record<string, string> =>
  Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, value ?? ""]));
