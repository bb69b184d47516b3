import { expect, test } from "vitest";
import { boundedMap } from "../../shared/vending/bounded-map.ts";

/** A map of three at most, in which these were set, one after the other. */
function mapOf(...keys: string[]) {
  const map = boundedMap<string, number>(3);
  for (const [n, key] of keys.entries()) map.set(key, n);
  return map;
}

const heldBy = (map: ReturnType<typeof mapOf>) =>
  ["a", "b", "c", "d", "e"].filter((key) => map.get(key) !== undefined);

test("as many as are allowed are held", () => {
  expect(heldBy(mapOf("a", "b", "c"))).toEqual(["a", "b", "c"]);
});

test("each one more takes the place of the one that was set first", () => {
  expect(heldBy(mapOf("a", "b", "c", "d"))).toEqual(["b", "c", "d"]);
  expect(heldBy(mapOf("a", "b", "c", "d", "e"))).toEqual(["c", "d", "e"]);
});

test("what is set again is the newest, and takes no place beside itself", () => {
  expect(heldBy(mapOf("a", "b", "c", "a"))).toEqual(["a", "b", "c"]);
  expect(heldBy(mapOf("a", "b", "c", "a", "d"))).toEqual(["a", "c", "d"]);
  expect(mapOf("a", "a").get("a")).toBe(1);
});

test("what is deleted is gone, and leaves its place to another", () => {
  const map = mapOf("a", "b", "c");
  map.delete("b");
  map.set("d", 3);
  expect(heldBy(map)).toEqual(["a", "c", "d"]);
});
