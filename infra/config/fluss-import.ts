import { parseLongTermKey } from "../../shared/aws/long-term-key.ts";
import { isAws } from "./address.ts";
import { isFlussS3Option, spellingOf, spellOut } from "./fluss-spelling.ts";

/** What a Fluss `server.yaml` comes to here. */
interface FlussImport {
  /** An entry for `storages`. */
  storage: Record<string, unknown>;
  /** What goes into Secrets Manager; absent where nothing is issued with a long-term key. */
  secret?: { accessKeyId: string; secretAccessKey: string };
  /** What was left out and why, and what is still to be done. No values. */
  notes: string[];
}

/**
 * Turns the S3 options of a Fluss `server.yaml` into a storage and a secret.
 *
 * @throws Error for half a key pair, session credentials, and spellings that disagree; it names fields only.
 * @example importFluss({ "remote.data.dir": "s3://lake/fluss", "s3.region": "eu-central-1" }, "keyvend/lake")
 */
export function importFluss(options: Readonly<Record<string, string>>, secretName: string): FlussImport {
  const notes: string[] = [];
  const s3 = Object.entries(options).filter(([option]) => isFlussS3Option(option));
  const others = Object.keys(options).length - s3.length;
  if (others > 0) notes.push(`${others} other options have nothing to do with S3`);

  const placed: Record<string, string> = {};
  for (const [option, value] of s3) {
    const spelling = spellingOf(option);
    if (spelling === undefined)
      notes.push(`${option} is left out: clients and stores need nothing like it here`);
    else if ("field" in spelling) placed[option] = value;
    else if (!isKeyOption(option)) notes.push(`${option} is left out: ${spelling.refused}`);
  }
  const { storage } = spellOut(placed, ([option], message) => {
    throw new Error(`${option} ${message}`);
  });

  const holdsKey = s3.some(([option]) => isKeyOption(option));
  if (storage["issue"] === "none") {
    if (holdsKey) {
      notes.push(
        "the key is left out: with token delegation off nothing is issued (issue: static would hand it out)",
      );
    }
    return { storage, notes };
  }
  if (!holdsKey && storage["roleArn"] === undefined) {
    notes.push("issue is for you to choose: there is neither a key nor a role in the file");
    return { storage, notes };
  }
  Object.assign(storage, { issue: storage["roleArn"] === undefined ? "session-token" : "assume-role" });
  if (storage["stsEndpoint"] === undefined && !isOnAws(storage["endpoint"])) {
    notes.push("stsEndpoint is for you to add: a store that is not of AWS has an STS of its own, or none");
  }
  if (!holdsKey) return { storage, notes };
  const { accessKeyId, secretAccessKey } = parseLongTermKey(JSON.stringify(Object.fromEntries(s3)));
  return { storage: { ...storage, secret: secretName }, secret: { accessKeyId, secretAccessKey }, notes };
}

function isKeyOption(option: string): boolean {
  return /(?:access[.-]key|secret[.-]key|session[.-]token)$/.test(option);
}

function isOnAws(endpoint: unknown): boolean {
  return endpoint === undefined || (URL.canParse(String(endpoint)) && isAws(String(endpoint)));
}
