import { GetFederationTokenCommand } from "@aws-sdk/client-sts";
import { compilePolicy } from "../../core/policy.ts";
import type { FederationTokenStorage } from "../../core/storage.ts";
import { tagsOf, type Way } from "./way.ts";

/** GetFederationToken with the long-term key: the IAM user's rights, cut down to the scope by a session policy. */
export const issueByFederationToken: Way<FederationTokenStorage> = (
  { storage, scope, durationSeconds, sessionName, sessionTags },
  { keys, askSts, signal },
) => {
  const command = new GetFederationTokenCommand({
    Name: sessionName,
    DurationSeconds: durationSeconds,
    Policy: compilePolicy(scope, storage),
    ...(sessionTags !== undefined && { Tags: tagsOf(sessionTags) }),
  });
  return keys.use(storage.secret, signal, (key) => askSts(storage, key, command, signal));
};
