import { awsCredentialsIn, awsRegionIn } from "./aws-environment.ts";
import { environment } from "./environment.ts";
import { fetchText } from "./fetch-text.ts";
import { type AwsCredentials, signedHeaders } from "./sigv4.ts";
import { noToken, type TokenSource } from "./token-source.ts";

export type { AwsCredentials } from "./sigv4.ts";

export interface FromAwsOptions {
  /** The audience that the service's configuration has for this issuer. */
  audience: string;
  /** Default: `AWS_REGION` or `AWS_DEFAULT_REGION`. */
  region?: string | undefined;
  /** For example `fromNodeProviderChain()` of the AWS SDK. Default: the environment's `AWS_ACCESS_KEY_ID` and so on. */
  credentials?: (() => Promise<AwsCredentials>) | undefined;
  /** How many seconds the token lives, 60 to 3600. A new one is asked for at each request. Default 300. */
  durationSeconds?: number | undefined;
  /** Default `RS256`. */
  signingAlgorithm?: "RS256" | "ES384" | undefined;
  /** The address of STS. Default `https://sts.<region>.amazonaws.com`. */
  endpoint?: string | undefined;
}

/**
 * A token of AWS for the identity that this program has there, by `sts:GetWebIdentityToken`. Outbound web identity
 * federation must be on in its account. Not for browsers: they hold no AWS credentials.
 *
 * @throws VendingError (rejects) `invalid_token` with AWS's code; `network` or `unavailable` where STS does not answer
 * @example fromVending({ url, storage, token: fromAws({ audience: "keyvend", region: "eu-central-1" }) })
 */
export function fromAws(options: FromAwsOptions): TokenSource {
  const { audience, durationSeconds = 300, signingAlgorithm = "RS256" } = options;
  const body = new URLSearchParams({
    Action: "GetWebIdentityToken",
    Version: "2011-06-15",
    "Audience.member.1": audience,
    DurationSeconds: String(durationSeconds),
    SigningAlgorithm: signingAlgorithm,
  }).toString();

  return async () => {
    const { region = awsRegionIn(environment()), endpoint = `https://sts.${region}.amazonaws.com` } = options;
    if (!region) throw noToken("No AWS region. Set AWS_REGION, or `region`.");
    const credentials = (await options.credentials?.()) ?? awsCredentialsIn(environment());
    const url = new URL(endpoint);
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const parts = { method: "POST", url, headers, body, service: "sts", region, credentials } as const;
    const { status, text } = await fetchText("STS", url, {
      method: "POST",
      headers: await signedHeaders(parts, new Date()),
      body,
    });
    const token = /<WebIdentityToken>([!-;=-~]+)<\/WebIdentityToken>/.exec(text)?.[1];
    if (status === 200 && token) return token;
    const code = /<Code>(\w+)<\/Code>/.exec(text)?.[1]?.replace(/Exception$/, "") ?? `status ${status}`;
    throw noToken(
      `AWS gave no token: ${code}. ${advice[code] ?? "Check the AWS credentials and the region."}`,
    );
  };
}

const advice: Record<string, string> = {
  AccessDenied: "Allow this identity sts:GetWebIdentityToken.",
  ExpiredToken: "The AWS credentials have expired: get fresh ones.",
  OutboundWebIdentityFederationDisabled: "Enable outbound web identity federation in the AWS account.",
};
