import type { ServerResponse } from "node:http";
import type { JWK } from "jose";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { IssuerKeysOptions, JwksStore } from "../../shared/identity/jwks.ts";
import { isOpen } from "../is-open.ts";
import { believing, selfSigned } from "../net/self-signed.ts";
import { hour, now, second, startInstance } from "./instance.ts";
import { discoveryPath, startIssuer, type TestIssuer, trustedIssuer } from "./local-issuer.ts";
import { memoryStore } from "./memory-store.ts";
import { signingKey } from "./sign-token.ts";

const [first, next] = [signingKey("ES256", "first"), signingKey("ES256", "next")];

let issuer: TestIssuer;
let troubles: string[];
beforeEach(async () => {
  issuer = await startIssuer([first.jwk]);
  troubles = [];
});
afterEach(() => {
  vi.useRealTimers();
  return issuer.stop();
});

/** An instance's answer to a token that this key signed, at this time. */
function instance(options: IssuerKeysOptions = {}, configured = [trustedIssuer(issuer.address)]) {
  const onTrouble: IssuerKeysOptions["onTrouble"] = ({ step, cause, ...by }) =>
    troubles.push(`${by.issuer}, ${step}: ${cause}`);
  const { ask } = startInstance(configured, { onTrouble, ...options });
  return (at = now, key = first, iss = issuer.address) => ask(key, { at, iss });
}

function drip(res: ServerResponse): void {
  const drops = setInterval(() => res.write(" "), 20);
  res.on("close", () => clearInterval(drops));
}

const fetches = () => issuer.requestedPaths.filter((path) => path === "/jwks").length;

test("keys are found by discovery, fetched once for many callers, and kept in memory", async () => {
  const ask = instance();
  expect(await Promise.all([ask(), ask(), ask()])).toEqual(["accepted", "accepted", "accepted"]);
  expect(await ask(now + hour - second)).toBe("accepted");
  expect(issuer.requestedPaths).toEqual([discoveryPath, "/jwks"]);
});

test("an issuer whose name ends in a slash has its discovery at the path that the specification gives", async () => {
  const iss = `${issuer.address}/`;
  const discovery = { issuer: iss, jwks_uri: `${issuer.address}/jwks` };
  issuer.instead.set(discoveryPath, (_, res) => res.end(JSON.stringify(discovery)));
  expect(await instance({}, [trustedIssuer(iss)])(now, first, iss)).toBe("accepted");
});

test("discovery and keys share one time limit", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  issuer.instead.set(discoveryPath, (_, res) => {
    vi.advanceTimersByTime(1_500);
    res.end(JSON.stringify({ issuer: issuer.address, jwks_uri: `${issuer.address}/jwks` }));
  });
  const keysAsked = Promise.withResolvers<void>();
  issuer.instead.set("/jwks", () => keysAsked.resolve());
  const answering = instance({ timeoutMs: 2_000 })();
  await keysAsked.promise;
  vi.advanceTimersByTime(499);
  expect(await isOpen(answering)).toBe(true);
  vi.advanceTimersByTime(1);
  expect(await answering).toBe("unavailable, 5 s");
});

test("a configured address needs no discovery", async () => {
  const ask = instance({}, [trustedIssuer(issuer.address, { jwksUri: `${issuer.address}/jwks` })]);
  expect(await ask()).toBe("accepted");
  expect(issuer.requestedPaths).toEqual(["/jwks"]);
});

test("an issuer's new key is found by one more fetch", async () => {
  const ask = instance();
  await ask();
  issuer.keys = [first.jwk, next.jwk];
  expect(await ask(now + 60 * second, next)).toBe("accepted");
  expect(await ask(now + 61 * second, first)).toBe("accepted");
  expect(fetches()).toBe(2);
});

test("a key that its issuer has withdrawn is refused once the known set is too old", async () => {
  const ask = instance();
  await ask();
  issuer.keys = [next.jwk];
  expect(await ask(now + hour - second)).toBe("accepted");
  expect(await ask(now + hour)).toBe("unauthenticated");
});

test("a storm of unknown kids costs one fetch per cool-down, and the known keys keep working in it", async () => {
  const ask = instance();
  await ask();
  for (const [at, answer] of [
    [60, "unauthenticated"],
    [61, "unavailable, 59 s"],
    [90, "unavailable, 30 s"],
    [119, "unavailable, 1 s"],
  ] as const) {
    const strangers = Array.from({ length: 5 }, (_, n) => signingKey("ES256", `stranger-${n}`));
    const outcomes = await Promise.all(strangers.map((key) => ask(now + at * second, key)));
    expect(new Set(outcomes)).toEqual(new Set([answer]));
    expect(await ask(now + at * second)).toBe("accepted");
    expect(fetches()).toBe(2);
  }
  await ask(now + 120 * second, next);
  expect(fetches()).toBe(3);
});

test("while an issuer is down, known keys work for a day, unknown ones are not judged, and requests to it are few", async () => {
  const ask = instance();
  await ask();
  issuer.instead.set(discoveryPath, (_, res) => res.writeHead(500).end());
  expect(await ask(now + hour)).toBe("accepted");
  expect(await ask(now + hour + second, next)).toBe("unavailable, 59 s");
  expect(issuer.requestedPaths).toEqual([discoveryPath, "/jwks", discoveryPath]);
  expect(await ask(now + 24 * hour - second)).toBe("accepted");
  expect(await ask(now + 24 * hour)).toBe("unavailable, 4 s");
  expect(troubles[0]).toBe(`ci, discovery: ${issuer.address}${discoveryPath} answered 500`);
});

test("before an issuer was ever reached, its callers are told to come back soon; once it answers, they are accepted", async () => {
  const ask = instance();
  issuer.instead.set(discoveryPath, (req) => req.destroy());
  expect(await Promise.all([ask(), ask()])).toEqual(["unavailable, 5 s", "unavailable, 5 s"]);
  expect(await ask(now + second)).toBe("unavailable, 4 s");
  expect(issuer.requestedPaths).toEqual([discoveryPath]);
  issuer.instead.clear();
  expect(await ask(now + 5 * second)).toBe("accepted");
});

test("an issuer that is down breaks no other", async () => {
  const other = await startIssuer([next.jwk]);
  const ask = instance({}, [trustedIssuer(issuer.address), trustedIssuer(other.address, { name: "other" })]);
  await other.stop();
  expect(await Promise.all([ask(), ask(now, next, other.address)])).toEqual(["accepted", "unavailable, 5 s"]);
});

test("a cold start takes the stored keys and fetches nothing; a new key is fetched once for all instances", async () => {
  const store = memoryStore();
  await instance({ store })();
  expect(await instance({ store })(now + hour - second)).toBe("accepted");
  expect(fetches()).toBe(1);

  issuer.keys = [first.jwk, next.jwk];
  const others = [instance({ store }), instance({ store })] as const;
  for (const ask of others) await ask(now + 2 * second);
  for (const ask of others) expect(await ask(now + 60 * second, next)).toBe("accepted");
  expect(fetches()).toBe(2);
});

test("stored keys age too: old ones are fetched again, and serve while their issuer is down, but not for ever", async () => {
  const store = memoryStore();
  await instance({ store })();
  expect(await instance({ store })(now + hour)).toBe("accepted");
  expect(fetches()).toBe(2);
  issuer.instead.set("/jwks", (_, res) => res.writeHead(503).end());
  expect(await instance({ store })(now + 3 * hour)).toBe("accepted");
  expect(await instance({ store })(now + 25 * hour)).toBe("unavailable, 5 s");
});

test("an issuer that another instance has just asked is not asked again", async () => {
  const store = memoryStore();
  await instance({ store })();
  let reads = 0;
  const ask = instance({
    store: { ...store, get: (source) => store.get(source).finally(() => (reads += 1)) },
  });
  for (const at of [10, 11, 59]) expect(await ask(now + at * second, next)).toBe(`unavailable, ${60 - at} s`);
  expect([fetches(), reads]).toEqual([1, 1]);
});

test("stored keys that are older than the known ones do not replace them", async () => {
  const old = { keys: [first.jwk], fetchedAt: now - 2 * hour };
  const ask = instance({ store: { get: async () => old, put: async () => {} } });
  issuer.keys = [next.jwk];
  expect(await ask(now, next)).toBe("accepted");
  issuer.instead.set("/jwks", (_, res) => res.writeHead(503).end());
  expect(await ask(now + hour, next)).toBe("accepted");
});

test("an instance whose clock is ahead does not keep keys young for ever", async () => {
  const store = memoryStore();
  await instance({ store })(now + 9 * hour);
  expect(await instance({ store })()).toBe("accepted");
  expect([...store.entries.values()]).toMatchObject([{ fetchedAt: now }]);
});

test("stored keys of another address are not used, so a changed configuration holds at once", async () => {
  const store = memoryStore();
  await instance({ store })();
  const elsewhere = trustedIssuer(issuer.address, { jwksUri: `${issuer.address}/elsewhere` });
  expect(await instance({ store }, [elsewhere])()).toBe("unavailable, 5 s");
});

test("a store that fails, in reading or in writing, costs a fetch and nothing else", async () => {
  const broken = async () => {
    throw new Error("the table is away");
  };
  expect(await instance({ store: { get: broken, put: broken } })()).toBe("accepted");
  expect(troubles).toEqual(["ci, store: the table is away", "ci, store: the table is away"]);
});

test("symmetric and private keys of a public set are never used", async () => {
  const secret = { kty: "oct", kid: "secret", k: "c2VjcmV0", alg: "HS256" };
  const store = memoryStore();
  const spilt = signingKey("ES256", "spilt");
  issuer.keys = [
    first.jwk,
    secret,
    { ...spilt.privateKey.export({ format: "jwk" }), kid: "spilt", kty: "EC" },
  ];
  const ask = instance({ store });
  expect(await ask()).toBe("accepted");
  expect(await ask(now, spilt)).toBe("unauthenticated");
  expect([...store.entries.values()][0]?.keys.map((key) => key.kid)).not.toContain("secret");
});

test.each<[string, Parameters<TestIssuer["instead"]["set"]>, string]>([
  [
    "of another issuer",
    [
      discoveryPath,
      (_, res) => res.end('{"issuer":"https://evil.example","jwks_uri":"https://evil.example/"}'),
    ],
    "another issuer",
  ],
  [
    "that redirects",
    [discoveryPath, (_, res) => res.writeHead(302, { location: "/jwks" }).end()],
    "answered 302",
  ],
  ["that is null", [discoveryPath, (_, res) => res.end("null")], "another issuer"],
  ["that is no JSON", [discoveryPath, (_, res) => res.end("<html>")], "is not JSON"],
  ["whose keys redirect", ["/jwks", (_, res) => res.writeHead(307, { location: "/" }).end()], "answered 307"],
  [
    "whose keys are 1 MB",
    ["/jwks", (_, res) => res.end(`{"keys":[],"x":"${"x".repeat(1e6)}"}`)],
    "too_large",
  ],
  ["whose keys are no list", ["/jwks", (_, res) => res.end('{"keys":{}}')], "is not a JWKS"],
  ["whose keys do not come", ["/jwks", () => {}], "timeout"],
  ["whose keys drip", ["/jwks", (_, res) => drip(res)], "timeout"],
])("a discovery %s gives no keys", async (_, instead, trouble) => {
  issuer.instead.set(...instead);
  expect(await instance(trouble === "timeout" ? { timeoutMs: 200 } : {})()).toBe("unavailable, 5 s");
  expect(troubles.join()).toContain(trouble);
});

test.each([
  ["no address at all", "keys"],
  ["plain http to another machine", "http://keys.example/jwks"],
  ["plain http to a cloud's own address", "http://169.254.169.254/latest/meta-data"],
  ["a file", "file:///etc/passwd"],
  ["with a user", "http://user:secret@127.0.0.1/jwks"],
  ["longer than an address needs to be", `http://127.0.0.1/${"a".repeat(2_048)}`],
])("a jwks_uri that is %s is not asked", async (_, uri) => {
  issuer.instead.set(discoveryPath, (_req, res) =>
    res.end(JSON.stringify({ issuer: issuer.address, jwks_uri: uri })),
  );
  expect(await instance()()).toBe("unavailable, 5 s");
  expect(troubles.join()).toMatch(/names no jwks_uri|insecure|not https|FORBIDDEN_ADDRESS|a user or more/);
  expect(troubles.join()).not.toMatch(/secret|aaa/);
});

test("an issuer on https is asked over https only, and cannot direct us to our own machine", async () => {
  const tls = selfSigned();
  const remote = await startIssuer([first.jwk], tls);
  const ask = () => instance({}, [trustedIssuer(remote.address)])(now, first, remote.address);
  expect(await ask()).toBe("unavailable, 5 s");
  await believing(tls.cert, async () => {
    expect(await ask()).toBe("accepted");
    const inward = { issuer: remote.address, jwks_uri: `${issuer.address}/jwks` };
    remote.instead.set(discoveryPath, (_, res) => res.end(JSON.stringify(inward)));
    expect(await ask()).toBe("unavailable, 5 s");
  });
  expect(issuer.requestedPaths).toEqual([]);
  await remote.stop();
});

test("an issuer on another machine is not asked over plain http", async () => {
  const plain = "http://issuer.example";
  expect(await instance({}, [trustedIssuer(plain)])(now, first, plain)).toBe("unavailable, 5 s");
  expect(troubles).toEqual(["ci, discovery: http://issuer.example: insecure"]);
});

describe("keys that are read from the store ahead of the first token", () => {
  test("spare it the read, and their issuer is not asked", async () => {
    const store = memoryStore();
    await startInstance(trustedIssuer(issuer.address), { store }).ask(first);
    issuer.requestedPaths.length = 0;
    let reads = 0;
    const counting: JwksStore = { ...store, get: (source) => store.get(source).finally(() => reads++) };
    const { ask, recall } = startInstance(trustedIssuer(issuer.address), { store: counting });
    await recall();
    expect(reads).toBe(1);
    expect(await ask(first)).toBe("accepted");
    expect(reads).toBe(1);
    expect(issuer.requestedPaths).toEqual([]);
  });

  test("are asked for with the first token where the store has none, or none that can be read", async () => {
    const broken: JwksStore = {
      ...memoryStore(),
      get: () => Promise.reject(new Error("The table is away.")),
    };
    for (const store of [memoryStore(), broken]) {
      issuer.requestedPaths.length = 0;
      const { ask, recall } = startInstance(trustedIssuer(issuer.address), { store });
      await recall();
      expect(issuer.requestedPaths).toEqual([]);
      expect(await ask(first)).toBe("accepted");
    }
  });

  test("may hold one that cannot be read: others serve", async () => {
    issuer.keys = [{ ...first.jwk, x: "AAAA", kid: "broken" } as JWK, first.jwk];
    const store = memoryStore();
    await startInstance(trustedIssuer(issuer.address), { store }).ask(first);
    const { ask, recall } = startInstance(trustedIssuer(issuer.address), { store });
    await recall();
    expect(await ask(first)).toBe("accepted");
  });
});
