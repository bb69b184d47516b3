import type { Config } from "../../shared/core/config.ts";
import { iamOfAws } from "./aws-iam.ts";
import { iamOfCeph } from "./ceph-iam.ts";
import type { ExpectedIam } from "./expected.ts";
import { IamError } from "./fault.ts";
import { iamOfMinio } from "./minio-iam.ts";
import { iamOfSeaweedfs } from "./seaweedfs-iam.ts";
import type { IamSetting, ReportFault } from "./setting.ts";
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
 * @throws IamError with all that keeps it from being made, and what to do.
 * @example expectedIam(config, { stage: "prod", region: "eu-central-1" })[0]?.roles[0]?.trust
 */
export function expectedIam(config: Config, setting: IamSetting): ExpectedIam[] {
  const faults = new Set<string>();
  const report: ReportFault = (fault) => faults.add(fault);
  const iam = placesOf(config, setting, report).map((place) =>
    makers[place.kind](place, setting, report, config),
  );
  if (faults.size > 0) throw new IamError([...faults]);
  return iam;
}
