import { type ConfigPlace, type Report, under } from "./faults.ts";

/** What a key of Fluss's or Hadoop's S3 options means in a storage. */
type Spelling = { field: string } | { refused: string };

const keysBelongElsewhere: Spelling = {
  refused: "keys belong in Secrets Manager: store them there and name the secret by `secret`",
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

/** Switches the handing out of credentials off. */
export const delegationKeys = ["fs.s3.enable-token-delegation", "fs.s3.enable.token.delegation"];

/** `s3.`, `s3a.` and `fs.s3a.` reach Hadoop; the option behind them may have hyphens or dots. */
const prefixed = /^(?:fs\.s3a|s3a?)\./;

/**
 * What a key means; `undefined` for a key that is none of Fluss's.
 *
 * @example spellingOf("fs.s3a.path.style.access") // { field: "pathStyleAccess" }
 */
export function spellingOf(key: string): Spelling | undefined {
  if (key === "remote.data.dir") return { field: "bucket" };
  if (delegationKeys.includes(key)) return { field: "issue" };
  return prefixed.test(key) ? spellings.get(key.replace(prefixed, "").replaceAll("-", ".")) : undefined;
}

/** Is it about S3 at all, known here or not? */
export function isFlussS3Option(key: string): boolean {
  return spellingOf(key) !== undefined || prefixed.test(key);
}

/** Every key that a field may be written as, for the schema that editors use. */
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

/** A storage in keyvend's own words, and how each of its fields was written. */
interface StorageTranslation {
  storage: Record<string, unknown>;
  writtenAs: ReadonlyMap<string, string>;
}

/**
 * Puts a storage that may be spelled like Fluss's `server.yaml` into keyvend's own words. Reports what has no place in
 * a storage, and two names for one thing that disagree: by name, without their values.
 */
export function spellOut(written: object, report: Report): StorageTranslation {
  const storage: Record<string, unknown> = {};
  const writtenAs = new Map<string, string>();
  for (const [key, raw] of Object.entries(written)) {
    const spelling = spellingOf(key) ?? { field: key };
    if ("refused" in spelling) {
      report([key], `has no place here: ${spelling.refused}`);
      continue;
    }
    const { field } = spelling;
    const value = field === key ? raw : meantBy(field, raw);
    if (value === undefined) continue;
    const earlier = writtenAs.get(field);
    if (earlier === undefined) {
      Object.defineProperty(storage, field, { value, enumerable: true });
      writtenAs.set(field, key);
    } else if (storage[field] !== value) {
      report([key], `says something else than ${earlier}, which is another name for it`);
    }
  }
  return { storage, writtenAs };
}

/** A value as Fluss takes it, in the form that a storage has it. */
function meantBy(field: string, value: unknown): unknown {
  const text = String(value);
  switch (field) {
    case "issue":
      // Delegation switched off; switched on it is Fluss's default and says nothing of the way.
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
 * Puts all storages of a document into keyvend's own words. `asWritten` leads from a place in the new document back to
 * the place in the old one.
 */
export function spellOutStorages(document: unknown, report: Report) {
  const spelled = new Map<string, StorageTranslation>();
  if (!isMap(document) || !isMap(document["storages"]))
    return { document, asWritten: (place: ConfigPlace) => place };
  for (const [name, storage] of Object.entries(document["storages"])) {
    if (isMap(storage)) spelled.set(name, spellOut(storage, under(report, "storages", name)));
  }
  const storages = Object.entries(document["storages"]).map(([name, storage]) => {
    return [name, spelled.get(name)?.storage ?? storage] as const;
  });
  const asWritten = (place: ConfigPlace): ConfigPlace => {
    const [section, name, field, ...deeper] = place;
    if (section !== "storages" || typeof name !== "string" || typeof field !== "string") return place;
    return [section, name, spelled.get(name)?.writtenAs.get(field) ?? field, ...deeper];
  };
  return { document: { ...document, storages: Object.fromEntries(storages) }, asWritten };
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
