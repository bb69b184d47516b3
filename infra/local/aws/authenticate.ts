import type { Accounts } from "./accounts.ts";
import type { AwsFault } from "./aws-fault.ts";
import { type AwsCaller, sessionCaller, userCaller } from "./caller.ts";
import type { ReceivedRequest } from "./listener.ts";
import type { SessionTokens } from "./session-tokens.ts";
import { openPayload, type Payload, signedPayloadHash } from "./sigv4/payload.ts";
import { readSignature, type Signature } from "./sigv4/read-signature.ts";
import { type RefusalReason, SignatureRefused } from "./sigv4/signature-refused.ts";
import { type SignatureRules, signingKey, verifyScope, verifySignature } from "./sigv4/verify-signature.ts";

/** Who exists, which tokens are valid, and what time it is: the same for all the servers of one stand-in. */
export interface Realm {
  accounts: Accounts;
  sessionTokens: SessionTokens;
  /** Epoch milliseconds; the machine's clock unless told otherwise. */
  now?: () => number;
}

/** How a service words each refusal. */
export type Refusals = Readonly<Record<RefusalReason, AwsFault>>;

interface AuthenticatedRequest {
  caller: AwsCaller;
  payload: Payload;
  /** Of the signature: `header` or, for presigned links, `query`. */
  form: Signature["form"];
}

/**
 * Finds out who signed a request, and refuses it in the service's words when nobody known did, when the session is
 * over, or when anything signed was altered.
 *
 * @throws AwsFault one of the refusals
 */
export function authenticate(
  request: ReceivedRequest,
  realm: Realm,
  expected: SignatureRules,
  refusals: Refusals,
): AuthenticatedRequest {
  try {
    return verify(request, realm, expected);
  } catch (error) {
    throw error instanceof SignatureRefused ? refusals[error.reason] : error;
  }
}

function verify(
  request: ReceivedRequest,
  { accounts, sessionTokens, now = Date.now }: Realm,
  expected: SignatureRules,
) {
  const time = now();
  const signature = readSignature(request);
  verifyScope(signature, expected, time);
  const { caller, secretAccessKey } = holderOf(signature, accounts, sessionTokens);

  const key = signingKey(secretAccessKey, signature);
  const payloadHash = signedPayloadHash(request, signature);
  verifySignature(request, signature, key, payloadHash, expected.pathEncoding);
  // After the signature: whether a session is over is told to its holder only.
  if (caller.session !== undefined && time >= caller.session.expiration)
    throw new SignatureRefused("expired-token");

  const { amzDate, scope, value: seed, form } = signature;
  return { caller, payload: openPayload(request, payloadHash, { key, amzDate, scope, seed }), form };
}

function holderOf(
  { accessKeyId, sessionToken }: Signature,
  accounts: Accounts,
  sessionTokens: SessionTokens,
) {
  if (sessionToken === undefined) {
    const known = accounts.userOfKey(accessKeyId);
    if (known === undefined) throw new SignatureRefused("unknown-key");
    return { caller: userCaller(known.user, accounts), secretAccessKey: known.secretAccessKey };
  }
  const session = sessionTokens.open(sessionToken);
  if (session === undefined || session.accessKeyId !== accessKeyId) throw new SignatureRefused("bad-token");
  const caller = sessionCaller(session, accounts);
  if (caller === undefined) throw new SignatureRefused("bad-token");
  return { caller, secretAccessKey: session.secretAccessKey };
}

/** What conditions may ask about any request to these servers. `now` in epoch milliseconds. */
export function requestContext(now: number): Record<string, string> {
  return {
    "aws:SecureTransport": "false",
    "aws:SourceIp": "127.0.0.1",
    "aws:CurrentTime": new Date(now).toISOString(),
    "aws:EpochTime": String(Math.floor(now / 1_000)),
  };
}
