import { AssumeRoleWithWebIdentityCommand } from "@aws-sdk/client-sts";
import { compilePolicy } from "../../core/policy.ts";
import type { WebIdentityStorage } from "../../core/storage.ts";
import type { Way } from "./way.ts";

/** AssumeRoleWithWebIdentity with the caller's own token: STS judges it again, and no long-term key is anywhere. */
export const issueByWebIdentity: Way<WebIdentityStorage> = (
  { storage, scope, durationSeconds, sessionName, webIdentityToken },
  { askSts, signal },
) => {
  const command = new AssumeRoleWithWebIdentityCommand({
    RoleArn: storage.roleArn,
    RoleSessionName: sessionName,
    DurationSeconds: durationSeconds,
    Policy: compilePolicy(scope, storage),
    WebIdentityToken: webIdentityToken,
  });
  return askSts(storage, undefined, command, signal);
};
