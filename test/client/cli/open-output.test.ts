import { existsSync } from "node:fs";
import { chmod, chown, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { json, problem, secret } from "../fake-service.ts";
import { keyvend } from "./keyvend.ts";
import { storages, useSurroundings } from "./surroundings.ts";

const here = useSurroundings();
const modeOf = async (path: string) => (await stat(path)).mode & 0o777;
const writeTo = (file: string, ...words: string[]) => keyvend([...words, "--output", file], here.env);

test.each([["env"], ["config", "core-site"], ["config", "rclone"]])(
  "%s %s writes a file that only its user can read, and nothing to its output",
  async (...words) => {
    const file = join(here.folder, "lake");
    const [name] = words;
    if (words[1] === "rclone") here.service.alwaysReply(json(200, storages));
    const { status, out } = await keyvend([...words.filter(Boolean), "--output", file], here.env, {
      isTerminal: true,
    });
    expect({ name, status, out }).toEqual({ name, status: 0, out: "" });
    expect(await readFile(file, "utf8")).toContain("s3.eu-central-1.amazonaws.com");
    expect(await modeOf(file)).toBe(0o600);
  },
);

test("what stood there before is replaced, also its mode, and nothing else is left", async () => {
  const file = join(here.folder, "lake.env");
  await writeFile(file, "before", { mode: 0o644 });
  await writeTo(file, "env");
  expect(await readFile(file, "utf8")).toContain(secret);
  expect(await modeOf(file)).toBe(0o600);
  expect(await readdir(here.folder)).toEqual(["lake.env"]);
});

test.each<[what: string, make: (file: string) => Promise<void>, says: string]>([
  ["a link", (file) => symlink(join(here.folder, "elsewhere"), file), "is a link. Name the file itself."],
  ["a folder", (file) => mkdir(file), "is not a file."],
])("%s is refused, before the service is asked", async (_what, make, says) => {
  const file = join(here.folder, "lake.env");
  await make(file);
  const { status, err } = await writeTo(file, "env");
  expect(status).toBe(2);
  expect(err).toContain(`${file} ${says}`);
  expect(here.service.requests).toEqual([]);
  expect(await readdir(here.folder)).toEqual(["lake.env"]);
});

test("a folder in which others could put another file in its place is refused, through a link too", async () => {
  const shared = join(here.folder, "shared");
  await mkdir(shared);
  await chmod(shared, 0o777);
  await symlink(shared, join(here.folder, "link"));
  for (const mode of [0o777, 0o775, 0o2770]) {
    await chmod(shared, mode);
    for (const folder of ["shared", "link"]) {
      const { status, err } = await writeTo(join(here.folder, folder, "lake.env"), "env");
      expect(status).toBe(2);
      expect(err).toContain("Other users can replace files in the folder of");
    }
  }
  expect(here.service.requests).toEqual([]);
  // As /tmp is: others can write there, but not in the place of a file of this user.
  await chmod(shared, 0o1777);
  expect(await writeTo(join(shared, "lake.env"), "env")).toMatchObject({ status: 0 });
});

const isRoot = process.getuid?.() === 0;

test.skipIf(!isRoot).each([0o700, 0o755, 0o1777])(
  "a folder of another user is refused, which its owner can change: %o",
  async (mode) => {
    const shared = join(here.folder, "shared");
    await mkdir(shared);
    await chmod(shared, mode);
    await chown(shared, 12_345, 12_345);
    const { status, err } = await writeTo(join(shared, "lake.env"), "env");
    expect(status).toBe(2);
    expect(err).toContain("Other users can replace files in the folder of");
    expect(here.service.requests).toEqual([]);
    expect(await readdir(shared)).toEqual([]);
  },
);

test("- is no file: what goes to the output needs no option", async () => {
  const { status, out, err } = await writeTo("-", "env");
  expect({ status, out }).toEqual({ status: 2, out: "" });
  expect(err).toContain("--output names a file. Leave it out to write to the output, or name the file ./-.");
  expect(existsSync("-")).toBe(false);
  expect(here.service.requests).toEqual([]);
});

test("a folder that is not there is an error that names the file", async () => {
  const file = join(here.folder, "none", "lake.env");
  expect(await writeTo(file, "env")).toMatchObject({
    status: 2,
    err: expect.stringContaining(`${file} cannot be written (ENOENT).`),
  });
});

test("after a refusal the file is as it was", async () => {
  const file = join(here.folder, "lake.env");
  await writeFile(file, "before");
  here.service.alwaysReply(problem(403, "no_grant"));
  expect(await writeTo(file, "env")).toMatchObject({ status: 1 });
  expect(await readFile(file, "utf8")).toBe("before");
});
