import { generateKeyPairSync } from "node:crypto";
import type { JWK } from "jose";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { now, second, startInstance } from "./instance.ts";
import { discoveryPath, startIssuer, type TestIssuer, trustedIssuer } from "./local-issuer.ts";
import { memoryStore } from "./memory-store.ts";
import { type SigningKey, signingKey } from "./sign-token.ts";

const [first, next] = [signingKey("ES256", "first"), signingKey("ES256", "next")];
const [rsa, otherRsa] = [signingKey("RS256", "rsa"), signingKey("RS256", "other-rsa")];
/** A stranger's key under the name of the first one. */
const forger = signingKey("ES256", "first");
const unnamed = { kid: undefined };
const inCoolDown = now + 20 * second;
const afterCoolDown = now + 60 * second;

let issuer: TestIssuer;
beforeEach(async () => {
  issuer = await startIssuer([first.jwk]);
});
afterEach(() => issuer.stop());

const fetches = () => issuer.requestedPaths.filter((path) => path === "/jwks").length;
const start = () => startInstance(trustedIssuer(issuer.address));

function published(key: SigningKey, change: Partial<JWK>): JWK {
  return { ...key.jwk, ...change } as JWK;
}

function withoutName({ jwk }: SigningKey): JWK {
  const { kid: _, ...rest } = jwk;
  return rest as JWK;
}

describe("a token that names no key", () => {
  test("is verified by the only key", async () => {
    expect(await start().ask(first, unnamed)).toBe("accepted");
  });

  test("is verified by the key that signed it, among those for its algorithm", async () => {
    issuer.keys = [rsa.jwk, first.jwk, next.jwk, otherRsa.jwk];
    const { ask } = start();
    for (const key of [first, next, rsa, otherRsa]) expect(await ask(key, unnamed)).toBe("accepted");
    expect(fetches()).toBe(1);
  });

  test("may be signed by a new key: it is not judged within the cool-down, and accepted after one more fetch", async () => {
    const { ask, causes } = start();
    await ask(first, unnamed);
    issuer.keys = [first.jwk, next.jwk];
    expect(await ask(next, { ...unnamed, at: inCoolDown })).toBe("unavailable, 40 s");
    expect(causes).toEqual(['issuers.ci: by key "first": signature verification failed']);
    expect(fetches()).toBe(1);
    expect(await ask(next, { ...unnamed, at: afterCoolDown })).toBe("accepted");
    expect(fetches()).toBe(2);
  });

  test("is refused if the keys were just fetched and none of them has signed it", async () => {
    const { ask } = start();
    expect(await ask(forger, unnamed)).toBe("unauthenticated");
    expect(await ask(forger, { ...unnamed, at: afterCoolDown })).toBe("unauthenticated");
    expect(fetches()).toBe(2);
  });

  test("is tried on sixteen keys, and the record says that there were more", async () => {
    const keys = Array.from({ length: 20 }, (_, n) => signingKey("ES256", `key-${n}`));
    issuer.keys = keys.map(({ jwk }) => jwk);
    const { ask, causes } = start();
    expect(await ask(keys[15] as SigningKey, unnamed)).toBe("accepted");
    expect(await ask(keys[16] as SigningKey, { ...unnamed, at: afterCoolDown })).toBe("unauthenticated");
    expect(causes).toEqual([
      'issuers.ci: by key "key-15": signature verification failed (16 of 20 keys were tried)',
    ]);
    expect(await ask(keys[16] as SigningKey, { at: afterCoolDown })).toBe("accepted");
  });
});

describe("a token that names an unknown key", () => {
  test("is not judged within the cool-down, and its caller is told when to come back; then it is accepted", async () => {
    const { ask, causes } = start();
    await ask(first);
    issuer.keys = [next.jwk];
    expect(await ask(next, { at: inCoolDown })).toBe("unavailable, 40 s");
    expect(causes).toEqual(['issuers.ci: none of the 1 keys fits kid "next" and alg "ES256"']);
    expect(await ask(first, { at: inCoolDown })).toBe("accepted");
    expect(fetches()).toBe(1);
    const together = Array.from({ length: 5 }, () => ask(next, { at: afterCoolDown }));
    expect(new Set(await Promise.all(together))).toEqual(new Set(["accepted"]));
    expect(fetches()).toBe(2);
  });

  test("is refused if the keys were just fetched", async () => {
    const { ask, causes } = start();
    expect(await ask(next)).toBe("unauthenticated");
    expect(causes).toEqual(['issuers.ci: none of the 1 keys fits kid "next" and alg "ES256"']);
    expect(fetches()).toBe(1);
  });

  test("is verified by a key that has no name", async () => {
    issuer.keys = [withoutName(next), first.jwk];
    const { ask } = start();
    expect(await ask(next)).toBe("accepted");
    expect(await ask(forger)).toBe("unauthenticated");
  });
});

describe("a token that names a known key but was not signed by it", () => {
  test("is refused at once within the cool-down, and else after one more fetch", async () => {
    const { ask, causes } = start();
    await ask(first);
    for (const [at, counted] of [
      [inCoolDown, 1],
      [afterCoolDown, 2],
      [afterCoolDown + inCoolDown - now, 2],
    ] as const) {
      expect(await ask(forger, { at })).toBe("unauthenticated");
      expect(fetches()).toBe(counted);
    }
    expect(new Set(causes)).toEqual(new Set(['issuers.ci: by key "first": signature verification failed']));
    expect(await ask(first, { at: afterCoolDown })).toBe("accepted");
  });

  test("is accepted after one more fetch if its key has that name by now; then tokens of the old key are refused", async () => {
    const { ask } = start();
    await ask(first);
    issuer.keys = [forger.jwk];
    expect(await ask(forger, { at: inCoolDown })).toBe("unauthenticated");
    expect(await ask(forger, { at: afterCoolDown })).toBe("accepted");
    expect(await ask(first, { at: afterCoolDown })).toBe("unauthenticated");
    expect(fetches()).toBe(2);
  });

  test("is refused too while its issuer is down", async () => {
    const { ask } = start();
    await ask(first);
    issuer.instead.set(discoveryPath, (_, response) => response.writeHead(500).end());
    expect(await ask(forger, { at: afterCoolDown })).toBe("unauthenticated");
  });

  test("costs all instances together one fetch per cool-down", async () => {
    const store = memoryStore();
    const instances = Array.from({ length: 4 }, () =>
      startInstance(trustedIssuer(issuer.address), { store }),
    );
    for (const { ask } of instances) await ask(first);
    for (const { ask } of instances) await ask(forger, { at: afterCoolDown });
    expect(fetches()).toBe(2);
  });
});

test("two keys under one name are both tried, in either order", async () => {
  for (const keys of [
    [first.jwk, forger.jwk],
    [forger.jwk, first.jwk],
  ]) {
    issuer.keys = keys;
    const { ask } = start();
    expect(await ask(first)).toBe("accepted");
    expect(await ask(forger)).toBe("accepted");
  }
});

test("an issuer that publishes no keys has withdrawn all: its tokens are not accepted, and not judged either", async () => {
  const { ask, causes } = start();
  await ask(first);
  issuer.keys = [];
  expect(await ask(next, { at: afterCoolDown })).toBe("unavailable, 60 s");
  expect(await ask(first, { at: afterCoolDown + second })).toBe("unavailable, 59 s");
  expect(causes.at(-1)).toBe('issuers.ci: none of the 0 keys fits kid "first" and alg "ES256"');
  expect(fetches()).toBe(2);
});

test.each<[string, () => JWK[], string]>([
  [
    "for encryption",
    () => [published(first, { use: "enc" })],
    'none of the 1 keys fits kid "first" and alg "ES256"',
  ],
  [
    "for another algorithm",
    () => [published(first, { alg: "ES384" })],
    'none of the 1 keys fits kid "first" and alg "ES256"',
  ],
  [
    "on another curve",
    () => [published(first, { crv: "P-384" })],
    'none of the 1 keys fits kid "first" and alg "ES256"',
  ],
  [
    "not to verify with",
    () => [published(first, { key_ops: ["sign"] })],
    'none of the 1 keys fits kid "first" and alg "ES256"',
  ],
  [
    "of another kind",
    () => [published(rsa, { kid: "first" })],
    'none of the 1 keys fits kid "first" and alg "ES256"',
  ],
  ["broken", () => [published(first, { x: "AAAA" })], 'by key "first": '],
])("a key that is %s verifies nothing, but its name counts as known", async (_, keys, reason) => {
  issuer.keys = keys();
  const { ask, causes } = start();
  expect(await ask(first)).toBe("unauthenticated");
  expect(await ask(first, { at: inCoolDown })).toBe("unauthenticated");
  expect(causes.at(-1)).toContain(reason);
  expect(fetches()).toBe(1);
});

test("broken keys do not stand in the way of a sound one", async () => {
  const broken = [{ x: "AAAA" }, { key_ops: 7 }, { key_ops: "verify" }, { crv: 7 }];
  issuer.keys = [
    null as unknown as JWK,
    ...broken.map((change) => ({ ...first.jwk, ...change }) as JWK),
    first.jwk,
  ];
  expect(await start().ask(first)).toBe("accepted");
});

test.each<[string, object]>([
  ["for signing too", { key_ops: ["sign", "verify"] }],
  ["for wrapping keys too", { key_ops: ["verify", "wrapKey", "encrypt"] }],
  ["for a use twice", { key_ops: ["verify", "verify"] }],
  ["with empty members", { alg: "", use: null, key_ops: [], d: null }],
])("a key that is published %s verifies", async (_, change) => {
  issuer.keys = [published(first, change as Partial<JWK>)];
  expect(await start().ask(first)).toBe("accepted");
});

test("a key that is published after a byte order mark verifies", async () => {
  issuer.instead.set("/jwks", (_, res) => res.end(`\ufeff${JSON.stringify({ keys: [first.jwk] })}`));
  expect(await start().ask(first)).toBe("accepted");
});

test("a token that is correctly signed but refused for its claims costs no fetch", async () => {
  const { ask, causes } = start();
  await ask(first);
  expect(await ask(first, { at: afterCoolDown, exp: now / second })).toBe("unauthenticated");
  expect(causes).toEqual(['issuers.ci: "exp" has passed']);
  expect(fetches()).toBe(1);
});

test("a token that is out of date is refused even if its key is not known, because its caller needs another", async () => {
  const { ask, causes } = start();
  await ask(first);
  expect(await ask(next, { at: inCoolDown, exp: inCoolDown / second - 30 })).toBe("unauthenticated");
  expect(await ask(next, { at: afterCoolDown, exp: afterCoolDown / second - 30 })).toBe("unauthenticated");
  expect(new Set(causes)).toEqual(new Set(['issuers.ci: "exp" has passed']));
  expect(fetches()).toBe(1);
});

test("no answer tells whether a token's claims are accepted, beside its times, before its key is known", async () => {
  const { ask } = startInstance(trustedIssuer(issuer.address, { audience: ["other"] }));
  await ask(first);
  expect(await ask(next, { at: inCoolDown })).toBe("unavailable, 40 s");
});

test("a key that is too short verifies nothing", async () => {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 1_024 });
  const jwk = { ...publicKey.export({ format: "jwk" }), kid: "short" } as JWK;
  issuer.keys = [jwk];
  const { ask, causes } = start();
  expect(await ask({ algorithm: "RS256", publicKey, privateKey, jwk })).toBe("unauthenticated");
  expect(causes).toEqual([expect.stringContaining('by key "short": ')]);
});
