import { sessionName } from "../../shared/core/session-name.ts";
import { isScopable } from "../../shared/core/ways.ts";
import type { ReportFault } from "./fault.ts";
import { joinStatements } from "./join-statements.ts";
import type { KeyUser } from "./key-users.ts";
import { type PolicyDocument, type PolicyStatement, policyOf } from "./policy-document.ts";
import { ofWay } from "./storage-facts.ts";
import { onlyTags } from "./trust.ts";
import { unionOf } from "./union.ts";

/**
 * All that the user of a long-term key may do on AWS. Beside the rights that its own sessions have, it may ask STS for what its
 * storages need, and for nothing else. Its sessions go to clients whole where no policy holds them: then it may assume no
 * role, even one that trusts it by name.
 *
 * @returns `undefined` where nothing is granted.
 * @example userPolicy(user, report)?.Statement[0]?.Action // ["sts:AssumeRole"]
 */
export function userPolicy(user: KeyUser, report: ReportFault): PolicyDocument | undefined {
  const isUnscoped = user.facts.some(({ storage }) => !isScopable(storage));
  return policyOf([
    ...joinStatements(askForRoles(user)),
    ...joinStatements(askForFederation(user, report)),
    ...unionOf(
      [
        ...ofWay("federation-token", user.facts),
        ...ofWay("session-token", user.facts),
        ...ofWay("static", user.facts),
      ].flatMap(({ rights }) => rights),
    ),
    ...(isUnscoped ? [{ Effect: "Deny" as const, Action: ["sts:AssumeRole"], Resource: ["*"] }] : []),
  ]);
}

function askForRoles({ facts }: KeyUser): PolicyStatement[] {
  return ofWay("assume-role", facts).flatMap(({ storage, asked }) =>
    [
      "sts:AssumeRole",
      ...(asked.tagKeys.length > 0 ? ["sts:TagSession"] : []),
      ...(asked.hasSourceIdentity ? ["sts:SetSourceIdentity"] : []),
    ].map((action) => ({ Effect: "Allow", Action: [action], Resource: [storage.roleArn] })),
  );
}

function askForFederation(user: KeyUser, report: ReportFault): PolicyStatement[] {
  return ofWay("federation-token", user.facts).flatMap(({ storage, asked }) => {
    if (user.account === undefined)
      report(
        [storage.name],
        "the rights of its user have the account in them, which nothing says: give it (--account).",
      );
    // A session of one principal has a name of its own.
    const name = storage.sessions === "shared" ? sessionName(storage, { issuer: "", subject: "" }) : "*";
    const Resource = [`arn:${storage.partition}:sts::${user.account}:federated-user/${name}`];
    return [
      { Effect: "Allow", Action: ["sts:GetFederationToken"], Resource },
      ...(asked.tagKeys.length > 0
        ? [
            {
              Effect: "Allow" as const,
              Action: ["sts:TagSession"],
              Resource,
              Condition: onlyTags(asked.tagKeys),
            },
          ]
        : []),
    ];
  });
}
