import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { madeOnce, runTool } from "./clients/toolchain.ts";

const install = "Install Go 1.26 or newer: https://go.dev/doc/install";
const clock = join(import.meta.dirname, "go-clock", "clock_ahead.go");
const reading = "\tsec, nsec, mono := runtimeNow()\n";

/** The variable that puts the clock of a command ahead, in seconds. Without it the command has the machine's time. */
export const clockVariable = "CLOCK_AHEAD_SECONDS";

/**
 * Builds the commands that a Go module names as its tools. Its `go.sum` pins every source by its hash. Throws with what to
 * install if Go is missing.
 *
 * Go asks the kernel for the time and not a library, so that no preloaded library can move the clock of a command, as is
 * done with Ceph's. Therefore one function of Go's own is replaced: `time.Now` adds what `clockVariable` says.
 *
 * @returns the folder that holds the commands
 * @example await goTools(join(import.meta.dirname, "minio"))
 */
export function goTools(moduleFolder: string): Promise<string> {
  const pins = ["go.mod", "go.sum"].map((name) => join(moduleFolder, name));
  return madeOnce(basename(moduleFolder), [...pins, clock], async (folder) => {
    const overlay = join(folder, "overlay.json");
    writeFileSync(overlay, JSON.stringify({ Replace: await withMovableClock(folder, moduleFolder) }));
    await runTool(
      ["nice", "-n", "15", "go", "build", "-mod=readonly", "-overlay", overlay, "-o", `${folder}/`, "tool"],
      { install, cwd: moduleFolder },
    );
  });
}

/** Files of Go's own library, each with the file that takes its place. The module decides which Go it is. */
async function withMovableClock(folder: string, moduleFolder: string): Promise<Record<string, string>> {
  const goRoot = (await runTool(["go", "env", "GOROOT"], { install, cwd: moduleFolder })).trim();
  const original = join(goRoot, "src", "time", "time.go");
  const changed = join(folder, "time.go");
  const source = readFileSync(original, "utf8");
  if (source.split(reading).length !== 2)
    throw new Error(`${original} does not read the clock as Go 1.26 does.`);
  writeFileSync(changed, source.replace(reading, `${reading}\tsec += clockAhead\n`));
  return { [original]: changed, [join(goRoot, "src", "time", basename(clock))]: clock };
}
