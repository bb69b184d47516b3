import type { Client, Working } from "../clients/client.ts";
import { type Lines, lineProgram } from "../clients/line-program.ts";

/** What a platform's own interface may not have. */
export type FileOperation = "folders" | "rename" | "glob" | "abort" | "table";

/** A platform at work on its files. Keys are those of S3; the key of a folder ends in a slash. */
export interface PlatformFiles extends Working {
  /** Fails if the file exists. */
  create(key: string, body: string): Promise<void>;
  range(key: string, from: number, length: number): Promise<string>;
  /** All files below a folder. */
  tree(folder: string): Promise<string[]>;
  glob(pattern: string): Promise<string[]>;
  isFolder(key: string): Promise<boolean>;
  makeFolder(folder: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** A file, or a folder with everything in it. */
  delete(key: string): Promise<void>;
  /** Writes a file in parts of 5 MB. */
  upload(key: string, megabytes: number): Promise<void>;
  /** Begins to, and gives up. */
  abort(key: string, megabytes: number): Promise<void>;
  /** Writes a table, overwrites it, appends to it, and counts the rows of one of its partitions. */
  table(folder: string): Promise<number>;
}

/** A platform of the JVM, unmodified, and the settings by which it uses keyvend. */
export interface Platform extends Client<PlatformFiles> {
  lacks: readonly FileOperation[];
}

/** @example platformFiles(startLines(["java", "HadoopFiles", "lake"], environment)) */
export function platformFiles(lines: Lines): PlatformFiles {
  const { ask } = lines;
  const done = async (operation: string, ...words: string[]) => void (await ask(operation, ...words));
  const keys = async (operation: string, of: string) =>
    (await ask(operation, of)).filter((key) => key !== "");
  return {
    ...lineProgram(lines),
    create: (key, body) => done("create", key, body),
    range: async (key, from, length) => (await ask("range", key, String(from), String(length))).join("\t"),
    tree: (folder) => keys("tree", folder),
    glob: (pattern) => keys("glob", pattern),
    isFolder: async (key) => (await ask("isFolder", key)).join() === "true",
    makeFolder: (folder) => done("makeFolder", folder),
    rename: (from, to) => done("rename", from, to),
    delete: (key) => done("delete", key),
    upload: (key, megabytes) => done("upload", key, String(megabytes)),
    abort: (key, megabytes) => done("abort", key, String(megabytes)),
    table: async (folder) => Number((await ask("table", folder)).join()),
  };
}
