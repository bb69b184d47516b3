import { AssumeRoleWithWebIdentityCommand } from "@aws-sdk/client-sts";
import type { IssueBy } from "./way.ts";

/** AssumeRoleWithWebIdentity with the caller's own token: STS judges it again, and no long-term key is anywhere. */
export const issueByWebIdentity: IssueBy<"web-identity"> = (
  { storage, policy, durationSeconds, sessionName, webIdentityToken },
  { askSts, signal },
) => {
  const command = new AssumeRoleWithWebIdentityCommand({
    RoleArn: storage.roleArn,
    RoleSessionName: sessionName,
    DurationSeconds: durationSeconds,
    Policy: policy,
    WebIdentityToken: webIdentityToken,
  });
  return askSts(storage, undefined, command, signal);
};
