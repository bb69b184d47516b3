import { explain, vend } from "../../../shared/client/src/cli/service.ts";
import type { CacheState } from "../../../shared/contract.ts";
import { about, type Finding } from "../finding.ts";
import type { DoctorSetting } from "../setting.ts";
import { questionFor } from "./question.ts";
import type { GrantedScope } from "./scopes.ts";
import type { Vended } from "./vend.ts";

const see = "See the alarms TableFaults and SealingKeyFaults, and the rights of the functions' roles.";

/** Asks a second time, which the cache must answer, and asks what is kept. */
export async function checkCache(
  granted: GrantedScope,
  { credentials }: Vended,
  setting: DoctorSetting,
): Promise<Finding[]> {
  const of = about("cache", granted.title);
  const question = questionFor(granted, setting);
  const again = async () => (await vend(question, setting.env)).credentials.accessKeyId;
  const second = await again();
  // A session that was just issued ahead of need may lie between the two.
  const isShared = second === credentials.accessKeyId || (await again()) === second;
  const state: CacheState["State"] | undefined = (await explain(question, setting.env)).Cache?.State;
  switch (state) {
    case "never":
      return [of.ok("keeps nothing, as this way has it")];
    case "unreachable":
      return [of.failed("the table cannot be read: every instance asks STS", see)];
    case "servable":
      return [
        isShared
          ? of.ok("the second answer is the first one's session")
          : of.failed("each answer is a session of its own", see),
      ];
    case "stale":
      return [of.warning("what is kept is old, and STS gives nothing better", "See whether STS answers.")];
    default:
      return [of.failed("what was vended is not kept", see)];
  }
}
