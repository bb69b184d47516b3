/** How a profile names the command: another program must find it, from any folder and with a PATH of its own. */
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { json } from "../fake-service.ts";
import { useBuiltCli } from "./built.ts";
import { start } from "./process.ts";
import { storages } from "./surroundings.ts";

const built = useBuiltCli();
const usual = [dirname(process.execPath), "/usr/bin", "/bin"].join(delimiter);
let folder: string;
let round = 0;

beforeEach(() => {
  built.service.alwaysReply(json(200, storages));
  // A blank and an apostrophe, as homes have.
  folder = join(built.folder, `it's ${round++}`);
  mkdirSync(join(folder, "lib"), { recursive: true });
  for (const file of readdirSync(built.folder).filter((name) => name.endsWith(".cjs")))
    copyFileSync(join(built.folder, file), join(folder, "lib", file));
});

function link(...place: string[]): string {
  const path = join(folder, ...place, "keyvend");
  chmodSync(join(folder, "lib/keyvend.cjs"), 0o755);
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(join(folder, "lib/keyvend.cjs"), path);
  return path;
}

/** What the profile calls, where the command was started by a path. */
async function call(script: string, PATH: string): Promise<string> {
  const { out } = await start(script, ["config", "profile"], { ...built.env, PATH }).result;
  const [, line = expect.fail(out)] = /^credential_process = (.*) credential-process /m.exec(out) ?? [];
  return line;
}

/** The version that the call writes, run by a shell in another folder, with no more on its PATH than a login has. */
const versionBy = (line: string) =>
  execFileSync("sh", ["-c", `${line} --version`], { cwd: "/", env: { PATH: usual }, encoding: "utf8" });

test("by its bare name where a PATH leads to this very file", async () => {
  const script = link("bin");
  expect(await call(script, `${dirname(script)}:${usual}`)).toBe("keyvend");
});

test("by its path from npx, whose PATH no other program has", async () => {
  const script = link("node_modules", ".bin");
  const line = await call(script, `${dirname(script)}:${usual}`);
  expect(line).toContain("node_modules/.bin/keyvend");
  expect(versionBy(line)).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test.each(["not on the PATH", "another file on the PATH"])("by its path where it is %s", async (place) => {
  const script = link("bin");
  const other = join(folder, "other");
  mkdirSync(other);
  if (place.startsWith("another"))
    writeFileSync(join(other, "keyvend"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
  const line = await call(script, `${other}:${usual}`);
  expect(line).toContain("bin/keyvend");
  expect(versionBy(line)).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test("by Node and its file where that is no program of its own", async () => {
  const script = join(folder, "lib/keyvend.cjs");
  chmodSync(script, 0o644);
  const line = await call(script, usual);
  expect(line.startsWith(process.execPath)).toBe(true);
  expect(versionBy(line)).toMatch(/^\d+\.\d+\.\d+\n$/);
});
