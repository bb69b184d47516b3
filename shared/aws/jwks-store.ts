import type { Jwks, JwksStore } from "../identity/jwks.ts";
import type { Seal } from "../vending/ports.ts";
import type { JsonCall } from "./call.ts";

/** Longer than the keys are trusted, so that they are still known during an outage of their issuer. */
const storedSeconds = 7 * 86_400;

/**
 * Stores issuers' public keys beside the cache, so that a cold start need not fetch them. They are sealed like everything
 * there: an attacker that could store a key set of its own could be any caller.
 *
 * @example createIssuerKeys({ store: createJwksStore(dynamodb, "keyvend-prod", seal) })
 */
export function createJwksStore(call: JsonCall, tableName: string, seal: Seal): JwksStore {
  const keyOf = (source: string) => `jwks ${source}`;
  return {
    async get(source) {
      const key = keyOf(source);
      const { Item } = await call<{ Item?: { sealed?: { S?: string } } }>("GetItem", {
        TableName: tableName,
        Key: { key: { S: key } },
      });
      const sealed = Item?.sealed?.S;
      const plain = sealed === undefined ? undefined : await seal.open(key, sealed);
      return plain === undefined ? undefined : (JSON.parse(plain) as Jwks);
    },

    // Without a condition: the instance that fetched last has the newest keys.
    async put(source, jwks) {
      const key = keyOf(source);
      const ttl = Math.ceil(jwks.fetchedAt / 1_000) + storedSeconds;
      await call("PutItem", {
        TableName: tableName,
        Item: {
          key: { S: key },
          sealed: { S: await seal.seal(key, JSON.stringify(jwks)) },
          ttl: { N: String(ttl) },
        },
      });
    },
  };
}
