import { execFile } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { importFluss } from "../../../infra/config/fluss-import.ts";
import { fileWith, temporaryDirectory } from "./files.ts";

const run = promisify(execFile);
const id = "AKIAIOSFODNN7EXAMPLE";
const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const place = { "remote.data.dir": "s3://lake/remote", "s3.region": "eu-central-1" };
const key = { "s3.access-key": id, "s3.secret-key": secret };

describe("the import of a Fluss server.yaml", () => {
  it("makes a session-token storage of a key", () => {
    const imported = importFluss({ "bind.listeners": "FLUSS://a", ...place, ...key }, "keyvend/lake");
    expect(imported).toEqual({
      storage: {
        bucket: "s3://lake/remote",
        region: "eu-central-1",
        issue: "session-token",
        secret: "keyvend/lake",
      },
      secret: { accessKeyId: id, secretAccessKey: secret },
      notes: ["1 other options have nothing to do with S3"],
    });
  });

  it("makes an assume-role storage of a role, with or without a key", () => {
    const role = { "s3.assumed.role.arn": "arn:aws:iam::111122223333:role/x" };
    const storage = { issue: "assume-role", roleArn: role["s3.assumed.role.arn"] };
    expect(importFluss({ ...place, ...role }, "s")).toMatchObject({ storage, notes: [] });
    expect(importFluss({ ...place, ...role, ...key }, "s").storage).toMatchObject({
      ...storage,
      secret: "s",
    });
  });

  it("makes a none storage where token delegation is off, and leaves the key out", () => {
    const imported = importFluss({ ...place, ...key, "fs.s3.enable-token-delegation": "false" }, "s");
    expect(imported.storage).toEqual({ bucket: "s3://lake/remote", region: "eu-central-1", issue: "none" });
    expect(imported.secret).toBeUndefined();
    expect(imported.notes).toEqual([expect.stringMatching(/^the key is left out/)]);
  });

  it("says what it left out and what is missing, without values", () => {
    const { notes } = importFluss(
      {
        ...place,
        ...key,
        "s3.endpoint": "https://minio.example.com",
        "s3.aws.credentials.provider": "org.A",
        "fs.s3a.threads": "7",
      },
      "s",
    );
    expect(notes).toEqual([
      expect.stringMatching(/^s3\.aws\.credentials\.provider is left out: a provider class/),
      expect.stringMatching(/^fs\.s3a\.threads is left out/),
      expect.stringMatching(/^add stsEndpoint yourself/),
    ]);
    expect(importFluss(place, "s").notes).toEqual([expect.stringMatching(/^choose issue yourself/)]);
  });

  it.each([
    ["half a key pair", { "s3.access-key": id }],
    ["session credentials", { ...key, "s3.session.token": "t" }],
    ["two keys", { ...key, "s3a.access-key": "unlike-9" }],
    ["two regions", { ...key, "s3a.region": "unlike-9" }],
  ])("refuses %s without showing a value", (_what, options) => {
    const attempt = () => importFluss({ ...place, ...options }, "s");
    expect(attempt).toThrow();
    expect(attempt).not.toThrow(new RegExp(`${id}|${secret}|unlike-9`));
  });
});

describe("npm run config:import", () => {
  const yaml = fileOf({ ...place, "s3.access-key": id, "s3.secret-key": secret });
  const command = (...args: string[]) =>
    run(process.execPath, ["infra/config/import.ts", fileWith(yaml), ...args]);

  it("shows the storage, and the key nowhere", async () => {
    const { stdout, stderr } = await command("--name", "fluss");
    expect(stdout).toMatch(/^fluss:\n {2}bucket: s3:\/\/lake\/remote\n/);
    expect(stderr).toContain("the key was not written to any file");
    expect(stdout + stderr).not.toMatch(new RegExp(`${id}|${secret}`));
  });

  it("writes the key where only its owner reads it, and over nothing", async () => {
    const out = join(temporaryDirectory(), "secret.json");
    const { stderr } = await command("--secret-out", out);
    expect(statSync(out).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(out, "utf8"))).toEqual({ accessKeyId: id, secretAccessKey: secret });
    expect(stderr).toContain(`npm run secret:put -- --storage lake --stage STAGE --file ${out}`);
    await expect(command("--secret-out", out)).rejects.toMatchObject({ code: 1 });
  });

  it("pipes the key on request, and then nothing else", async () => {
    await expect(command("--secret-out", "-")).rejects.toMatchObject({ code: 1, stdout: "" });
    const { stdout } = await command(
      "--secret-out",
      "-",
      "--storage-out",
      join(temporaryDirectory(), "lake.yml"),
    );
    expect(JSON.parse(stdout)).toEqual({ accessKeyId: id, secretAccessKey: secret });
  });
});

function fileOf(options: Record<string, string>): string {
  return Object.entries(options)
    .map(([option, value]) => `${option}: ${value}\n`)
    .join("");
}
