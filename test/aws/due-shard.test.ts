import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { dueShardOf, dueShards } from "../../shared/aws/due-shard.ts";

test("entries are spread over all partitions of the index, and each entry stays in one partition", () => {
  const keys = Array.from({ length: 1_000 }, (_, n) => createHash("sha256").update(String(n)).digest("hex"));
  const shards = keys.map(dueShardOf);
  expect(shards).toEqual(keys.map(dueShardOf));
  expect(shards.every((shard) => Number.isInteger(shard) && shard >= 0 && shard < dueShards)).toBe(true);
  for (let shard = 0; shard < dueShards; shard++)
    expect(shards.filter((one) => one === shard).length).toBeGreaterThan(1_000 / dueShards / 2);
});
