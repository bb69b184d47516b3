import type { FormatSource, JsonFormat } from "./format.ts";

/**
 * The output of a `credential_process`, version 1. AWS's SDKs and CLI read it.
 *
 * @example processOutput(answer) // { Version: 1, AccessKeyId: "ASIA…", … }
 */
export function processOutput({
  AccessKeyId,
  SecretAccessKey,
  Token,
  Expiration,
}: Pick<FormatSource, "AccessKeyId" | "SecretAccessKey" | "Token" | "Expiration">): object {
  return {
    Version: 1,
    AccessKeyId,
    SecretAccessKey,
    ...(Token !== "" && { SessionToken: Token }),
    Expiration,
  };
}

/** `processOutput` as a format: it has no place for the storage's address. */
export const process: JsonFormat = {
  description: "The output of a `credential_process`.",
  mediaType: "application/json",
  ofCredentials(source) {
    const { Endpoint, Region, PathStyleAccess } = source;
    return {
      body: processOutput(source),
      omissions: [
        `endpoint ${Endpoint}`,
        `region ${Region}`,
        ...(PathStyleAccess ? ["path-style access"] : []),
      ],
    };
  },
};
