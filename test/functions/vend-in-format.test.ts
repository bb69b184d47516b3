import { expect, test } from "vitest";
import { vendInFormat } from "../../functions/vend-in-format.ts";
import { type CredentialsAnswer, credentialsFormats } from "../../shared/contract.ts";
import { VendError } from "../../shared/core/errors.ts";
import { address, longTerm, pathStyle, vended } from "../formats/samples.ts";

const others = credentialsFormats.filter((name) => name !== "container");
const of = (answer: CredentialsAnswer) => () => Promise.resolve(answer);
const refusing = (refusal: unknown) => () => Promise.reject(refusal);
const off = new VendError("delegation_off", "Vends nothing.", { address: { ...address, ...pathStyle } });

test("each omission of a format is a warning of its own", async () => {
  const { headers } = await vendInFormat("process", of(vended));
  expect(headers.Warning).toBe(
    '199 keyvend "Not in this format: endpoint https://s3.eu-central-1.amazonaws.com.", ' +
      '199 keyvend "Not in this format: region eu-central-1."',
  );
});

test("a format without omissions has no warning", async () => {
  expect((await vendInFormat("fluss", of({ ...vended, Also: ["folder"] }))).headers).toEqual({});
  expect((await vendInFormat("iceberg", of(vended))).headers).toEqual({});
});

test("every format has the answer's own warning in its header", async () => {
  const Warning = "These are long-term keys.";
  for (const format of others) {
    const { headers } = await vendInFormat(format, of({ ...longTerm, Warning }));
    expect(headers.Warning).toMatch(/(^|, )199 keyvend "These are long-term keys\."$/);
  }
});

const lacksFolder = expect.stringMatching(/199 keyvend "The scope's own folder cannot be looked at by S3A/);
test.each(["hadoop", "fluss"] as const)(
  "%s warns where the scope's own folder cannot be looked at, or nothing can be read",
  async (format) => {
    const warningOf = async (change: Partial<CredentialsAnswer>) =>
      (await vendInFormat(format, of({ ...vended, ...change }))).headers.Warning ?? "";
    expect(await warningOf({})).toEqual(lacksFolder);
    expect(await warningOf({ Also: ["tags"], Permission: "READWRITE" })).toEqual(lacksFolder);
    expect(await warningOf({ Targets: ["s3://lake/", "s3://lake/t1/"] })).toEqual(lacksFolder);
    for (const change of [
      { Also: ["tags", "folder"] },
      { Targets: ["s3://lake/"] },
      { ScopeEnforcedBy: "identity" },
      { ScopeEnforcedBy: "none" },
    ] as const)
      expect(await warningOf(change as Partial<CredentialsAnswer>)).not.toMatch(/folder/);
    expect(await warningOf({ Permission: "WRITE" })).toMatch(/WRITE neither reads nor lists/);
  },
);

test("no other format warns of the folder", async () => {
  for (const format of others.filter((name) => name !== "hadoop" && name !== "fluss"))
    expect((await vendInFormat(format, of(vended))).headers.Warning ?? "").not.toMatch(/folder/);
});

test("no warning breaks out of its quotes or its header", async () => {
  const Warning = 'a "b" \\c\r\nSet-Cookie: d\u0000 ü';
  const { headers } = await vendInFormat("fluss", of({ ...vended, Also: ["folder"], Warning }));
  expect(headers).toEqual({ Warning: '199 keyvend "a \\"b\\" \\\\c??Set-Cookie: d? ?"' });
});

test("a storage that vends nothing answers fluss, hadoop and env with its address", async () => {
  for (const format of ["fluss", "hadoop", "env"] as const) {
    const { body } = await vendInFormat(format, refusing(off));
    expect(JSON.stringify(body)).toContain("http://127.0.0.1:9000");
  }
  const { headers } = await vendInFormat("env", refusing(off));
  expect(headers.Warning).toBe('199 keyvend "Not in this format: path-style access."');
  const { headers: ofFluss } = await vendInFormat("fluss", refusing(off));
  expect(ofFluss.Warning).toMatch(/^199 keyvend "Not in this format: credentials, .*Fluss 0\.9\.1/);
});

test.each(["process", "iceberg"] as const)(
  "a storage that vends nothing is refused in the format %s",
  async (format) => {
    await expect(vendInFormat(format, refusing(off))).rejects.toBe(off);
  },
);

test("no other refusal is turned into an answer", async () => {
  const others = [
    new VendError("no_grant", "None."),
    { code: "delegation_off", address },
    new Error("broken"),
  ];
  for (const refusal of others) {
    await expect(vendInFormat("fluss", refusing(refusal))).rejects.toBe(refusal);
  }
});
