import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const run = promisify(execFile);
const root = resolve(".");
let folder: string;
let packed: { filename: string; files: { path: string }[] };

/** A project that has installed the packed package. It is in a folder that is not near this repository. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "keyvend-package-"));
  const { stdout } = await run("npm", ["pack", "-w", "keyvend", "--json", "--pack-destination", folder]);
  [packed] = JSON.parse(stdout.slice(stdout.indexOf("[")));
  await mkdir(join(folder, "node_modules"));
  await run("tar", ["-xzf", packed.filename], { cwd: folder });
  await cp(join(folder, "package"), join(folder, "node_modules/keyvend"), { recursive: true });
});

afterAll(() => rm(folder, { recursive: true }));

/** Type-checks files of a folder as strictly as a careful user would. */
async function typeCheck(cwd: string, words: readonly string[]): Promise<void> {
  const strict = ["--ignoreConfig", "--noEmit", "--strict", "--exactOptionalPropertyTypes"];
  const place = ["--module", "nodenext", "--target", "es2022"];
  await run(join(root, "node_modules/.bin/tsc"), [...strict, ...place, ...words], { cwd });
}

test("the package holds its build, its documents and nothing else", async () => {
  const sources = await Promise.all(
    ["", "identity-sources/"].map(async (inner) =>
      (await readdir(join(root, "shared/client/src", inner))).map((file) => inner + file),
    ),
  );
  const modules = sources
    .flat()
    .filter((file) => file.endsWith(".ts"))
    .map((file) => `client/src/${file.slice(0, -3)}`);
  const built = [...modules, "contract"].flatMap((name) => [`dist/${name}.d.ts`, `dist/${name}.js`]);
  expect(packed.files.map(({ path }) => path).sort()).toEqual(
    [
      ...["LICENSE", "README.md", "package.json", "dist/cli/keyvend.cjs", "dist/cli/run.cjs"],
      ...["dist/cli/fetch-through.cjs", "dist/cli/undici.LICENSE", "dist/cli/noble-hashes.LICENSE"],
      ...built,
    ].sort(),
  );
  expect(await readFile(join(folder, "package/LICENSE"), "utf8")).toBe(
    await readFile(join(root, "LICENSE"), "utf8"),
  );
});

test("publint and arethetypeswrong find no fault", async () => {
  await run("npm", ["run", "check", "-w", "keyvend"]);
});

test("the package is imported by its name", async () => {
  const { stdout } = await run(
    process.execPath,
    [
      "--input-type=module",
      "-e",
      `for (const name of ["keyvend", "keyvend/identity"])
         console.log(Object.keys(await import(name)).sort().join());`,
    ],
    { cwd: folder },
  );
  expect(stdout.trim().split("\n")).toEqual([
    "VendingError,fromVending,s3Config",
    "fromAws,fromEnvironment,fromGitHubActions,fromKubernetes,fromTokenFile",
  ]);
});

test("its command runs as it is installed", async () => {
  const { stdout } = await run(join(folder, "package/dist/cli/keyvend.cjs"), ["--version"], { cwd: folder });
  expect(stdout).toBe(
    `${JSON.parse(await readFile(join(folder, "package/package.json"), "utf8")).version}\n`,
  );
});

test("the packed file, installed for all, is the command keyvend", async () => {
  const file = join(folder, packed.filename);
  const place = ["--global", "--prefix", join(folder, "global"), "--cache", join(folder, "cache")];
  await run("npm", ["install", ...place, "--offline", "--no-audit", file], { cwd: folder });
  const { stdout } = await run(join(folder, "global/bin/keyvend"), ["help", "exec"], { cwd: folder });
  expect(stdout).toContain("Usage: keyvend exec");
});

test("its types need no others, not even in a browser's project, and allow only what the contract has", async () => {
  await writeFile(
    join(folder, "use.mts"),
    `import { fromVending, s3Config, VendingError, type VendedCredentials } from "keyvend";
     import { fromAws, fromEnvironment, fromGitHubActions } from "keyvend/identity";
     const options = { url: "https://vend.example.com", storage: "lake", token: async () => "t" };
     fromVending({ ...options, token: fromEnvironment() });
     fromVending({ ...options, token: fromAws({ audience: "keyvend", signingAlgorithm: "ES384" }) });
     // @ts-expect-error: no audience
     fromGitHubActions({});
     export const credentials: VendedCredentials = await fromVending({ ...options, permission: "READ" })();
     export const style: boolean = (await s3Config(options)).forcePathStyle;
     export const off = (error: VendingError): string | undefined =>
       error.code === "delegation_off" ? error.address?.endpoint : error.fields?.[0]?.field;
     // @ts-expect-error: not a permission
     fromVending({ ...options, permission: "DELETE" });
     // @ts-expect-error: not a code
     export const never = (error: VendingError) => error.code === "no_such_code";`,
  );
  await typeCheck(folder, ["--skipLibCheck", "false", "--lib", "es2022,dom", "--types", "", "use.mts"]);
});

test("the README's examples type-check against the package and the AWS SDK", async () => {
  const project = join(root, "node_modules/.cache/keyvend-readme");
  await rm(project, { recursive: true, force: true });
  await mkdir(join(project, "node_modules"), { recursive: true });
  try {
    await symlink(join(folder, "package"), join(project, "node_modules/keyvend"));
    const readme = await readFile(join(root, "shared/client/README.md"), "utf8");
    const examples = [...readme.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code = ""]) => code);
    expect(examples).toHaveLength(3);
    const files = await Promise.all(
      examples.map(async (code, index) => {
        await writeFile(join(project, `${index}.mts`), code);
        return `${index}.mts`;
      }),
    );
    await typeCheck(project, ["--skipLibCheck", "--types", "node", ...files]);
  } finally {
    await rm(project, { recursive: true });
  }
});
