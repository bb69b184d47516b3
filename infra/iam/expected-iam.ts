import type { Config } from "../../shared/core/config.ts";
import { iamOfAws } from "./aws-iam.ts";
import { iamOfCeph } from "./ceph-iam.ts";
import type { ExpectedIam } from "./expected.ts";
import { IamError, type IamFault, type ReportFault } from "./fault.ts";
import { iamOfMinio } from "./minio-iam.ts";
import { iamOfSeaweedfs } from "./seaweedfs-iam.ts";
import type { IamSetting } from "./setting.ts";
import { type IamKind, type IamPlace, placesOf } from "./storage-facts.ts";

const makers: {
  readonly [K in IamKind]: (
    place: IamPlace,
    setting: IamSetting,
    report: ReportFault,
    config: Config,
  ) => ExpectedIam;
} = {
  aws: iamOfAws,
  minio: iamOfMinio,
  ceph: iamOfCeph,
  seaweedfs: iamOfSeaweedfs,
  // What else there is means to be like AWS.
  other: iamOfAws,
};

/**
 * The users, roles, OIDC providers and policies that the storages of a configuration need outside of the stack, place by
 * place. What storages share stands once, with all that each of them needs.
 *
 * @param only the storages whose IAM is asked for; without it all. What they share with others stays as all of them need it.
 * @throws IamError with all that keeps it from being made, and what to do.
 * @example expectedIam(config, { stage: "prod", region: "eu-central-1" })[0]?.roles[0]?.trust
 */
export function expectedIam(config: Config, setting: IamSetting, only?: readonly string[]): ExpectedIam[] {
  const faults = new Map<string, IamFault>();
  const report: ReportFault = (storages, message) =>
    faults.set(`${storages.join()} ${message}`, { storages, message });
  const all = placesOf(config, setting, report).map((place) =>
    makers[place.kind](place, setting, report, config),
  );
  const asked = only ? all.map((iam) => onlyFor(iam, only)) : all;
  const concerned = new Set(only && [...only, ...asked.flatMap(storagesIn)]);
  const told = [...faults.values()].filter(
    ({ storages }) => !only || storages.some((name) => concerned.has(name)),
  );
  if (told.length > 0) throw new IamError(told);
  return asked;
}

function onlyFor(iam: ExpectedIam, names: readonly string[]): ExpectedIam {
  const isFor = ({ storages }: { storages: readonly string[] }) =>
    storages.some((name) => names.includes(name));
  return {
    ...iam,
    users: iam.users.filter(isFor),
    roles: iam.roles.filter(isFor),
    providers: iam.providers.filter(isFor),
    policies: iam.policies.filter(isFor),
    buckets: iam.buckets.filter(isFor),
    keys: iam.keys.filter(isFor),
  };
}

/** All that share a user or a role here. */
function storagesIn({ users, roles }: ExpectedIam): readonly string[] {
  return [...users, ...roles].flatMap(({ storages }) => storages);
}
