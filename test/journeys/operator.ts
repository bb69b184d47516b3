import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");

/** How a command ended, with what it wrote. */
export interface Ended {
  status: number | string | undefined;
  out: string;
  err: string;
}

export interface Template {
  Resources: Record<string, { Type: string; Properties?: Record<string, unknown> }>;
}

/** Somebody with a clone, and with files in a folder outside of it. */
export interface Operator {
  /** A copy of what a deployment is made of, so that the builds of several tests do not meet. */
  clone: string;
  folder: string;
  write(name: string, text: string): Promise<void>;
  /** Runs a script of the clone from the operator's folder. `input` goes to its standard input. */
  npmRun(call: string[], input?: string): Promise<Ended>;
  /** Runs commands in the clone, as an operator would type them there. Beside the usual environment they have this one. */
  sh(script: string, environment?: Record<string, string>): Promise<Ended>;
  /** The template of a package in the operator's folder. */
  template(folder: string): Promise<Template>;
  close(): Promise<void>;
}

/**
 * Makes an operator, whose folder has a name of which a shell would make several words, and run one. Commands get nothing of this
 * process's environment but what is given: no credentials, and no home in which to look for them.
 *
 * @example const { npmRun } = await createOperator({}); await npmRun(["package", "--stage", "prod"])
 */
export async function createOperator(environment: Record<string, string>): Promise<Operator> {
  const place = await mkdtemp(join(tmpdir(), "keyvend-operator-"));
  const clone = join(place, "keyvend");
  const folder = join(place, "of $(touch it) ours");
  await mkdir(folder);
  for (const part of ["functions", "infra", "shared", "package.json", "serverless.yml"])
    await cp(join(root, part), join(clone, part), {
      recursive: true,
      filter: (path) => !/\/(?:node_modules|dist)$/.test(path),
    });
  await symlink(join(root, "node_modules"), join(clone, "node_modules"));
  const env = {
    PATH: process.env["PATH"],
    HOME: place,
    AWS_EC2_METADATA_DISABLED: "true",
    // Stacks are there at once here: Serverless need not wait five seconds before each look.
    SLS_AWS_MONITORING_FREQUENCY: "100",
    ...environment,
  };
  return {
    clone,
    folder,
    write: (name, text) => writeFile(join(folder, name), text),
    npmRun([script = "", ...args], input = "") {
      const call = ["--prefix", clone, "run", "--silent", script, "--", ...args];
      return new Promise((resolve) => {
        const child = execFile("npm", call, { cwd: folder, env }, (error, out, err) =>
          resolve({ status: error ? (error.code ?? undefined) : 0, out, err }),
        );
        child.stdin?.on("error", () => undefined).end(input);
      });
    },
    sh: (script, more = {}) =>
      new Promise((resolve) => {
        const options = { cwd: clone, env: { ...env, ...more }, maxBuffer: 64 * 1024 * 1024 };
        execFile("sh", ["-eu", "-c", script], options, (error, out, err) =>
          resolve({ status: error ? (error.code ?? undefined) : 0, out, err }),
        );
      }),
    template: async (packaged) =>
      JSON.parse(await readFile(join(folder, packaged, "cloudformation-template-update-stack.json"), "utf8")),
    close: () => rm(place, { recursive: true }),
  };
}
