/** What `keyvend env --shell docker` writes, read by docker's own reader of `--env-file`. No docker is needed. */
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { carried } from "../../../client/cli/written.ts";
import { madeOnce, runTool } from "../toolchain.ts";

test("each value arrives as it is, quotes too", async () => {
  const pins = ["go.mod", "go.sum", "main.go"].map((name) => join(import.meta.dirname, name));
  const built = await madeOnce("docker-env-file", pins, (made) =>
    runTool(["nice", "-n", "15", "go", "build", "-mod=readonly", "-o", join(made, "read"), "."], {
      install: "Install Go 1.26 or newer: https://go.dev/doc/install",
      cwd: import.meta.dirname,
    }),
  );
  const folder = await mkdtemp(join(tmpdir(), "keyvend-docker-"));
  try {
    const { text, variables } = carried("docker");
    const file = join(folder, "docker.env");
    await writeFile(file, text);
    const lines = execFileSync(join(built, "read"), [file], { encoding: "utf8" });
    expect(JSON.parse(lines)).toEqual(Object.entries(variables).map(([name, value]) => `${name}=${value}`));
  } finally {
    await rm(folder, { recursive: true });
  }
});
