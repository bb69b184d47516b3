import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { ClientPlace } from "../clients/client.ts";
import { runCommand } from "../clients/command.ts";

const main = resolve(import.meta.dirname, "../../../shared/client/src/cli/keyvend.ts");

/** The command `keyvend`, as a user has it installed. */
interface KeyvendCommand {
  /** The environment in which `keyvend` is a command. */
  env: Record<string, string>;
  /** `keyvend config NAME`, as a user writes it for this place. */
  config(name: string): Promise<string>;
}

/** @example await (await installKeyvend(place, env)).config("hadoop") */
export function installKeyvend(place: ClientPlace, env: Record<string, string>): KeyvendCommand {
  const { service, storage, target, tokenFile, home } = place;
  const bin = join(home, "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "keyvend"), `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`, {
    mode: 0o755,
  });
  const withCommand = { ...env, PATH: `${bin}:${env["PATH"]}` };
  const question = ["--url", service, "--storage", storage, "--target", target, "--token-file", tokenFile];
  return {
    env: withCommand,
    config: (name) => runCommand([join(bin, "keyvend"), "config", name, ...question], withCommand),
  };
}
