import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { devNull, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isTerminal, standardIo, writeAll } from "../../../shared/client/src/cli/standard-io.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keyvend-io-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

function makePipe(): string {
  const path = join(folder, "pipe");
  execFileSync("mkfifo", [path]);
  return path;
}

describe("all of a text is written", () => {
  // More than a pipe holds.
  const long = "ü€😀x".repeat(100_000);

  test("to a file", () => {
    const path = join(folder, "file");
    const file = openSync(path, "w");
    writeAll(file, long);
    closeSync(file);
    expect(readFileSync(path, "utf8")).toBe(long);
  });

  test("to a pipe whose reader is slow", async () => {
    const path = makePipe();
    const pipe = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    const reader = spawn("sh", ["-c", `sleep 0.2; cat '${path}' > '${path}.copy'`]);
    const end = once(reader, "close");
    writeAll(pipe, long);
    closeSync(pipe);
    await end;
    expect(readFileSync(`${path}.copy`, "utf8")).toBe(long);
  });
});

test("a reader that has left wants no more", () => {
  const path = makePipe();
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  closeSync(reader);
  expect(() => writeAll(writer, "text")).not.toThrow();
  closeSync(writer);
});

test("anything else that goes wrong is an error", () => {
  const file = openSync(join(folder, "file"), "w");
  closeSync(file);
  expect(() => writeAll(file, "text")).toThrow("EBADF");
});

describe("a terminal", () => {
  const { isTTY } = process.stdout;
  afterEach(() => {
    process.stdout.isTTY = isTTY;
  });

  test.each([
    ["a device that Node takes for one is", "/dev/zero", true, true],
    ["another device is not", "/dev/zero", false, false],
    ["the device for nothing is not", devNull, true, false],
    ["a file is not", "file", true, false],
  ])("%s", (_, path, ttyForNode, expected) => {
    process.stdout.isTTY = ttyForNode;
    const file = openSync(path === "file" ? join(folder, path) : path, "w");
    expect(isTerminal(file)).toBe(expected);
    closeSync(file);
  });
});

test("the process's own output is written to, and its environment is read", () => {
  const io = standardIo();
  io.out("");
  io.err("");
  expect(io.env["PATH"]).toBe(process.env["PATH"]);
  expect(typeof io.isTerminal()).toBe("boolean");
});
