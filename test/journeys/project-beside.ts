import { execFile } from "node:child_process";
import { mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

/** The results of a script that ran in this repository and in a project beside it. */
export interface ProjectBeside {
  /** The folder of the project, with the packages that were installed there. */
  folder: string;
  stdout: string;
  /** The requests of npm to its registry, as `GET /name`. */
  registryRequests: string[];
}

/**
 * Runs a script in this repository, which is `keyvend` in a folder with an empty `my-project` beside it. npm's registry is
 * a server that has no packages and records its requests. `aws` is a program that replaces the AWS CLI.
 *
 * @example await runBeside(folder, "npm pack -w keyvend", "exec node list.mjs")
 */
export async function runBeside(folder: string, script: string, aws: string): Promise<ProjectBeside> {
  const registryRequests: string[] = [];
  const registry = createServer(({ method, url }, response) => {
    registryRequests.push(`${method} ${url}`);
    response.writeHead(404).end();
  });
  await new Promise<void>((listening) => registry.listen(0, "127.0.0.1", listening));
  const project = join(folder, "my-project");
  await mkdir(project);
  await writeFile(join(project, "package.json"), '{ "private": true }');
  await symlink(resolve("."), join(folder, "keyvend"));
  await mkdir(join(folder, "bin"));
  await writeFile(join(folder, "bin/aws"), `#!/bin/sh\n${aws}\n`, { mode: 0o755 });

  const env = {
    ...process.env,
    PATH: `${join(folder, "bin")}:${process.env["PATH"]}`,
    npm_config_registry: `http://127.0.0.1:${(registry.address() as AddressInfo).port}`,
    npm_config_cache: join(folder, "npm-cache"),
    // An audit would ask the registry about every installed package, wherever it comes from.
    npm_config_audit: "false",
  };
  const lines = ["-euo", "pipefail", "-c", `cd '${folder}/keyvend'\n${script}`];
  try {
    const { stdout } = await promisify(execFile)("bash", lines, { env });
    return { folder: project, stdout, registryRequests };
  } finally {
    registry.close();
    const { version } = JSON.parse(await readFile("shared/client/package.json", "utf8"));
    await rm(`keyvend-${version}.tgz`, { force: true });
  }
}
