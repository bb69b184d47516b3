import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { UsageError } from "../../../shared/client/src/cli/command-line.ts";
import { createPrivateFolder } from "../../../shared/client/src/cli/private-folder.ts";

let temporary: string;

beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), "keyvend-private-"));
  vi.stubEnv("TMPDIR", temporary);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(temporary, { recursive: true });
});

test("only the user can read the folder and its files, whatever the process's mask", () => {
  const mask = process.umask(0);
  try {
    const path = createPrivateFolder().write("token", "secret");
    expect(dirname(dirname(path))).toBe(temporary);
    expect(readFileSync(path, "utf8")).toBe("secret");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
  } finally {
    process.umask(mask);
  }
});

test("a file is written once: nothing that is there already is used", () => {
  const folder = createPrivateFolder();
  folder.write("token", "secret");
  expect(() => folder.write("token", "other")).toThrow("EEXIST");
});

test("two folders do not meet, and each takes its files along when it goes", () => {
  const [first, second] = [createPrivateFolder(), createPrivateFolder()];
  const paths = [first.write("token", "1"), second.write("token", "2")];
  first.remove();
  expect(paths.map((path) => existsSync(path))).toEqual([false, true]);
  second.remove();
  second.remove();
  expect(readdirSync(temporary)).toEqual([]);
});

test("a TMPDIR that is not there is named, with the remedy", () => {
  vi.stubEnv("TMPDIR", join(temporary, "none"));
  expect(createPrivateFolder).toThrow(UsageError);
  expect(createPrivateFolder).toThrow(
    `Nothing can be written in ${join(temporary, "none")} (ENOENT). Set TMPDIR`,
  );
});
