import type { RequestContext } from "./context.ts";
import { anyOne, anyRun, type GlobToken } from "./glob.ts";
import type { Refuse } from "./malformed-policy.ts";

/** A policy variable, `${key}` or `${key, 'fallback'}`. */
interface Variable {
  /** In lower case. */
  key: string;
  fallback: string | undefined;
}

type PatternToken = GlobToken | Variable;

/** A string of a policy, read once; its variables are filled in for each request. */
export type Pattern = readonly PatternToken[];

/** The special characters that a policy's string may have. */
interface PatternSyntax {
  /** `${…}`, for variables and escapes: from version 2012-10-17 on, in resources and in string and ARN conditions. */
  variables: boolean;
  /** `*` and `?`. */
  wildcards: boolean;
}

const variable = /\$\{(?:([*?$])|([^${}',*?]+)(?:,\s*'([^']*)'\s*)?)\}/y;

export function readPattern(text: string, syntax: PatternSyntax, refuse: Refuse): Pattern {
  const tokens: PatternToken[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (syntax.variables && text.startsWith("${", at)) {
      variable.lastIndex = at;
      const [, escaped, key = "", fallback] =
        variable.exec(text) ?? refuse("a `${` that begins neither a variable nor an escape");
      tokens.push(escaped ?? { key: key.trim().toLowerCase(), fallback });
      at = variable.lastIndex - 1;
    } else if (syntax.wildcards && character === "*") tokens.push(anyRun);
    else if (syntax.wildcards && character === "?") tokens.push(anyOne);
    else tokens.push(character);
  }
  return tokens;
}

/**
 * The pattern with its variables filled in. `undefined` if a variable has no value: such a pattern is equal to nothing
 * and like nothing. The value of a variable is literal, so that nobody widens a policy with a tag named `*`.
 */
export function fillIn(pattern: Pattern, context: RequestContext): readonly GlobToken[] | undefined {
  const glob: GlobToken[] = [];
  for (const token of pattern) {
    if (typeof token !== "object") {
      glob.push(token);
      continue;
    }
    const value = context.has(token.key) ? context.get(token.key) : token.fallback;
    // A multivalued key cannot be a variable.
    if (typeof value !== "string") return undefined;
    glob.push(...value.split(""));
  }
  return glob;
}
