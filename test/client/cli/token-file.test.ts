import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writeTokenFile } from "../../../shared/client/src/cli/token-file.ts";

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keyvend-token-"));
  path = join(folder, "token");
});

afterEach(() => rmSync(folder, { recursive: true }));

const modeOf = (file: string) => statSync(file).mode & 0o777;

test("a new file is for its user alone, holds the token without a new line, and goes with it", () => {
  const remove = writeTokenFile(path, "secret");
  expect(readFileSync(path, "utf8")).toBe("secret");
  expect(modeOf(path)).toBe(0o600);
  remove();
  expect(existsSync(path)).toBe(false);
});

test("a file that is there keeps its mode and its place, with the token and without it", () => {
  writeFileSync(path, "an older and longer token");
  chmodSync(path, 0o640);
  const { ino } = statSync(path);
  const remove = writeTokenFile(path, "secret");
  expect(readFileSync(path, "utf8")).toBe("secret");
  remove();
  expect(readFileSync(path, "utf8")).toBe("");
  expect({ mode: modeOf(path), ino: statSync(path).ino }).toEqual({ mode: 0o640, ino });
});

test.each<[string, () => void, string]>([
  [
    "everybody can read",
    () => {
      writeFileSync(path, "old");
      chmodSync(path, 0o644);
    },
    "every user",
  ],
  [
    "is a link",
    () => {
      writeFileSync(join(folder, "other"), "old");
      symlinkSync("other", path);
    },
    "ELOOP",
  ],
  ["is a folder", () => mkdirSync(path), "EISDIR"],
  [
    "is a pipe",
    () => {
      execFileSync("mkfifo", ["-m", "600", path]);
    },
    "ENXIO",
  ],
  [
    "is in no folder",
    () => {
      path = join(folder, "none/token");
    },
    "ENOENT",
  ],
])("a file that %s is a mistake, and nothing is written", (_, make, hint) => {
  make();
  expect(() => writeTokenFile(path, "secret")).toThrow(hint);
  for (const name of ["token", "other"])
    if (existsSync(join(folder, name)) && statSync(join(folder, name)).isFile())
      expect(readFileSync(join(folder, name), "utf8")).toBe("old");
});
