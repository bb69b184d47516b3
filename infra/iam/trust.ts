import { accountArn } from "./arns.ts";
import type { Conditions, PolicyStatement } from "./policy-document.ts";

/** A user, or a function's role, that asks STS for a role. */
export interface Caller {
  partition: string;
  account: string;
  arn: string;
}

/** What its sessions are told, beside their policy. */
interface SessionFacts {
  tagKeys: readonly string[];
  hasSourceIdentity: boolean;
}

/**
 * Lets these callers and no others assume a role. A principal is the callers' whole account, with a condition on their ARNs: IAM would
 * keep the unique id of a caller that is named as a principal itself, and one that is removed and made again has another.
 *
 * @example trustIn([vend, warm], { tagKeys: ["tenant"], hasSourceIdentity: false })
 */
export function trustIn(
  callers: readonly Caller[],
  { tagKeys, hasSourceIdentity, externalId }: SessionFacts & { externalId?: string | undefined },
): PolicyStatement[] {
  const allow = (action: string, [caller, ...others]: readonly Caller[], conditions: Conditions = {}) =>
    caller === undefined
      ? []
      : [
          {
            Effect: "Allow" as const,
            Principal: { AWS: [accountArn(caller)] },
            Action: [action],
            Condition: {
              ArnEquals: { "aws:PrincipalArn": [caller, ...others].map(({ arn }) => arn) },
              ...conditions,
            },
          },
        ];
  const ofAccounts = Map.groupBy(callers, accountArn);
  return [...ofAccounts.values()].flatMap((ofAccount) => [
    // An external id is known of this action alone. The others are of no use without it.
    ...allow(
      "sts:AssumeRole",
      ofAccount,
      externalId === undefined ? {} : { StringEquals: { "sts:ExternalId": [externalId] } },
    ),
    ...(tagKeys.length > 0 ? allow("sts:TagSession", ofAccount, onlyTags(tagKeys)) : []),
    ...(hasSourceIdentity ? allow("sts:SetSourceIdentity", ofAccount) : []),
  ]);
}

/** The condition that a session gets tags of these keys and of no others. */
export function onlyTags(tagKeys: readonly string[]): Conditions {
  return { "ForAllValues:StringEquals": { "aws:TagKeys": tagKeys } };
}
