import type { Ask, StsTerms } from "../../shared/core/ask.ts";
import type { Circumstances } from "../../shared/core/circumstances.ts";
import type { Config } from "../../shared/core/config.ts";
import { leastStsSeconds } from "../../shared/core/duration.ts";
import { VendError } from "../../shared/core/errors.ts";
import { listStorages } from "../../shared/vending/list-storages.ts";
import { invalidMember, type Members, tagsOf, textOf, transitiveTagKeysOf } from "./members.ts";
import { type RoleRequest, readRoleArn } from "./role-arn.ts";

/** What STS gives there where a request names no duration. */
const usualSecondsOfGetSessionToken = 43_200;

/**
 * What a request for credentials asks for.
 *
 * @throws VendError `invalid_request` for a member's value, and `no_grant` for a role that is not understood, or that is left
 * out where more than one could be meant.
 * @example askOf("AssumeRole", members, config, circumstances).storage // "lake"
 */
export function askOf(
  action: "AssumeRole" | "AssumeRoleWithWebIdentity" | "GetSessionToken",
  members: Members,
  config: Config,
  circumstances: Circumstances,
): Ask {
  const durationSeconds = durationOf(members);
  const [policy, externalId] = [textOf(members, "Policy"), textOf(members, "ExternalId")];
  const tags = tagsOf(members);
  const transitiveTagKeys = transitiveTagKeysOf(members);
  const sts: StsTerms = {
    ...(action === "GetSessionToken" && { usualSeconds: usualSecondsOfGetSessionToken }),
    ...(policy !== undefined && { policy }),
    ...(externalId !== undefined && { externalId }),
    ...(Object.keys(tags).length > 0 && { tags }),
    ...(transitiveTagKeys.length > 0 && { transitiveTagKeys }),
  };
  const { storage, permission, prefix } =
    action === "GetSessionToken"
      ? storageOfKey(config, { ...circumstances, sts })
      : roleOf(members, config, { ...circumstances, sts });
  const place = config.storages.get(storage);
  return {
    storage,
    ...(permission && { permission }),
    // No grant is on a storage that does not exist.
    ...(prefix && place && { targets: [{ bucket: place.bucket, prefix: place.prefix + prefix }] }),
    ...(durationSeconds !== undefined && { durationSeconds }),
    sts,
  };
}

function durationOf(members: Members): number | undefined {
  const text = textOf(members, "DurationSeconds");
  if (text === undefined) return undefined;
  if (Number(text) < leastStsSeconds)
    throw invalidMember("DurationSeconds", `must have value greater than or equal to ${leastStsSeconds}`);
  return Number(text);
}

/** A role that is present and not understood never falls back to another. */
function roleOf(members: Members, config: Config, circumstances: Circumstances): RoleRequest {
  const arn = textOf(members, "RoleArn");
  if (arn === undefined)
    return onlyStorageOf(config, circumstances, "name a storage, a permission and a folder in RoleArn");
  const role = config.stsRoles.find((each) => each.arn === arn) ?? readRoleArn(arn);
  if (role !== undefined) return role;
  throw new VendError(
    "no_grant",
    "RoleArn stands for nothing here: it has the form arn:aws:iam::000000000000:role/keyvend/<storage>[/<permission>[/<folder>]].",
  );
}

/** A request that can name no storage is for the one that the client key's entry names. */
function storageOfKey(config: Config, circumstances: Circumstances): RoleRequest {
  const storage = config.clientKeys.find(({ name }) => name === circumstances.principal.subject)?.storage;
  if (storage !== undefined) return { storage };
  return onlyStorageOf(
    config,
    circumstances,
    "the operator has to name a `storage` in the entry of clientKeys",
  );
}

/** The storage of the caller's one grant. */
function onlyStorageOf(config: Config, circumstances: Circumstances, remedy: string): RoleRequest {
  const [storage, ...others] = listStorages(config, circumstances);
  if (storage?.Grants.length === 1 && others.length === 0) return { storage: storage.Storage };
  const words =
    storage === undefined
      ? "No grant of yours covers this request."
      : `Several grants could be meant: ${remedy}.`;
  throw new VendError("no_grant", words);
}

/**
 * What was asked for, in words for a caller that is refused.
 *
 * @example inWords(ask) // "The request was for READ on s3://lake/raw/ of storage lake."
 */
export function inWords({ storage, permission, targets = [] }: Ask): string {
  const places = targets.map(({ bucket, prefix }) => ` on s3://${bucket}/${prefix}`).join("");
  return `The request was for ${permission ?? "all that is granted"}${places} of storage ${storage}.`;
}
