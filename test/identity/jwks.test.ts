import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { IssuerKeysOptions } from "../../shared/identity/jwks.ts";
import { isOpen } from "../is-open.ts";
import { believing, selfSigned } from "../net/self-signed.ts";
import { hour as HOUR, now as NOW, second as SECOND, startInstance } from "./instance.ts";
import { DISCOVERY, type LocalIssuer, startIssuer, trusted } from "./local-issuer.ts";
import { memoryStore } from "./memory-store.ts";
import { signingKey } from "./sign-token.ts";

const [first, second] = [signingKey("ES256", "first"), signingKey("ES256", "second")];

let issuer: LocalIssuer;
let troubles: string[];
beforeEach(async () => {
  issuer = await startIssuer([first.jwk]);
  troubles = [];
});
afterEach(() => {
  vi.useRealTimers();
  return issuer.stop();
});

/** How an instance answers at a time, to a token of this key. */
function instance(options: IssuerKeysOptions = {}, configured = [trusted(issuer.address)]) {
  const onTrouble: IssuerKeysOptions["onTrouble"] = ({ step, cause, ...by }) =>
    troubles.push(`${by.issuer}, ${step}: ${cause}`);
  const { ask } = startInstance(configured, { onTrouble, ...options });
  return (at = NOW, key = first, iss = issuer.address) => ask(key, { at, iss });
}

function drip(res: ServerResponse): void {
  const drops = setInterval(() => res.write(" "), 20);
  res.on("close", () => clearInterval(drops));
}

const fetches = () => issuer.asked.filter((path) => path === "/jwks").length;

test("keys are found by discovery, fetched once for many callers, and kept in memory", async () => {
  const ask = instance();
  expect(await Promise.all([ask(), ask(), ask()])).toEqual(["accepted", "accepted", "accepted"]);
  expect(await ask(NOW + HOUR - SECOND)).toBe("accepted");
  expect(issuer.asked).toEqual([DISCOVERY, "/jwks"]);
});

test("an issuer whose name ends in a slash has its discovery where the specification says", async () => {
  const iss = `${issuer.address}/`;
  const discovery = { issuer: iss, jwks_uri: `${issuer.address}/jwks` };
  issuer.instead.set(DISCOVERY, (_, res) => res.end(JSON.stringify(discovery)));
  expect(await instance({}, [trusted(iss)])(NOW, first, iss)).toBe("accepted");
});

test("discovery and keys share one time limit", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  issuer.instead.set(DISCOVERY, (_, res) => {
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
  const ask = instance({}, [trusted(issuer.address, { jwksUri: `${issuer.address}/jwks` })]);
  expect(await ask()).toBe("accepted");
  expect(issuer.asked).toEqual(["/jwks"]);
});

test("an issuer's new key is found by one more fetch", async () => {
  const ask = instance();
  await ask();
  issuer.keys = [first.jwk, second.jwk];
  expect(await ask(NOW + 60 * SECOND, second)).toBe("accepted");
  expect(await ask(NOW + 61 * SECOND, first)).toBe("accepted");
  expect(fetches()).toBe(2);
});

test("a key that its issuer has withdrawn is refused once the known set is too old", async () => {
  const ask = instance();
  await ask();
  issuer.keys = [second.jwk];
  expect(await ask(NOW + HOUR - SECOND)).toBe("accepted");
  expect(await ask(NOW + HOUR)).toBe("unauthenticated");
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
    const outcomes = await Promise.all(strangers.map((key) => ask(NOW + at * SECOND, key)));
    expect(new Set(outcomes)).toEqual(new Set([answer]));
    expect(await ask(NOW + at * SECOND)).toBe("accepted");
    expect(fetches()).toBe(2);
  }
  await ask(NOW + 120 * SECOND, second);
  expect(fetches()).toBe(3);
});

test("an issuer that is down: known keys work for a day, unknown ones are not judged, and it is not besieged", async () => {
  const ask = instance();
  await ask();
  issuer.instead.set(DISCOVERY, (_, res) => res.writeHead(500).end());
  expect(await ask(NOW + HOUR)).toBe("accepted");
  expect(await ask(NOW + HOUR + SECOND, second)).toBe("unavailable, 59 s");
  expect(issuer.asked).toEqual([DISCOVERY, "/jwks", DISCOVERY]);
  expect(await ask(NOW + 24 * HOUR - SECOND)).toBe("accepted");
  expect(await ask(NOW + 24 * HOUR)).toBe("unavailable, 4 s");
  expect(troubles[0]).toBe(`ci, discovery: ${issuer.address}${DISCOVERY} answered 500`);
});

test("an issuer that was never reached: come back soon, not unauthenticated; then it heals", async () => {
  const ask = instance();
  issuer.instead.set(DISCOVERY, (req) => req.destroy());
  expect(await Promise.all([ask(), ask()])).toEqual(["unavailable, 5 s", "unavailable, 5 s"]);
  expect(await ask(NOW + SECOND)).toBe("unavailable, 4 s");
  expect(issuer.asked).toEqual([DISCOVERY]);
  issuer.instead.clear();
  expect(await ask(NOW + 5 * SECOND)).toBe("accepted");
});

test("an issuer that is down breaks no other", async () => {
  const other = await startIssuer([second.jwk]);
  const ask = instance({}, [trusted(issuer.address), trusted(other.address, { name: "other" })]);
  await other.stop();
  expect(await Promise.all([ask(), ask(NOW, second, other.address)])).toEqual([
    "accepted",
    "unavailable, 5 s",
  ]);
});

test("a cold start takes the stored keys and fetches nothing; a new key is fetched once for all instances", async () => {
  const store = memoryStore();
  await instance({ store })();
  expect(await instance({ store })(NOW + HOUR - SECOND)).toBe("accepted");
  expect(fetches()).toBe(1);

  issuer.keys = [first.jwk, second.jwk];
  const others = [instance({ store }), instance({ store })] as const;
  for (const ask of others) await ask(NOW + 2 * SECOND);
  for (const ask of others) expect(await ask(NOW + 60 * SECOND, second)).toBe("accepted");
  expect(fetches()).toBe(2);
});

test("stored keys age too: fetched again when old, good enough while their issuer is down, and not for ever", async () => {
  const store = memoryStore();
  await instance({ store })();
  expect(await instance({ store })(NOW + HOUR)).toBe("accepted");
  expect(fetches()).toBe(2);
  issuer.instead.set("/jwks", (_, res) => res.writeHead(503).end());
  expect(await instance({ store })(NOW + 3 * HOUR)).toBe("accepted");
  expect(await instance({ store })(NOW + 25 * HOUR)).toBe("unavailable, 5 s");
});

test("what another instance has just asked an issuer is not asked again", async () => {
  const store = memoryStore();
  await instance({ store })();
  let reads = 0;
  const ask = instance({
    store: { ...store, get: (source) => store.get(source).finally(() => (reads += 1)) },
  });
  for (const at of [10, 11, 59])
    expect(await ask(NOW + at * SECOND, second)).toBe(`unavailable, ${60 - at} s`);
  expect([fetches(), reads]).toEqual([1, 1]);
});

test("stored keys that are older than the known ones are not taken for news", async () => {
  const old = { keys: [first.jwk], fetchedAt: NOW - 2 * HOUR };
  const ask = instance({ store: { get: async () => old, put: async () => {} } });
  issuer.keys = [second.jwk];
  expect(await ask(NOW, second)).toBe("accepted");
  issuer.instead.set("/jwks", (_, res) => res.writeHead(503).end());
  expect(await ask(NOW + HOUR, second)).toBe("accepted");
});

test("an instance whose clock is ahead does not keep keys young for ever", async () => {
  const store = memoryStore();
  await instance({ store })(NOW + 9 * HOUR);
  expect(await instance({ store })()).toBe("accepted");
  expect([...store.entries.values()]).toMatchObject([{ fetchedAt: NOW }]);
});

test("stored keys of another address are not taken: a changed configuration holds at once", async () => {
  const store = memoryStore();
  await instance({ store })();
  const elsewhere = trusted(issuer.address, { jwksUri: `${issuer.address}/elsewhere` });
  expect(await instance({ store }, [elsewhere])()).toBe("unavailable, 5 s");
});

test("keeping that fails, either way, costs a fetch and nothing else", async () => {
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
  expect(await ask(NOW, spilt)).toBe("unauthenticated");
  expect([...store.entries.values()][0]?.keys.map((key) => key.kid)).not.toContain("secret");
});

test.each<[string, Parameters<LocalIssuer["instead"]["set"]>, string]>([
  [
    "of another issuer",
    [DISCOVERY, (_, res) => res.end('{"issuer":"https://evil.example","jwks_uri":"https://evil.example/"}')],
    "another issuer",
  ],
  [
    "that redirects",
    [DISCOVERY, (_, res) => res.writeHead(302, { location: "/jwks" }).end()],
    "answered 302",
  ],
  ["that is null", [DISCOVERY, (_, res) => res.end("null")], "another issuer"],
  ["that is no JSON", [DISCOVERY, (_, res) => res.end("<html>")], "is not JSON"],
  ["whose keys redirect", ["/jwks", (_, res) => res.writeHead(307, { location: "/" }).end()], "answered 307"],
  [
    "whose keys are 1 MB",
    ["/jwks", (_, res) => res.end(`{"keys":[],"x":"${"x".repeat(1e6)}"}`)],
    "too_large",
  ],
  ["whose keys are no list", ["/jwks", (_, res) => res.end('{"keys":{}}')], "is not a JWKS"],
  ["whose keys do not come", ["/jwks", () => {}], "timeout"],
  ["whose keys drip", ["/jwks", (_, res) => drip(res)], "timeout"],
])("a discovery %s is no discovery", async (_, instead, trouble) => {
  issuer.instead.set(...instead);
  expect(await instance(trouble === "timeout" ? { timeoutMs: 200 } : {})()).toBe("unavailable, 5 s");
  expect(troubles.join()).toContain(trouble);
});

test.each([
  ["no address at all", "keys"],
  ["plain http to elsewhere", "http://keys.example/jwks"],
  ["plain http to a cloud's own", "http://169.254.169.254/latest/meta-data"],
  ["a file", "file:///etc/passwd"],
])("a jwks_uri that is %s is not asked", async (_, uri) => {
  issuer.instead.set(DISCOVERY, (_req, res) =>
    res.end(JSON.stringify({ issuer: issuer.address, jwks_uri: uri })),
  );
  expect(await instance()()).toBe("unavailable, 5 s");
  expect(troubles.join()).toMatch(/names no jwks_uri|insecure|not https|FORBIDDEN_ADDRESS/);
});

test("an issuer on https is asked over https only, and cannot send us into our own machine", async () => {
  const tls = selfSigned();
  const remote = await startIssuer([first.jwk], tls);
  const ask = () => instance({}, [trusted(remote.address)])(NOW, first, remote.address);
  expect(await ask()).toBe("unavailable, 5 s");
  await believing(tls.cert, async () => {
    expect(await ask()).toBe("accepted");
    const inward = { issuer: remote.address, jwks_uri: `${issuer.address}/jwks` };
    remote.instead.set(DISCOVERY, (_, res) => res.end(JSON.stringify(inward)));
    expect(await ask()).toBe("unavailable, 5 s");
  });
  expect(issuer.asked).toEqual([]);
  await remote.stop();
});

test("an issuer elsewhere is not asked over plain http", async () => {
  const plain = "http://issuer.example";
  expect(await instance({}, [trusted(plain)])(NOW, first, plain)).toBe("unavailable, 5 s");
  expect(troubles).toEqual(["ci, discovery: http://issuer.example: insecure"]);
});
