import { VendError } from "../../shared/core/errors.ts";
import type { Grant } from "../../shared/core/grant.ts";
import { compilePolicy, mostPolicyCharacters } from "../../shared/core/policy.ts";
import { parsePrefix } from "../../shared/core/prefix.ts";
import type { Scope } from "../../shared/core/scope.ts";
import type { Storage } from "../../shared/core/storage.ts";
import { isScopable } from "../../shared/core/ways.ts";
import type { Report } from "./faults.ts";

const tooLong = `needs a session policy that is longer than the ${mostPolicyCharacters} characters or bytes that STS takes, however short the values of its templates are: shorten the prefix, or take groups out of also or keys out of the storage's kmsKeyArn`;

/**
 * Checks that a policy can hold a grant: its whole scope is compiled, with one plain character for each reference of the
 * prefix. A grant that fails here would be refused to every caller.
 */
export function checkPolicy(grant: Grant, storage: Storage, report: Report): void {
  if (!isScopable(storage)) return;
  const sample = parsePrefix(withSampleValues(grant.prefix));
  // These have faults of their own.
  if (storage.bucket === "" || !sample.ok) return;
  const whole = storage.prefix + sample.value;
  if (/[^ -\u00ff]/.test(whole) && !storage.dialect.hasAllCharacters) {
    report(["prefix"], "must not have characters beyond U+00FF, since policies cannot have them");
    return;
  }
  try {
    compilePolicy({ ...sampleScope(grant, storage), prefixes: [whole] }, storage);
  } catch (error) {
    if (!(error instanceof VendError)) throw error;
    if (error.code === "policy_too_large") report([], tooLong);
    else
      report(
        ["prefix"],
        "cannot be enforced: outside of AWS, policies take *, ? and $ for wildcards and variables; use other characters here and in the storage's bucket",
      );
  }
}

/** All that a grant gives one caller, with a plain name for each reference of its prefix. */
export function sampleScope({ prefix, permission, also }: Grant, storage: Storage): Scope {
  const prefixes = [storage.prefix + withSampleValues(prefix)];
  return { bucket: storage.bucket, prefixes, permission, ...(also && { also }) };
}

/** A plain name stands for each reference, so that a check is about the operator's own text. */
export function withSampleValues(template: string): string {
  return template.replaceAll(/\$\{[^{}]+\}/g, "x");
}
