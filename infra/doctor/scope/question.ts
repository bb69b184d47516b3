import type { Settings } from "../../../shared/client/src/cli/settings.ts";
import type { DoctorSetting } from "../setting.ts";
import type { GrantedScope } from "./scopes.ts";

/** The shortest session that there is: nobody needs it after the doctor. */
const durationSeconds = 1_800;

/** The question to the service for a whole granted scope. */
export function questionFor({ storage, targets, scope }: GrantedScope, { service }: DoctorSetting): Settings {
  const { permission } = scope;
  return { ...service, storage: storage.Storage, target: [...targets], permission, durationSeconds };
}
