import type { Jwks, JwksStore } from "../identity/jwks.ts";
import type { Seal } from "../vending/ports.ts";
import type { JsonCall } from "./call.ts";

/** Kept longer than keys are believed, so that an issuer's outage meets known keys. */
const keptSeconds = 7 * 86_400;

/**
 * Issuers' public keys beside the cache, so that a cold start need not fetch them. They are sealed like everything
 * there: whoever could write a key set of his own would be every caller.
 *
 * @example createIssuerKeys({ store: createKeptJwks(dynamodb, "keyvend-prod", seal) })
 */
export function createKeptJwks(call: JsonCall, tableName: string, seal: Seal): JwksStore {
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

    // Without a condition: whichever instance fetched last knows best.
    async put(source, jwks) {
      const key = keyOf(source);
      const ttl = Math.ceil(jwks.fetchedAt / 1_000) + keptSeconds;
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
