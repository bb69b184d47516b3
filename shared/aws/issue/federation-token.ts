import { GetFederationTokenCommand } from "@aws-sdk/client-sts";
import { type IssueBy, tagsOf } from "./way.ts";

/** GetFederationToken with the long-term key: the IAM user's rights, cut down to the scope by a session policy. */
export const issueByFederationToken: IssueBy<"federation-token"> = (
  { storage, policy, durationSeconds, sessionName, sessionTags },
  { keys, newestKey, askSts, signal },
) => {
  const command = new GetFederationTokenCommand({
    Name: sessionName,
    DurationSeconds: durationSeconds,
    Policy: policy,
    ...(sessionTags !== undefined && { Tags: tagsOf(sessionTags) }),
  });
  return keys.use(storage.secret, signal, (key) => askSts(storage, key, command, signal), {
    newest: newestKey,
  });
};
