import { join } from "node:path";
import { type Client, containerCredentials } from "../client.ts";
import { startLineProgram } from "../line-program.ts";
import { builtFolder, runTool } from "../toolchain.ts";

export const objectStore: Client = {
  name: "object-store",
  title: "object_store (Rust: DataFusion, delta-rs, Polars)",
  source: "crates.io",
  version: "0.14.2",
  environment: {
    ...containerCredentials,
    AWS_ENDPOINT_URL_S3: "{endpoint}",
    AWS_REGION: "{region}",
    AWS_ALLOW_HTTP: "true",
  },
  longTermKeyBy: "the variables of `format=env`",
  refreshes: 300,
  start: async ({ bucket }, env) => startLineProgram([await built(), bucket], env),
};

/** Runs always, because Cargo itself skips what is built already. */
async function built(): Promise<string> {
  const target = join(builtFolder, "rust");
  await runTool(["cargo", "build", "--quiet", "--locked", "--target-dir", target], {
    install: "Install Rust 1.85 or newer: https://rustup.rs",
    cwd: import.meta.dirname,
  });
  return join(target, "debug", "with-object-store");
}
