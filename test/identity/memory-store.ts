import type { Jwks, JwksStore } from "../../shared/identity/jwks.ts";

/** A store that outlives instances, as the table does. */
export function memoryStore(): JwksStore & { entries: Map<string, Jwks> } {
  const entries = new Map<string, Jwks>();
  return {
    entries,
    get: async (source) => structuredClone(entries.get(source)),
    put: async (source, jwks) => void entries.set(source, structuredClone(jwks)),
  };
}
