import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { compilePolicy } from "../../core/policy.ts";
import type { AssumeRoleStorage } from "../../core/storage.ts";
import type { StsSigner } from "../sts.ts";
import { tagsOf, type Way } from "./way.ts";

/** AssumeRole, from the long-term key or from the function's own role, cut down to the scope by a session policy. */
export const issueByAssumeRole: Way<AssumeRoleStorage> = (
  { storage, scope, durationSeconds, sessionName, sourceIdentity, sessionTags },
  { keys, askSts, ownCredentials, signal },
) => {
  const command = new AssumeRoleCommand({
    RoleArn: storage.roleArn,
    RoleSessionName: sessionName,
    DurationSeconds: durationSeconds,
    Policy: compilePolicy(scope, storage),
    ...(storage.externalId !== undefined && { ExternalId: storage.externalId }),
    ...(sourceIdentity !== undefined && { SourceIdentity: sourceIdentity }),
    ...(sessionTags !== undefined && { Tags: tagsOf(sessionTags) }),
  });
  const assumeWith = (signer: StsSigner) => askSts(storage, signer, command, signal);
  return storage.secret === undefined
    ? assumeWith(ownCredentials)
    : keys.use(storage.secret, signal, assumeWith);
};
