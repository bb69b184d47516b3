import fc from "fast-check";
import { expect, test } from "vitest";
import { hadoop } from "../../shared/formats/hadoop.ts";
import { address, longTerm, pathStyle, vended } from "./samples.ts";

const settings = [
  "fs.s3a.endpoint=https://s3.eu-central-1.amazonaws.com",
  "fs.s3a.region=eu-central-1",
  "fs.s3a.endpoint.region=eu-central-1",
  "fs.s3a.path.style.access=false",
];

const lines = (body: string) => body.split("\n");

test("is S3A's address, both regions with it, and temporary credentials with their provider", () => {
  expect(lines(hadoop.ofCredentials(vended).body)).toEqual([
    ...settings,
    "fs.s3a.access.key=ASIAEXAMPLE",
    "fs.s3a.secret.key=wJalr/XUtn+FEMI=",
    "fs.s3a.session.token=IQoJb3JpZ2lu//8BEAE=",
    "fs.s3a.aws.credentials.provider=org.apache.hadoop.fs.s3a.TemporaryAWSCredentialsProvider",
    "",
  ]);
});

test("a long-term key has the provider that does without a session token", () => {
  expect(lines(hadoop.ofCredentials(longTerm).body)).toEqual([
    ...settings,
    "fs.s3a.access.key=AKIAEXAMPLE",
    "fs.s3a.secret.key=wJalr/XUtn+FEMI=",
    "fs.s3a.aws.credentials.provider=org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider",
    "",
  ]);
});

test("with delegation off it is the address alone, and the caller's own credentials stay", () => {
  expect(hadoop.ofAddress?.(address)).toEqual({ body: `${settings.join("\n")}\n`, omissions: [] });
});

test("path style is in lower case", () => {
  expect(lines(hadoop.ofCredentials({ ...vended, ...pathStyle }).body)).toContain(
    "fs.s3a.path.style.access=true",
  );
});

test("has no property for the expiration, which the omissions say", () => {
  expect(hadoop.ofCredentials(vended).omissions).toEqual([
    "expiration 2026-11-22T16:00:00.000Z, before which Hadoop must be given new ones",
  ]);
});

test("no value breaks out of its line, and Java reads each as it was", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (Token) => {
      fc.pre(Token !== "");
      const written = lines(hadoop.ofCredentials({ ...vended, Token }).body);
      expect(written).toHaveLength(9);
      expect(readByJava(written[6] ?? "")).toEqual(["fs.s3a.session.token", Token]);
    }),
    {
      examples: [
        [" a b "],
        ["a\r\nfs.s3a.endpoint=https://elsewhere"],
        ["\\u0041\\"],
        ["=:#!"],
        ["ü😀\u0085\u2028"],
      ],
    },
  );
});

/** As `java.util.Properties` documents how it reads a line. */
function readByJava(line: string): [string, string] {
  const [, name = "", value = ""] = /^([^=:\s]*)[ \t\f]*[=:]?[ \t\f]*(.*)$/su.exec(line) ?? [];
  const controls: Record<string, string> = { t: "\t", n: "\n", r: "\r", f: "\f" };
  const read = value.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/gsu, (_, hex?: string, single?: string) =>
    hex === undefined
      ? (controls[single ?? ""] ?? single ?? "")
      : String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return [name, read];
}
