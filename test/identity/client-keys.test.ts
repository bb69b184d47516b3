import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createMasterKeys, readMasterKeys } from "../../shared/aws/master-keys.ts";
import { VendError } from "../../shared/core/errors.ts";
import {
  clientKeyIdForm,
  clientSecret,
  createClientKeyVerifier,
  masterKeyOf,
} from "../../shared/identity/client-keys.ts";
import { StsRefusal } from "../../shared/identity/signed-request.ts";
import {
  clientKeys,
  masterKeys,
  masterSecret,
  now,
  polaris,
  polarisNext,
  refusalOf,
  retired,
  secretOf,
  signed,
  trino,
  verifier,
} from "./signed-by-client-key.ts";

describe("a request that is signed with a client key", () => {
  test("gives a principal of the entry's name and claims, marked as of a client key", async () => {
    expect(await verifier.verify(await signed(), now)).toEqual({
      issuer: "client-key",
      subject: "polaris",
      claims: { sub: "polaris", team: "lake" },
      kind: "client-key",
      tokenHash: createHash("sha256").update(polaris).digest("hex").slice(0, 32),
    });
  });

  test("is taken with each id of the entry, and each has a secret of its own", async () => {
    const next = await verifier.verify(await signed({ id: polarisNext }), now);
    expect(next).toMatchObject({ subject: "polaris" });
    expect(await secretOf(polarisNext)).not.toBe(await secretOf(polaris));
    expect(await refusalOf(await signed({ id: polarisNext, secret: await secretOf(polaris) }))).toMatch(
      /^SignatureDoesNotMatch: /,
    );
  });

  test("is taken where a gateway took the slash at the path's end away, or added one", async () => {
    for (const [path, arrives] of [
      ["/v1/sts/", "/v1/sts"],
      ["/v1/sts", "/v1/sts/"],
    ] as const)
      expect(await verifier.verify({ ...(await signed({ path })), path: arrives }, now)).toMatchObject({
        subject: "polaris",
      });
    expect(await refusalOf({ ...(await signed({ path: "/v1/sts" })), path: "/v1/sts//" })).toMatch(
      /^SignatureDoesNotMatch/,
    );
  });

  test("is taken for any region", async () => {
    for (const region of ["us-east-1", "cn-north-1", "aws-global"])
      expect(await verifier.verify(await signed({ region }), now)).toMatchObject({ subject: "polaris" });
  });

  test("cannot get another name by the entry's claims", async () => {
    const posing = clientKeys.map((entry) => ({ ...entry, claims: { sub: "admin" } }));
    const { verify } = createClientKeyVerifier({ clientKeys: posing, masterKeys });
    expect(await verify(await signed(), now)).toMatchObject({
      subject: "polaris",
      claims: { sub: "polaris" },
    });
  });

  test("is refused from the key's expiry on, and only its holder is told why", async () => {
    expect(await verifier.verify(await signed({ id: trino }), now - 1)).toMatchObject({ subject: "trino" });
    expect(await refusalOf(await signed({ id: trino }))).toBe(
      "InvalidClientTokenId: The client key has expired.",
    );
    expect(await refusalOf(await signed({ id: trino, secret: "a guess" }))).toMatch(
      /^SignatureDoesNotMatch: The request signature we calculated/,
    );
  });
});

describe("a client key is refused", () => {
  test("whose master key is not in the secret any more, and the operator's record says so", async () => {
    const request = await signed({ id: retired, secret: await secretOf(polaris) });
    expect(await refusalOf(request)).toMatch(/^InvalidClientTokenId: The access key id is not that/);
    await expect(verifier.verify(request, now)).rejects.toMatchObject({
      code: "unauthenticated",
      cause: "InvalidClientTokenId: the secret of the client keys holds no k9, of clientKeys.old",
    });
  });

  test("that is not in the configuration, though its secret is right, without a look at the master keys", async () => {
    const { verify } = createClientKeyVerifier({
      clientKeys: clientKeys.filter(({ name }) => name !== "polaris"),
      masterKeys: { keyOf: () => expect.unreachable("It has no need of the master keys.") },
    });
    await expect(verify(await signed(), now)).rejects.toBeInstanceOf(StsRefusal);
  });

  test.each([
    ["an AWS key", "AKIAIOSFODNN7EXAMPLE"],
    ["the id in lower case", polaris.toLowerCase()],
    ["a member of every object", "constructor"],
    ["the name of the entry", "polaris"],
    ["another version of its master key", polaris.replace("KV1", "KV2")],
    ["a version with a zero before it", polaris.replace("KV1", "KV01")],
    ["an id with one character more", `${polaris}A`],
  ])("that is no id of the configuration: %s", async (_, id) => {
    expect(await refusalOf(await signed({ id, secret: await secretOf(polaris) }))).toMatch(
      /^InvalidClientTokenId: The access key id is not that of a client key of this service\./,
    );
  });

  test.each([
    ["with a session token", polaris, "token"],
    ["by its id", "ASIAIOSFODNN7EXAMPLE", undefined],
    ["by both", "ASIAIOSFODNN7EXAMPLE", "token"],
  ])("that is one of a session, and its caller learns why: %s", async (_, id, sessionToken) => {
    const request = await signed({
      id,
      secret: await secretOf(polaris),
      ...(sessionToken !== undefined && { sessionToken }),
    });
    expect(await refusalOf(request)).toMatch(
      /^InvalidClientTokenId: This service cannot verify requests that are signed by a session, /,
    );
  });
});

describe("the secret of a client key", () => {
  test("needs no quotes anywhere, and begins so that scanners find it", async () => {
    for (const id of [polaris, polarisNext, trino]) expect(await secretOf(id)).toMatch(/^kvs_[\w-]{43}$/);
  });

  test("is the same at each derivation, and another one for each id and each master key", async () => {
    const other = readMasterKeys(async () => masterSecret.replace("first", "1st"), { now: () => 0 });
    const [here, there] = await Promise.all([masterKeys.keyOf("k1"), other.keyOf("k1")]);
    if (here === undefined || there === undefined) return expect.unreachable();
    const secrets = [clientSecret(polaris, here), clientSecret(trino, here), clientSecret(polaris, there)];
    expect(new Set(secrets).size).toBe(3);
    expect(secrets[0]).toBe(await secretOf(polaris));
    // By Python's hmac. Clients hold it: another derivation would lock all of them out.
    expect(secrets[0]).toBe("kvs_IHvPdz3e6sFUgmzLglqPEpYiu6RqTkn4h1LvbjTEXVc");
  });

  test("has nothing to do with what the same text would seal", async () => {
    const keys = await import("../../shared/aws/versioned-keys.ts");
    const read = async () => masterSecret;
    const clock = { now: () => 0 };
    const sealing = keys.createVersionedKeys({ secret: "s", purpose: "keyvend seal", read, clock });
    const key = await sealing.keyOf("k1");
    if (key === undefined) return expect.unreachable();
    expect(clientSecret(polaris, key)).not.toBe(await secretOf(polaris));
  });
});

test.each([
  ["KV1XPOLARISAAAAAAAAAAAAA", "k1"],
  ["KV9999XPOLARISAAAAAAAAAAAAA", "k9999"],
])("the id %s names its master key, and has no more than the 32 characters that clients take", (id, name) => {
  expect(id).toMatch(clientKeyIdForm);
  expect(id.length).toBeLessThanOrEqual(32);
  expect(masterKeyOf(id)).toBe(name);
});

describe("while the master keys cannot be read", () => {
  function reader() {
    const state = { secret: "", now: 0, reads: 0, absorbed: [] as unknown[] };
    const keys = createMasterKeys(
      async () => {
        state.reads++;
        if (state.secret === "") throw new Error("Secrets Manager is away");
        return state.secret;
      },
      { now: () => state.now },
      (part, fault) => void state.absorbed.push([part, String(fault)]),
    );
    return { state, verify: createClientKeyVerifier({ clientKeys, masterKeys: keys }).verify };
  }

  test("callers are told to come back, the fault is noted, and one read in a second is tried", async () => {
    const { state, verify } = reader();
    const request = await signed();
    for (const _ of [1, 2]) {
      const error = await verify(request, now).catch((fault: unknown) => fault);
      expect(error).toBeInstanceOf(VendError);
      expect(error).toMatchObject({ code: "unavailable", retryAfterSeconds: 1 });
      expect((error as Error).message).toBe("The client keys cannot be verified now.");
    }
    expect(state.reads).toBe(1);
    const noted = ["client-keys", "Error: Secrets Manager is away"];
    expect(state.absorbed).toEqual([noted, noted]);

    state.secret = masterSecret;
    state.now = 1_000;
    expect(await verify(request, now)).toMatchObject({ subject: "polaris" });
  });

  test("the known ones serve on", async () => {
    const { state, verify } = reader();
    state.secret = masterSecret;
    await verify(await signed(), now);
    state.secret = "";
    state.now = 3_600_000;
    expect(await verify(await signed({ id: polarisNext }), now)).toMatchObject({ subject: "polaris" });
    expect(state).toMatchObject({ reads: 1, absorbed: [] });
  });

  test("a secret of another form is a fault that does not show it", async () => {
    const { state, verify } = reader();
    state.secret = JSON.stringify({ current: "k1", k1: "short" });
    await expect(verify(await signed(), now)).rejects.toMatchObject({ code: "unavailable" });
    expect(state.absorbed).toEqual([
      [
        "client-keys",
        "Error: The secret of the client keys needs texts of at least 32 characters under plain key ids.",
      ],
    ]);
  });
});
