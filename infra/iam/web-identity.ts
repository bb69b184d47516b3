import type { Config, TrustedIssuer } from "../../shared/core/config.ts";
import type { Grant } from "../../shared/core/grant.ts";
import { captureNamesIn } from "../../shared/core/pattern.ts";
import { literal } from "../../shared/core/policy.ts";
import type { StorageOf } from "../../shared/core/storage.ts";
import { referencesIn } from "../../shared/core/template.ts";
import type { IamName } from "./arns.ts";
import type { ReportFault } from "./fault.ts";
import type { Conditions, PolicyStatement } from "./policy-document.ts";
import type { IamSetting } from "./setting.ts";
import type { StorageFacts } from "./storage-facts.ts";

/** An OIDC issuer that STS has to know. */
interface IssuerAtSts {
  issuer: TrustedIssuer;
  /** In its ARN and in front of its claims: the address without `https://`. */
  name: string;
  /** Empty where its tokens have none. */
  audiences: readonly string[];
}

/** Claims of a well-known issuer that STS judges in a trust policy beside `sub`; in the partition `aws` only. */
const claimsKnownToSts: { readonly [name: string]: readonly string[] } = {
  "token.actions.githubusercontent.com": [
    "actor",
    "actor_id",
    "job_workflow_ref",
    "repository",
    "repository_id",
    "workflow",
    "ref",
    "environment",
    "enterprise_id",
  ],
};

/** Claims that each token has which STS takes. */
const certainClaims = ["iss", "sub", "aud", "exp", "iat"];

/**
 * The issuers of the callers that a storage's grants let in.
 *
 * @example issuersAtSts(facts, config).map(({ name }) => name) // ["token.actions.githubusercontent.com"]
 */
export function issuersAtSts(
  { asked }: StorageFacts<StorageOf<"web-identity">>,
  { issuers }: Config,
): IssuerAtSts[] {
  return [...issuers.values()]
    .filter(({ name }) => grantsFor(name, asked.grants).length > 0)
    .map((issuer) => ({
      issuer,
      name: issuer.issuer.replace(/^https?:\/\//, ""),
      audiences: issuer.audience === "none" ? [] : issuer.audience,
    }));
}

/** The ARN by which IAM knows an issuer in the account of a role. */
export function providerArn(
  { partition, account }: Pick<IamName, "partition" | "account">,
  name: string,
): string {
  return `arn:${partition}:iam::${account}:oidc-provider/${name}`;
}

/**
 * Lets the callers of a storage's grants assume its role by their own tokens. A caller that STS lets in gets all of the role, without
 * keyvend; so what STS cannot judge as a grant says it is a fault, and never left out.
 *
 * @param provider of each issuer, as a principal
 * @example trustInTokens(facts, issuers, ({ name }) => `arn:aws:iam::111122223333:oidc-provider/${name}`, setting, report)
 */
export function trustInTokens(
  { storage, asked }: StorageFacts<StorageOf<"web-identity">>,
  issuers: readonly IssuerAtSts[],
  provider: (issuer: IssuerAtSts) => string,
  { subjects }: IamSetting,
  report: ReportFault,
): PolicyStatement[] {
  const told = subjects?.get(storage.name);
  const statements = issuers.flatMap((issuer) => {
    if (issuer.audiences.length === 0) {
      report(
        [storage.name],
        `STS takes tokens with an audience alone, and those of issuers.${issuer.issuer.name} have none: use another way.`,
      );
      return [];
    }
    const conditions =
      told !== undefined
        ? [{ StringLike: { [`${issuer.name}:sub`]: told } }]
        : grantsFor(issuer.issuer.name, asked.grants).flatMap((grant) =>
            conditionsOf(grant, issuer, storage, report),
          );
    return conditions.map(
      (condition): PolicyStatement => ({
        Effect: "Allow",
        Principal: { Federated: [provider(issuer)] },
        Action: ["sts:AssumeRoleWithWebIdentity"],
        Condition: { StringEquals: { [`${issuer.name}:aud`]: issuer.audiences }, ...condition },
      }),
    );
  });
  return [...new Map(statements.map((statement) => [JSON.stringify(statement), statement])).values()];
}

/** No request with a token has an external id, so that a grant which asks for one lets none in. */
function grantsFor(issuer: string, grants: readonly Grant[]): Grant[] {
  return grants.filter((grant) => grant.issuer.includes(issuer) && grant.externalId === undefined);
}

/** A grant's conditions in the words of IAM; none where it has no words for one of them. */
function conditionsOf(
  grant: Grant,
  issuer: IssuerAtSts,
  storage: StorageOf<"web-identity">,
  report: ReportFault,
): Conditions[] {
  const required = Object.entries(issuer.issuer.requiredClaims);
  const patterns: [claim: string, patterns: readonly string[]][] = [
    ...(grant.subject ? [["sub", grant.subject] satisfies [string, readonly string[]]] : []),
    ...Object.entries(grant.claims),
    ...required.filter(([, values]) => values.length > 0),
  ];
  const present = required.flatMap(([claim, values]) =>
    values.length > 0 || certainClaims.includes(claim) ? [] : [claim],
  );
  const known = ["sub", ...(storage.partition === "aws" ? (claimsKnownToSts[issuer.name] ?? []) : [])];
  const names = patterns.map(([claim]) => claim);
  const unsaid = [
    ...[...names, ...present].filter((claim) => !known.includes(claim)).map((claim) => `the claim ${claim}`),
    ...names.filter((claim, at) => names.indexOf(claim) < at).map((claim) => `two conditions on ${claim}`),
    ...patterns.filter(([, texts]) => !texts.every(isForIam)).map(([claim]) => `a pattern for ${claim}`),
    ...(referencesIn(grant.prefix).length > 0 ? ["a prefix that depends on its callers"] : []),
    ...(grant.sourceIps ? ["sourceIps"] : []),
  ];
  if (unsaid.length > 0) {
    report(
      [storage.name],
      `the grant ${grant.name} has ${[...new Set(unsaid)].join(" and ")}, which a trust policy cannot say as it is meant, and a caller that STS lets in gets all of the role without keyvend. Say which subjects may have all of it (--subject ${storage.name}=PATTERN), or use another way.`,
    );
    return [];
  }
  return [
    {
      ...(patterns.length > 0 && {
        StringLike: Object.fromEntries(
          patterns.map(([claim, texts]) => [`${issuer.name}:${claim}`, texts.map(patternForIam)]),
        ),
      }),
      ...(present.length > 0 && {
        Null: Object.fromEntries(present.map((claim) => [`${issuer.name}:${claim}`, "false"])),
      }),
      ...(grant.expires !== undefined && {
        DateLessThan: { "aws:CurrentTime": new Date(grant.expires).toISOString() },
      }),
    },
  ];
}

/** A capture takes plain names alone, and IAM's stars take anything. */
function isForIam(pattern: string): boolean {
  return captureNamesIn(pattern).length === 0 && /^[\u0020-\u00ff]*$/.test(pattern);
}

/** Stars mean the same to IAM. */
function patternForIam(pattern: string): string {
  return pattern.split("*").map(literal).join("*");
}
