import { existsSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../vending/ports.ts";
import { type KeyVersion, keyVersion, type ReadVersion, SecretUnreadable } from "./key-versions.ts";

/** As large as a secret in Secrets Manager may be. */
const mostBytes = 65_536;
/** Parts of a name that are names of files everywhere, and lead nowhere else. */
const partForm = /^(?!\.\.?$)[\w.+=@-]{1,128}$/;
/** What other users of the machine may do with a file. */
const others = { read: 0o004, write: 0o022 };
/** Faults of the machine, which say nothing of the secret. */
const passing = ["EMFILE", "ENFILE", "EIO", "EAGAIN", "ESTALE", "ETIMEDOUT"];

interface SecretFolder {
  /**
   * The text of a secret: the file of its name, or under it where the name has slashes.
   *
   * @throws SecretUnreadable
   */
  text(name: string): Promise<string>;
  /** The previous version of a long-term key is the one that this process has seen before the last change. */
  readVersion: ReadVersion;
}

/**
 * Secrets in files of a folder. Each read finds the file as it is now, also where Kubernetes has swapped the folder behind it.
 *
 * A file that all users of the machine may read is refused, and one that others may write. Only where Kubernetes mounts the
 * folder, which then has `..data`, may all read it: nobody else is in the container, and the mount decides the mode.
 *
 * @example const { text } = createSecretFolder("/etc/keyvend/secrets", { now: Date.now })
 */
export function createSecretFolder(folder: string, clock: Pick<Clock, "now">): SecretFolder {
  const versions = new Map<string, { current: KeyVersion; previous?: KeyVersion }>();

  async function read(name: string): Promise<{ text: string; changedAt: number }> {
    if (!name.split("/").every((part) => partForm.test(part)))
      throw unreadable(name, "its name names no file: use letters, digits and . _ - + = @, and no ARN");
    const file = await open(join(folder, name)).catch((error) => {
      throw unreadable(name, error.code, passing.includes(error.code));
    });
    try {
      const { mode, size, mtimeMs } = await file.stat();
      if ((mode & others.write) !== 0 || (!isMountedByKubernetes(folder) && (mode & others.read) !== 0))
        throw unreadable(name, "others may read or write the file: chmod 0400, or 0440");
      if (size > mostBytes) throw unreadable(name, `the file has more than ${mostBytes} bytes`);
      return { text: await file.readFile("utf8"), changedAt: mtimeMs };
    } catch (error) {
      if (error instanceof SecretUnreadable) throw error;
      const { code = "" } = error as NodeJS.ErrnoException;
      throw unreadable(name, code, passing.includes(code));
    } finally {
      await file.close();
    }
  }

  return {
    text: async (name) => (await read(name)).text,

    async readVersion(name, stage) {
      const readAt = clock.now();
      const known = versions.get(name);
      if (stage === "AWSPREVIOUS") {
        if (known?.previous === undefined) throw unreadable(name, "no earlier version was seen");
        return known.previous;
      }
      const { text, changedAt } = await read(name);
      const current = keyVersion(name, text, { readAt, createdAt: changedAt });
      const isSame = known?.current.fingerprint === current.fingerprint;
      const previous = isSame ? known.previous : known?.current;
      versions.set(name, { current, ...(previous && { previous }) });
      return current;
    },
  };
}

/**
 * Has Kubernetes mounted the folder? Then it has `..data`, its files' modes are the mount's, and nobody else is in the container.
 *
 * @example isMountedByKubernetes("/etc/keyvend/tls")
 */
export function isMountedByKubernetes(folder: string): boolean {
  return existsSync(join(folder, "..data"));
}

function unreadable(name: string, why: string, away = false): SecretUnreadable {
  return new SecretUnreadable(`secret ${name}: ${why}`, away);
}
