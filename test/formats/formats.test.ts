import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { credentialsFormats } from "../../shared/contract.ts";
import type { Format } from "../../shared/formats/format.ts";
import { formats } from "../../shared/formats/formats.ts";
import { address, longTerm, pathStyle, vended } from "./samples.ts";

const readme = readFileSync("README.md", "utf8");

describe.each(credentialsFormats)("the format %s", (name) => {
  const format: Format = formats[name];
  const outputs = [
    format.ofCredentials(vended),
    format.ofCredentials({ ...longTerm, ...pathStyle, Targets: ["s3://lake/t1/", "s3://lake/t2/"] }),
    ...(format.ofAddress ? [format.ofAddress({ ...address, ...pathStyle })] : []),
  ];

  test("is of the type that it says", () => {
    const type = format.mediaType === "text/plain" ? "string" : "object";
    for (const { body } of outputs) expect(typeof body).toBe(type);
  });

  test("says what it leaves out in clauses that fit into a header", () => {
    for (const { omissions } of outputs)
      for (const omission of omissions) expect(omission).toMatch(/^[a-z0-9][ -~]*[^.]$/);
  });

  test("is in the README", () => {
    expect(readme).toContain(`\`${name}\``);
  });
});

test("the default is the answer itself", () => {
  expect(formats.container.ofCredentials(vended)).toEqual({ body: vended, omissions: [] });
});
