import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { readKeyText } from "../../../infra/secret/key-text.ts";

test("standard input is read to its end", async () => {
  expect(await readKeyText(Readable.from([Buffer.from("a\n"), Buffer.from("b")]), undefined)).toBe("a\nb");
});

test("a terminal is not read: it would show the key", async () => {
  const terminal = Object.assign(Readable.from(["key"]), { isTTY: true });
  await expect(readKeyText(terminal, undefined)).rejects.toThrow(/must not be a terminal/);
});

test("a stream without an end is not read to its end", async () => {
  let chunks = 0;
  const endless = Readable.from(
    (function* () {
      for (;;) {
        chunks++;
        yield Buffer.alloc(10_000);
      }
    })(),
  );
  await expect(readKeyText(endless, undefined)).rejects.toThrow(/at most 65536 bytes/);
  expect(chunks).toBeLessThan(100);
});
