import { describe, expect, test } from "vitest";
import { type Flush, judgeBy, type Revocation } from "../../shared/core/revocation.ts";

const at = Date.UTC(2026, 10, 22, 15);
const request = {
  principal: { issuer: "corp", subject: "alice" },
  grant: "data-lake",
  storage: { name: "lake" },
  sessionName: "keyvend-lake",
};
const session = { issuedAt: at, accessKeyId: "ASIA0000000000000001" };

const revoked = (change: Partial<Revocation>) =>
  judgeBy({ revoked: [{ kind: "principal", name: "alice", issuer: "corp", at, ...change }], flushed: [] });
const flushed = (change: Partial<Flush>) =>
  judgeBy({ revoked: [], flushed: [{ kind: "storage", name: "lake", before: at + 1, ...change }] });

describe("refused is a request", () => {
  test.each<[string, Partial<Revocation>, boolean]>([
    ["of the principal", {}, true],
    ["of a principal with the same name at another issuer", { issuer: "partner" }, false],
    ["of another principal", { name: "bob" }, false],
    ["by the grant", { kind: "grant", name: "data-lake" }, true],
    ["by another grant", { kind: "grant", name: "alice" }, false],
    ["for the storage", { kind: "storage", name: "lake" }, true],
    ["for another storage", { kind: "storage", name: "data-lake" }, false],
    [
      "by a session that is revoked by its key: it is somebody's, and may have another",
      { kind: "access-key" },
      false,
    ],
  ])("%s: %s", (_, change, isRefused) => {
    const judge = revoked(change);
    expect(judge.isRevoked(request)).toBe(isRefused);
    if (!isRefused) return judge.admit(request, session);
    const kind = change.kind ?? "principal";
    expect(() => judge.admit(request)).toThrow(`This ${kind} was revoked by an operator.`);
  });

  test("and the operator's words are for the audit trail alone", () => {
    try {
      revoked({ note: "laptop lost", by: "arn:aws:iam::1:user/ada" }).admit(request);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({
        code: "revoked",
        cause: "revoked at 2026-11-22T15:00:00.000Z: laptop lost",
      });
      expect(String(error)).not.toContain("laptop");
    }
  });
});

test("a client key is refused by its id", () => {
  const judge = revoked({ kind: "access-key", name: "KV1XA" });
  expect(() => judge.admitKey((id) => id === "KV1XA")).toThrow("This access key was revoked by an operator.");
  judge.admitKey((id) => id === "KV1XB");
  revoked({ kind: "grant", name: "KV1XA" }).admitKey((id) => id === "KV1XA");
});

describe("flushed is a session", () => {
  test.each<[string, Partial<Flush>, boolean]>([
    ["of the storage, issued before", {}, true],
    ["issued at that time", { before: at }, false],
    ["of another storage", { name: "other" }, false],
    ["of anything", { kind: "all", name: "" }, true],
    ["for the principal", { kind: "principal", name: "alice", issuer: "corp" }, true],
    ["for a principal of another issuer", { kind: "principal", name: "alice", issuer: "partner" }, false],
    ["by the grant", { kind: "grant", name: "data-lake" }, true],
    ["of the name", { kind: "session-name", name: "keyvend-lake" }, true],
    ["with the access key id", { kind: "access-key", name: session.accessKeyId }, true],
    ["with another one", { kind: "access-key", name: "ASIA0000000000000002" }, false],
  ])("%s: %s", (_, change, isFlushed) => {
    const judge = flushed(change);
    expect(judge.isFlushed(request, session)).toBe(isFlushed);
    judge.admit(request);
    if (isFlushed) expect(() => judge.admit(request, session)).toThrow("right now");
    else judge.admit(request, session);
  });

  test("also if its access key is revoked, whenever it was issued", () => {
    const judge = revoked({ kind: "access-key", name: session.accessKeyId });
    expect(judge.isFlushed(request, { ...session, issuedAt: at + 86_400_000 })).toBe(true);
  });
});

test("the latest of several flushes says from when on something may be issued", () => {
  const flush = (before: number, name = "lake"): Flush => ({ kind: "storage", name, before });
  const judge = judgeBy({ revoked: [], flushed: [flush(at + 5), flush(at + 9), flush(at + 99, "other")] });
  expect(judge.earliestIssue(request)).toBe(at + 9);
  expect(judge.earliestIssue({ ...request, storage: { name: "new" } })).toBe(0);
});
