import fc from "fast-check";
import { expect, test } from "vitest";
import { escapedJson } from "../../shared/formats/escaped-json.ts";

test.each([
  ["C0 controls", "\u0000\u001b[31m\r\n"],
  ["C1 controls", "\u007f\u0080\u009b31m\u009f"],
  ["controls of direction", "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"],
  ["separators of lines", "\u2028\u2029"],
  ["what has no width", "\u00ad\u200b\u200c\u200d\u2060\ufeff\u{e0041}"],
  ["halves of surrogate pairs", "\ud83d \ude00"],
])("%s stand escaped, in values and in names, and are read back the same", (_, text) => {
  const value = { [text]: [text, { deep: `a${text}b` }] };
  const json = escapedJson(value);
  expect(json).toMatch(/^[ -~]+$/);
  expect(JSON.parse(json)).toEqual(value);
});

test("text stands as it is, in any script", () => {
  expect(escapedJson({ name: "Zoë 名前 اسم 😀 \\u202e" })).toBe('{"name":"Zoë 名前 اسم 😀 \\\\u202e"}');
});

test("whatever the value is, it is one line without controls, and read back as JSON's own", () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
      const json = escapedJson(value);
      expect(json).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});
