import { expect, test } from "vitest";
import type { ErrorCode } from "../../../shared/contract.ts";
import { VendError } from "../../../shared/core/errors.ts";
import { NoSlot, TableUnreachable } from "../../../shared/vending/ports.ts";
import { createStorageBackoff } from "../../../shared/vending/warm/storage-backoff.ts";
import { virtualClock } from "../virtual-clock.ts";

const own: readonly ErrorCode[] = ["throttled", "unavailable", "storage_misconfigured", "internal"];
const ofOneEntry: readonly ErrorCode[] = ["policy_too_large", "identity_not_accepted", "not_scopable"];

const failures = [
  ...own.map((code) => ({ what: code, failure: new VendError(code, "No."), holdsBack: true })),
  { what: "a defect", failure: new TypeError("a defect"), holdsBack: true },
  ...ofOneEntry.map((code) => ({ what: code, failure: new VendError(code, "No."), holdsBack: false })),
  { what: "a missed slot", failure: new NoSlot("none"), holdsBack: false },
  { what: "a table that is away", failure: new TableUnreachable("away"), holdsBack: false },
];

test.each(failures)("$what makes its storage back off: $holdsBack", async ({ failure, holdsBack }) => {
  const clock = virtualClock();
  const backoff = createStorageBackoff(clock);
  await expect(backoff.attempt("lake", () => Promise.reject(failure))).rejects.toBe(failure);
  expect(backoff.allows("lake")).toBe(!holdsBack);
  expect(backoff.allows("pond")).toBe(true);
  expect(backoff.pausesUntil("lake")).toBe(holdsBack ? clock.now() + 1_000 : 0);
  await clock.advance(1_000);
  expect(backoff.allows("lake")).toBe(true);
});

test("each failure doubles the pause, advice lengthens it, and a success ends it", async () => {
  const clock = virtualClock();
  const backoff = createStorageBackoff(clock);
  const pauseAfter = async (retryAfterSeconds?: number) => {
    const failure = new VendError(
      "throttled",
      "No.",
      retryAfterSeconds === undefined ? {} : { retryAfterSeconds },
    );
    await backoff.attempt("lake", () => Promise.reject(failure)).catch(() => {});
    const pauseMs = backoff.pausesUntil("lake") - clock.now();
    await clock.advance(pauseMs - 1);
    expect(backoff.allows("lake")).toBe(false);
    await clock.advance(1);
    expect(backoff.allows("lake")).toBe(true);
    return pauseMs;
  };
  expect([await pauseAfter(), await pauseAfter(), await pauseAfter(20), await pauseAfter(1)]).toEqual([
    1_000, 2_000, 20_000, 8_000,
  ]);
  await backoff.attempt("lake", async () => "issued");
  expect(backoff.pausesUntil("lake")).toBe(0);
  expect(await pauseAfter()).toBe(1_000);
});

test("after a pause, one single call finds out whether the storage works again", async () => {
  const clock = virtualClock();
  const backoff = createStorageBackoff(clock);
  await backoff.attempt("lake", () => Promise.reject(new Error("away"))).catch(() => {});
  await clock.advance(1_000);
  const call = Promise.withResolvers<string>();
  const attempt = backoff.attempt("lake", () => call.promise);
  expect(backoff.allows("lake")).toBe(false);
  call.resolve("issued");
  expect(await attempt).toBe("issued");
  expect(backoff.allows("lake")).toBe(true);
});

test("an attempt without a result changes nothing for its storage", async () => {
  const clock = virtualClock();
  const backoff = createStorageBackoff(clock);
  await backoff.attempt("lake", () => Promise.reject(new Error("away"))).catch(() => {});
  const pausesUntil = backoff.pausesUntil("lake");
  await clock.advance(1_000);
  expect(await backoff.attempt("lake", async () => undefined)).toBeUndefined();
  expect(backoff.pausesUntil("lake")).toBe(pausesUntil);
  expect(backoff.allows("lake")).toBe(true);
});
