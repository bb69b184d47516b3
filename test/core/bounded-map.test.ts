import { expect, test } from "vitest";
import { boundedMap } from "../../shared/core/bounded-map.ts";

/** A map of three entries at most. These keys were set, one after the other. */
function mapOf(...keys: string[]) {
  const map = boundedMap<string, number>(3);
  for (const [n, key] of keys.entries()) map.set(key, n);
  return map;
}

const heldBy = (map: ReturnType<typeof mapOf>) =>
  ["a", "b", "c", "d", "e"].filter((key) => map.get(key) !== undefined);

test("the map holds as many entries as its bound allows", () => {
  expect(heldBy(mapOf("a", "b", "c"))).toEqual(["a", "b", "c"]);
});

test("each further entry takes the place of the oldest one", () => {
  expect(heldBy(mapOf("a", "b", "c", "d"))).toEqual(["b", "c", "d"]);
  expect(heldBy(mapOf("a", "b", "c", "d", "e"))).toEqual(["c", "d", "e"]);
});

test("a key that is set again is the newest, and takes no second place", () => {
  expect(heldBy(mapOf("a", "b", "c", "a"))).toEqual(["a", "b", "c"]);
  expect(heldBy(mapOf("a", "b", "c", "a", "d"))).toEqual(["a", "c", "d"]);
  expect(mapOf("a", "a").get("a")).toBe(1);
});

test("a deleted key is gone, and leaves its place to another", () => {
  const map = mapOf("a", "b", "c");
  map.delete("b");
  map.set("d", 3);
  expect(heldBy(map)).toEqual(["a", "c", "d"]);
});
