import { globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { madeOnce, runTool } from "../toolchain.ts";

const install = "It needs apt-get of Debian 12 or newer, with its sources and its keyring.";
const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

/**
 * Packages of Debian 13, unpacked into a folder of their own. They come from the mirror that this machine's sources name, and
 * nothing is installed.
 *
 * @returns the folder that holds their `usr`
 */
export function debian13Packages(names: readonly string[]): Promise<string> {
  return madeOnce("debian-13", [], (folder) => unpack(names, folder), names.join(" "));
}

async function unpack(names: readonly string[], folder: string): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), "keyvend-debian-13-"));
  try {
    const apt = await aptOfDebian13(work);
    await runTool([...apt, "update"], { install });
    await runTool([...apt, "download", ...names], { install, cwd: work });
    for (const file of globSync(join(work, "*.deb")))
      await runTool(["dpkg", "-x", file, folder], { install });
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** The words of an apt-get whose sources, lists and cache are in this folder. */
async function aptOfDebian13(work: string): Promise<[string, ...string[]]> {
  const ofDebian = ["--format", "$(REPO_URI)", "Created-By: Packages", "Label: Debian"];
  const [mirror = ""] = (await runTool(["apt-get", "indextargets", ...ofDebian], { install })).split("\n");
  const sources = join(work, "debian.sources");
  writeFileSync(
    sources,
    `Types: deb\nURIs: ${mirror}\nSuites: trixie\nComponents: main\nSigned-By: ${keyring}\n`,
  );
  for (const each of ["lists/partial", "cache/archives/partial"])
    mkdirSync(join(work, each), { recursive: true });
  const settings = {
    "Dir::Etc::sourcelist": sources,
    "Dir::Etc::sourceparts": "/dev/null",
    "Dir::State::lists": join(work, "lists"),
    "Dir::Cache": join(work, "cache"),
    "Acquire::Retries": "5",
    // Without root, apt-get is no other user; with it, that user could not write here.
    "APT::Sandbox::User": "root",
  };
  return ["apt-get", ...Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`])];
}
