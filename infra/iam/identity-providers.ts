import type { Config } from "../../shared/core/config.ts";
import { iamNameOf } from "./arns.ts";
import type { ReportFault } from "./fault.ts";
import { ofWay, type StorageFacts } from "./storage-facts.ts";
import { issuersAtSts, providerArn } from "./web-identity.ts";

/** An OIDC issuer that IAM has to know, in one account. */
export interface IdentityProvider {
  arn: string;
  account: string;
  /** The issuer's address, as its tokens have it. */
  url: string;
  /** Which audiences STS takes; IAM calls them client ids. */
  audiences: readonly string[];
  /** Names of the storages whose callers have its tokens. */
  storages: readonly string[];
}

const mostAudiences = 100;
const mostUrlCharacters = 255;

/**
 * The OIDC issuers that IAM has to know for `web-identity`, each once in an account.
 *
 * @example identityProviders(facts, config)[0]?.url // "https://token.actions.githubusercontent.com"
 */
export function identityProviders(facts: readonly StorageFacts[], config: Config): IdentityProvider[] {
  const needed = ofWay("web-identity", facts).flatMap((each): IdentityProvider[] => {
    const role = iamNameOf(each.storage.roleArn, "role");
    if (role === undefined) return [];
    return issuersAtSts(each, config).map(({ issuer, name, audiences }) => ({
      arn: providerArn(role, name),
      account: role.account,
      url: issuer.issuer,
      audiences,
      storages: [each.storage.name],
    }));
  });
  const byArn = Map.groupBy(needed, ({ arn }) => arn);
  return [...byArn.values()].flatMap(([first, ...others]) =>
    first === undefined
      ? []
      : [{ ...first, storages: [first, ...others].flatMap(({ storages }) => storages) }],
  );
}

/** Reports issuers that AWS's IAM does not take. */
export function checkProviders(providers: readonly IdentityProvider[], report: ReportFault): void {
  for (const { url, audiences, storages } of providers) {
    const { protocol, port, search, host } = new URL(url);
    if (host === "accounts.google.com")
      report(
        storages,
        "AWS knows Google by itself, and judges its tokens by other rules: write this role's trust by hand.",
      );
    else if (protocol !== "https:" || port !== "" || search !== "" || url.length > mostUrlCharacters)
      report(
        storages,
        `IAM takes an issuer at an https address of ${mostUrlCharacters} characters at most, without port and query, and ${url} is none: use another way.`,
      );
    if (audiences.length > mostAudiences)
      report(storages, `IAM takes ${mostAudiences} audiences of an issuer at most: list fewer.`);
  }
}
