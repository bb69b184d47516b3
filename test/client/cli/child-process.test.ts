import { chmodSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runCommand } from "../../../shared/client/src/cli/child-process.ts";

describe("a command", { timeout: 60_000 }, () => {
  let folder: string;
  let errors: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "keyvend-child-"));
    errors = "";
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const err = (text: string) => {
    errors += text;
  };
  const runWords = (words: string[], descriptors: number[] = [], clear: () => void = () => {}) =>
    runCommand(words, () => ({ env: { FOLDER: folder }, descriptors, err }), clear);
  const runNode = (code: string, descriptors: number[] = []) =>
    runWords([process.execPath, "-e", code], descriptors);

  test.each([0, 3, 255])("ends with its own status %i", async (status) => {
    expect(await runNode(`process.exit(${status})`)).toEqual({ status });
  });

  test("has this environment and no other", async () => {
    await runNode(
      `require("node:fs").writeFileSync(process.env.FOLDER + "/env", JSON.stringify(process.env))`,
    );
    expect(JSON.parse(readFileSync(join(folder, "env"), "utf8"))).toEqual({ FOLDER: folder });
  });

  test("has the descriptors that are named, by the same numbers", async () => {
    const file = openSync(join(folder, "file"), "w");
    await runNode(`require("node:fs").writeSync(${file}, "written")`, [file]);
    closeSync(file);
    expect(readFileSync(join(folder, "file"), "utf8")).toBe("written");
  });

  test("that a signal ended says which", async () => {
    expect(await runNode(`process.kill(process.pid, "SIGKILL")`)).toEqual({ signal: "SIGKILL" });
  });

  test("that is not there is 127, and its name is safe on a terminal", async () => {
    expect(await runWords(["no-such-\u001b[2Jcommand"])).toEqual({ status: 127 });
    expect(errors).toMatch(/^keyvend: no-such-\?\[2Jcommand: there is no such command/);
  });

  test("that may not be run is 126", async () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    chmodSync(file, 0o600);
    expect(await runWords([file])).toEqual({ status: 126 });
    expect(errors).toBe(`keyvend: ${file}: not a program that you may run.\n`);
  });

  test("that cannot be run for another reason has it in its error", async () => {
    expect(await runWords([process.execPath, "x".repeat(10_000_000)])).toEqual({ status: 126 });
    expect(errors).toContain("cannot be run (E2BIG)");
  });

  test("is cleared up after, and before nothing holds a signal any more", async () => {
    const listening = () => process.listenerCount("SIGTERM");
    const before = listening();
    let meanwhile = before;
    for (const words of [[process.execPath, "-e", ""], ["no-such-command"]]) {
      await runWords(words, [], () => {
        meanwhile = listening();
      });
      expect({ before, meanwhile }).toEqual({ before, meanwhile: before + 1 });
      expect(listening()).toBe(before);
    }
  });

  test("is cleared up after as well where it could not be prepared", async () => {
    let isClear = false;
    const failing = runCommand(
      ["true"],
      () => {
        throw new Error("no place");
      },
      () => {
        isClear = true;
      },
    );
    await expect(failing).rejects.toThrow("no place");
    expect(isClear).toBe(true);
  });
});
