import { awsCredentialsIn, awsRegionIn } from "../identity-sources/aws-environment.ts";
import type { Environment } from "../identity-sources/environment.ts";
import { fromAws } from "../identity-sources/from-aws.ts";
import { fromEnvironment } from "../identity-sources/from-environment.ts";
import { fromGitHubActions } from "../identity-sources/from-github-actions.ts";
import { fromKubernetes } from "../identity-sources/from-kubernetes.ts";
import { fromTokenFile } from "../identity-sources/from-token-file.ts";
import { signedHeaders } from "../identity-sources/sigv4.ts";
import { noToken, type TokenSource } from "../identity-sources/token-source.ts";
import type { Identity } from "./settings.ts";

/** Headers that say who is asking, and what in them must not come back in an error. */
export interface Authorization {
  headers: Record<string, string>;
  secret: string;
}

/**
 * Says who is asking: by a token, or on the routes for AWS identities by a signature.
 *
 * @throws VendingError (rejects) `invalid_token`, and what the identity source throws
 */
export async function authorize(url: URL, identity: Identity, env: Environment): Promise<Authorization> {
  if (identity.kind === "aws-iam") return signature(url, env);
  const token = (await sourceOf(identity, env)()).trim();
  if (!/^[!-~]+$/.test(token)) throw noToken("The identity token must be one line of visible ASCII.");
  return { headers: { authorization: `Bearer ${token}` }, secret: token };
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
        credentials: async () => awsCredentialsIn(env),
        endpoint: env["AWS_ENDPOINT_URL_STS"],
      });
    default:
      return tokenFile ? fromTokenFile(tokenFile) : fromEnvironment(env);
  }
}

async function signature(url: URL, env: Environment): Promise<Authorization> {
  const credentials = awsCredentialsIn(env);
  const region = /\.execute-api\.([\w-]+)\.amazonaws\.com/.exec(url.hostname)?.[1] ?? awsRegionIn(env);
  if (!region) throw noToken("No AWS region for the signature. Set AWS_REGION to where the service is.");
  const parts = { method: "GET", url, service: "execute-api", region, credentials } as const;
  return {
    headers: await signedHeaders(parts, new Date()),
    secret: credentials.sessionToken ?? credentials.accessKeyId,
  };
}
