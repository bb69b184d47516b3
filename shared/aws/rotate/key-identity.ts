import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { AskIdentity, KeyIdentity, KeyPair } from "../../vending/rotate/ports.ts";
import { type StsPlace, stsPlace } from "../sts-place.ts";

const timeoutMs = 5_000;

/**
 * Asks each STS that issues for some storages whose key it is. The storage's own rules say which STS that is.
 *
 * @example await createAskIdentity("eu-central-1")([storage], key) // [{ arn: "arn:aws:iam::123456789012:user/lake" }]
 */
export function createAskIdentity(ownRegion: string): AskIdentity {
  return (storages, key) => {
    const places = storages.map((storage) => stsPlace(storage, ownRegion));
    const byName = new Map(places.map((place) => [JSON.stringify(place), place]));
    return Promise.all([...byName.values()].map((place) => askAt(place, key)));
  };
}

/** Over a new connection each time, which may lead to another machine that has yet to learn of the key. */
async function askAt(place: StsPlace, credentials: KeyPair): Promise<KeyIdentity> {
  const client = new STSClient({ ...place, credentials, maxAttempts: 1 });
  try {
    const abortSignal = AbortSignal.timeout(timeoutMs);
    const { Arn = "" } = await client.send(new GetCallerIdentityCommand({}), { abortSignal });
    return { arn: Arn };
  } catch (error) {
    return { refusal: (error as Error).name };
  } finally {
    client.destroy();
  }
}
