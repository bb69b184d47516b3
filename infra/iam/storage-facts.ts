import type { Config } from "../../shared/core/config.ts";
import { VendError } from "../../shared/core/errors.ts";
import type { Statement } from "../../shared/core/policy.ts";
import type { Storage, StorageOf } from "../../shared/core/storage.ts";
import { isVending, type VendingStorage, type VendingWay } from "../../shared/core/ways.ts";
import { askedOfSts } from "../asked-of-sts.ts";
import { isAws } from "../config/address.ts";
import type { ReportFault } from "./fault.ts";
import { rightsOn } from "./rights.ts";
import type { IamSetting } from "./setting.ts";

/** Whose IAM it is: the form and the tools depend on that. `other` is a store that keyvend has no commands for. */
export type IamKind = "aws" | "minio" | "ceph" | "seaweedfs" | "other";

/** What the IAM of a storage has to allow. */
export interface StorageFacts<S extends VendingStorage = VendingStorage> {
  storage: S;
  asked: ReturnType<typeof askedOfSts>;
  /** On objects, the bucket and keys of KMS. */
  rights: Statement[];
}

/**
 * Those of the facts that are of storages which issue in this way.
 *
 * @example ofWay("assume-role", facts).map(({ storage }) => storage.roleArn)
 */
export function ofWay<W extends VendingWay>(
  way: W,
  facts: readonly StorageFacts[],
): StorageFacts<StorageOf<W>>[] {
  return facts.filter((each): each is StorageFacts<StorageOf<W>> => each.storage.issue === way);
}

/** Storages whose users and roles are kept in one place. */
export interface IamPlace {
  kind: IamKind;
  /** Of its STS, or of its S3 where it has none. Absent: AWS. */
  endpoint?: string;
  facts: StorageFacts[];
}

/**
 * The places in which users and roles are needed, each with its storages in the order of the configuration. A storage that
 * vends nothing needs none.
 *
 * @example placesOf(config, setting, report).map(({ kind }) => kind) // ["aws", "minio"]
 */
export function placesOf(config: Config, setting: IamSetting, report: ReportFault): IamPlace[] {
  const storages = [...config.storages.values()].filter(isVending);
  const byPlace = Map.groupBy(storages, (storage) => JSON.stringify(placeOf(storage)));
  return [...byPlace.values()].flatMap((storagesHere) => {
    const [first] = storagesHere;
    if (first === undefined) return [];
    const place = placeOf(first);
    const facts = storagesHere.map((storage) => factsOf(storage, place.kind, config, setting, report));
    return [{ ...place, facts }];
  });
}

function placeOf(storage: VendingStorage): Pick<IamPlace, "kind" | "endpoint"> {
  const { store = "other", endpoint: s3 } = storage;
  const endpoint = ("stsEndpoint" in storage ? storage.stsEndpoint : undefined) ?? s3;
  // The check takes `aws` for an address of AWS only.
  return isAws(endpoint) || store === "aws" ? { kind: "aws" } : { kind: store, endpoint };
}

function factsOf(
  storage: VendingStorage,
  kind: IamKind,
  config: Config,
  { whole, kmsKeyArns }: IamSetting,
  report: ReportFault,
): StorageFacts {
  const asked = askedOfSts(storage, config);
  const { kmsKeyArn: own, ...plain } = { kmsKeyArn: undefined, ...storage };
  const keys = kmsKeyArns?.get(storage.name) ?? own;
  // Other stores know no actions of KMS.
  const withKeys: Storage = kind === "aws" && keys !== undefined ? { ...plain, kmsKeyArn: keys } : plain;
  try {
    const rights = rightsOn(withKeys, asked.grants, { whole: whole?.has(storage.name) === true });
    return { storage, asked, rights };
  } catch (error) {
    if (!(error instanceof VendError)) throw error;
    report(
      [storage.name],
      `no policy can hold its bucket and prefix: ${error.message} Use other characters.`,
    );
    return { storage, asked, rights: [] };
  }
}
