import { environmentVariables, variablesOfAddress } from "../../../../formats/env.ts";
import { askFlags, type Command } from "../command-line.ts";
import { openOutput } from "../open-output.ts";
import { textFor } from "../readers.ts";
import { readSettings } from "../settings.ts";
import { vendOrFind } from "../vend-or-find.ts";

/** `keyvend env` */
export const env: Command = {
  summary: "write credentials and address as environment variables",
  flags: [...askFlags, "shell", "output", "show-secrets"],
  examples: [
    ["env --storage lake --output lake.env && . ./lake.env", "for this shell, until they expire"],
    ["env --storage lake --shell fish | source", "the same in fish"],
    ["env --storage lake --shell powershell | Out-String | iex", "the same in PowerShell"],
    ["env --storage lake --shell cmd > lake.cmd && call lake.cmd", "the same in cmd"],
    ["env --storage lake --shell docker --output lake.env", "for docker run --env-file"],
    ['env --storage lake --shell github >> "$GITHUB_ENV"', "for the later steps of a job"],
  ],
  async run(args, io) {
    const write = openOutput(args, io, { isSecret: true });
    const shell = args.has("json") ? "json" : ((args.text("shell") ?? "sh") as Parameters<typeof textFor>[0]);
    const found = await vendOrFind(readSettings(args), io.env);
    const variables = found.source ? environmentVariables(found.source) : variablesOfAddress(found.place);
    write(textFor(shell, variables, io));
    return 0;
  },
};
