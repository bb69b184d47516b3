import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newApiToken } from "../../../infra/config/new-token.ts";
import { buildServer } from "../../../infra/server/build.ts";
import type { CredentialsAnswer } from "../../../shared/contract.ts";
import { blocksOf } from "../../documents/markdown.ts";
import { s3Of } from "../../journeys/local-service.ts";
import { runTool } from "../clients/toolchain.ts";
import { statusOf } from "../clients.ts";
import { freePort } from "../free-port.ts";
import { type Minio, minioRegion, startMinio } from "./minio.ts";

// Follows infra/server/README.md as it is written. Only addresses, ports and the token's entry are this test's own.

const text = readFileSync("infra/server/README.md", "utf8");
const block = (language: string, containing: string) => {
  const found = blocksOf(text, language).filter((code) => code.includes(containing));
  return found.length === 1 ? String(found[0]) : expect.fail(`${found.length} blocks of ${containing}`);
};
let minio: Minio;
let folder: string;
let stop = () => {};

beforeAll(async () => {
  minio = await startMinio();
  folder = mkdtempSync(join(tmpdir(), "keyvend-server-readme-"));
});
afterAll(async () => {
  stop();
  await minio?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("from nothing to vending for MinIO", async () => {
  const project = resolve(import.meta.dirname, "../../..");
  await buildServer({ outDir: relative(project, join(folder, ".build")) });
  const shell: [string, ...string[]] = ["bash", "-euo", "pipefail", "-c"];
  const openssl = { PATH: `${minio.clientEnvironment["PATH"]}` };
  await runTool([...shell, block("sh", "mc admin user add")], {
    install: "",
    cwd: folder,
    env: { ...minio.clientEnvironment, ...openssl },
  });

  const { token, entry } = newApiToken("me", 1, Date.now());
  const [port, statusPort] = [await freePort(), await freePort()];
  const written = block("yaml", "apiTokens:")
    .replace(/^caBundle.*\n/, "")
    .replace(/ {2}me:\n {4}sha256.*\n {4}expires.*\n/, entry)
    .replace("region: us-east-1", `region: ${minioRegion}`)
    .replaceAll("https://minio.example.com", minio.endpoint);
  const server = `server: { listen: "127.0.0.1:${port}", status: "127.0.0.1:${statusPort}" }\n`;
  writeFileSync(join(folder, "vending.yml"), written + server);

  const [node = "", ...args] = block("sh", "serve.mjs --config vending.yml").trim().split(" ");
  expect(node).toBe("node");
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ["ignore", "pipe", "inherit"], env: {} });
  stop = () => child.kill();
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on("data", (line) => String(line).includes('"ready"') && resolve());
    child.once("exit", (code) => reject(new Error(`The server ended with ${code}.`)));
  });

  const vending = block("sh", "curl -H").replace("127.0.0.1:8080", `127.0.0.1:${port}`);
  const printed = await runTool([...shell, vending.replace("curl", "curl -sS")], {
    install: "",
    env: { TOKEN: token },
  });
  const answer: CredentialsAnswer = JSON.parse(printed);
  expect(answer).toMatchObject({
    Targets: ["s3://lake/me/"],
    Permission: "READWRITE",
    PathStyleAccess: true,
  });

  const root = s3Of({ ...answer, ...asAnswer(minio.rootKey) });
  await root.send(new CreateBucketCommand({ Bucket: "lake" }));
  const s3 = s3Of(answer);
  const inside = { Bucket: "lake", Key: "me/x" };
  expect(await statusOf(s3.send(new PutObjectCommand({ ...inside, Body: "content" })))).toBe(200);
  expect(await statusOf(s3.send(new GetObjectCommand(inside)))).toBe(200);
  expect(await statusOf(s3.send(new PutObjectCommand({ ...inside, Key: "other/x", Body: "" })))).toBe(403);
  for (const client of [root, s3]) client.destroy();
});

const asAnswer = ({ accessKeyId, secretAccessKey }: Minio["rootKey"]) => ({
  AccessKeyId: accessKeyId,
  SecretAccessKey: secretAccessKey,
  Token: "",
});
