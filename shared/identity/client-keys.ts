import { createHmac, type KeyObject } from "node:crypto";
import type { ClientKey } from "../core/config.ts";
import type { Principal } from "../core/principal.ts";
import {
  epochMsOf,
  isSignedWith,
  readSignature,
  type SignedRequest,
  StsRefusal,
  signatureTime,
} from "./signed-request.ts";
import { tokenHash } from "./token-hash.ts";

/**
 * The id of a client key: `KV`, the version of its master key, `X`, and 100 random bits in Base32. It consists of upper-case
 * letters and digits, as every client takes them, and begins like no id of AWS's, all of which begin with `A`.
 */
export const clientKeyIdForm = /^KV([1-9]\d{0,3})X[A-Z2-7]{20}$/;

/** Every secret begins with this. Secret scanners find it by that, and no program takes it for an option. */
const secretPrefix = "kvs_";

/** How far a client's clock may be ahead of this one, or behind it, as at STS. */
const mostSkewMs = 5 * 60_000;

/** The master keys, from which the secrets of client keys are derived. */
export interface MasterKeys {
  /** A key by its name, `undefined` if there is none. Throws `VendError` `unavailable` if they cannot be read. */
  keyOf(name: string): Promise<KeyObject | undefined>;
}

export interface ClientKeyVerifier {
  /**
   * The caller that a signed request proves. `now` is in epoch milliseconds. Throws `StsRefusal`; or `VendError`
   * `unavailable` if the master keys cannot be read.
   */
  verify(request: SignedRequest, now: number): Promise<Principal>;
}

/**
 * The name of the master key of an id, in the secret that holds the master keys.
 *
 * @example masterKeyOf("KV1XABCDEFGHIJKLMNOPQRST") // "k1"
 */
export function masterKeyOf(id: string): string {
  return id.replace(clientKeyIdForm, "k$1");
}

/**
 * The secret of a client key: 256 bits in letters, digits, `-` and `_`, which no file and no shell needs to have quoted.
 *
 * @example clientSecret("KV1XABCDEFGHIJKLMNOPQRST", masterKey) // "kvs_…"
 */
export function clientSecret(id: string, masterKey: KeyObject): string {
  return secretPrefix + createHmac("sha256", masterKey).update(`client key ${id}`).digest("base64url");
}

/**
 * Verifies requests that are signed with client keys, whatever region they are signed for. A request that names no
 * configured key costs no look at the master keys.
 *
 * @example const { subject } = await createClientKeyVerifier({ clientKeys, masterKeys }).verify(request, Date.now())
 */
export function createClientKeyVerifier({
  clientKeys,
  masterKeys,
}: {
  clientKeys: readonly ClientKey[];
  masterKeys: MasterKeys;
}): ClientKeyVerifier {
  const byId = new Map(clientKeys.flatMap((entry) => entry.ids.map((id) => [id, entry])));

  return {
    async verify(request, now) {
      const signature = readSignature(request);
      const { accessKeyId: id, isOfSession, time } = signature;
      if (isOfSession || id.startsWith("ASIA")) throw unknownKey(ofSession, "signed by a session");
      const entry = byId.get(id);
      if (entry === undefined) throw unknownKey(notConfigured);
      checkTime(time, now);

      const name = masterKeyOf(id);
      const masterKey = await masterKeys.keyOf(name);
      if (masterKey === undefined)
        throw unknownKey(
          notConfigured,
          `the secret of the client keys holds no ${name}, of clientKeys.${entry.name}`,
        );
      if (!isSignedWith(clientSecret(id, masterKey), signature)) throw notByItsSecret(entry);
      // Only its holder learns that a key has expired.
      if (now >= entry.expiresAt)
        throw unknownKey("The client key has expired.", `clientKeys.${entry.name} has expired`);
      return {
        issuer: "client-key",
        subject: entry.name,
        claims: { ...entry.claims, sub: entry.name },
        kind: "client-key",
        tokenHash: tokenHash(id),
      };
    },
  };
}

const notConfigured =
  "The access key id is not that of a client key of this service. Keys and sessions of AWS open nothing here.";
const ofSession =
  "This service cannot verify requests that are signed by a session, also by one that it has vended. Sign with a client key.";

function unknownKey(message: string, reason?: string): StsRefusal {
  return new StsRefusal("InvalidClientTokenId", message, reason);
}

function notByItsSecret({ name }: ClientKey): StsRefusal {
  return new StsRefusal(
    "SignatureDoesNotMatch",
    "The request signature we calculated does not match the signature you provided. Check your secret access key and signing method.",
    `not signed with the secret of clientKeys.${name}, or altered on its way`,
  );
}

/** In STS's own words. By the code, clients correct their clocks. */
function checkTime(time: string, now: number): void {
  const signedAt = epochMsOf(time);
  const [earliest, latest] = [now - mostSkewMs, now + mostSkewMs];
  const [at, clock] = [signatureTime, signatureTime(now)];
  if (signedAt < earliest)
    throw outOfDate(`Signature expired: ${time} is now earlier than ${at(earliest)} (${clock} - 5 min.)`);
  if (signedAt > latest)
    throw outOfDate(
      `Signature not yet current: ${time} is still later than ${at(latest)} (${clock} + 5 min.)`,
    );
}

function outOfDate(message: string): StsRefusal {
  return new StsRefusal("RequestExpired", message);
}
