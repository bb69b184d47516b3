import type { CredentialsAnswer } from "../contract.ts";
import type { Formatted } from "./formatted.ts";

/**
 * The output of a `credential_process`, version 1, as AWS's SDKs and CLI read it. Where the storage is has no place in it.
 *
 * @example process(vended).body // { Version: 1, AccessKeyId: "ASIA…", … }
 */
export function process({
  AccessKeyId,
  SecretAccessKey,
  Token,
  Expiration,
  ...address
}: CredentialsAnswer): Formatted {
  const { Endpoint, Region, PathStyleAccess } = address;
  return {
    body: {
      Version: 1,
      AccessKeyId,
      SecretAccessKey,
      ...(Token !== "" && { SessionToken: Token }),
      Expiration,
    },
    untold: [`endpoint ${Endpoint}`, `region ${Region}`, ...(PathStyleAccess ? ["path-style access"] : [])],
  };
}
