import { copyFile, mkdir, symlink } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Metafile } from "esbuild";

/** Copies of one bundle, for as many instances in one process. */
interface Instances {
  /** The entry of each copy. */
  entries: string[];
  /** The files of libraries. All copies share them. */
  libraries: string[];
}

/**
 * Copies a bundle: modules imported from different folders share nothing, as two instances on Lambda do not. Only files
 * that hold nothing but code of packages (the AWS SDK, which an instance loads to issue) are links to the bundle's own, so
 * that a process can load them once before anything is measured.
 *
 * @param folder holds `vend/`, the bundle, and gets one folder for each copy
 * @example const { entries } = await copyBundle(folder, metafile, 50)
 */
export async function copyBundle(folder: string, { outputs }: Metafile, copies: number): Promise<Instances> {
  const files = Object.keys(outputs);
  const libraries = files.filter((file) => isLibrary(file, outputs)).map((file) => basename(file));
  const ofBundle = (file: string) => join(folder, "vend", file);
  const copy = async (_: unknown, n: number) => {
    const to = join(folder, `instance-${n}`);
    await mkdir(to);
    const put = (file: string) =>
      libraries.includes(file)
        ? symlink(ofBundle(file), join(to, file))
        : copyFile(ofBundle(file), join(to, file));
    await Promise.all(files.map((file) => put(basename(file))));
    return join(to, "vend.mjs");
  };
  return {
    entries: await Promise.all(Array.from({ length: copies }, copy)),
    libraries: libraries.map(ofBundle),
  };
}

/** The imports of a link's target come from the target's folder, so they must all be libraries too. */
function isLibrary(file: string, outputs: Metafile["outputs"]): boolean {
  const { inputs, imports } = outputs[file] ?? { inputs: {}, imports: [] };
  return (
    Object.keys(inputs).every((input) => input.includes("node_modules/")) &&
    imports.every(({ path, external }) => external || isLibrary(path, outputs))
  );
}
