import type { Command } from "./command-line.ts";
import { completion } from "./commands/completion.ts";
import { config } from "./commands/config.ts";
import { credentialProcess } from "./commands/credential-process.ts";
import { env } from "./commands/env.ts";
import { exec } from "./commands/exec.ts";
import { explain } from "./commands/explain.ts";
import { serve } from "./commands/serve.ts";
import { storages } from "./commands/storages.ts";

const ownCommands = {
  env,
  exec,
  "credential-process": credentialProcess,
  serve,
  storages,
  explain,
  config,
};

/** Every command, in the order of the help. */
export const commands: Readonly<Record<string, Command>> = {
  ...ownCommands,
  completion: completion(ownCommands),
};
