import type { Environment } from "../identity-sources/environment.ts";
import { identityParts } from "./identity-parts.ts";
import type { Settings } from "./settings.ts";
import { sha256 } from "./sha256.ts";

/**
 * The name under which an answer is kept: a hash of everything that decides it, the identity included. Absent where
 * there is no identity at hand: then there is nothing that could be answered from a cache.
 */
export function cacheKey(settings: Settings, env: Environment): string | undefined {
  const { url, storage, target, permission, durationSeconds, identity } = settings;
  const parts = identityParts(identity, env);
  if (!parts.at(-1) && identity.kind !== "aws" && identity.kind !== "aws-iam") return undefined;
  const decides = [1, url, storage, target, permission, durationSeconds, parts];
  return sha256(JSON.stringify(decides));
}
