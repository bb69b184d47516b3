import { AwsFault } from "../aws-fault.ts";
import type { ContextValues } from "../iam/context.ts";
import { MalformedPolicy } from "../iam/malformed-policy.ts";
import { parsePolicy } from "../iam/parse-policy.ts";
import { invalid, optionalNumber, optionalText, requiredText } from "../query-parameters.ts";

const minDurationSeconds = 900;
const mostTags = 50;

export function durationSeconds(
  parameters: URLSearchParams,
  { unlessGiven, max }: { unlessGiven: number; max: number },
): number {
  return optionalNumber(parameters, "DurationSeconds", { min: minDurationSeconds, max }) ?? unlessGiven;
}

/** The session policy as it was sent, after a check that it is one. */
export function sessionPolicy(parameters: URLSearchParams): string | undefined {
  const policy = optionalText(parameters, "Policy", { min: 1, max: 2_048 });
  try {
    if (policy !== undefined) parsePolicy(policy);
  } catch (error) {
    if (!(error instanceof MalformedPolicy)) throw error;
    throw new AwsFault(
      400,
      "MalformedPolicyDocument",
      `The policy is not in the valid JSON format: ${error.message}`,
    );
  }
  return policy;
}

export function sessionTags(parameters: URLSearchParams): Record<string, string> {
  const tags: Record<string, string> = {};
  for (let at = 1; parameters.has(`Tags.member.${at}.Key`); at++) {
    if (at > mostTags) throw invalid("Tags", `have length less than or equal to ${mostTags}`);
    const key = requiredText(parameters, `Tags.member.${at}.Key`, { min: 1, max: 128 });
    const value = requiredText(parameters, `Tags.member.${at}.Value`, { min: 0, max: 256 });
    if (Object.keys(tags).some((other) => other.toLowerCase() === key.toLowerCase()))
      throw new AwsFault(
        400,
        "InvalidParameterValue",
        "Duplicate tag keys found. Tag keys are case insensitive.",
      );
    tags[key] = value;
  }
  return tags;
}

/** What policies can ask of the tags of a new session. */
export function tagContext(tags: Readonly<Record<string, string>>): ContextValues {
  const entries = Object.entries(tags);
  return {
    ...Object.fromEntries(entries.map(([key, value]) => [`aws:RequestTag/${key}`, value])),
    ...(entries.length > 0 && { "aws:TagKeys": entries.map(([key]) => key) }),
  };
}

export function transitiveTagKeys(parameters: URLSearchParams): string[] {
  const keys: string[] = [];
  for (let at = 1; parameters.has(`TransitiveTagKeys.member.${at}`) && at <= mostTags; at++) {
    keys.push(requiredText(parameters, `TransitiveTagKeys.member.${at}`, { min: 1, max: 128 }));
  }
  return keys;
}

/**
 * Refuses parameters that change a session's rights and are not emulated. Without them it might have too many rights.
 */
export function refuseUnemulated(parameters: URLSearchParams): void {
  const name = [...parameters.keys()].find((key) =>
    /^(PolicyArns|ProvidedContexts|SerialNumber|TokenCode)/.test(key),
  );
  if (name !== undefined)
    throw new AwsFault(400, "ValidationError", `${name} is not emulated by this development stand-in.`);
}
