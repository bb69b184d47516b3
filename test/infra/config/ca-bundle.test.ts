import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { checkFile } from "../../../infra/config/check.ts";
import { ConfigError } from "../../../infra/config/faults.ts";
import { loadVendingYaml } from "../../../infra/config/vending-yaml.ts";
import { warningsOf } from "../../../infra/config/warnings.ts";
import { selfSigned } from "../../net/self-signed.ts";
import { changed } from "./document.ts";
import { temporaryDirectory } from "./files.ts";

const [first, second] = [selfSigned(), selfSigned()];

/** A configuration that names a file of certificates beside it, with this text. */
function fileWithBundle(text: string | undefined, caBundle = "trust/ca.pem"): string {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, "trust"));
  if (text !== undefined) writeFileSync(join(directory, "trust/ca.pem"), text);
  const path = join(directory, "vending.yml");
  writeFileSync(path, stringify(changed({ caBundle })));
  return path;
}

function faults(text: string | undefined, caBundle?: string): string[] {
  try {
    loadVendingYaml(fileWithBundle(text, caBundle));
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
}

describe("certificates that are trusted", () => {
  it("are read from a file beside the configuration, each by itself, and nothing between them", () => {
    const bundle = `# the company's\n${first.cert}\n\nsubject=CN = other\n${second.cert}`;
    const { config, document } = loadVendingYaml(fileWithBundle(bundle));
    expect(config.caBundle).toEqual([first.cert.trim(), second.cert.trim()]);
    // What is built of this document needs no file.
    expect(document).toMatchObject({ caBundle: bundle });
  });

  it("are none where none are named", () => {
    expect(loadVendingYaml("infra/vending.yml").config).not.toHaveProperty("caBundle");
  });

  const unreadable = "caBundle: must be the path, relative to this file, of a file of certificates in PEM";
  const cutShort = expect.stringMatching(/has a certificate that is cut short, or a part in another form/);
  const noCertificate = first.cert.replace(/\n.*\n/, "\nAAAA\n");
  it.each([
    ["is not there", undefined, [unreadable]],
    ["is a folder", undefined, [unreadable], "trust"],
    ["holds none", "nothing", [unreadable]],
    ["holds a private key", first.cert + first.key, [expect.stringMatching(/must not have a private key/)]],
    [
      "holds one that is broken",
      first.cert + noCertificate,
      [expect.stringMatching(/has a certificate that cannot be read$/)],
    ],
    ["holds one that is cut short", first.cert + second.cert.slice(0, 400), [cutShort]],
    ["begins with one that is cut short", second.cert.slice(0, 400) + first.cert, [cutShort]],
    [
      "holds one in another form",
      first.cert + second.cert.replaceAll(" CERTIFICATE", " TRUSTED CERTIFICATE"),
      [cutShort],
    ],
    ["holds too many", first.cert.repeat(101), [expect.stringMatching(/must have at most 100 certificates/)]],
  ])("are a fault where the file %s", (_, text, expected, caBundle?: string) => {
    expect(faults(text, caBundle)).toEqual(expected);
  });

  it("are told by the line that names them, and never with what the file holds", () => {
    const { ok, lines } = checkFile(fileWithBundle(first.key));
    expect(ok).toBe(false);
    expect(lines.join("\n")).toMatch(/vending\.yml:\d+ caBundle must be the path/);
    expect(lines.join("\n")).not.toContain(first.key.split("\n")[1]);
  });

  it("are warned of before they expire", () => {
    const { config } = loadVendingYaml(
      fileWithBundle(first.cert + selfSigned("short.example", "270101000000Z").cert),
    );
    const at = (time: string) =>
      warningsOf(config, Date.parse(time)).flatMap(({ path, message }) =>
        path === "caBundle" ? [message] : [],
      );
    expect(at("2026-12-17T23:59:59Z")).toEqual([]);
    expect(at("2026-12-18T00:00:00Z")).toEqual([
      'holds a certificate that expires in less than 14 days: "CN=short.example"',
    ]);
    expect(at("2027-01-01T00:00:00Z")).toEqual(['holds a certificate that has expired: "CN=short.example"']);
  });
});
