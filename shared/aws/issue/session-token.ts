import { GetSessionTokenCommand } from "@aws-sdk/client-sts";
import type { SessionTokenStorage } from "../../core/storage.ts";
import { askSts } from "../sts.ts";
import type { Way } from "./way.ts";

/** GetSessionToken with the long-term key: the session has all rights of its IAM user. The API takes no policy. */
export const issueBySessionToken: Way<SessionTokenStorage> = (
  { storage, durationSeconds },
  { keys, clock },
) =>
  keys.use(storage.secret, (key) =>
    askSts(storage, key, clock.now(), (sts) =>
      sts.send(new GetSessionTokenCommand({ DurationSeconds: durationSeconds })),
    ),
  );
