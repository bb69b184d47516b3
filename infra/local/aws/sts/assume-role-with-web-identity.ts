import { createRemoteJWKSet, decodeJwt, errors, type JWTPayload, jwtVerify } from "jose";
import type { OidcProvider } from "../accounts.ts";
import { generalContext } from "../authenticate.ts";
import { AwsFault } from "../aws-fault.ts";
import { requiredText } from "../query-parameters.ts";
import { trusts } from "../trust.ts";
import { element, type XmlElement } from "../xml.ts";
import { accompanyingActions, issueRoleSession, readRoleRequest, roleRequestContext } from "./assume-role.ts";
import type { StsApiCall } from "./call.ts";

/** The asymmetric algorithms that AWS accepts. */
const algorithms = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"];

/** The only call without a signature: its OIDC token identifies the caller. */
export async function assumeRoleWithWebIdentity(call: StsApiCall): Promise<XmlElement[]> {
  const { accounts, parameters, now } = call;
  const request = readRoleRequest(parameters);
  const token = requiredText(parameters, "WebIdentityToken", { min: 4, max: 20_000 });

  const provider = accounts.oidcProviders.get(issuerOf(token));
  if (provider === undefined)
    throw invalidToken("No OpenIDConnect provider found in your account for the token's issuer");
  const { subject, audience } = await verifyToken(token, provider, now);

  const providerName = provider.issuer.replace(/^https?:\/\//, "");
  const arn = accounts.arnOf("oidc-provider", providerName);
  const context = {
    ...generalContext(now),
    ...roleRequestContext(request),
    "aws:FederatedProvider": arn,
    [`${providerName}:sub`]: subject,
    [`${providerName}:aud`]: audience,
  };
  const role = accounts.role(request.roleArn);
  for (const action of ["sts:AssumeRoleWithWebIdentity", ...accompanyingActions(request)]) {
    const trustRequest = { action, resource: request.roleArn, context };
    if (
      role === undefined ||
      trusts(role.trust, { kind: "Federated", names: [arn, "*"] }, trustRequest) !== "allowed"
    )
      throw new AwsFault(403, "AccessDenied", `Not authorized to perform ${action}`);
  }
  if (role === undefined) throw new AwsFault(403, "AccessDenied", "No such role");

  return [
    ...issueRoleSession(call, role, request),
    element("SubjectFromWebIdentityToken", subject),
    element("Provider", arn),
    element("Audience", audience),
  ];
}

/**
 * The issuer that a token names, only to look up its provider: nothing of the token is trusted before it is verified.
 */
function issuerOf(token: string): string {
  try {
    return decodeJwt(token).iss ?? "";
  } catch {
    throw invalidToken("The ID Token provided is not a valid JWT.");
  }
}

async function verifyToken(token: string, provider: OidcProvider, now: number) {
  const payload = await verifiedPayload(token, provider, now);
  const audience = [payload.aud ?? []].flat().find((name) => provider.audiences.includes(name));
  if (payload.sub === undefined || audience === undefined) throw invalidToken("Missing a required claim");
  return { subject: payload.sub, audience };
}

async function verifiedPayload(token: string, provider: OidcProvider, now: number): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(provider.jwksUri)), {
      issuer: provider.issuer,
      audience: [...provider.audiences],
      algorithms,
      currentDate: new Date(now),
      requiredClaims: ["sub", "exp", "iat"],
    });
    return payload;
  } catch (error) {
    if (error instanceof errors.JWTExpired)
      throw new AwsFault(
        400,
        "ExpiredTokenException",
        "Token expired: the web identity token is past its expiration.",
      );
    if (error instanceof errors.JWTClaimValidationFailed && error.claim === "aud")
      throw invalidToken("Incorrect token audience");
    if (error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError))
      throw new AwsFault(400, "IDPCommunicationError", "The identity provider's keys could not be fetched.");
    throw invalidToken("The web identity token could not be validated.");
  }
}

function invalidToken(message: string): AwsFault {
  return new AwsFault(400, "InvalidIdentityToken", message);
}
