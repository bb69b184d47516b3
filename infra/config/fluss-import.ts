import { parseLongTermKey } from "../../shared/aws/long-term-key.ts";
import { isAws } from "./address.ts";
import { isFlussS3Option, spellingOf, translateStorage } from "./fluss-spelling.ts";

/** The storage and the secret that a Fluss `server.yaml` describes. */
interface FlussImport {
  /** An entry for `storages`. */
  storage: Record<string, unknown>;
  /** The content for Secrets Manager. Absent if nothing is issued with a long-term key. */
  secret?: { accessKeyId: string; secretAccessKey: string };
  /** Options that were left out and why, and steps that are still to be taken. They never have values. */
  notes: string[];
}

/**
 * Turns the S3 options of a Fluss `server.yaml` into a storage and a secret.
 *
 * @throws Error for half a key pair, session credentials, and spellings that disagree. It names fields only.
 * @example importFluss({ "remote.data.dir": "s3://lake/fluss", "s3.region": "eu-central-1" }, "keyvend/lake")
 */
export function importFluss(options: Readonly<Record<string, string>>, secretName: string): FlussImport {
  const notes: string[] = [];
  const s3 = Object.entries(options).filter(([option]) => isFlussS3Option(option));
  const others = Object.keys(options).length - s3.length;
  if (others > 0) notes.push(`${others} other options have nothing to do with S3`);

  const fields: Record<string, string> = {};
  for (const [option, value] of s3) {
    const spelling = spellingOf(option);
    if (spelling === undefined) notes.push(`${option} is left out: neither clients nor stores need it here`);
    else if ("field" in spelling) fields[option] = value;
    else if (!isKeyOption(option)) notes.push(`${option} is left out: ${spelling.refused}`);
  }
  const { storage } = translateStorage(fields, ([option], message) => {
    throw new Error(`${option} ${message}`);
  });

  const holdsKey = s3.some(([option]) => isKeyOption(option));
  if (storage["issue"] === "none") {
    if (holdsKey) {
      notes.push(
        "the key is left out: token delegation is off, so that nothing is issued (issue: static would give clients the key)",
      );
    }
    return { storage, notes };
  }
  if (!holdsKey && storage["roleArn"] === undefined) {
    notes.push("choose issue yourself: the file has neither a key nor a role");
    return { storage, notes };
  }
  Object.assign(storage, { issue: storage["roleArn"] === undefined ? "session-token" : "assume-role" });
  if (storage["stsEndpoint"] === undefined && !isOnAws(storage["endpoint"])) {
    notes.push("add stsEndpoint yourself: a store outside AWS has an STS of its own, or none");
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
