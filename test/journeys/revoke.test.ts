/** `npm run revoke` from end to end: the command, the function, several instances of vend, and the emulation's IAM and S3. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { localClientKey } from "../../infra/local/local-client-key.ts";
import { lambdaContext } from "../functions/context.ts";
import { httpEvent } from "../functions/http-event.ts";
import { roleForm, signedPost } from "../functions/sts/signed-post.ts";
import { post } from "../functions/sts/sts-client.ts";
import { opens, type Revoking, startRevoking } from "../infra/revoke/revoking.ts";

let service: Revoking;
beforeEach(async () => {
  service = await startRevoking();
});
afterEach(() => service?.close());

const refused = { status: 403, code: "revoked" };

describe("a principal", () => {
  test("that is revoked gets nothing after five seconds, on no instance, and its sessions end; nobody else's do", async () => {
    const { instance, token, revoke, advance } = service;
    const [alice, bob] = [await token("alice"), await token("bob")];
    const instances = [await instance(), await instance(), await instance()];
    const [first] = instances as [Awaited<ReturnType<typeof instance>>];
    const [ofAlice, ofBob] = [await first("tenants", alice), await first("tenants", bob)];
    for (const vend of instances) expect((await vend("tenants", bob)).AccessKeyId).toBe(ofBob.AccessKeyId);
    expect([await opens(ofAlice), await opens(ofBob)]).toEqual([true, true]);

    const report = await revoke(["--principal", "bob", "--issuer", "local", "--note", "lost laptop"]);
    expect(report.failures).toEqual([]);
    advance(5_000);
    for (const vend of instances) {
      expect(await vend("tenants", bob)).toMatchObject({
        ...refused,
        message: "This principal was revoked by an operator.",
      });
      for (const storage of ["lake", "federated", "own-role", "web-identity", "archive", "own-keys"])
        expect(await vend(storage, bob), storage).toMatchObject(refused);
      expect((await vend("tenants", alice)).AccessKeyId).toBe(ofAlice.AccessKeyId);
    }
    expect(service.trail.findLast(({ principal }) => principal === "bob")).toMatchObject({
      decision: "refused",
      code: "revoked",
      reason: expect.stringContaining("lost laptop"),
    });
    expect([await opens(ofAlice), await opens(ofBob)]).toEqual([true, false]);
    // Keyvend's own key still issues, on the role that has the Deny and for the user itself.
    advance(7_000);
    expect(await opens(await first("tenants", alice, "permission=READ"))).toBe(true);
    expect(await opens(await first("tenants", await token("carol")))).toBe(true);
  });

  test("that is let in again gets new sessions, and what it had stays ended unless the Deny is lifted", async () => {
    const { instance, token, revoke, advance } = service;
    const bob = await token("bob");
    const vend = await instance();
    const before = await vend("tenants", bob);
    await revoke(["--principal", "bob"]);
    advance(3_000);
    expect(await vend("tenants", bob)).toMatchObject(refused);
    await revoke(["--undo", "--principal", "bob"]);
    advance(3_000);
    const early = await vend("tenants", bob);
    expect(early).toMatchObject({ status: 503, code: "unavailable" });
    expect(Number(early.retryAfter)).toBeGreaterThan(3);
    advance(Number(early.retryAfter) * 1_000);
    const after = await vend("tenants", bob);
    expect(after.AccessKeyId).not.toBe(before.AccessKeyId);
    expect([await opens(before), await opens(after)]).toEqual([false, true]);

    await revoke(["--undo", "--principal", "bob", "--lift-deny"]);
    expect([await opens(before), await opens(after)]).toEqual([true, true]);
    expect((await service.revoke(["--list"])).record.revoked).toEqual([]);
  });

  test("whose sessions are shared loses them only with --all-sessions, which says whom else it hits", async () => {
    const { instance, token, revoke, advance } = service;
    const [alice, bob] = [await token("alice"), await token("bob")];
    const vend = await instance();
    const shared = await vend("lake", alice);
    expect((await vend("lake", bob)).AccessKeyId).toBe(shared.AccessKeyId);

    const { sessions } = await revoke(["--principal", "bob"]);
    const ofLake = sessions.find(({ storage }) => storage === "lake");
    expect(ofLake?.usableUntil).toBeDefined();
    expect(ofLake?.alsoEnded?.join()).toContain("everyone-lake");
    expect(await opens(shared)).toBe(true);

    await revoke(["--principal", "bob", "--all-sessions"]);
    expect(await opens(shared)).toBe(false);
    advance(5_000);
    expect(await vend("lake", bob)).toMatchObject(refused);
    // What is issued now would be ended as well.
    expect(await vend("lake", alice)).toMatchObject({ status: 503, code: "unavailable" });
    advance(7_000);
    const anew = await vend("lake", alice);
    expect(anew.AccessKeyId).not.toBe(shared.AccessKeyId);
    expect(await opens(anew)).toBe(true);
  });
});

test.each<[string, string, Partial<Record<"sessionTags" | "sourceIdentity", unknown>>]>([
  ["a tag", "own-role", { sessionTags: { tenant: "${claims.tenant}", who: "${claims.sub}" } }],
  ["a source identity", "tenants", { sourceIdentity: "${claims.sub}" }],
])(
  "sessions of a principal are told apart by %s, where they have the same name",
  async (_, name, attributes) => {
    await service.close();
    service = await startRevoking((vending) => {
      const {
        sessions: _,
        sourceIdentity: __,
        ...storage
      } = vending.storages[name] as Record<string, unknown>;
      return {
        ...vending,
        storages: { ...vending.storages, [name]: storage },
        grants: vending.grants.map((grant) =>
          (grant as { storage: string }).storage === name ? { ...grant, ...attributes } : grant,
        ),
      };
    });
    const { instance, token, revoke } = service;
    const vend = await instance();
    const [ofAlice, ofBob] = [await vend(name, await token("alice")), await vend(name, await token("bob"))];
    const { sessions } = await revoke(["--principal", "bob"]);
    const of = sessions.find(({ storage }) => storage === name);
    expect(of?.endedOn).toMatch(/^role /);
    expect(of).not.toHaveProperty("alsoEnded");
    expect([await opens(ofAlice), await opens(ofBob)]).toEqual([true, false]);
  },
);

describe("a grant", () => {
  test("that is revoked gives nothing, and is neither listed nor explained away; another that covers the same decides", async () => {
    await service.close();
    service = await startRevoking((vending) => ({
      ...vending,
      grants: [
        ...vending.grants,
        { name: "bobs-own", issuer: "local", subject: "bob", storage: "lake", permission: "READWRITE" },
      ],
    }));
    const { instance, token, revoke, advance } = service;
    const [alice, bob] = [await token("alice"), await token("bob")];
    const vend = await instance();
    const asked = async (routeKey: string, authorization: string, storage?: string) => {
      const event = httpEvent({ authorization: `Bearer ${authorization}`, storage, routeKey });
      return JSON.parse((await vend.handler(event, lambdaContext("request-1"))).body ?? "");
    };
    const storagesOf = async (caller: string) =>
      (await asked("GET /v1/storages", caller)).Storages.map(({ Storage }: { Storage: string }) => Storage);
    expect(await vend("lake", bob)).toMatchObject({ status: 200, DurationSeconds: 3_600 });
    expect(await storagesOf(alice)).toContain("lake");

    await revoke(["--grant", "everyone-lake"]);
    advance(5_000);
    expect(await vend("lake", bob)).toMatchObject({ status: 200 });
    expect(await vend("lake", alice)).toMatchObject({
      ...refused,
      message: "This grant was revoked by an operator.",
    });
    expect(await asked("GET /v1/storages/{storage}/explain", alice, "lake")).toMatchObject({
      Decision: "refused",
      Code: "revoked",
      Grant: "everyone-lake",
    });
    expect(await storagesOf(alice)).not.toContain("lake");
    expect(await storagesOf(bob)).toContain("lake");
  });
});

describe("an access key", () => {
  test("of a client is refused at the STS door, also where another client has a key of that name", async () => {
    const { instance, revoke, advance } = service;
    const { id: accessKeyId, secret: secretAccessKey } = await localClientKey();
    const { handler } = await instance();
    const form = roleForm();
    const assume = () => post(handler, signedPost({ accessKeyId, secretAccessKey }, { form }));
    expect((await assume()).status).toBe(200);
    const { notes } = await revoke(["--access-key", accessKeyId]);
    expect(notes.join()).toContain("--principal catalog --issuer client-key");
    advance(5_000);
    const { status, body } = await assume();
    expect(status).toBe(403);
    expect(body).toContain("<Code>AccessDenied</Code><Message>This access key was revoked by an operator.");
    await revoke(["--undo", "--access-key", accessKeyId]);
    advance(5_000);
    expect((await assume()).status).toBe(200);
  });

  test("of a session is handed out no more, and ends with all that its holder has", async () => {
    const { instance, token, revoke, advance } = service;
    const [alice, bob] = [await token("alice"), await token("bob")];
    const vend = await instance();
    const [leaked, other, ofBob] = [
      await vend("tenants", alice),
      await vend("tenants", alice, "permission=READ"),
      await vend("tenants", bob),
    ];
    await expect(revoke(["--access-key", leaked.AccessKeyId])).rejects.toThrow("give --storage NAME");
    const { sessionName = "" } =
      service.trail.findLast(({ accessKeyId }) => accessKeyId === leaked.AccessKeyId) ?? {};
    const place = ["--storage", "tenants", "--session-name", sessionName];
    const { failures } = await revoke(["--access-key", leaked.AccessKeyId, ...place]);
    expect(failures).toEqual([]);
    expect([await opens(leaked), await opens(other), await opens(ofBob)]).toEqual([false, false, true]);
    advance(12_000);
    for (const query of ["", "permission=READ"]) {
      const anew = await vend("tenants", alice, query);
      expect([leaked.AccessKeyId, other.AccessKeyId]).not.toContain(anew.AccessKeyId);
      expect(await opens(anew)).toBe(true);
    }
    expect((await vend("tenants", bob)).AccessKeyId).toBe(ofBob.AccessKeyId);
  });
});

describe("a storage", () => {
  test("that is revoked vends nothing, its sessions end, and others on the same role or user go on", async () => {
    const { instance, token, revoke, advance } = service;
    const alice = await token("alice");
    const vend = await instance();
    // Both are of the user tenants-owner or of its role.
    const [federated, tenants] = [await vend("federated", alice), await vend("tenants", alice)];
    const { sessions, failures } = await revoke(["--storage", "federated"]);
    expect(failures).toEqual([]);
    expect(sessions).toEqual([{ storage: "federated", endedOn: "user tenants-owner" }]);
    advance(5_000);
    expect(await vend("federated", alice)).toMatchObject({
      ...refused,
      message: "This storage was revoked by an operator.",
    });
    expect([await opens(federated), await opens(tenants)]).toEqual([false, true]);
    advance(7_000);
    expect(await opens(await vend("tenants", alice, "permission=READ"))).toBe(true);
  });
});

describe("a flush", () => {
  test("has all instances ask for new sessions within five seconds, and ends nothing", async () => {
    const { instance, token, revoke, advance } = service;
    const alice = await token("alice");
    const instances = [await instance(), await instance()];
    const [first] = instances as [Awaited<ReturnType<typeof instance>>];
    const [lake, tenants] = [await first("lake", alice), await first("tenants", alice)];
    for (const vend of instances) expect((await vend("lake", alice)).AccessKeyId).toBe(lake.AccessKeyId);
    advance(1_000);
    await revoke(["--flush", "--storage", "lake"]);
    advance(5_000);
    const fresh = new Set<string>();
    for (const vend of instances) {
      fresh.add((await vend("lake", alice)).AccessKeyId);
      expect((await vend("tenants", alice)).AccessKeyId).toBe(tenants.AccessKeyId);
    }
    expect([...fresh]).not.toContain(lake.AccessKeyId);
    expect(fresh.size).toBe(1);
    expect(await opens(lake)).toBe(true);

    advance(1_000);
    await revoke(["--flush"]);
    advance(5_000);
    for (const storage of ["lake", "tenants"])
      expect([...fresh, tenants.AccessKeyId]).not.toContain((await first(storage, alice)).AccessKeyId);
  });
});
