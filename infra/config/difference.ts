import { isDeepStrictEqual } from "node:util";
import { grantsFor } from "../../shared/core/authorize.ts";
import type { Config } from "../../shared/core/config.ts";
import type { Grant } from "../../shared/core/grant.ts";
import { contains } from "../../shared/core/prefix.ts";
import type { Principal } from "../../shared/core/principal.ts";
import type { Storage } from "../../shared/core/storage.ts";
import { formatTarget } from "../../shared/core/target.ts";
import { isVending } from "../../shared/core/ways.ts";
import { isForAllOf, possibleShadows } from "./grant-shadows.ts";

/** What some callers have by a grant. */
interface Holding {
  grant: string;
  /** The callers: an issuer and the conditions, as the grant has them. */
  holders: string;
  storage: string;
  /** With the templates, as the grant has them. */
  folder: string;
  /** `READ`, `WRITE` and the groups of operations. */
  rights: string[];
}

/** What a change of the configuration means: for the callers of a grant, or to an entry that decides which callers or which places they are. */
export type ConfigChange =
  | ({ change: "gain" | "lose" } & Holding)
  | { change: "changed" | "added" | "removed"; entry: string; fields?: string[] };

/** The lists of a grant's conditions are taken apart up to so many combinations; a longer product stays one. */
const mostHolders = 256;

/**
 * Which grants' holders gain and which lose what, from one configuration to another. What another grant gives them anyway is
 * neither; a grant that was renamed is no change. Issuers, storages and the like that differ are named with their fields: which callers
 * are accepted, or where a storage is, may be another then.
 *
 * @example differenceOf(before, after).filter(({ change }) => change === "gain")
 */
export function differenceOf(before: Config, after: Config): ConfigChange[] {
  return [
    ...losses(before, after).map((lost) => ({ change: "lose" as const, ...lost })),
    ...losses(after, before).map((gained) => ({ change: "gain" as const, ...gained })),
    ...changedEntries(before, after),
  ];
}

/** What some have by one configuration, and have not by the other. */
function losses(config: Config, other: Config): Holding[] {
  return [
    ...config.grants.all
      .filter(({ mode }) => mode === "enforce")
      .flatMap((grant) => takenApart(grant))
      .flatMap((grant) =>
        holdingOf(config, grant, rightsOf(grant).filter(isMissingIn(config, other, grant))),
      ),
    ...listedCallers(config).flatMap((caller) => lossesOf(caller, config, other)),
  ];
}

function holdingOf(config: Config, grant: Grant, rights: string[]): Holding[] {
  const storage = config.storages.get(grant.storage);
  if (rights.length === 0 || storage === undefined) return [];
  return [
    {
      grant: grant.name,
      holders: holdersOf(grant),
      storage: grant.storage,
      folder: formatTarget(storage.bucket, storage.prefix + grant.prefix),
      rights,
    },
  ];
}

/** Whether no grant of the other configuration gives a right on the same place to the same callers, and maybe to more. */
function isMissingIn(config: Config, other: Config, grant: Grant): (right: string) => boolean {
  const [issuer = ""] = grant.issuer;
  const storage = config.storages.get(grant.storage);
  const sameIssuer = isDeepStrictEqual(config.issuers.get(issuer)?.issuer, other.issuers.get(issuer)?.issuer);
  if (storage === undefined || !sameIssuer) return () => true;
  const covering = Array.from(other.storages.values())
    .filter(({ bucket, endpoint }) => bucket === storage.bucket && endpoint === storage.endpoint)
    // An address alone opens nothing.
    .filter((place) => isVending(place) || !isVending(storage))
    .flatMap((place) =>
      possibleShadows({ ...grant, storage: place.name }, other.grants).filter(
        (wider) =>
          isForAllOf(wider, grant) && contains(place.prefix + wider.prefix, storage.prefix + grant.prefix),
      ),
    );
  return (right) => !covering.some((wider) => rightsOf(wider).includes(right));
}

function rightsOf({ permission, also = [] }: Pick<Grant, "permission" | "also">): string[] {
  return [...(permission === "READWRITE" ? ["READ", "WRITE"] : [permission]), ...also];
}

/** A grant for each of its issuers, subjects and values of claims: so one that is taken out of a list is told alone. */
function takenApart(grant: Grant): Grant[] {
  let parts: Grant[] = grant.issuer.map((issuer) => ({ ...grant, issuer: [issuer] }));
  const split = (values: readonly string[], put: (part: Grant, value: string) => Grant) => {
    if (parts.length * values.length > mostHolders) return;
    parts = parts.flatMap((part) => values.map((value) => put(part, value)));
  };
  if (grant.subject) split(grant.subject, (part, subject) => ({ ...part, subject: [subject] }));
  for (const [claim, values] of Object.entries(grant.claims))
    split(values, (part, value) => ({ ...part, claims: { ...part.claims, [claim]: [value] } }));
  return parts;
}

function holdersOf({ issuer, subject, claims, expires, sourceIps, externalId }: Grant): string {
  const conditions = [
    ...(subject ? [`subject ${subject.join(" or ")}`] : []),
    ...Object.entries(claims).map(([claim, values]) => `${claim} ${values.join(" or ")}`),
    ...(sourceIps ? [`from ${sourceIps.join(" or ")}`] : []),
    ...(expires === undefined ? [] : [`until ${new Date(expires).toISOString()}`]),
    ...(externalId === undefined ? [] : ["with an external id"]),
  ];
  return [issuer.join(" or "), ...conditions].join(", ");
}

/** Those that the configuration names one by one. */
function listedCallers({ apiTokens, clientKeys }: Config): Principal[] {
  const principal = (kind: "api-token" | "client-key", { name, claims }: Config["apiTokens"][number]) => ({
    ...{ kind, issuer: kind, subject: name, tokenHash: "" },
    claims: { ...claims, sub: name },
  });
  return [
    ...apiTokens.map((token) => principal("api-token", token)),
    ...clientKeys.map((key) => principal("client-key", { ...key, sha256: "" })),
  ];
}

/** What one of them loses since the other configuration has no such entry, or has other claims in it. */
function lossesOf(caller: Principal, config: Config, other: Config): Holding[] {
  const same = listedCallers(other).find(
    ({ issuer, subject }) => issuer === caller.issuer && subject === caller.subject,
  );
  if (same !== undefined && isDeepStrictEqual(same.claims, caller.claims)) return [];
  const has = same === undefined ? [] : foldersOf(same, other);
  return foldersOf(caller, config).flatMap(({ storage, grant, folder, rights }) => {
    const left = rights.filter(
      (right) => !has.some((one) => contains(one.folder, folder) && one.rights.includes(right)),
    );
    const holders = `${caller.issuer} ${caller.subject}`;
    return left.length === 0 ? [] : [{ grant, holders, storage, folder, rights: left }];
  });
}

function foldersOf(principal: Principal, config: Config) {
  const circumstances = { principal, sourceIp: undefined, now: 0 };
  return Array.from(config.storages.values()).flatMap((storage: Storage) =>
    grantsFor(config, circumstances, storage).flatMap(({ name, scope }) =>
      scope.prefixes.map((prefix) => ({
        storage: storage.name,
        grant: name,
        folder: formatTarget(scope.bucket, prefix),
        rights: rightsOf(scope),
      })),
    ),
  );
}

/** Sections whose entries have names. Grants, tokens and keys are told by what they give. */
const named = {
  issuers: ({ issuers }: Config) => issuers,
  storages: ({ storages }: Config) => storages,
  apiTokens: ({ apiTokens }: Config) => new Map(apiTokens.map((token) => [token.name, token])),
  clientKeys: ({ clientKeys }: Config) => new Map(clientKeys.map((key) => [key.name, key])),
  stsRoleArns: ({ stsRoles }: Config) => new Map(stsRoles.map((role) => [role.arn, role])),
  "aws.accounts": ({ awsAccounts }: Config) => new Map(awsAccounts.map((account) => [account, { account }])),
};

function changedEntries(before: Config, after: Config): ConfigChange[] {
  return Object.entries(named).flatMap(([section, entriesOf]) => {
    const [old, next] = [entriesOf(before), entriesOf(after)] as ReadonlyMap<string, object>[];
    const names = new Set([...(old?.keys() ?? []), ...(next?.keys() ?? [])]);
    return Array.from(names).flatMap((name): ConfigChange[] => {
      const entry = `${section}.${name}`;
      const [was, is] = [old?.get(name), next?.get(name)];
      if (was === undefined) return [{ change: "added", entry }];
      if (is === undefined) return [{ change: "removed", entry }];
      const fields = fieldsThatDiffer(was, is);
      return fields.length === 0 ? [] : [{ change: "changed", entry, fields }];
    });
  });
}

function fieldsThatDiffer(one: object, other: object): string[] {
  const [a, b] = [one, other].map((entry) => new Map<string, unknown>(Object.entries(entry)));
  return Array.from(new Set([...(a?.keys() ?? []), ...(b?.keys() ?? [])])).filter(
    (field) => !isDeepStrictEqual(a?.get(field), b?.get(field)),
  );
}
