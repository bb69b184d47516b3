/**
 * The API's description: `npm run openapi` writes `infra/openapi.json`, which `GET /openapi.json` answers with. It is made
 * from the rules of the functions themselves and from schemas that are held to the contract.
 */
import { writeFileSync } from "node:fs";
import * as z from "zod/mini";
import type { ErrorCode } from "../../shared/contract.ts";
import { explainAnswer, gatewayMessage, problem, storagesAnswer } from "./answers.ts";
import { formatSchemas, textFormats } from "./formats.ts";
import { memberDescriptions } from "./member-descriptions.ts";
import { queryParameterObjects, storageParameter } from "./parameters.ts";
import { listOf, type Operation, refusalsOf } from "./refusals.ts";

const formatComponents = Object.values(formatSchemas);
const otherComponents = {
  StoragesAnswer: storagesAnswer,
  ExplainAnswer: explainAnswer,
  Problem: problem,
  GatewayMessage: gatewayMessage,
};

const components: Record<string, z.ZodMiniType> = {
  ...Object.fromEntries(formatComponents),
  ...otherComponents,
};

type ComponentName = (typeof formatComponents)[number][0] | keyof typeof otherComponents;

interface Told {
  summary: string;
  description?: string;
  parameters: object[];
  answer: object;
}

const requestParameters = ["storage", ...Object.keys(queryParameterObjects)].map((name) => ({
  $ref: `#/components/parameters/${name}`,
}));

const operations: Record<Operation, Told> = {
  storages: {
    summary: "The storages that the caller may use, with their addresses and its grants",
    parameters: [],
    answer: { description: "May be an empty list.", ...jsonOf("StoragesAnswer") },
  },
  credentials: {
    summary: "Temporary credentials for a storage, with its address",
    parameters: requestParameters,
    answer: {
      description: "Credentials, in the format that was asked for.",
      headers: {
        Warning: {
          description:
            'What the format cannot carry, and what the operator should change: `199 keyvend "…"`, one or more.',
          schema: { type: "string" },
        },
      },
      content: {
        "application/json": {
          schema: {
            anyOf: refsTo(...formatComponents.map(([name]) => name)),
          },
        },
        "text/plain": { schema: { type: "string", description: `Of the formats ${textFormats}.` } },
      },
    },
  },
  explain: {
    summary: "What a request for credentials would be answered with, and why; issues nothing",
    description: "Takes the same query. A refusal is an explanation like any other, and has status 200.",
    parameters: requestParameters,
    answer: { description: "The decision.", ...jsonOf("ExplainAnswer") },
  },
};

/** Who answers for a route, and how the caller says who it is. */
const doors = [
  { path: "/v1", suffix: "", security: [{ bearer: [] }, { bare: [] }] },
  // API Gateway refuses a request there before the function sees it.
  { path: "/v1/aws", suffix: "WithAws", security: [{ aws: [] }] },
];
const pathOf: Record<Operation, string> = {
  storages: "/storages",
  credentials: "/storages/{storage}/credentials",
  explain: "/storages/{storage}/explain",
};
const operationIds: Record<Operation, string> = {
  storages: "listStorages",
  credentials: "vendCredentials",
  explain: "explainCredentials",
};

/** The document, as it is checked in. */
export function openapi(): string {
  const document = {
    openapi: "3.1.1",
    info: {
      title: "keyvend",
      version: "1",
      summary: "Temporary S3 credentials for who holds no long-term key.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "." }],
    paths: {
      ...Object.fromEntries(doors.flatMap(pathsOf)),
      "/openapi.json": {
        get: {
          operationId: "describe",
          summary: "This document",
          security: [],
          responses: {
            200: { description: "OpenAPI 3.1.", content: { "application/json": { schema: {} } } },
            429: gatewayAnswer("Too many requests."),
          },
        },
      },
    },
    components: {
      schemas: schemas(),
      parameters: { storage: storageParameter, ...queryParameterObjects },
      securitySchemes: {
        bearer: {
          type: "http",
          scheme: "bearer",
          description: "A token of an OIDC issuer that the service trusts, or one of its API tokens.",
        },
        bare: {
          type: "apiKey",
          in: "header",
          name: "Authorization",
          description: "The same token without a scheme, as the AWS SDKs send it.",
        },
        aws: {
          type: "apiKey",
          in: "header",
          name: "Authorization",
          description: "A Signature Version 4 for the service `execute-api`, by AWS credentials.",
          "x-amazon-apigateway-authtype": "awsSigv4",
        },
      },
    },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function pathsOf({ path, suffix, security }: (typeof doors)[number]): [string, object][] {
  return (Object.keys(operations) as Operation[]).map((name) => {
    const { answer, ...told } = operations[name];
    const responses = { 200: answer, ...refusalAnswers(name, suffix !== "") };
    return [
      `${path}${pathOf[name]}`,
      { get: { operationId: operationIds[name] + suffix, ...told, security, responses } },
    ];
  });
}

function refusalAnswers(operation: Operation, byGateway: boolean): Record<number, object> {
  const answers: Record<number, object> = { 429: gatewayAnswer("More requests than the service takes.") };
  const anybody = byGateway ? [403, 500, 503] : [500, 503];
  const refusals = refusalsOf(operation);
  for (const status of new Set([...refusals.keys(), ...anybody])) {
    const codes = refusals.get(status) ?? [];
    answers[status] =
      codes.length === 0
        ? gatewayAnswer("Not allowed to call the route.")
        : problemAnswer(codes, anybody.includes(status));
  }
  return answers;
}

function problemAnswer(codes: ErrorCode[], orGateway: boolean): object {
  const headers = {
    ...(codes.includes("unauthenticated") && {
      "WWW-Authenticate": { description: "How to authenticate.", schema: { type: "string" } },
    }),
    ...(codes.includes("unavailable") && {
      "Retry-After": { description: "Seconds, where they are known.", schema: { type: "integer" } },
    }),
  };
  const schema = orGateway ? { anyOf: refsTo("Problem", "GatewayMessage") } : refTo("Problem");
  return {
    description: listOf(codes),
    ...(Object.keys(headers).length > 0 && { headers }),
    content: { "application/json": { schema } },
  };
}

function gatewayAnswer(description: string): object {
  return { description, ...jsonOf("GatewayMessage") };
}

function jsonOf(name: ComponentName): object {
  return { content: { "application/json": { schema: refTo(name) } } };
}

function refsTo(...names: ComponentName[]): object[] {
  return names.map(refTo);
}

function refTo(name: ComponentName): object {
  return { $ref: `#/components/schemas/${name}` };
}

/** Open to further members: the API may grow. */
function schemas(): Record<string, object> {
  return Object.fromEntries(
    Object.entries(components).map(([name, component]) => {
      const { $schema, ...schema } = z.toJSONSchema(component, {
        io: "input",
        override: ({ jsonSchema }) => {
          // A format says what its pattern spells out.
          if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
          describe(jsonSchema.properties as Record<string, { description?: string }>);
        },
      });
      const description = name === "Problem" ? { description: `Any refusal, by code:\n${listOf()}` } : {};
      return [name, { ...description, ...schema }];
    }),
  );
}

function describe(properties: Record<string, { description?: string }> = {}): void {
  for (const [member, schema] of Object.entries(properties)) {
    const description = memberDescriptions[member];
    if (description !== undefined) schema.description = description;
  }
}

if (import.meta.main) writeFileSync("infra/openapi.json", openapi());
