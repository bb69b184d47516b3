import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { createSeal } from "../../shared/aws/seal.ts";

const k1 = "the first sealing key, long enough";
const k2 = "the second sealing key, long enough";

/** A seal with a secret and a time that the test changes. `tampered` has the places that it reports. */
function createRotatingSeal(secret: object) {
  const state = { secret: JSON.stringify(secret), now: 0, latencyMs: 0, reads: 0, tampered: [] as string[] };
  const instance = () =>
    createSeal(
      async () => {
        state.reads++;
        await sleep(state.latencyMs);
        if (state.secret === "") throw new Error("Secrets Manager is away");
        return state.secret;
      },
      { now: () => state.now },
      (place) => void state.tampered.push(place),
    );
  return { state, instance, put: (next: object) => (state.secret = JSON.stringify(next)) };
}

test("a sealed text opens in its own place, and shows nothing of the text inside", async () => {
  const { instance } = createRotatingSeal({ current: "k1", k1 });
  const sealed = await instance().seal("a", "plain täxt");
  expect(sealed).toMatch(/^k1\.[\w-]{16}\.[\w-]{22}\.[\w-]+$/);
  expect(await instance().open("a", sealed)).toBe("plain täxt");
});

test("the same text, sealed twice, does not look the same", async () => {
  const seal = createRotatingSeal({ current: "k1", k1 }).instance();
  expect(await seal.seal("a", "plain")).not.toBe(await seal.seal("a", "plain"));
});

test.each([
  ["the key's id", 0, "k2"],
  ["the nonce", 1, undefined],
  ["the tag", 2, undefined],
  ["the ciphertext", 3, undefined],
])("a sealed text with a change in %s is a miss and an alarm", async (_, part, change) => {
  const { instance, state } = createRotatingSeal({ current: "k1", k1, k2 });
  const parts = (await instance().seal("a", "plain")).split(".");
  const changed = change ?? parts[part]?.replace(/^./, (first) => (first === "A" ? "B" : "A")) ?? "";
  expect(await instance().open("a", parts.with(part, changed).join("."))).toBeUndefined();
  expect(state.tampered).toEqual(["a"]);
});

test("a sealed text that was moved to another place is a miss and an alarm", async () => {
  const { instance, state } = createRotatingSeal({ current: "k1", k1 });
  const sealed = await instance().seal("a", "plain");
  expect(await instance().open("b", sealed)).toBeUndefined();
  expect(state.tampered).toEqual(["b"]);
});

test.each<[string, (parts: string[]) => string[]]>([
  ["is only the id of its key", ([id = ""]) => [id]],
  ["has no ciphertext", (parts) => parts.slice(0, 3)],
  ["has no tag", (parts) => parts.with(2, "")],
  [
    "has a tag that was cut to a length that GCM would take",
    (parts) => parts.with(2, parts[2]?.slice(0, 16) ?? ""),
  ],
  ["has no nonce", (parts) => parts.with(1, "")],
  ["has a short nonce", (parts) => parts.with(1, parts[1]?.slice(1) ?? "")],
])("a text of a known key that %s is a miss and an alarm", async (_, change) => {
  const { instance, state } = createRotatingSeal({ current: "k1", k1 });
  const sealed = await instance().seal("a", "plain");
  expect(await instance().open("a", change(sealed.split(".")).join("."))).toBeUndefined();
  expect(state.tampered).toEqual(["a"]);
});

test("a text by an unknown key is a miss and no alarm, whatever its form", async () => {
  const { instance, state, put } = createRotatingSeal({ current: "k1", k1 });
  const sealed = await instance().seal("a", "plain");
  put({ current: "k2", k2 });
  for (const text of ["", "k1", "k1..", sealed]) expect(await instance().open("a", text)).toBeUndefined();
  expect(state.tampered).toEqual([]);
});

test("a key is added, made current and taken out; an old text opens as long as its key is there", async () => {
  const { instance, put } = createRotatingSeal({ current: "k1", k1 });
  const old = await instance().seal("a", "old");
  put({ current: "k1", k1, k2 });
  expect(await instance().seal("a", "old")).toMatch(/^k1\./);
  put({ current: "k2", k1, k2 });
  const fresh = instance();
  const newer = await fresh.seal("a", "newer");
  expect(newer).toMatch(/^k2\./);
  expect(await fresh.open("a", old)).toBe("old");
  put({ current: "k2", k2 });
  expect(await instance().open("a", old)).toBeUndefined();
  expect(await instance().open("a", newer)).toBe("newer");
});

/** An instance that still has the old key, and a text that another instance has sealed with the new one. */
async function rotated() {
  const { instance, put, state } = createRotatingSeal({ current: "k1", k1 });
  const running = instance();
  await running.load();
  put({ current: "k2", k1, k2 });
  return { running, newer: await instance().seal("a", "newer"), put, state };
}

test("an instance reads a key that it does not know yet, once a minute at most", async () => {
  const { running, newer, state } = await rotated();
  state.reads = 0;
  state.now = 59_999;
  expect(await running.open("a", newer)).toBeUndefined();
  expect(state.reads).toBe(0);
  state.now = 60_000;
  expect(await running.open("a", newer)).toBe("newer");
  await running.open("a", newer.replace("k2", "k3"));
  expect(state.reads).toBe(1);
});

test("an instance that meets no new key looks once an hour which one is current, beside its work", async () => {
  const { running, put, state } = await rotated();
  Object.assign(state, { now: 3_599_999, reads: 0 });
  expect(await running.seal("a", "plain")).toMatch(/^k1\./);
  expect(state.reads).toBe(0);
  state.now = 3_600_000;
  state.latencyMs = 30;
  const both = await Promise.all([running.seal("a", "plain"), running.seal("b", "plain")]);
  expect(both.map((sealed) => sealed.slice(0, 3))).toEqual(["k1.", "k1."]);
  expect(state.reads).toBe(1);
  await sleep(60);
  expect(await running.seal("a", "plain")).toMatch(/^k2\./);
  put({ current: "k3", k2, k3: `${k2}, and the third` });
  state.now += 3_599_999;
  await running.seal("a", "plain");
  expect(state.reads).toBe(1);
});

test("all callers that meet a new key wait for the one read that brings it", async () => {
  const { running, newer, state } = await rotated();
  Object.assign(state, { now: 60_000, latencyMs: 30, reads: 0 });
  const opened = await Promise.all(Array.from({ length: 100 }, () => running.open("a", newer)));
  expect(new Set(opened)).toEqual(new Set(["newer"]));
  expect(state.reads).toBe(1);
});

test("after a failed read of a new key, the next read is a second later, and not a minute", async () => {
  const { running, newer, put, state } = await rotated();
  state.now = 60_000;
  state.secret = "";
  expect(await running.open("a", newer)).toBeUndefined();
  put({ current: "k2", k1, k2 });
  state.now += 1_000;
  expect(await running.open("a", newer)).toBe("newer");
});

test("made-up key ids cost one read a minute, however many there are", async () => {
  const { instance, state } = createRotatingSeal({ current: "k1", k1 });
  const running = instance();
  const sealed = await running.seal("a", "plain");
  state.reads = 0;
  for (; state.now <= 120_000; state.now += 20_000)
    await Promise.all(["k7", "k8", "k9"].map((id) => running.open("a", sealed.replace("k1", id))));
  expect(state.reads).toBe(2);
});

test("while Secrets Manager is away, known keys stay in use for days, and it is asked once a second at most", async () => {
  const { instance, state } = createRotatingSeal({ current: "k1", k1 });
  const running = instance();
  const sealed = await running.seal("a", "plain");
  state.secret = "";
  state.now = 3 * 86_400_000;
  state.reads = 0;
  for (const waited of [0, 999, 1]) {
    state.now += waited;
    expect(await running.open("a", sealed.replace("k1", "k9"))).toBeUndefined();
    expect(await running.open("a", sealed)).toBe("plain");
    expect(await running.open("a", await running.seal("a", "more"))).toBe("more");
  }
  expect(state.reads).toBe(2);
});

test("without any key, sealing and loading fail, and opening is a miss", async () => {
  const { instance, state } = createRotatingSeal({ current: "k1", k1 });
  const sealed = await instance().seal("a", "plain");
  state.secret = "";
  await expect(instance().load()).rejects.toThrow("Secrets Manager is away");
  await expect(instance().seal("a", "plain")).rejects.toThrow("Secrets Manager is away");
  expect(await instance().open("a", sealed)).toBeUndefined();
});

test("no caller waits twice for Secrets Manager: a failed read is repeated after a second", async () => {
  const { instance, state, put } = createRotatingSeal({ current: "k1", k1 });
  const sealed = await instance().seal("a", "plain");
  const starting = instance();
  state.secret = "";
  state.reads = 0;
  expect(await starting.open("a", sealed)).toBeUndefined();
  put({ current: "k1", k1 });
  state.now = 999;
  await expect(starting.seal("a", "plain")).rejects.toThrow("Secrets Manager is away");
  expect(state.reads).toBe(1);
  state.now = 1_000;
  expect(await starting.open("a", sealed)).toBe("plain");
});

test("keys with the same name in two secrets do not open each other's texts", async () => {
  const sealed = await createRotatingSeal({ current: "k1", k1 }).instance().seal("a", "plain");
  expect(await createRotatingSeal({ current: "k1", k1: k2 }).instance().open("a", sealed)).toBeUndefined();
});

test("a sealing key of 32 characters is long enough", async () => {
  const secret = JSON.stringify({ current: "k1", k1: k1.slice(0, 32) });
  const seal = createSeal(
    async () => secret,
    { now: () => 0 },
    () => undefined,
  );
  expect(await seal.open("a", await seal.seal("a", "plain"))).toBe("plain");
});

const tooShort = /needs texts of at least 32 characters under plain key ids/;
const noCurrent = /must name one of its keys as `current`/;

test.each<[string, string, RegExp]>([
  ["that is no JSON", `current: k1, k1: ${k1}`, /is not a JSON object/],
  ["that is a text", JSON.stringify(k1), /is not a JSON object/],
  ["that is a list", JSON.stringify([k1]), noCurrent],
  ["that names no current key", JSON.stringify({ k1 }), noCurrent],
  ["with a current key that is not there", JSON.stringify({ current: "k2", k1 }), noCurrent],
  ["with a current key that is a number", JSON.stringify({ current: 1, 1: k1 }), noCurrent],
  ["with a short key", JSON.stringify({ current: "k1", k1: k1.slice(0, 31) }), tooShort],
  ["with a key that is no text", JSON.stringify({ current: "k1", k1: 42 }), tooShort],
  ["with a dot in a key's id", JSON.stringify({ current: "k.1", "k.1": k1 }), tooShort],
])("a sealing secret %s is refused without being shown", async (_, secret, message) => {
  const seal = createSeal(
    async () => secret,
    { now: () => 0 },
    () => undefined,
  );
  const error = await seal.load().catch((refused: Error) => refused);
  expect(error).toMatchObject({ message: expect.stringMatching(message) });
  expect(String(error)).not.toContain(k1.slice(0, 10));
});
