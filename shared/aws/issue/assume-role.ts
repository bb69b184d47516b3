import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import type { StsSigner } from "../sts.ts";
import { type IssueBy, tagsOf } from "./way.ts";

/** AssumeRole, from the long-term key or from the function's own role, cut down to the scope by a session policy. */
export const issueByAssumeRole: IssueBy<"assume-role"> = (
  { storage, policy, durationSeconds, sessionName, sourceIdentity, sessionTags, transitiveTagKeys },
  { keys, newestKey, askSts, ownCredentials, signal },
) => {
  const command = new AssumeRoleCommand({
    RoleArn: storage.roleArn,
    RoleSessionName: sessionName,
    DurationSeconds: durationSeconds,
    Policy: policy,
    ...(storage.externalId !== undefined && { ExternalId: storage.externalId }),
    ...(sourceIdentity !== undefined && { SourceIdentity: sourceIdentity }),
    ...(sessionTags !== undefined && { Tags: tagsOf(sessionTags) }),
    ...(transitiveTagKeys !== undefined && { TransitiveTagKeys: [...transitiveTagKeys] }),
  });
  const assumeWith = (signer: StsSigner) => askSts(storage, signer, command, signal);
  return storage.secret === undefined
    ? assumeWith(ownCredentials)
    : keys.use(storage.secret, signal, assumeWith, { newest: newestKey });
};
