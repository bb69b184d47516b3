/** The CLI as it is installed, against a whole keyvend: programs that know nothing of it use S3. */
import { type ExecFileException, execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Emulation, startEmulation } from "../../infra/local/emulation.ts";
import { localPorts } from "../../infra/local/ports.ts";
import { buildCli } from "../../shared/client/build-cli.ts";

const base = 4_500;
let folder: string;
let emulation: Emulation;
let cli: string;
let env: Record<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "keyvend-cli-journey-"));
  [emulation, cli] = await Promise.all([startEmulation(localPorts(base), () => {}), buildCli(folder)]);
  env = {
    PATH: process.env["PATH"] ?? "",
    HOME: folder,
    KEYVEND_URL: emulation.api.url,
    KEYVEND_STORAGE: "lake",
    KEYVEND_TOKEN: await emulation.backends.issuer.token(),
  };
});

afterAll(async () => {
  await emulation?.close();
  await rm(folder, { recursive: true, force: true });
});

async function keyvend(...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  const running = promisify(execFile)(process.execPath, [cli, ...args], { env });
  return running.then(
    (result) => ({ status: 0, ...result }),
    ({ code, stdout = "", stderr = "" }: ExecFileException) => ({ status: Number(code), stdout, stderr }),
  );
}

/** Writes a program that configures nothing. All that it knows of S3 is in its environment. */
async function program(name: string, code: string): Promise<string> {
  const file = join(folder, name);
  await build({
    stdin: { contents: code, loader: "ts", resolveDir: resolve(".") },
    bundle: true,
    platform: "node",
    format: "cjs",
    outfile: file,
  });
  return file;
}

test("exec: an S3 client without any configuration writes and lists", async () => {
  const file = await program(
    "list.cjs",
    `import { ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
     const s3 = new S3Client({});
     main();
     async function main() {
       await s3.send(new PutObjectCommand({ Bucket: "lake", Key: "cli/hello.txt", Body: "hello" }));
       const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: "lake", Prefix: "cli/" }));
       console.log(Contents.map(({ Key }) => Key).join());
     }`,
  );
  const { status, stdout, stderr } = await keyvend("exec", process.execPath, file);
  expect({ status, stdout }).toEqual({ status: 0, stdout: "cli/hello.txt\n" });
  // Of the SDK, which finds the token and its file. Other clients know only one of them.
  const words =
    /^(@aws-sdk\/credential-provider-http: you have set both awsContainerAuthorizationToken and awsContainerAuthorizationTokenFile\.|awsContainerAuthorizationTokenFile will take precedence\.)$/;
  for (const line of stderr.trim().split("\n")) expect(line).toMatch(words);
});

test("credential-process: an S3 client needs only the profile that the config command wrote", async () => {
  const shim = join(folder, "keyvend");
  await writeFile(shim, `#!/bin/sh\nexec '${process.execPath}' '${cli}' "$@"\n`, { mode: 0o755 });
  const { stdout: profile } = await keyvend("config", "aws-cli");
  await writeFile(join(folder, "config"), profile);
  const file = await program(
    "profile.cjs",
    `import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
     new S3Client({}).send(new ListObjectsV2Command({ Bucket: "lake" })).then(({ KeyCount }) => console.log(KeyCount > 0));`,
  );
  const { stdout } = await promisify(execFile)(process.execPath, [file], {
    env: {
      ...env,
      PATH: `${folder}:${env["PATH"]}`,
      AWS_CONFIG_FILE: join(folder, "config"),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, "none"),
      AWS_PROFILE: "lake",
    },
  });
  expect(stdout).toBe("true\n");
});

test("storages and explain show the real service's answers in words for a person", async () => {
  const storages = await keyvend("storages");
  expect(storages).toMatchObject({ status: 0, stderr: "" });
  expect(storages.stdout).toMatch(/^lake {2}http:\/\/127\.0\.0\.1:\d+, us-east-1, path style$/m);

  const allowed = await keyvend("explain");
  expect(allowed).toMatchObject({ status: 0, stderr: "" });
  expect(allowed.stdout).toMatch(/^lake: allowed\n {2}grant /);

  const refused = await keyvend("explain", "--storage", "no-such-storage");
  expect(refused).toMatchObject({ status: 1, stderr: "" });
  expect(refused.stdout).toMatch(/^no-such-storage: refused, no_grant/);
});

test("a refusal by the real service is one sentence and status 1", async () => {
  const { status, stdout, stderr } = await keyvend("env", "--storage", "no-such-storage");
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toMatch(/^keyvend: no_grant: .+\n {2}request id \S+\n$/);
});

test("a page in a browser may not ask the emulation, whatever its origin", async () => {
  for (const method of ["GET", "OPTIONS"]) {
    const { headers } = await fetch(`${emulation.api.url}/v1/storages`, {
      method,
      headers: { origin: "http://localhost:5173", "access-control-request-method": "GET" },
    });
    expect([...headers.keys()].filter((name) => name.startsWith("access-control-"))).toEqual([]);
  }
});

test("env: under a profile with a key of its own, a shell's program writes with what was vended", async () => {
  const { stdout: lines } = await keyvend("env");
  await writeFile(
    join(folder, "mine"),
    "[mine]\naws_access_key_id = AKIAMINE\naws_secret_access_key = mine\n",
  );
  const file = await program(
    "put.cjs",
    `import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
     const put = new PutObjectCommand({ Bucket: "lake", Key: "cli/env.txt", Body: "hello" });
     new S3Client({ forcePathStyle: true }).send(put).then(({ ETag }) => console.log(ETag !== undefined));`,
  );
  const script = 'eval "$1"; exec "$2" "$3"';
  const { stdout } = await promisify(execFile)("sh", ["-euc", script, "sh", lines, process.execPath, file], {
    env: { ...env, AWS_PROFILE: "mine", AWS_SHARED_CREDENTIALS_FILE: join(folder, "mine") },
  });
  expect(stdout).toBe("true\n");
});

test("env and config: a storage that vends nothing says where it is", async () => {
  const words = ["--storage", "own-keys"];
  const lines = await keyvend("env", ...words);
  expect(lines).toMatchObject({ status: 0, stderr: "" });
  expect(lines.stdout).toContain(`export AWS_ENDPOINT_URL_S3='${emulation.backends.s3.url}'\n`);
  const { stdout } = await keyvend("config", "env", ...words);
  expect(stdout).toBe(lines.stdout);
});
