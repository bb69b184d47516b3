import { join } from "node:path";
import type { Client } from "../client.ts";
import { startLineProgram } from "../line-program.ts";
import { botocoreSettings } from "../python/clients.ts";
import { pythonEnvironment } from "../python/python.ts";

/** s3fs requires another version of botocore, so it has an environment of its own. */
export const s3fs: Client = {
  ...botocoreSettings,
  name: "s3fs",
  title: "s3fs (fsspec: pandas, Dask)",
  source: "PyPI",
  version: "2026.9.0",
  async start({ bucket }, env) {
    const here = import.meta.dirname;
    const bin = await pythonEnvironment("s3fs", join(here, "requirements.txt"));
    return startLineProgram([join(bin, "python"), join(here, "with_s3fs.py"), bucket], {
      ...env,
      PYTHONPATH: join(here, "../python"),
    });
  },
};
