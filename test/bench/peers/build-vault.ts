import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { madeOnce, runTool } from "../../conformance/clients/toolchain.ts";

/** Of Vault, as its Go module has it. */
export const vaultVersion = "1.21.4";
const install = "Install Go 1.25 or newer: https://go.dev/doc/install";

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
 * Builds Vault from its Go module, unless that is done. It takes Go, the module proxy and, the first time, some minutes.
 *
 * @returns the path of its program
 */
export async function buildVault(): Promise<string> {
  const made = await madeOnce("vault", [import.meta.filename], async (folder) => {
    const source = join(folder, "source");
    const module = `github.com/hashicorp/vault@v${vaultVersion}`;
    const download = await runTool(["go", "mod", "download", "-json", module], { install });
    await cp(JSON.parse(download).Dir, source, { recursive: true });
    // The cache of modules is read-only, and so is its copy.
    await runTool(["chmod", "-R", "u+w", source], { install });
    await writeFile(join(source, "helper/builtinplugins/registry_min.go"), registry);
    for (const { file, from, to } of changes) {
      const before = await readFile(join(source, file), "utf8");
      const after = before.replace(from, to);
      if (after === before) throw new Error(`${file} of Vault has no ${from}`);
      await writeFile(join(source, file), after);
    }
    console.error(`Building Vault ${vaultVersion}, once.`);
    const options = ["-mod=mod", "-buildvcs=false", "-p", "2", "-tags", "minimal"];
    await runTool(["go", "build", ...options, "-o", join(folder, "vault"), "."], { install, cwd: source });
    await rm(source, { recursive: true });
  });
  return join(made, "vault");
}
