import { parseConfig } from "../../../infra/config/parse-config.ts";
import { expectedIam } from "../../../infra/iam/expected-iam.ts";
import { IamError } from "../../../infra/iam/fault.ts";
import type { IamSetting } from "../../../infra/iam/setting.ts";

const setting: IamSetting = { stage: "prod", region: "eu-central-1" };

/** The IAM of a configuration document, at the stage prod in eu-central-1. */
export function expected(document: object, options: Partial<IamSetting> = {}) {
  return expectedIam(parseConfig(document), { ...setting, ...options });
}

/** The faults that keep it from being made, as they are told; none if it can be made. */
export function faultsOf(document: object, options: Partial<IamSetting> = {}): readonly string[] {
  try {
    expected(document, options);
  } catch (error) {
    if (error instanceof IamError) return error.message.split("\n");
    throw error;
  }
  return [];
}
