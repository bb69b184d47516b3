import { createHash } from "node:crypto";
import fc from "fast-check";
import { test } from "vitest";
import { sha256 } from "../../../shared/client/src/cli/sha256.ts";

test("it is the SHA-256 that Node has", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", maxLength: 300 }),
      (text) => sha256(text) === createHash("sha256").update(text).digest("hex"),
    ),
    { examples: [[""], ["abc"], ["x".repeat(55)], ["x".repeat(56)], ["x".repeat(64)], ["x".repeat(5_000)]] },
  );
});
