import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

/** Of Vault, as its Go module has it. */
export const vaultVersion = "1.21.4";
const folder = resolve(import.meta.dirname, `../../../.build/bench/peers/vault-${vaultVersion}`);

/** Vault's smallest build has no engine for AWS. This adds the one of the full build, in the same process. */
const registry = `//go:build minimal

package builtinplugins

import logicalAws "github.com/hashicorp/vault/builtin/logical/aws"

func extendAddonPlugins(reg *registry) {
	reg.logicalBackends["aws"] = logicalBackend{Factory: logicalAws.Factory}
}
`;

/**
 * The module leaves out two modules of its own repository, which go.mod looks for beside it. Their released versions stand in,
 * and differ in the signature of two functions that nothing here calls.
 */
const changes: { file: string; from: string | RegExp; to: string }[] = [
  { file: "go.mod", from: /^replace github\.com\/hashicorp\/vault\/.*\n/gm, to: "" },
  {
    file: "builtin/logical/transit/path_restore.go",
    from: "restoredKeyName, err := b.lm.",
    to: "restoredKeyName, err := keyName, b.lm.",
  },
  {
    file: "vault/identity_store_util.go",
    from: "activateDeduplication(ctx context.Context, req *logical.Request)",
    to: "activateDeduplication(ctx context.Context, req *logical.Request, _ string)",
  },
  {
    file: "vault/logical_system_activation_flags.go",
    from: "ActivationFunc(ctx, nil)",
    to: 'ActivationFunc(ctx, nil, "")',
  },
];

/**
 * Builds Vault from its Go module, unless that is done. It takes Go, the module proxy and, on two cores, about a quarter of an hour.
 *
 * @returns the path of its program
 */
export async function buildVault(): Promise<string> {
  const program = join(folder, "vault");
  if (existsSync(program)) return program;
  const source = join(folder, "source");
  await rm(source, { recursive: true, force: true });
  const download = go(["mod", "download", "-json", `github.com/hashicorp/vault@v${vaultVersion}`], ".");
  await cp(JSON.parse(download).Dir, source, { recursive: true });
  // The cache of modules is read-only, and so is its copy.
  run("chmod", ["-R", "u+w", source], ".");
  await writeFile(join(source, "helper/builtinplugins/registry_min.go"), registry);
  for (const { file, from, to } of changes) {
    const before = await readFile(join(source, file), "utf8");
    const after = before.replace(from, to);
    if (after === before) throw new Error(`${file} of Vault has no ${from}`);
    await writeFile(join(source, file), after);
  }
  console.error(`Building Vault ${vaultVersion}, once.`);
  go(["build", "-mod=mod", "-buildvcs=false", "-p", "2", "-tags", "minimal", "-o", program, "."], source);
  await rm(source, { recursive: true });
  return program;
}

const go = (words: readonly string[], cwd: string) => run("go", words, cwd);

function run(command: string, words: readonly string[], cwd: string): string {
  const { status, error, stdout, stderr } = spawnSync(command, words, { cwd, encoding: "utf8" });
  if (error !== undefined) throw new Error(`${command} could not be started: ${error.message}`);
  if (status !== 0) throw new Error(`${command} ${words[0]} failed:\n${stderr.slice(-2_000)}`);
  return stdout;
}
