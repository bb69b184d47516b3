import dns from "node:dns";
import type { RequestListener } from "node:http";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createAudit } from "../../shared/aws/audit.ts";
import { createMeter } from "../../shared/aws/meter.ts";
import { VendError } from "../../shared/core/errors.ts";
import { createIssuerKeys } from "../../shared/identity/jwks.ts";
import { createOidcVerifier } from "../../shared/identity/oidc.ts";
import { refusalPart } from "../../shared/vending/trail.ts";
import { resolveTo } from "../net/resolve-to.ts";
import { believing, selfSigned } from "../net/self-signed.ts";
import { hour, now, second, startInstance } from "./instance.ts";
import { discoveryPath, startIssuer, type TestIssuer, trustedIssuer } from "./local-issuer.ts";
import { signingKey, signToken } from "./sign-token.ts";

const key = signingKey("ES256", "ours");

let issuer: TestIssuer;
beforeEach(async () => {
  issuer = await startIssuer([key.jwk]);
});
afterEach(() => {
  vi.restoreAllMocks();
  return issuer.stop();
});

/** An answer of this size that is otherwise in order. */
function ofSize(bytes: number, content: () => object): RequestListener {
  return (_, response) => {
    const whole = JSON.stringify({ ...content(), padding: "" });
    response.end(whole.replace('"padding":""', `"padding":"${"x".repeat(bytes - whole.length)}"`));
  };
}
const jwks = () => ({ keys: issuer.keys });
const discovery = () => ({ issuer: issuer.address, jwks_uri: `${issuer.address}/jwks` });
const discoveryWith =
  (change: object): RequestListener =>
  (_, response) =>
    response.end(JSON.stringify({ ...discovery(), ...change }));

test("a set of keys may have 512 KiB, and a discovery document 64 KiB", async () => {
  issuer.instead.set("/jwks", ofSize(524_288, jwks)).set(discoveryPath, ofSize(65_536, discovery));
  expect(await startInstance(trustedIssuer(issuer.address)).ask(key)).toBe("accepted");
});

test("a set with chains of certificates is stored without them, so that it is small", async () => {
  const put = vi.fn(async () => {});
  issuer.keys = Array.from({ length: 30 }, (_, n) => ({ ...key.jwk, kid: `${n}`, x5c: ["M".repeat(3_000)] }));
  await startInstance(trustedIssuer(issuer.address), { store: { get: async () => undefined, put } }).ask(key);
  expect(JSON.stringify(put.mock.calls).length).toBeLessThan(10_000);
});

test.each<[string, string, (at: string) => string, [string, RequestListener]]>([
  [
    "a discovery that redirects",
    "discovery",
    (at) => `${at}${discoveryPath} answered 302`,
    [discoveryPath, (_, response) => response.writeHead(302, { location: "/" }).end()],
  ],
  [
    "a discovery that is too large",
    "discovery",
    (at) => `${at}: too_large`,
    [discoveryPath, ofSize(65_537, discovery)],
  ],
  [
    "the discovery of another issuer",
    "discovery",
    (at) => `${at}${discoveryPath} is the discovery of another issuer`,
    [discoveryPath, discoveryWith({ issuer: "https://other.example" })],
  ],
  [
    "a discovery without the address of the keys",
    "discovery",
    (at) => `${at}${discoveryPath} names no jwks_uri`,
    [discoveryPath, discoveryWith({ jwks_uri: null })],
  ],
  [
    "a discovery that is not JSON",
    "parse",
    (at) => `${at}${discoveryPath} is not JSON`,
    [discoveryPath, (_, response) => response.end("<html>s3cr3t</html>")],
  ],
  [
    "keys at a cloud's own address",
    "keys",
    () => "https://169.254.169.254: network (FORBIDDEN_ADDRESS)",
    [discoveryPath, discoveryWith({ jwks_uri: "https://169.254.169.254/latest" })],
  ],
  [
    "keys that are not there",
    "keys",
    (at) => `${at}/jwks answered 404`,
    ["/jwks", (_, r) => r.writeHead(404).end()],
  ],
  ["keys that are too many", "keys", (at) => `${at}: too_large`, ["/jwks", ofSize(524_289, jwks)]],
  [
    "a connection that is cut",
    "keys",
    (at) => `${at}: network (ECONNRESET)`,
    ["/jwks", (request) => request.destroy()],
  ],
  ["keys that are no set", "parse", (at) => `${at}/jwks is not a JWKS`, ["/jwks", (_, r) => r.end("[]")]],
])("the record names issuer, step and cause: %s", async (_, step, causeAt, instead) => {
  issuer.instead.set(...instead);
  const { ask, troubles, causes } = startInstance(trustedIssuer(issuer.address));
  const cause = causeAt(issuer.address);
  expect(await ask(key)).toBe("unavailable, 5 s");
  expect(troubles).toEqual([{ issuer: "ci", step, cause }]);
  expect(causes).toEqual([`issuers.ci: no keys; ${step}: ${cause}`]);
});

test("the record has the code of a failed connection, whether its name, port or certificate was at fault", async () => {
  const tls = selfSigned();
  const remote = await startIssuer([key.jwk], tls);
  const untrusted = startInstance(trustedIssuer(remote.address));
  await untrusted.ask(key);
  expect(untrusted.troubles).toMatchObject([
    { step: "discovery", cause: `${remote.address}: network (DEPTH_ZERO_SELF_SIGNED_CERT)` },
  ]);
  await remote.stop();
  const refused = startInstance(trustedIssuer(remote.address));
  await refused.ask(key);
  expect(refused.troubles).toMatchObject([{ cause: `${remote.address}: network (ECONNREFUSED)` }]);

  const unknown = startInstance(trustedIssuer("https://issuer.example"));
  vi.spyOn(dns, "lookup").mockImplementation(((_: string, __: object, callback: (error: Error) => void) =>
    callback(Object.assign(new Error(), { code: "ENOTFOUND" }))) as unknown as typeof dns.lookup);
  await unknown.ask(key);
  expect(unknown.troubles).toMatchObject([{ cause: "https://issuer.example: network (ENOTFOUND)" }]);
});

test("the record of a token that an outage leaves unjudged says both what is missing and why", async () => {
  const { ask, causes } = startInstance(trustedIssuer(issuer.address));
  await ask(key);
  issuer.instead.set(discoveryPath, (_, response) => response.writeHead(502).end());
  expect(await ask(signingKey("ES256", "next"), { at: now + 60 * second })).toBe("unavailable, 60 s");
  expect(causes).toEqual([
    `issuers.ci: none of the 1 keys fits kid "next" and alg "ES256"; discovery: ${issuer.address}${discoveryPath} answered 502`,
  ]);
  issuer.instead.clear();
  await ask(key, { at: now + hour });
  expect(await ask(signingKey("ES256", "next"), { at: now + hour + second })).toBe("unavailable, 59 s");
  expect(causes.at(-1)).not.toContain("502");
});

test("a failure of the store is reported, and the caller does not notice it", async () => {
  const broken = async () => {
    throw new Error("the table is away");
  };
  const { ask, troubles } = startInstance(trustedIssuer(issuer.address), {
    store: { get: broken, put: broken },
  });
  expect(await ask(key)).toBe("accepted");
  const trouble = { issuer: "ci", step: "store", cause: "the table is away" };
  expect(troubles).toEqual([trouble, trouble]);
});

test("an issuer on another machine cannot direct us to this one by a name; an issuer on this machine may", async () => {
  const tls = selfSigned("issuer.example");
  const remote = await startIssuer([key.jwk], tls);
  const { port } = new URL(remote.address);
  // An address in the configuration is trusted, wherever it leads.
  const elsewhere = `https://issuer.example:${port}`;
  const keysAt = (issuer: string, jwks_uri: string) =>
    remote.instead.set(discoveryPath, (_, response) => response.end(JSON.stringify({ issuer, jwks_uri })));
  resolveTo("127.0.0.1");
  await believing(tls.cert, async () => {
    keysAt(elsewhere, `https://issuer.example:${port}/jwks`);
    const { ask, troubles } = startInstance(trustedIssuer(elsewhere));
    expect(await ask(key)).toBe("unavailable, 5 s");
    expect(troubles).toMatchObject([{ step: "keys", cause: `${elsewhere}: network (FORBIDDEN_ADDRESS)` }]);
    expect(remote.requestedPaths).toEqual([discoveryPath]);

    const configured = trustedIssuer(elsewhere, { jwksUri: `https://issuer.example:${port}/jwks` });
    expect(await startInstance(configured).ask(key)).toBe("accepted");

    keysAt(remote.address, `https://issuer.example:${port}/jwks`);
    expect(await startInstance(trustedIssuer(remote.address)).ask(key)).toBe("accepted");
  });
  await remote.stop();
});

test("a refusal's line in the log has the reason, and the answer to its caller has not", async () => {
  issuer.instead.set(discoveryPath, (_, response) => response.writeHead(302).end());
  const verifier = createOidcVerifier({
    issuers: new Map([["ci", trustedIssuer(issuer.address)]]),
    keys: createIssuerKeys({ timeoutMs: 60_000 }),
  });
  const token = signToken(key, { iss: issuer.address, exp: now / second + 300 });
  const error = await verifier.verify(token, now).catch((thrown: unknown) => thrown);
  if (!(error instanceof VendError)) throw new Error("It was not refused.");
  expect(error).toMatchObject({ code: "unavailable", retryAfterSeconds: 5 });
  expect(error.message).toBe("The issuer of the identity token cannot be asked for its keys.");

  const lines: string[] = [];
  const clock = { now: () => now };
  createAudit(
    createMeter("keyvend-prod", clock.now, (line) => lines.push(line)),
    clock,
  ).record({ requestId: "request-1", decision: "refused", ...refusalPart(error) });
  expect(JSON.parse(lines.join("")).audit.reason).toBe(
    `${error.message} (issuers.ci: no keys; discovery: ${issuer.address}${discoveryPath} answered 302)`,
  );
});
