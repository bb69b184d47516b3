import type { Config, TrustedIssuer } from "../shared/core/config.ts";
import type { Grant } from "../shared/core/grant.ts";
import type { Storage } from "../shared/core/storage.ts";
import { describe, reportIssues } from "./config/describe.ts";
import { documentSchema, type GrantEntry, type IssuerEntry, type StorageEntry } from "./config/document.ts";
import { ConfigError, type ConfigFault, type Place, pathOf, type Report } from "./config/faults.ts";
import { checkScopable, grantOf, listOf } from "./config/grant.ts";
import { storageOf } from "./config/storage.ts";

/**
 * Checks a configuration document (infra/vending.yml, read) and makes the configuration of it.
 *
 * @throws ConfigError with every fault and its path; nothing else, whatever the document is.
 * @example parseConfig(parse(await readFile("infra/vending.yml", "utf8"))).storages.get("lake")
 */
export function parseConfig(document: unknown): Config {
  const faults: ConfigFault[] = [];
  const report: Report = (place, message) => faults.push({ path: pathOf(place), place, message });
  const within =
    (...above: Place): Report =>
    (place, message) =>
      report([...above, ...place], message);
  /** Are the entry and all that is in it without fault so far? Then it has the type that its schema says. */
  const sound = (...entry: Place) =>
    !faults.some(({ place }) => place.every((step, depth) => depth >= entry.length || step === entry[depth]));

  const checked = documentSchema.safeParse(document, { error: describe });
  if (!checked.success) reportIssues(checked.error.issues, report);
  const { issuers: issuerEntries, storages: storageEntries, grants: grantEntries } = sectionsOf(document);

  const issuers = new Map<string, TrustedIssuer>();
  for (const [name, entry] of Object.entries(issuerEntries)) {
    if (!sound("issuers", name)) continue;
    const issuer = issuerOf(name, entry as IssuerEntry);
    const twin = [...issuers.values()].find((other) => other.issuer === issuer.issuer);
    if (twin !== undefined) report(["issuers", name, "issuer"], `is that of issuers.${twin.name} already`);
    issuers.set(name, issuer);
  }

  const storages = new Map<string, Storage>();
  for (const [name, entry] of Object.entries(storageEntries)) {
    if (!sound("storages", name)) continue;
    const storage = storageOf(name, entry as StorageEntry, within("storages", name));
    if (storage !== undefined) storages.set(name, storage);
  }

  const grants: Grant[] = [];
  for (const [index, raw] of grantEntries.entries()) {
    if (!sound("grants", index)) continue;
    const entry = raw as GrantEntry;
    const reportGrant = within("grants", index);
    if (!Object.hasOwn(issuerEntries, entry.issuer)) reportGrant(["issuer"], "is not among the issuers");
    if (!Object.hasOwn(storageEntries, entry.storage)) reportGrant(["storage"], "is not among the storages");
    if (grants.some(({ name }) => name === entry.name))
      reportGrant(["name"], "is that of an earlier grant already");
    const storage = storages.get(entry.storage);
    if (storage !== undefined) checkScopable(entry, storage.issue, reportGrant);
    grants.push(grantOf(entry, reportGrant));
  }

  if (faults.length > 0) throw new ConfigError(faults);
  return { issuers, storages, grants };
}

function issuerOf(name: string, entry: IssuerEntry): TrustedIssuer {
  return {
    algorithms: ["RS256", "ES256"],
    clockToleranceSeconds: 30,
    requiredClaims: [],
    ...entry,
    name,
    audience: listOf(entry.audience),
  };
}

/** The document's sections, empty where they are not even of the right kind (which is a fault by then). */
function sectionsOf(document: unknown) {
  const { issuers, storages, grants } = recordOf(document);
  return {
    issuers: recordOf(issuers),
    storages: recordOf(storages),
    grants: Array.isArray(grants) ? (grants as unknown[]) : [],
  };
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}
