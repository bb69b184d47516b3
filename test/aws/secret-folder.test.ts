import { chmod, mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SecretUnreadable } from "../../shared/aws/key-versions.ts";
import { createSecretFolder } from "../../shared/aws/secret-folder.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "keyvend-secrets-"));
});
afterEach(() => rm(folder, { recursive: true }));

const signal = AbortSignal.timeout(60_000);
const keyText = (n: number) =>
  JSON.stringify({ accessKeyId: `AKIALAKEOWNER000000${n}`, secretAccessKey: `lake+owner/secret-${n}` });
const secrets = () => createSecretFolder(folder, { now: Date.now });

async function put(name: string, text: string, mode = 0o400): Promise<void> {
  await writeFile(join(folder, `${name}.new`), text);
  await chmod(join(folder, `${name}.new`), mode);
  await rename(join(folder, `${name}.new`), join(folder, name));
}

test("a secret is the file of its name, also in a folder", async () => {
  await put("client-keys", "text");
  await mkdir(join(folder, "keyvend"));
  await put("keyvend/lake", "of the lake", 0o440);
  expect(await secrets().text("client-keys")).toBe("text");
  expect(await secrets().text("keyvend/lake")).toBe("of the lake");
});

test("each read finds what is there now, and the version before is the one that was seen before", async () => {
  const { readVersion } = secrets();
  await put("lake", keyText(1));
  const first = await readVersion("lake", "AWSCURRENT", signal);
  await expect(readVersion("lake", "AWSPREVIOUS", signal)).rejects.toThrow(SecretUnreadable);
  await put("lake", keyText(2));
  const second = await readVersion("lake", "AWSCURRENT", signal);
  expect([first, second].map(({ pair }) => pair.accessKeyId)).toEqual([
    "AKIALAKEOWNER0000001",
    "AKIALAKEOWNER0000002",
  ]);
  expect(second.fingerprint).not.toBe(first.fingerprint);
  await readVersion("lake", "AWSCURRENT", signal);
  expect(await readVersion("lake", "AWSPREVIOUS", signal)).toEqual(first);
  expect(Math.abs(second.createdAt - Date.now())).toBeLessThan(600_000);
});

test("a folder that is swapped as Kubernetes swaps it is followed, and its files may be read by all", async () => {
  const swap = async (name: string, text: string) => {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, "lake"), text, { mode: 0o644 });
    await symlink(name, join(folder, "..data_tmp"));
    await rename(join(folder, "..data_tmp"), join(folder, "..data"));
  };
  await swap("..2026_01", keyText(1));
  await symlink("..data/lake", join(folder, "lake"));
  const { readVersion } = secrets();
  expect((await readVersion("lake", "AWSCURRENT", signal)).pair.accessKeyId).toBe("AKIALAKEOWNER0000001");
  await swap("..2026_02", keyText(2));
  expect((await readVersion("lake", "AWSCURRENT", signal)).pair.accessKeyId).toBe("AKIALAKEOWNER0000002");
});

test.each([
  ["all may read", 0o444],
  ["all may write", 0o402],
  ["its group may write", 0o460],
])("a file that %s is refused", async (_, mode) => {
  await put("lake", keyText(1), mode);
  await expect(secrets().text("lake")).rejects.toThrow("others may read or write the file: chmod 0400");
});

test.each([
  "../lake",
  "a/../lake",
  "/etc/passwd",
  "..",
  ".",
  "",
  "a//b",
  "..data/../../lake",
  "lake\0",
  "arn:aws:secretsmanager:eu-central-1:111122223333:secret:lake-AbCdEf",
])("the name %j names no file", async (name) => {
  await put("lake", keyText(1));
  await expect(secrets().text(name)).rejects.toThrow("its name names no file");
});

test("what cannot be read is said, and never what stands there", async () => {
  await put("lake", "not a key, but secret");
  const fault: Error = await secrets()
    .readVersion("lake", "AWSCURRENT", signal)
    .then(
      () => expect.unreachable(),
      (error) => error,
    );
  expect(fault).toBeInstanceOf(SecretUnreadable);
  expect(fault.message).not.toContain("not a key");
  await expect(secrets().text("missing")).rejects.toThrow("secret missing: ENOENT");
  await mkdir(join(folder, "folder"), { mode: 0o700 });
  await expect(secrets().text("folder")).rejects.toThrow("secret folder: EISDIR");
  await put("large", "x".repeat(65_537));
  await expect(secrets().text("large")).rejects.toThrow("more than 65536 bytes");
});
