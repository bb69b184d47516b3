import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A directory that is gone after the test. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "keyvend-config-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

/** The path of a file with this text. */
export function fileWith(text: string): string {
  const path = join(temporaryDirectory(), "file.yml");
  writeFileSync(path, text);
  return path;
}
