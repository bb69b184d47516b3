import { join } from "node:path";
import { builtFolder, runTool } from "../toolchain.ts";

/**
 * Builds the program of a Cargo package. Runs always, because Cargo itself skips what is built already.
 *
 * @returns the program's path
 */
export async function builtWithCargo(packageFolder: string, program: string): Promise<string> {
  const target = join(builtFolder, "rust");
  await runTool(["cargo", "build", "--quiet", "--locked", "--target-dir", target], {
    install: "Install Rust 1.85 or newer: https://rustup.rs",
    cwd: packageFolder,
  });
  return join(target, "debug", program);
}
