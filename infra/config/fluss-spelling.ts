import { isObject } from "../../shared/core/claims.ts";
import { type ConfigPlace, type Report, under } from "./faults.ts";

/** The meaning of a key of Fluss's or Hadoop's S3 options: a field of a storage, or the reason why it has none. */
type Spelling = { field: string } | { refused: string };

const keysBelongElsewhere: Spelling = {
  refused: "keys belong in Secrets Manager: store them there and give the name of the secret in `secret`",
};
const ownProviders: Spelling = {
  refused:
    "a provider class runs in a JVM, and it may hand out session credentials; keyvend uses the secret's key",
};

const spellings: ReadonlyMap<string, Spelling> = new Map<string, Spelling>([
  ["endpoint", { field: "endpoint" }],
  ["region", { field: "region" }],
  ["endpoint.region", { field: "region" }],
  ["path.style.access", { field: "pathStyleAccess" }],
  ["assumed.role.arn", { field: "roleArn" }],
  ["assumed.role.sts.endpoint", { field: "stsEndpoint" }],
  ["access.key", keysBelongElsewhere],
  ["secret.key", keysBelongElsewhere],
  ["session.token", keysBelongElsewhere],
  ["aws.credentials.provider", ownProviders],
  ["assumed.role.credentials.provider", ownProviders],
]);

/** The keys that switch Fluss's token delegation on and off. */
export const delegationKeys = ["fs.s3.enable-token-delegation", "fs.s3.enable.token.delegation"];

/** Fluss passes options with these prefixes on to Hadoop. The rest of the option may have hyphens or dots. */
const hadoopPrefix = /^(?:fs\.s3a|s3a?)\./;

/**
 * The meaning of a key; `undefined` for a key that is not one of Fluss's.
 *
 * @example spellingOf("fs.s3a.path.style.access") // { field: "pathStyleAccess" }
 */
export function spellingOf(key: string): Spelling | undefined {
  if (key === "remote.data.dir") return { field: "bucket" };
  if (delegationKeys.includes(key)) return { field: "issue" };
  return hadoopPrefix.test(key)
    ? spellings.get(key.replace(hadoopPrefix, "").replaceAll("-", "."))
    : undefined;
}

/** Whether an option is about S3, even if it is not known here. */
export function isFlussS3Option(key: string): boolean {
  return spellingOf(key) !== undefined || hadoopPrefix.test(key);
}

/** Every key of Fluss's that may stand for a field, for the schema that editors use. */
export function flussKeysOf(field: string): string[] {
  if (field === "bucket") return ["remote.data.dir"];
  return [...spellings].flatMap(([option, spelling]) =>
    "field" in spelling && spelling.field === field
      ? ["s3", "s3a", "fs.s3a"].flatMap((prefix) => [
          ...new Set([`${prefix}.${option.replaceAll(".", "-")}`, `${prefix}.${option}`]),
        ])
      : [],
  );
}

/** A storage in keyvend's own words, and the key from which each of its fields came. */
interface StorageTranslation {
  storage: Record<string, unknown>;
  sourceKeys: ReadonlyMap<string, string>;
}

/**
 * Translates a storage, which may be spelled like Fluss's `server.yaml`, into keyvend's own words. It reports a key
 * that has no place in a storage, and two keys that give one field different values. A report names keys, and never
 * values.
 */
export function translateStorage(source: object, report: Report): StorageTranslation {
  const storage: Record<string, unknown> = {};
  const sourceKeys = new Map<string, string>();
  for (const [key, raw] of Object.entries(source)) {
    const spelling = spellingOf(key) ?? { field: key };
    if ("refused" in spelling) {
      report([key], `has no place here: ${spelling.refused}`);
      continue;
    }
    const { field } = spelling;
    const value = field === key ? raw : translateValue(field, raw);
    if (value === undefined) continue;
    const earlier = sourceKeys.get(field);
    if (earlier === undefined) {
      Object.defineProperty(storage, field, { value, enumerable: true });
      sourceKeys.set(field, key);
    } else if (storage[field] !== value) {
      report([key], `disagrees with ${earlier}, which is another name for the same field`);
    }
  }
  return { storage, sourceKeys };
}

/** Fluss's value for a field, in the form that a storage has. */
function translateValue(field: string, value: unknown): unknown {
  const text = String(value);
  switch (field) {
    case "issue":
      // `false` switches delegation off. `true` is Fluss's default and does not say which way to use.
      if (text === "true") return undefined;
      return text === "false" ? "none" : value;
    case "pathStyleAccess":
      return text === "true" || text === "false" ? text === "true" : value;
    case "endpoint":
    case "stsEndpoint":
      return typeof value === "string" && !value.includes("://") ? `https://${value}` : value;
    default:
      return value;
  }
}

/**
 * Translates all storages of a document into keyvend's own words. `sourcePlace` leads from a place in the translation
 * back to the place in the document that the operator wrote.
 */
export function translateStorages(document: unknown, report: Report) {
  const translations = new Map<string, StorageTranslation>();
  if (!isObject(document) || !isObject(document["storages"]))
    return { document, sourcePlace: (place: ConfigPlace) => place };
  for (const [name, storage] of Object.entries(document["storages"])) {
    if (isObject(storage)) translations.set(name, translateStorage(storage, under(report, "storages", name)));
  }
  const storages = Object.entries(document["storages"]).map(([name, storage]) => {
    return [name, translations.get(name)?.storage ?? storage] as const;
  });
  const sourcePlace = (place: ConfigPlace): ConfigPlace => {
    const [section, name, field, ...deeper] = place;
    if (section !== "storages" || typeof name !== "string" || typeof field !== "string") return place;
    return [section, name, translations.get(name)?.sourceKeys.get(field) ?? field, ...deeper];
  };
  return { document: { ...document, storages: Object.fromEntries(storages) }, sourcePlace };
}
