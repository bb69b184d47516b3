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

/** Fluss's and Hadoop's names, without their prefixes and in the dot form, beside our own. */
const fields: ReadonlyMap<string, Field> = new Map([
  ["accessKeyId", "accessKeyId"],
  ["access.key", "accessKeyId"],
  ["secretAccessKey", "secretAccessKey"],
  ["secret.key", "secretAccessKey"],
  ["sessionToken", "sessionToken"],
  ["session.token", "sessionToken"],
  ["endpoint", "endpoint"],
  ["region", "region"],
  ["endpoint.region", "region"],
  ["pathStyleAccess", "pathStyleAccess"],
  ["path.style.access", "pathStyleAccess"],
]);

/**
 * Reads a secret's text: a JSON object, or the `s3.*` lines of a Fluss `server.yaml` or a properties file, pasted as
 * they are. Fields that say nothing of the key or the storage's address are passed over.
 *
 * @throws LongTermKeyError
 * @example parseLongTermKey("s3.access-key: AKIAIOSFODNN7EXAMPLE\ns3.secret-key: …").accessKeyId
 */
export function parseLongTermKey(secretString: string): LongTermKey {
  const text = secretString.trim();
  const found = new Map<Field, { name: string; value: string }>();
  for (const [name, value] of text.startsWith("{") ? membersOf(text) : linesOf(text)) {
    const field = fields.get(name.replace(/^(?:fs\.s3a|s3a?)\./, "").replaceAll("-", "."));
    if (field === undefined || value === "" || value === null) continue;
    if (typeof value !== "string" && typeof value !== "boolean") refuse(`${name} must be text`);
    const earlier = found.get(field);
    if (earlier === undefined) found.set(field, { name, value: String(value) });
    else if (earlier.value !== String(value)) refuse(`${earlier.name} and ${name} have different values`);
  }

  const session = found.get("sessionToken");
  if (session) refuse(`${session.name} is part of session credentials; a long-term key is needed`);
  const accessKeyId = keyOf(found.get("accessKeyId"), "access key id", "accessKeyId or s3.access-key");
  const secretAccessKey = keyOf(
    found.get("secretAccessKey"),
    "secret key",
    "secretAccessKey or s3.secret-key",
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

function membersOf(json: string): [string, unknown][] {
  try {
    return Object.entries(JSON.parse(json));
  } catch {
    // Node's message quotes the text.
    return refuse("The secret begins like a JSON object and is none");
  }
}

function linesOf(text: string): [string, string][] {
  return text.split(/\r?\n/).flatMap((line, index): [string, string][] => {
    if (/^\s*(?:#|$)/.test(line)) return [];
    const [, name, rest] = /^\s*([^\s:=]+)\s*[:=]\s*(.*)$/.exec(line) ?? [];
    if (name === undefined || rest === undefined)
      return refuse(`Line ${index + 1} of the secret is not "name: value"`);
    const [, , quoted, bare = ""] = /^(?:(["'])(.*)\1\s*(?:#.*)?|(.*?)\s*(?:\s#.*)?)$/.exec(rest) ?? [];
    return [[name, quoted ?? bare]];
  });
}

function refuse(message: string): never {
  throw new LongTermKeyError(message);
}
