import type { ServiceSettings } from "../../shared/client/src/cli/settings.ts";
import type { Environment } from "../../shared/client/src/identity-sources/environment.ts";
import type { Config } from "../../shared/core/config.ts";
import type { Account } from "./account/account.ts";

/** All that the doctor is told. */
export interface DoctorSetting {
  /** The instance, and the identity that the doctor has there. */
  service: ServiceSettings;
  env: Environment;
  /** The configuration that the instance should have. Absent: what only it tells is not checked. */
  config?: Config;
  /** Objects that exist, and that no credentials of the doctor may read. */
  outside: readonly { bucket: string; key: string }[];
  /** The AWS account behind the instance, by credentials of an operator; or why it cannot be looked at. */
  account: Account | { missing: string };
  /** From this age on a long-term key is old. */
  keyDays: number;
}
