import type { KeyPair } from "../key-versions.ts";
import type { IssueBy } from "./way.ts";

/**
 * The long-term key itself, for stores without STS. We choose its expiration, so that clients come back and get the new
 * key after a rotation.
 */
export const issueStatic: IssueBy<"static"> = (
  { storage, durationSeconds },
  { keys, newestKey, clock, signal },
) => {
  const handOut = async ({ accessKeyId, secretAccessKey }: KeyPair) => {
    const issuedAt = clock.now();
    return {
      accessKeyId,
      secretAccessKey,
      sessionToken: "",
      issuedAt,
      expiration: issuedAt + durationSeconds * 1_000,
    };
  };
  // Nothing refuses the key here, and no earlier one is ever handed out, whatever STS says of it elsewhere.
  return keys.use(storage.secret, signal, handOut, { newest: newestKey, mayStandIn: false });
};
