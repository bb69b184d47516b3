import { execFile } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

const packages = ["radosgw", "ceph-mon", "ceph-osd", "libfaketime"];
const commands = ["radosgw", "radosgw-admin", "ceph", "ceph-mon", "ceph-osd", "monmaptool", "setpriv"];

// Another program may be installing packages at this moment, and a mirror may not answer at once.
const apt = "apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=5";
const installLine = `${apt} update && ${apt} install -y --no-install-recommends ${packages.join(" ")}`;

/** Path of the library that shifts a process's clock, or nothing if it is not installed. */
const faketimePath = () => globSync("/usr/lib/*/faketime/libfaketimeMT.so.1")[0];

function isInstalled(): boolean {
  const { PATH = "" } = process.env;
  const folders = PATH.split(delimiter);
  const isThere = (command: string) => folders.some((folder) => existsSync(join(folder, command)));
  return faketimePath() !== undefined && commands.every(isThere);
}

/**
 * Makes sure that Ceph's daemons are installed. It installs Debian's packages if they are missing and this process is
 * allowed to. Throws if it cannot, and names the command to run.
 *
 * @returns the path of the clock-shifting library
 */
export async function ensureCephPackages(): Promise<{ faketime: string }> {
  if (!isInstalled()) await install();
  const faketime = faketimePath();
  if (faketime === undefined || !isInstalled()) {
    throw new Error(`Ceph's packages were installed but are not complete. Run as root: ${installLine}`);
  }
  return { faketime };
}

async function install(): Promise<void> {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot) throw new Error(`Ceph's gateway is not installed. Run as root (Debian): ${installLine}`);
  try {
    await promisify(execFile)("sh", ["-c", installLine], {
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
      maxBuffer: 16 * 1024 * 1024,
    });
  } catch (cause) {
    throw new Error(`Ceph's gateway could not be installed. Run as root (Debian): ${installLine}`, { cause });
  }
}
