import { staysPrivate } from "../net/loopback.ts";

/** A long-term key as a secret holds it, with what else of a pasted `s3.*` block concerns the storage. */
export interface LongTermKey {
  accessKeyId: string;
  secretAccessKey: string;
  endpoint?: string;
  region?: string;
  pathStyleAccess?: boolean;
}

/** A secret holds no usable long-term key. The message names fields, never values, and nothing is kept as the cause. */
export class LongTermKeyError extends Error {
  override readonly name = "LongTermKeyError";
}

type Field = keyof LongTermKey | "sessionToken";

/**
 * The names of AWS's files and variables, of Fluss and Hadoop without their prefixes, of MinIO, and our own. Names are
 * compared by their letters alone: `aws_access_key_id` is `AWSAccessKeyId`.
 */
const fields: ReadonlyMap<string, Field> = new Map([
  ["accesskeyid", "accessKeyId"],
  ["awsaccesskeyid", "accessKeyId"],
  ["accesskey", "accessKeyId"],
  ["secretaccesskey", "secretAccessKey"],
  ["awssecretaccesskey", "secretAccessKey"],
  ["awssecretkey", "secretAccessKey"],
  ["secretkey", "secretAccessKey"],
  ["sessiontoken", "sessionToken"],
  ["awssessiontoken", "sessionToken"],
  ["awssecuritytoken", "sessionToken"],
  ["endpoint", "endpoint"],
  ["region", "region"],
  ["endpointregion", "region"],
  ["pathstyleaccess", "pathStyleAccess"],
]);

/** Where AWS's command line puts a key in what it prints: `create-access-key`, and the calls to STS. */
const wrappers = ["AccessKey", "Credentials"];

/** The line above the keys in the file that AWS's console gives. */
const csvHead = /^(?=[^\n]*,)[^\n:=#]*access key id[^\n:=#]*(?:\n|$)/i;

/**
 * Reads a secret's text, pasted as people have it: a JSON object, also what `aws iam create-access-key` prints; lines of a
 * shell, of `~/.aws/credentials`, of Fluss's `server.yaml` or of a properties file; or the console's CSV file. Fields that
 * say nothing of the key or the storage's address are passed over.
 *
 * @throws LongTermKeyError
 * @example parseLongTermKey("s3.access-key: AKIAIOSFODNN7EXAMPLE\ns3.secret-key: …").accessKeyId
 */
export function parseLongTermKey(secretString: string): LongTermKey {
  const text = secretString.trim();
  const found = new Map<Field, { name: string; value: string }>();
  for (const [name, value] of fieldsOf(text)) {
    const field = fields.get(
      name
        .replace(/^(?:fs\.s3a|s3a?)\./, "")
        .replace(/[-._ ]/g, "")
        .toLowerCase(),
    );
    if (field === undefined || value === "" || value === null) continue;
    if (typeof value !== "string" && typeof value !== "boolean") refuse(`${name} must be text`);
    const earlier = found.get(field);
    if (earlier === undefined) found.set(field, { name, value: String(value) });
    else if (earlier.value !== String(value)) refuse(`${earlier.name} and ${name} have different values`);
  }

  const session = found.get("sessionToken");
  if (session) refuse(`${session.name} is part of session credentials; a long-term key is needed`);
  const accessKeyId = keyOf(
    found.get("accessKeyId"),
    "access key id",
    "accessKeyId, AWS_ACCESS_KEY_ID or s3.access-key",
  );
  const secretAccessKey = keyOf(
    found.get("secretAccessKey"),
    "secret key",
    "secretAccessKey, AWS_SECRET_ACCESS_KEY or s3.secret-key",
  );
  if (/^ASIA[A-Z0-9]{16}$/.test(accessKeyId)) {
    refuse(`${found.get("accessKeyId")?.name} is of session credentials; a long-term key is needed`);
  }
  return { accessKeyId, secretAccessKey, ...addressOf(found) };
}

function addressOf(found: ReadonlyMap<Field, { name: string; value: string }>): Partial<LongTermKey> {
  const address: Partial<LongTermKey> = {};
  const endpoint = found.get("endpoint");
  if (endpoint) {
    // Hadoop takes a bare host for https.
    const url = URL.parse(endpoint.value.includes("://") ? endpoint.value : `https://${endpoint.value}`);
    const plain = url !== null && url.username + url.password + url.search + url.hash === "";
    if (!plain || !staysPrivate(url)) refuse(`${endpoint.name} must be an https URL`);
    address.endpoint = url.href.replace(/\/+$/, "");
  }
  const region = found.get("region");
  if (region) {
    if (!/^[A-Za-z0-9][\w-]{0,62}$/.test(region.value)) refuse(`${region.name} must be a region`);
    address.region = region.value;
  }
  const pathStyle = found.get("pathStyleAccess");
  if (pathStyle) {
    if (!/^(?:true|false)$/.test(pathStyle.value)) refuse(`${pathStyle.name} must be true or false`);
    address.pathStyleAccess = pathStyle.value === "true";
  }
  return address;
}

function keyOf(field: { name: string; value: string } | undefined, what: string, names: string): string {
  if (field === undefined) refuse(`The ${what} is missing (${names})`);
  if (!/^[\x21-\x7e]{3,256}$/.test(field.value)) {
    refuse(`${field.name} must be 3 to 256 printable characters without spaces`);
  }
  return field.value;
}

function fieldsOf(text: string): [string, unknown][] {
  if (text.startsWith("{")) return membersOf(text);
  return csvHead.test(text) ? columnsOf(text) : linesOf(text);
}

function membersOf(json: string): [string, unknown][] {
  const members = Object.entries(objectOf(json));
  return members.flatMap(([name, value]) =>
    wrappers.includes(name) && typeof value === "object" && value !== null
      ? Object.entries(value)
      : [[name, value]],
  );
}

function objectOf(json: string): object {
  try {
    return JSON.parse(json);
  } catch {
    // Node's message quotes the text.
    return refuse("The secret begins like a JSON object and is none");
  }
}

function columnsOf(csv: string): [string, string][] {
  const [names = [], ...keys] = csv
    .split(/\r?\n/)
    .map((row) =>
      Array.from(
        row.matchAll(/(?:^|,)\s*(?:"([^"]*)"|([^,]*))/g),
        ([, quoted, bare = ""]) => quoted ?? bare.trim(),
      ),
    );
  return keys.flatMap((values) => names.map((name, at): [string, string] => [name, values[at] ?? ""]));
}

function linesOf(text: string): [string, string][] {
  let profiles = 0;
  return text.split(/\r?\n/).flatMap((line, index): [string, string][] => {
    if (/^\s*(?:[#;]|$)/.test(line)) return [];
    if (/^\s*\[[^\]]*\]\s*$/.test(line)) {
      if (profiles++ > 0) refuse("The secret holds more than one profile");
      return [];
    }
    const [, name, rest] = /^\s*(?:(?:export|set)\s+|\$env:)?([^\s:=]+)\s*[:=]\s*(.*)$/i.exec(line) ?? [];
    if (name === undefined || rest === undefined)
      return refuse(`Line ${index + 1} of the secret is not "name: value"`);
    const [, , quoted, bare = ""] = /^(?:(["'])(.*)\1\s*(?:#.*)?|(.*?)\s*(?:\s#.*)?)$/.exec(rest) ?? [];
    // It would be a part of the key, and STS would only say that the key is wrong.
    if (quoted === undefined && /^["']|["';]$/.test(bare))
      refuse(`Line ${index + 1} of the secret has a stray quote or semicolon`);
    return [[name, quoted ?? bare]];
  });
}

function refuse(message: string): never {
  throw new LongTermKeyError(message);
}
