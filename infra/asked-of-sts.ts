import type { Config } from "../shared/core/config.ts";
import type { Grant } from "../shared/core/grant.ts";
import type { Storage } from "../shared/core/storage.ts";

/** What the grants of a storage can have its STS asked for. */
interface AskedOfSts {
  /** Those that give something. */
  grants: readonly Grant[];
  /** Keys of the tags that some session has, each once. */
  tagKeys: readonly string[];
  hasSourceIdentity: boolean;
}

/**
 * What a storage's STS can be asked for: from it follow the rights of those that ask, and what a role has to allow.
 *
 * @example askedOfSts(storage, config).tagKeys // ["tenant"]
 */
export function askedOfSts(storage: Storage, { grants }: Pick<Config, "grants">): AskedOfSts {
  // A grant in audit mode grants nothing, and so asks STS for nothing.
  const inForce = grants.all.filter(({ mode, storage: of }) => mode === "enforce" && of === storage.name);
  return {
    grants: inForce,
    tagKeys: [...new Set(inForce.flatMap(({ sessionTags = {} }) => Object.keys(sessionTags)))],
    hasSourceIdentity:
      ("sourceIdentity" in storage && storage.sourceIdentity === true) ||
      inForce.some(({ sourceIdentity }) => sourceIdentity !== undefined),
  };
}
