import { expandTemplate, type TemplateValues } from "./template.ts";

/** What STS learns about a session besides its name: for CloudTrail, and for policies that depend on it. */
export interface SessionAttributes {
  /** Stays for good, through every role that is assumed from the session. */
  sourceIdentity?: string;
  sessionTags?: Readonly<Record<string, string>>;
}

/** What STS takes as a source identity, and as the value of a tag. */
export const sourceIdentitySyntax = /^[\w+=,.@-]{2,64}$/;
export const tagValueSyntax = /^[\p{L}\p{Z}\p{N}_.:/=+@-]{1,256}$/u;

/**
 * The attributes that a grant gives to a principal's session. `undefined` when a value cannot be put in, or when STS
 * would not take the outcome: the grant does not apply then.
 *
 * @example attributesOf({ sessionTags: { team: "data" } }, values) // { sessionTags: { team: "data" } }
 */
export function attributesOf(
  { sourceIdentity, sessionTags }: { [Name in keyof SessionAttributes]: SessionAttributes[Name] | undefined },
  values: TemplateValues,
): SessionAttributes | undefined {
  const expand = (template: string, syntax: RegExp) => {
    const value = expandTemplate(template, values);
    return value !== undefined && syntax.test(value) ? value : undefined;
  };
  const attributes: SessionAttributes = {};
  if (sourceIdentity !== undefined) {
    const identity = expand(sourceIdentity, sourceIdentitySyntax);
    if (identity === undefined) return undefined;
    attributes.sourceIdentity = identity;
  }
  if (sessionTags !== undefined) {
    const tags = new Map<string, string>();
    for (const [key, template] of Object.entries(sessionTags)) {
      const value = expand(template, tagValueSyntax);
      if (value === undefined) return undefined;
      tags.set(key, value);
    }
    attributes.sessionTags = Object.fromEntries(tags);
  }
  return attributes;
}
