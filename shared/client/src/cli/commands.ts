import type { Command } from "./command.ts";
import { run as credentialProcess } from "./commands/credential-process.ts";
import { askFlags, identityFlags } from "./flags.ts";

/** Every command. All but the one that SDKs run again and again are loaded when they are called. */
export const commands: Readonly<Record<string, Command>> = {
  env: {
    summary: "write credentials and address as environment variables",
    flags: [...askFlags, "shell", "show-secrets"],
    examples: [
      ["env --storage lake > lake.env && . ./lake.env", "for this shell, until they expire"],
      ["env --storage lake --shell powershell | Out-String | iex", "the same in PowerShell"],
    ],
    run: async (given, world) => (await import("./commands/env.ts")).run(given, world),
  },
  exec: {
    summary: "run a command with credentials that stay fresh",
    flags: askFlags,
    takesCommand: true,
    examples: [["exec --storage lake -- aws s3 ls s3://lake/", "any program with an AWS SDK, unmodified"]],
    run: async (given, world) => (await import("./commands/exec.ts")).run(given, world),
  },
  "credential-process": {
    summary: "answer an AWS SDK's credential_process, from a cache on disk",
    flags: [...askFlags, "no-cache", "show-secrets"],
    examples: [
      ["config aws-cli --storage lake >> ~/.aws/config", "has the AWS CLI and SDKs run it"],
      ["credential-process --storage lake | jq .Expiration", "until when the credentials are good"],
    ],
    run: credentialProcess,
  },
  serve: {
    summary: "serve credentials on loopback, as a container does",
    flags: [...askFlags, "port"],
    examples: [["serve --storage lake --port 9911", "for programs that cannot be started by exec"]],
    run: async (given, world) => (await import("./commands/serve.ts")).run(given, world),
  },
  storages: {
    summary: "list the storages that you may use",
    flags: identityFlags,
    examples: [["storages --url https://vend.example.com", "what there is, and what you may do with it"]],
    run: async (given, world) => (await import("./commands/storages.ts")).run(given, world),
  },
  explain: {
    summary: "say what you would get, and why; nothing is issued",
    flags: askFlags,
    examples: [["explain --storage lake --permission WRITE", "exit status 1 where it would be refused"]],
    run: async (given, world) => (await import("./commands/explain.ts")).run(given, world),
  },
  config: {
    summary: "write ready settings for a client",
    flags: [...askFlags, "show-secrets"],
    positional: ["rclone", "duckdb", "spark", "flink", "hadoop", "pyiceberg", "aws-cli"],
    examples: [
      ["config aws-cli --storage lake >> ~/.aws/config", "a profile that refreshes itself"],
      ["config duckdb --storage lake | duckdb -init /dev/stdin", "a secret that lasts until it expires"],
    ],
    run: async (given, world) => (await import("./commands/config.ts")).run(given, world),
  },
  completion: {
    summary: "write a shell's completion script",
    flags: [],
    positional: ["bash", "zsh", "fish"],
    examples: [["completion bash > ~/.local/share/bash-completion/completions/keyvend", "once"]],
    run: async (given, world) => {
      const { completion } = await import("./commands/completion.ts");
      world.out(completion(given.positionals[0] ?? "", commands));
      return 0;
    },
  },
};
