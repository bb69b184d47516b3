import { type Client, containerCredentials } from "../client.ts";
import { startLineProgram } from "../line-program.ts";
import { builtWithCargo } from "./cargo.ts";

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
  async start({ bucket }, env) {
    const built = await builtWithCargo(import.meta.dirname, "with-object-store");
    return startLineProgram([built, bucket], env);
  },
};
