import aws4 from "aws4";
import { readMasterKeys } from "../../shared/aws/master-keys.ts";
import type { ClientKey } from "../../shared/core/config.ts";
import { clientSecret, createClientKeyVerifier, masterKeyOf } from "../../shared/identity/client-keys.ts";
import { type SignedRequest, StsRefusal } from "../../shared/identity/signed-request.ts";

export const now = Date.parse("2026-11-22T15:00:00Z");

export const polaris = "KV1XPOLARISAAAAAAAAAAAAA";
export const polarisNext = "KV2XPOLARISBBBBBBBBBBBBB";
export const trino = "KV1XTRINOAAAAAAAAAAAAAAA";
/** Its master key is no longer in the secret. */
export const retired = "KV9XRETIREDAAAAAAAAAAAAA";

export const clientKeys: readonly ClientKey[] = [
  { name: "polaris", ids: [polaris, polarisNext], expiresAt: now + 1, claims: { team: "lake" } },
  { name: "trino", ids: [trino], expiresAt: now, claims: {} },
  { name: "old", ids: [retired], expiresAt: now + 1, claims: {} },
];

export const masterSecret = JSON.stringify({
  current: "k2",
  k1: "the first master key of all these tests",
  k2: "the second master key of all these tests",
});

export const masterKeys = readMasterKeys(async () => masterSecret, { now: () => 0 });

export async function secretOf(id: string): Promise<string> {
  const masterKey = await masterKeys.keyOf(masterKeyOf(id));
  if (masterKey === undefined) throw new Error(`${id} has no master key.`);
  return clientSecret(id, masterKey);
}

export const verifier = createClientKeyVerifier({ clientKeys, masterKeys });

const form = "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A%3Arole%2Fkeyvend%2Flake";

interface Signing {
  method?: string;
  path?: string;
  query?: string;
  /** Beside those of all clients. */
  headers?: Record<string, string>;
  body?: string;
  id?: string;
  secret?: string;
  sessionToken?: string;
  service?: string;
  region?: string;
  /** `20261122T150000Z` */
  time?: string;
}

/** A request of a catalog for a role, signed by aws4, which shares nothing with keyvend's own code. */
export async function signed({
  method = "POST",
  path = "/",
  query = "",
  headers = {},
  body = form,
  id = polaris,
  secret,
  sessionToken,
  service = "sts",
  region = "us-east-1",
  time = "20261122T150000Z",
}: Signing = {}): Promise<SignedRequest> {
  const request = {
    ...{ method, service, region, body, host: "keyvend.example.com" },
    path: query === "" ? path : `${path}?${query}`,
    headers: {
      Host: "keyvend.example.com",
      "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
      "X-Amz-Date": time,
      ...headers,
    },
  };
  const credentials = {
    accessKeyId: id,
    secretAccessKey: secret ?? (await secretOf(id)),
    ...(sessionToken !== undefined && { sessionToken }),
  };
  const signedHeaders = aws4.sign(request, credentials).headers as Record<string, string | number>;
  const entries = Object.entries(signedHeaders).map(([name, value]) => [name.toLowerCase(), String(value)]);
  return { method, path, query, headers: Object.fromEntries(entries), body: Buffer.from(body) };
}

/** The code and the message of a refusal, such as a caller gets. */
export async function refusalOf(request: SignedRequest, at = now, by = verifier): Promise<string> {
  try {
    const { subject } = await by.verify(request, at);
    return `not refused: ${subject}`;
  } catch (error) {
    if (!(error instanceof StsRefusal)) throw error;
    return `${error.stsCode}: ${error.message}`;
  }
}
