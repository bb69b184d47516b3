import { GetSessionTokenCommand } from "@aws-sdk/client-sts";
import type { IssueBy } from "./way.ts";

/** GetSessionToken with the long-term key: the session has all rights of its IAM user. The API takes no policy. */
export const issueBySessionToken: IssueBy<"session-token"> = (
  { storage, durationSeconds },
  { keys, newestKey, askSts, signal },
) => {
  const command = new GetSessionTokenCommand({ DurationSeconds: durationSeconds });
  return keys.use(storage.secret, signal, (key) => askSts(storage, key, command, signal), {
    newest: newestKey,
  });
};
