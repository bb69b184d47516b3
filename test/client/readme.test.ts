import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterEach, beforeEach, expect, test } from "vitest";
import { buildCli } from "../../shared/client/build-cli.ts";
import { flags } from "../../shared/client/src/cli/command-line.ts";
import { commands } from "../../shared/client/src/cli/commands.ts";
import type { CredentialsAnswer } from "../../shared/contract.ts";
import {
  answer,
  type FakeService,
  good,
  json,
  problem,
  raw,
  startFakeService,
  token,
} from "./fake-service.ts";

let service: FakeService;
let folder: string;

beforeEach(async () => {
  service = await startFakeService();
  folder = await mkdtemp(join(tmpdir(), "keyvend-readme-"));
});

afterEach(async () => {
  await service.close();
  await rm(folder, { recursive: true });
});

async function example(number: number): Promise<string> {
  const readme = await readFile(resolve("shared/client/README.md"), "utf8");
  const [, code = expect.fail(`no example ${number}`)] =
    [...readme.matchAll(/^```ts\n([\s\S]*?)^```/gm)][number] ?? [];
  return code;
}

/** Runs in a process of its own, as a reader would. */
async function run(code: string, env: Record<string, string> = {}): Promise<string> {
  const file = join(folder, "example.mjs");
  await build({
    stdin: { contents: code, loader: "ts", resolveDir: resolve(".") },
    alias: {
      "keyvend/identity": resolve("shared/client/src/identity-sources/index.ts"),
      keyvend: resolve("shared/client/src/index.ts"),
    },
    bundle: true,
    platform: "node",
    format: "esm",
    outfile: file,
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
  });
  return (await promisify(execFile)(process.execPath, [file], { env })).stdout;
}

test("the example lists a bucket with nothing but a URL, a storage and a token", async () => {
  const tokenFile = join(folder, "token");
  await writeFile(tokenFile, `${token}\n`);
  let signedBy: string | undefined;
  service.alwaysReply((response, request) => {
    if (request.url?.startsWith("/v1/")) return good({ Endpoint: service.url })(response, request);
    signedBy = request.headers.authorization;
    const listing = `<ListBucketResult><Contents><Key>tables/a</Key></Contents></ListBucketResult>`;
    raw(200, listing, { "content-type": "application/xml" })(response, request);
  });

  const code = (await example(0))
    .replace("https://vend.example.com", service.url)
    .replace("/var/run/secrets/vend/token", tokenFile);

  expect(await run(code)).toBe("tables/a\n");
  expect(signedBy).toContain("Credential=ASIAEXAMPLE/");
  expect(service.requests.map(({ path }) => path)).toEqual([
    "/v1/storages/lake/credentials",
    "/lake-bucket/",
  ]);
  expect(service.requests[0]?.authorization).toBe(`Bearer ${token}`);
});

test("the example with an identity of the environment connects", async () => {
  const code = (await example(1)).replace("https://vend.example.com", service.url);
  const call = "\nconsole.log(await (await s3()).config.region());";
  expect(await run(code + call, { KEYVEND_TOKEN: token })).toBe("eu-central-1\n");
  expect(service.requests[0]?.authorization).toBe(`Bearer ${token}`);
});

test("the commands run as written", { timeout: 60_000 }, async () => {
  const readme = await readFile(resolve("shared/client/README.md"), "utf8");
  const [, script = expect.fail("no commands")] = /^```sh\n([\s\S]*?)^```/m.exec(readme) ?? [];
  await buildCli(folder);
  await writeFile(
    join(folder, "keyvend"),
    `#!/bin/sh\nexec '${process.execPath}' '${folder}/keyvend.cjs' "$@"\n`,
  );
  await chmod(join(folder, "keyvend"), 0o755);
  await writeFile(join(folder, "token"), token);
  await writeFile(join(folder, "list.js"), "console.log(process.env.AWS_REGION)");
  await mkdir(join(folder, ".aws"));
  service.alwaysReply((response, request) => {
    const { pathname } = new URL(request.url ?? "", service.url);
    const place = answer() as CredentialsAnswer;
    const list = { Storages: [{ ...place, Grants: [], Vends: true }] };
    const explained = { Storage: "lake", Decision: "allowed", Time: "2026-11-22T15:00:00Z" };
    const replies: Record<string, object> = { "/v1/storages": list, "/v1/storages/lake/explain": explained };
    json(200, replies[pathname] ?? place)(response, request);
  });
  const commands = script
    .replace("https://vend.example.com", service.url)
    .replace("/var/run/secrets/vend/token", join(folder, "token"));

  const { stdout, stderr } = await promisify(execFile)("sh", ["-e", "-c", commands], {
    cwd: folder,
    env: { PATH: `${folder}:${dirname(process.execPath)}:/bin:/usr/bin`, HOME: folder },
  });
  expect(stderr).toBe("");
  expect(stdout).toMatch(/^lake {2}https:\S+, eu-central-1, path style\nlake: allowed\neu-central-1\n$/);
  // Another terminal has none of the variables.
  const profile = await readFile(join(folder, ".aws/config"), "utf8");
  const [, line = expect.fail(profile)] = /^credential_process = (.*)$/m.exec(profile) ?? [];
  const credentials = await promisify(execFile)("sh", ["-c", line], {
    cwd: "/",
    env: { PATH: "/bin:/usr/bin", HOME: folder },
  });
  expect(JSON.parse(credentials.stdout)).toMatchObject({ Version: 1, AccessKeyId: "ASIAEXAMPLE" });
  expect(await readFile(join(folder, "lake.env"), "utf8")).toContain("AWS_SESSION_TOKEN='");
});

test("the lines for containers run as written, but for Docker itself and the address", async () => {
  const readme = await readFile(resolve("shared/client/README.md"), "utf8");
  const [, script = expect.fail("no lines")] = /^```sh\n(docker [\s\S]*?)^```/m.exec(readme) ?? [];
  await buildCli(folder);
  const program = async (name: string, text: string) => {
    await writeFile(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  };
  await program("keyvend", `exec '${process.execPath}' '${folder}/keyvend.cjs' "$@"`);
  // A container that shares the folder. By then the token and the variables are there.
  await program(
    "docker",
    `[ "$1" = run ] || exit 0
     until [ "$1" = my-image ]; do shift; done; shift
     until [ -s '${folder}/shared/variables' ]; do sleep 0.1; done
     exec "$@"`,
  );
  await program(
    "job",
    `exec '${process.execPath}' -e '
      const { AWS_CONTAINER_CREDENTIALS_FULL_URI: url, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file } = process.env;
      fetch(url, { headers: { authorization: fs.readFileSync(file, "utf8") } })
        .then((answer) => answer.json())
        .then(({ AccessKeyId }) => console.log(new URL(url).hostname, AccessKeyId))'`,
  );
  await mkdir(join(folder, "shared"));
  const lines = script
    .replaceAll("169.254.170.2 ", "127.0.0.2 ")
    .replaceAll("/run/keyvend", join(folder, "shared"));
  const { stdout, stderr } = await promisify(execFile)("sh", ["-e", "-c", `${lines}kill $!; wait $!`], {
    cwd: folder,
    env: {
      PATH: `${folder}:/bin:/usr/bin`,
      ...{ KEYVEND_URL: service.url, KEYVEND_STORAGE: "lake", KEYVEND_TOKEN: token },
    },
  });
  expect({ stdout, stderr }).toEqual({ stdout: "127.0.0.2 ASIAEXAMPLE\n", stderr: "" });
  await expect(readFile(join(folder, "shared/token"))).rejects.toThrow("ENOENT");
});

test("the example for a storage that vends nothing connects to its address", async () => {
  service.alwaysReply(
    problem(409, "delegation_off", { Endpoint: service.url, Region: "eu-central-1", PathStyleAccess: true }),
  );
  const call = `
    const s3 = await connect({ url: "${service.url}", storage: "lake", token: "${token}" });
    console.log((await s3.config.endpoint()).port, await s3.config.region());`;
  expect(await run((await example(2)) + call)).toBe(`${new URL(service.url).port} eu-central-1\n`);
});

test("every command, and every name that config and completion take, is in the README", async () => {
  const readme = await readFile(resolve("shared/client/README.md"), "utf8");
  for (const [name, { words = [] }] of Object.entries(commands))
    for (const word of [name, ...words]) expect(readme).toMatch(new RegExp(`\`${word}( [^\`]*)?\``));
});

test("the README has a row for each reader of variables, in the order of the help", async () => {
  const readme = await readFile(resolve("shared/client/README.md"), "utf8");
  const [, section = ""] = readme.split("### Variables, for what reads them");
  const rows = [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
  expect(rows).toEqual(flags.shell.choices);
});
