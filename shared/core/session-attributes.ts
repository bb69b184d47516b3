import { expandTemplate } from "./claim-template.ts";
import type { Grant } from "./grant.ts";
import type { Principal } from "./principal.ts";
import type { Way } from "./storage.ts";

/** What STS is told about a session besides its name: for CloudTrail, and for policies that ask for it. */
export interface SessionAttributes {
  /** Stays for good, through every role that is assumed from the session. */
  sourceIdentity?: string;
  sessionTags?: Readonly<Record<string, string>>;
}

/** The ways whose call to STS takes them. */
export const waysThatTake: Record<keyof SessionAttributes, readonly Way[]> = {
  sourceIdentity: ["assume-role"],
  sessionTags: ["federation-token", "assume-role"],
};

/** What STS takes as a source identity, and as the value of a tag. */
export const sourceIdentitySyntax = /^[\w+=,.@-]{2,64}$/;
export const tagValueSyntax = /^[\p{L}\p{Z}\p{N}_.:/=+@-]{1,256}$/u;

/**
 * The attributes that a grant gives to a principal's session. `undefined` when a claim cannot be put in, or when STS
 * would not take what comes of it: the grant does not apply then.
 *
 * @example attributesOf({ sessionTags: { team: "data" } }, {}) // { sessionTags: { team: "data" } }
 */
export function attributesOf(
  { sourceIdentity, sessionTags }: Pick<Grant, keyof SessionAttributes>,
  claims: Principal["claims"],
): SessionAttributes | undefined {
  const filledIn = (template: string, syntax: RegExp) => {
    const value = expandTemplate(template, claims);
    return value !== undefined && syntax.test(value) ? value : undefined;
  };
  const attributes: SessionAttributes = {};
  if (sourceIdentity !== undefined) {
    const identity = filledIn(sourceIdentity, sourceIdentitySyntax);
    if (identity === undefined) return undefined;
    attributes.sourceIdentity = identity;
  }
  if (sessionTags !== undefined) {
    const tags = Object.entries(sessionTags).map(
      ([key, value]) => [key, filledIn(value, tagValueSyntax)] as const,
    );
    const complete = tags.filter((tag): tag is [string, string] => tag[1] !== undefined);
    if (complete.length < tags.length) return undefined;
    attributes.sessionTags = Object.fromEntries(complete);
  }
  return attributes;
}
