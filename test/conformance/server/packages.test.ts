import { execFile } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { buildServer } from "../../../infra/server/build.ts";
import { configSource } from "../../../infra/server/config-source.ts";
import { pythonEnvironment } from "../clients/python/python.ts";
import { runTool } from "../clients/toolchain.ts";
import { goTools } from "../go-tools.ts";

// What runs the server elsewhere, checked by the tools that there are for it. No image is built here: that needs Docker, and a
// registry.

const here = import.meta.dirname;
const packages = join(here, "../../../infra/server");
const kubernetes = join(packages, "kubernetes.yml");
let folder: string;
let python: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "keyvend-packages-"));
  python = await pythonEnvironment("server", join(here, "requirements.txt"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const documents = async () =>
  parseAllDocuments(await readFile(kubernetes, "utf8")).map((document) => document.toJS());

test("hadolint has nothing to say of the Dockerfile, and finds what is wrong", async () => {
  const hadolint = join(python, "hadolint");
  const dockerfile = join(packages, "Dockerfile");
  expect(await runTool([hadolint, dockerfile], { install: "" })).toBe("");
  const worse = join(folder, "Dockerfile");
  await writeFile(worse, `${await readFile(dockerfile, "utf8")}\nUSER root\n`);
  await expect(runTool([hadolint, worse], { install: "" })).rejects.toThrow("DL3002");
});

test("the Dockerfile's last stage has no shell, a numeric user, and no more than Node.js needs", async () => {
  const text = await readFile(join(packages, "Dockerfile"), "utf8");
  const last = text.slice(text.lastIndexOf("FROM "));
  expect(last).toMatch(/^FROM scratch\n/);
  expect(last).not.toMatch(/^(RUN|ADD|SHELL)/m);
  expect(last).toMatch(/^USER \d+:\d+$/m);
});

test("Node.js runs the server in a folder with what the Dockerfile puts there, and with nothing else", async () => {
  if (process.getuid?.() !== 0) throw new Error("Only root may change the root folder: run it as root.");
  await buildServer({ outDir: relative(join(here, "../../.."), folder) });
  const image = join(folder, "image");
  await mkdir(image);
  const libraries = (await promisify(execFile)("ldd", [process.execPath])).stdout.match(/\/\S+/g) ?? [];
  for (const file of libraries) await cp(file, join(image, file), { dereference: true, recursive: true });
  await mkdir(join(image, "usr/local/bin"), { recursive: true });
  await cp(process.execPath, join(image, "usr/local/bin/node"), { dereference: true });
  await cp(join(folder, "serve"), join(image, "keyvend"), { recursive: true });
  await mkdir(join(image, "etc/keyvend"), { recursive: true });
  const [, , { data }] = await documents();
  await writeFile(
    join(image, "etc/keyvend/vending.yml"),
    // Without the certificate, which is not there to be checked.
    data["vending.yml"].replace(/^ {2}(listen|tls|table).*\n/gm, ""),
  );
  await chmod(folder, 0o755);
  const command = ["/usr/local/bin/node", "/keyvend/serve.mjs", "--config", "/etc/keyvend/vending.yml"];
  const asNobody: [string, ...string[]] = ["chroot", "--userspec=65532:65532", image];
  const said = await runTool([...asNobody, ...command, "--check", "--secrets", "/etc"], {
    install: "",
  });
  expect(said).toBe("/etc/keyvend/vending.yml: no faults\n");
});

test("kubeconform finds the manifests sound, and finds what is wrong", async () => {
  const kubeconform = join(await goTools(here), "kubeconform");
  const schemas = join(folder, "schemas");
  await mkdir(schemas);
  await writeSchemas(schemas, await documents());
  const places = ["-strict", "-schema-location", `${schemas}/{{.ResourceKind}}{{.KindSuffix}}.json`];
  await runTool([kubeconform, ...places, kubernetes], { install: "" });
  const worse = join(folder, "worse.yml");
  const text = await readFile(kubernetes, "utf8");
  await writeFile(worse, text.replace("readOnlyRootFilesystem", "readOnlyRootFilesytem"));
  await expect(runTool([kubeconform, ...places, worse], { install: "" })).rejects.toThrow();
});

/** Kubernetes' own schemas, each with the definitions that it refers to: kubeconform follows no reference between files. */
async function writeSchemas(to: string, resources: { kind: string; apiVersion: string }[]): Promise<void> {
  const script = "import importlib.util as u; print(u.find_spec('kubernetes_validate').origin)";
  const file = await runTool([join(python, "python"), "-c", script], { install: "" });
  const from = join(dirname(file.trim()), "kubernetes-json-schema/v1.37.0-local-strict");
  const read = async (name: string) =>
    JSON.parse((await readFile(join(from, name), "utf8")).replaceAll("/api/_definitions.json#", "#"));
  const { $defs } = await read("_definitions.json");
  for (const { kind, apiVersion } of resources) {
    const [group = "", version] = apiVersion.includes("/") ? apiVersion.split("/") : ["", apiVersion];
    const name = [kind.toLowerCase(), group.split(".")[0], version].filter(Boolean).join("-");
    await writeFile(join(to, `${name}.json`), JSON.stringify({ ...(await read(`${name}.json`)), $defs }));
  }
}

test("the configuration in the manifests has no fault", async () => {
  const [, , { data }] = await documents();
  const path = join(folder, "vending.yml");
  await writeFile(path, data["vending.yml"]);
  const { settings } = await configSource(path).load();
  expect(settings).toMatchObject({ listen: { port: 8443 }, status: { port: 9464 }, drainSeconds: 10 });
});

test("systemd's own analysis finds the service's exposure low", async () => {
  const unit = join(packages, "keyvend.service");
  // In tenths: 10 is safest for a service that has a network, and 100 has no sandbox.
  const analyze: [string, ...string[]] = ["systemd-analyze", "security", "--offline=true", "--no-pager"];
  await runTool([...analyze, "--threshold=20", unit], {
    install: "Install systemd 250 or newer.",
  });
  await expect(runTool([...analyze, "--threshold=5", unit], { install: "" })).rejects.toThrow();
});
