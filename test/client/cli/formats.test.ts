import { beforeEach, describe, expect, test } from "vitest";
import { type CredentialsAnswer, credentialsFormats } from "../../../shared/contract.ts";
import type { Format } from "../../../shared/formats/format.ts";
import { formats } from "../../../shared/formats/formats.ts";
import { answer, json } from "../fake-service.ts";
import { keyvend } from "./keyvend.ts";
import { useSurroundings } from "./surroundings.ts";

const here = useSurroundings();

const temporary = answer() as CredentialsAnswer;
const longTerm: CredentialsAnswer = { ...temporary, AccessKeyId: "AKIAEXAMPLE", Token: "" };
const severalTargets: CredentialsAnswer = {
  ...temporary,
  Targets: ["s3://lake-bucket/a/", "s3://lake-bucket/b/"],
};

describe.each([
  ["a temporary session", temporary],
  ["a long-term key", longTerm],
  ["a session for several targets", severalTargets],
])("for %s, the CLI writes what the service writes", (_, body) => {
  beforeEach(() => here.service.alwaysReply(json(200, body)));

  /** What `format=` of the service is answered with. */
  const textOf = (format: Format) => {
    const { body: output } = format.ofCredentials(body);
    return typeof output === "string" ? output : JSON.stringify(output);
  };

  test("by env: format=env", async () => {
    expect((await keyvend(["env"], here.env)).out).toBe(textOf(formats.env));
  });

  test("by credential-process: format=process, in a line", async () => {
    expect((await keyvend(["credential-process"], here.env)).out).toBe(`${textOf(formats.process)}\n`);
  });

  test.each(credentialsFormats.filter((name) => name !== "container" && name !== "hadoop"))(
    "by config %s: that format",
    async (name) => {
      const { status, out, err } = await keyvend(["config", name], here.env);
      expect(status).toBe(0);
      expect(out.trimEnd()).toBe(textOf(formats[name]).trimEnd());
      for (const omission of formats[name].ofCredentials(body).omissions)
        expect(err).toContain(`keyvend: not in this format: ${omission}.\n`);
    },
  );

  test("by config container: the default, as far as an S3 client needs it", async () => {
    const { Permission: _, ScopeEnforcedBy: __, DurationSeconds: ___, ...needed } = body;
    expect(JSON.parse((await keyvend(["config", "container"], here.env)).out)).toEqual(needed);
  });
});
