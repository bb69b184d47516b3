import { expect, test } from "vitest";
import type { Store } from "../../shared/core/dialect.ts";
import { keyStanding, type StorageKey } from "../../shared/core/key-standing.ts";
import type { IssuedBy } from "../../shared/core/session.ts";

const rotatedAt = 1_000_000;
const proven: StorageKey = { key: "new", readAt: rotatedAt, isProven: true };
const unproven = { ...proven, isProven: false };
const byOld: IssuedBy = { key: "old", readAt: rotatedAt - 60_000 };

test.each<[string, IssuedBy | undefined, StorageKey | undefined, Store | undefined, string]>([
  ["of a way without a long-term key", undefined, proven, "minio", "current"],
  ["of a storage whose key is not known", byOld, undefined, "minio", "current"],
  ["by the storage's key", { key: "new", readAt: rotatedAt }, proven, "minio", "current"],
  ["by an older key, which the store lets it outlive", byOld, proven, "aws", "due"],
  ["by an older key, where the store is not named", byOld, proven, undefined, "due"],
  ["by an older key, with which MinIO ends it", byOld, proven, "minio", "ended"],
  ["by an older key, while the new one is not proven", byOld, unproven, "minio", "due"],
  ["by an older key that it outlives, while the new one is not proven", byOld, unproven, "aws", "current"],
  ["by a key that was read later", { key: "newer", readAt: rotatedAt + 1 }, proven, "minio", "current"],
  ["in place of a key that is not proven", { ...byOld, insteadOf: "new" }, unproven, "minio", "current"],
  ["in place of a key that is proven by now", { ...byOld, insteadOf: "new" }, proven, "aws", "due"],
  [
    "in place of it, however late its own key was read",
    { key: "old", readAt: rotatedAt + 60_000, insteadOf: "new" },
    proven,
    "minio",
    "ended",
  ],
])("a session %s", (_, issuedBy, storageKey, store, standing) => {
  expect(keyStanding(issuedBy ? { issuedBy } : {}, storageKey, store)).toBe(standing);
});
