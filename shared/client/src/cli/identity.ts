import { readFileSync } from "node:fs";
import { awsRegionIn } from "../identity-sources/aws-environment.ts";
import type { Environment } from "../identity-sources/environment.ts";
import { fromAws } from "../identity-sources/from-aws.ts";
import { fromEnvironment, tokenPlace } from "../identity-sources/from-environment.ts";
import { fromGitHubActions } from "../identity-sources/from-github-actions.ts";
import { fromKubernetes, projectedTokenPath } from "../identity-sources/from-kubernetes.ts";
import { fromTokenFile } from "../identity-sources/from-token-file.ts";
import { signedHeaders } from "../identity-sources/sigv4.ts";
import { noToken, type TokenSource } from "../identity-sources/token-source.ts";
import { bearer, type IdentityProof } from "../request.ts";
import { awsCredentials } from "./aws-chain.ts";
import type { Identity, ServiceSettings } from "./settings.ts";

/**
 * Proves the caller's identity to the service: by a token, or on the routes for AWS identities by a signature.
 *
 * @throws VendingError (rejects) `invalid_token`, and what the identity source throws
 */
export async function proveIdentity(url: URL, identity: Identity, env: Environment): Promise<IdentityProof> {
  return identity.kind === "aws-iam" ? proofByAws(url, env) : bearer(await sourceOf(identity, env)(url.href));
}

function sourceOf({ kind, tokenFile, audience }: Identity, env: Environment): TokenSource {
  switch (kind) {
    case "github-actions":
      return fromGitHubActions({ audience }, env);
    case "kubernetes":
      return fromKubernetes(tokenFile ? { path: tokenFile } : {});
    case "aws":
      return fromAws({
        audience,
        region: awsRegionIn(env),
        credentials: () => awsCredentials(env),
        endpoint: env["AWS_ENDPOINT_URL_STS"],
      });
    default:
      return tokenFile ? fromTokenFile(tokenFile) : fromEnvironment(env);
  }
}

async function proofByAws(url: URL, env: Environment): Promise<IdentityProof> {
  const credentials = await awsCredentials(env);
  const region = /\.execute-api\.([\w-]+)\.amazonaws\.com/.exec(url.hostname)?.[1] ?? awsRegionIn(env);
  if (!region) throw noToken("No AWS region for the signature. Set AWS_REGION to where the service is.");
  const parts = { method: "GET", url, service: "execute-api", region, credentials } as const;
  return {
    headers: await signedHeaders(parts, new Date()),
    secret: credentials.sessionToken ?? credentials.accessKeyId,
  };
}

/**
 * All that decides which identity the service would see, to be hashed: the token itself where it is at hand, else what it
 * is traded for. A file that now holds the token of another identity is another identity.
 *
 * @returns undefined where there is no identity, or only a source tells which one it is, such as the AWS SDK's chain
 */
export function identityParts(
  { identity: { kind, tokenFile, audience }, url }: ServiceSettings,
  env: Environment,
): unknown[] | undefined {
  switch (kind) {
    case "token": {
      const place = tokenFile ? { file: tokenFile } : tokenPlace(env, url);
      return tokenParts(place && ("file" in place ? contentOf(place.file) : place.token));
    }
    case "kubernetes":
      return tokenParts(contentOf(tokenFile ?? projectedTokenPath));
    case "github-actions": {
      const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } = env;
      return token ? [kind, audience, url, token] : undefined;
    }
    case "aws":
    case "aws-iam": {
      const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: key, AWS_SESSION_TOKEN: session } = env;
      return id && key ? [kind, audience, id, key, session] : undefined;
    }
  }
}

const tokenParts = (token: string | undefined) => (token ? ["token", token] : undefined);

/** Undefined for a file that cannot be read: the identity source says what is wrong when it is asked. */
function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}
