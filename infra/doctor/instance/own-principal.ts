import { proveIdentity } from "../../../shared/client/src/cli/identity.ts";
import { routeUrl } from "../../../shared/client/src/options.ts";
import type { Config } from "../../../shared/core/config.ts";
import type { Principal } from "../../../shared/core/principal.ts";
import { apiTokenPrefix, createApiTokenVerifier } from "../../../shared/identity/api-tokens.ts";
import { readUnverified } from "../../../shared/identity/unverified-token.ts";
import type { DoctorSetting } from "../setting.ts";

/**
 * The doctor as an instance with this configuration would know it, by its own token; `undefined` where the configuration does
 * not know the token, or there is none. Nothing is granted by it: it only tells what to expect.
 */
export async function ownPrincipal(
  { service, env }: DoctorSetting,
  config: Config,
): Promise<Principal | undefined> {
  if (service.identity.kind === "aws-iam") return undefined;
  const url = routeUrl(service.url, "v1/storages", {});
  const { secret: token } = await proveIdentity(url, service.identity, env);
  try {
    if (token.startsWith(apiTokenPrefix)) return createApiTokenVerifier(config.apiTokens)(token, Date.now());
    const { payload: claims } = readUnverified(token);
    const issuer = [...config.issuers.values()].find((each) => each.issuer === claims["iss"]);
    if (issuer === undefined || typeof claims["sub"] !== "string") return undefined;
    return { issuer: issuer.name, subject: claims["sub"], claims, kind: "oidc", tokenHash: "" };
  } catch {
    return undefined;
  }
}
