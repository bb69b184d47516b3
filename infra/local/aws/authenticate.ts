import type { Accounts } from "./accounts.ts";
import type { AwsFault } from "./aws-fault.ts";
import { type AwsCaller, sessionCaller, userCaller } from "./caller.ts";
import type { UserKey } from "./identities.ts";
import type { ReceivedRequest } from "./listener.ts";
import type { SessionTokens } from "./session-tokens.ts";
import { openPayload, type Payload, signedPayloadHash } from "./sigv4/payload.ts";
import { readSignature, type Signature } from "./sigv4/read-signature.ts";
import { type RefusalReason, SignatureRefused } from "./sigv4/signature-refused.ts";
import { type SignatureRules, signingKey, verifyScope, verifySignature } from "./sigv4/verify-signature.ts";

/** The accounts, the valid tokens and the time, which all servers of one stand-in share. */
export interface Realm {
  accounts: Accounts;
  sessionTokens: SessionTokens;
  /** Epoch milliseconds; the machine's clock by default. */
  now?: () => number;
}

/** A service's own fault for each reason to refuse a signature. */
export type Refusals = Readonly<Record<RefusalReason, AwsFault>>;

interface AuthenticatedRequest {
  caller: AwsCaller;
  payload: Payload;
  /** The form of the signature: `header` or, for presigned links, `query`. */
  form: Signature["form"];
}

/**
 * Identifies the signer of a request. Refuses the request, in the service's words, if no known signer made the
 * signature, if the session has expired, or if anything signed was changed.
 *
 * @throws AwsFault one of the refusals
 */
export function authenticate(
  request: ReceivedRequest,
  realm: Realm,
  rules: SignatureRules,
  refusals: Refusals,
): AuthenticatedRequest {
  try {
    return verify(request, realm, rules);
  } catch (error) {
    throw error instanceof SignatureRefused ? refusals[error.reason] : error;
  }
}

function verify(
  request: ReceivedRequest,
  { accounts, sessionTokens, now = Date.now }: Realm,
  rules: SignatureRules,
) {
  const time = now();
  const signature = readSignature(request);
  verifyScope(signature, rules, time);
  const { caller, secretAccessKey, userKey } = holderOf(signature, accounts, sessionTokens, time);

  const key = signingKey(secretAccessKey, signature);
  const payloadHash = signedPayloadHash(request, signature);
  verifySignature(request, signature, key, payloadHash, rules.pathEncoding);
  // Checked after the signature, so that only the holder of a session learns that it has expired.
  if (caller.session !== undefined && time >= caller.session.expiration)
    throw new SignatureRefused("expired-token");
  if (userKey !== undefined)
    userKey.lastUse = { at: time, region: signature.region, service: signature.service };

  const { amzDate, scope, value: seed, form } = signature;
  return { caller, payload: openPayload(request, payloadHash, { key, amzDate, scope, seed }), form };
}

function holderOf(
  { accessKeyId, sessionToken }: Signature,
  accounts: Accounts,
  sessionTokens: SessionTokens,
  now: number,
): { caller: AwsCaller; secretAccessKey: string; userKey?: UserKey } {
  if (sessionToken === undefined) {
    const owner = accounts.userOfKey(accessKeyId, now);
    if (owner === undefined) throw new SignatureRefused("unknown-key");
    const { user, key } = owner;
    return { caller: userCaller(user, accounts), secretAccessKey: key.secretAccessKey, userKey: key };
  }
  const session = sessionTokens.open(sessionToken);
  if (session === undefined || session.accessKeyId !== accessKeyId) throw new SignatureRefused("bad-token");
  const caller = sessionCaller(session, accounts);
  if (caller === undefined) throw new SignatureRefused("bad-token");
  return { caller, secretAccessKey: session.secretAccessKey };
}

/** The context that all requests to these servers have. `now` is in epoch milliseconds. */
export function generalContext(now: number): Record<string, string> {
  return {
    "aws:SecureTransport": "false",
    "aws:SourceIp": "127.0.0.1",
    "aws:CurrentTime": new Date(now).toISOString(),
    "aws:EpochTime": String(Math.floor(now / 1_000)),
  };
}
