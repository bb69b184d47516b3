import type { IssueBy } from "./way.ts";

/**
 * The long-term key itself, for stores without STS. We choose its expiration, so that clients come back and get the new
 * key after a rotation.
 */
export const issueStatic: IssueBy<"static"> = ({ storage, durationSeconds }, { keys, clock, signal }) =>
  keys.use(storage.secret, signal, async ({ accessKeyId, secretAccessKey }) => {
    const issuedAt = clock.now();
    return {
      accessKeyId,
      secretAccessKey,
      sessionToken: "",
      issuedAt,
      expiration: issuedAt + durationSeconds * 1_000,
    };
  });
