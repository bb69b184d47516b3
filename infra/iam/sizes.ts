import { accountOfStack } from "./cloudformation.ts";
import type { ExpectedIam } from "./expected.ts";
import type { ReportFault } from "./fault.ts";
import type { PolicyDocument } from "./policy-document.ts";

/** What AWS's IAM takes at most, in characters of a policy's JSON without white space. */
export const sizes = {
  trust: 2_048,
  /** A trust policy, where the account has had its quota raised so far. */
  trustByQuota: 4_096,
  managed: 6_144,
  /** All policies in a role together. */
  role: 10_240,
  /** So much of that is left free, for a Deny that ends sessions. */
  denyInRole: 2_048,
};

/**
 * The length of a policy, as IAM counts it: with the account, where a template has what stands for it.
 *
 * @example charactersOf(role.trust) // 311
 */
export function charactersOf(policy: PolicyDocument): number {
  return JSON.stringify(policy).replaceAll(accountOfStack, "123456789012").length;
}

/** Reports what is too long for AWS's IAM. */
export function checkSizes(
  { roles, users }: Pick<ExpectedIam, "roles" | "users">,
  report: ReportFault,
): void {
  const check = (
    storages: readonly string[],
    what: string,
    policy: PolicyDocument | undefined,
    most: number,
    advice: string,
  ) => {
    const characters = policy ? charactersOf(policy) : 0;
    if (characters > most)
      report(
        storages,
        `${what} would have ${characters} characters, and IAM takes ${most} at most: ${advice}.`,
      );
  };
  for (const { name, storages, trust, rights } of roles) {
    check(
      storages,
      `the trust policy of the role ${name}`,
      trust,
      sizes.trustByQuota,
      "give the storages that share it roles of their own, and sessions fewer tags, or name subjects by a pattern (--subject)",
    );
    check(
      storages,
      `the rights of the role ${name}`,
      rights,
      sizes.role - sizes.denyInRole,
      "give it a storage's whole prefix in place of the grants' (--whole NAME), or the storages that share it roles of their own",
    );
  }
  for (const { name, storages, policy } of users)
    check(
      storages,
      `the policy of the user ${name}`,
      policy,
      sizes.managed,
      "give it a storage's whole prefix in place of the grants' (--whole NAME), or the storages that share its key keys of their own",
    );
}
