import { readFileSync } from "node:fs";
import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { readExplainQuery } from "../../../functions/explain-query.ts";
import { statusOf } from "../../../functions/http.ts";
import { parameters, readQuery } from "../../../functions/query.ts";
import { routes, stsRoutes } from "../../../functions/routes.ts";
import { nameSyntax } from "../../../infra/config/document.ts";
import { openapi } from "../../../infra/openapi/document.ts";

interface Operation {
  security: object[];
  responses: Record<string, { description: string }>;
}

interface Parameter {
  name: string;
  example: unknown;
  schema: {
    enum?: string[];
    minimum?: number;
    maximum?: number;
    maxItems?: number;
    minLength?: number;
    maxLength?: number;
    pattern?: string;
  };
}

interface Document {
  info: { description: string };
  paths: Record<string, Record<string, Operation>>;
  components: {
    parameters: Record<string, Parameter>;
    schemas: Record<string, { properties: Record<string, { enum?: string[] }> }>;
  };
}

const written = readFileSync("functions/openapi.json", "utf8");
const document: Document = JSON.parse(written);

test("the document that is served is the one that the rules and schemas make (npm run openapi)", () => {
  expect(written).toBe(openapi());
});

test("is OpenAPI 3.1", async () => {
  const { valid, errors } = await new Validator().validate(JSON.parse(written));
  expect(errors).toBeUndefined();
  expect(valid).toBe(true);
});

describe("the application's routes are the routes", () => {
  const ofApplication = routes.map(({ key, authorizer }) => [key, authorizer]);

  test("that are deployed, with AWS's signatures verified by API Gateway where the application trusts it", () => {
    type HttpApi = string | { method: string; path: string; authorizer: { type: string } };
    const [{ vend, ...others }] = parse(readFileSync("serverless.yml", "utf8")).functions;
    const deployed = vend.events.map(({ httpApi }: { httpApi: HttpApi }) =>
      typeof httpApi === "string"
        ? [httpApi, null]
        : [`${httpApi.method} ${httpApi.path}`, httpApi.authorizer.type],
    );
    const expected = ofApplication.map(([key, authorizer]) => [key, authorizer === "iam" ? "aws_iam" : null]);
    const toSts = stsRoutes.map((key) => [key, null]);
    expect(deployed.sort()).toEqual([...expected, ...toSts].sort());
    expect(JSON.stringify(others)).not.toContain("httpApi");
  });

  test("that are described, with the identities that they take", () => {
    const schemes = { none: [], token: ["bearer", "bare"], iam: ["aws"] };
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { security }]) => [
        `${method.toUpperCase()} ${path}`,
        security.flatMap(Object.keys),
      ]),
    );
    const expected = ofApplication.map(([key, authorizer]) => [key, schemes[authorizer as "none"]]);
    expect(described.sort()).toEqual(expected.sort());
  });

  test("and the document says of the door for STS that it leaves it out", () => {
    expect(document.info.description).toMatch(
      /^By POST, at any path, .*Security Token Service.*not described here/,
    );
  });
});

test("has every error code, with its status, where it can occur", () => {
  const { Problem } = document.components.schemas;
  expect(Problem?.properties["code"]?.enum?.sort()).toEqual(Object.keys(statusOf).sort());
  const credentials = document.paths["/v1/storages/{storage}/credentials"]?.["get"]?.responses ?? {};
  for (const [code, status] of Object.entries(statusOf).filter(([each]) => each !== "not_found")) {
    expect(credentials[status]?.description).toContain(`\`${code}\` (${status})`);
  }
});

describe("a parameter is described as it is read:", () => {
  const described = document.components.parameters;

  /** Whether the function's own rules take this query. */
  function taken(name: string, ...values: readonly unknown[]): boolean {
    const query = String(new URLSearchParams(values.map((value): [string, string] => [name, String(value)])));
    try {
      if (name === "policy") readExplainQuery(query);
      else readQuery(query);
      return true;
    } catch {
      return false;
    }
  }

  test("all of them, and no other", () => {
    expect(Object.keys(described).sort()).toEqual(["storage", "policy", ...Object.keys(parameters)].sort());
  });

  test.each([...Object.keys(parameters), "policy"])("the example of %s is taken", (name) => {
    const { example } = described[name] ?? expect.unreachable();
    expect(taken(name, ...[example].flat())).toBe(true);
  });

  test.each(["permission", "format"] as const)("%s is one of these words", (name) => {
    const words = described[name]?.schema.enum ?? [];
    expect(words.filter((word) => !taken(name, word))).toEqual([]);
    // The refusal lists what would have been taken.
    const reason = `must be ${words.join(" or ")}`;
    expect(parameters[name].parse("anything else")).toEqual({ ok: false, reason });
  });

  test("durationSeconds has these bounds", () => {
    const { minimum = Number.NaN, maximum = Number.NaN } = described["durationSeconds"]?.schema ?? {};
    const seconds = [minimum - 1, minimum, maximum, maximum + 1];
    expect(seconds.map((value) => taken("durationSeconds", value))).toEqual([false, true, true, false]);
  });

  test("a policy may have so many characters, and is taken for an explanation only", () => {
    const { minLength = Number.NaN, maxLength = Number.NaN } = described["policy"]?.schema ?? {};
    const texts = [minLength - 1, minLength, maxLength, maxLength + 1].map((length) => "x".repeat(length));
    expect(texts.map((text) => taken("policy", text))).toEqual([false, true, true, false]);
    const operation = (name: string) =>
      JSON.stringify(document.paths[`/v1/storages/{storage}/${name}`]?.["get"]);
    expect(operation("explain")).toContain("parameters/policy");
    expect(operation("credentials")).not.toContain("parameters/policy");
  });

  test("so many targets may be given", () => {
    const { maxItems = 0 } = described["target"]?.schema ?? {};
    expect(maxItems).toBe(parameters.target.most);
    const targets = Array.from({ length: maxItems + 1 }, (_, at) => `s3://lake/${at}/`);
    expect(taken("target", ...targets.slice(1))).toBe(true);
    expect(taken("target", ...targets)).toBe(false);
  });

  test("a storage has a name as in the configuration", () => {
    expect(described["storage"]?.schema.pattern).toBe(nameSyntax.source);
  });
});
