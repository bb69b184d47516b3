import { AwsFault } from "./aws-fault.ts";

interface TextRule {
  min: number;
  max: number;
  /** The whole value must match it. */
  shape?: RegExp;
}

/** The shape of the names of sessions, roles, users, policies and federated users. */
export const nameShape = /^[\w+=,.@-]*$/;

/**
 * A parameter that may be left out.
 *
 * @throws AwsFault `ValidationError`, which names the parameter and never shows its value
 */
export function optionalText(parameters: URLSearchParams, name: string, rule: TextRule): string | undefined {
  const value = parameters.get(name) ?? undefined;
  if (value === undefined) return undefined;
  if (value.length < rule.min) throw invalid(name, `have length greater than or equal to ${rule.min}`);
  if (value.length > rule.max) throw invalid(name, `have length less than or equal to ${rule.max}`);
  if (rule.shape?.test(value) === false)
    throw invalid(name, `satisfy regular expression pattern: ${rule.shape.source}`);
  return value;
}

export function requiredText(parameters: URLSearchParams, name: string, rule: TextRule): string {
  const value = optionalText(parameters, name, rule);
  if (value === undefined) throw invalid(name, "not be null");
  return value;
}

export function optionalNumber(
  parameters: URLSearchParams,
  name: string,
  { min, max }: { min: number; max: number },
): number | undefined {
  const text = optionalText(parameters, name, { min: 1, max: 9, shape: /^\d+$/ });
  if (text === undefined) return undefined;
  const value = Number(text);
  if (value < min) throw invalid(name, `have value greater than or equal to ${min}`);
  if (value > max) throw invalid(name, `have value less than or equal to ${max}`);
  return value;
}

export function invalid(name: string, must: string): AwsFault {
  const member = name.charAt(0).toLowerCase() + name.slice(1);
  const message = `1 validation error detected: Value at '${member}' failed to satisfy constraint: Member must ${must}`;
  return new AwsFault(400, "ValidationError", message);
}
