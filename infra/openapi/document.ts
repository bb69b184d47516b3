/**
 * The API's description: `npm run openapi` writes `functions/openapi.json`, which `GET /openapi.json` answers with. It is
 * made from the application's own routes and rules, and from schemas that are held to the contract.
 */
import { writeFileSync } from "node:fs";
import * as z from "zod/mini";
import { routes } from "../../functions/routes.ts";
import type { ErrorCode } from "../../shared/contract.ts";
import { explainAnswer, gatewayMessage, problem, storagesAnswer } from "./answers.ts";
import { formatSchemas, icebergError, textFormats } from "./formats.ts";
import { memberDescriptions } from "./member-descriptions.ts";
import { explainParameterObjects, queryParameterObjects, storageParameter } from "./parameters.ts";
import { type CallerOperation, codeList, refusalsOf } from "./refusals.ts";

const formatComponents = Object.values(formatSchemas);
const otherComponents = {
  StoragesAnswer: storagesAnswer,
  ExplainAnswer: explainAnswer,
  Problem: problem,
  IcebergError: icebergError,
  GatewayMessage: gatewayMessage,
};

const components: Record<string, z.ZodMiniType> = {
  ...Object.fromEntries(formatComponents),
  ...otherComponents,
};

type ComponentName = (typeof formatComponents)[number][0] | keyof typeof otherComponents;

interface OperationTexts {
  summary: string;
  description?: string;
  parameters: object[];
  answer: object;
}

const parameterRef = (name: string) => ({ $ref: `#/components/parameters/${name}` });
const requestParameters = ["storage", ...Object.keys(queryParameterObjects)].map(parameterRef);

const operations: Record<CallerOperation, OperationTexts> = {
  listStorages: {
    summary: "The storages that the caller may use, with their addresses and the caller's grants",
    parameters: [],
    answer: { description: "The list may be empty.", ...jsonOf("StoragesAnswer") },
  },
  vendCredentials: {
    summary: "Temporary credentials for a storage, with its address",
    parameters: requestParameters,
    answer: {
      description: "Credentials in the format that was asked for.",
      headers: {
        Warning: {
          description:
            'Facts that the format cannot carry, and changes that the operator should make: one or more of `199 keyvend "…"`.',
          schema: { type: "string" },
        },
      },
      content: {
        "application/json": {
          schema: {
            anyOf: refsTo(...formatComponents.map(([name]) => name)),
          },
        },
        "text/plain": { schema: { type: "string", description: `For the formats ${textFormats}.` } },
      },
    },
  },
  explainCredentials: {
    summary: "How a request for credentials would be answered, and why; issues nothing",
    description:
      "Takes the same query, and a policy of a caller of STS. A refusal is an explanation, too, and has status 200.",
    parameters: [...requestParameters, ...Object.keys(explainParameterObjects).map(parameterRef)],
    answer: { description: "The decision.", ...jsonOf("ExplainAnswer") },
  },
};

/** How the caller of a route proves its identity, and the suffix that tells two routes of one operation apart. */
const authorizers = {
  token: { suffix: "", security: [{ bearer: [] }, { bare: [] }] },
  iam: { suffix: "WithAws", security: [{ aws: [] }] },
};

const tag = { ETag: { description: "Names this version of the document.", schema: { type: "string" } } };

const describeOperation = {
  operationId: "describe",
  summary: "This document",
  description: "Any cache may keep it for five minutes.",
  parameters: [
    {
      name: "If-None-Match",
      in: "header",
      required: false,
      description: "The `ETag` of the version that the reader has.",
      schema: { type: "string" },
    },
  ],
  security: [],
  responses: {
    200: { description: "OpenAPI 3.1.", headers: tag, content: { "application/json": { schema: {} } } },
    304: { description: "The reader has this version.", headers: tag },
    429: gatewayAnswer("Too many requests."),
  },
};

/** The document, as it is checked in. */
export function openapi(): string {
  const document = {
    openapi: "3.1.1",
    info: {
      title: "keyvend",
      version: "1",
      summary: "Temporary S3 credentials for clients that hold no long-term key.",
      description:
        "By POST, at any path, the service also speaks the query protocol of AWS's Security Token Service. Its clients know that API by themselves, so that it is not described here.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "." }],
    paths: Object.fromEntries(routes.map(pathItemOf)),
    components: {
      schemas: schemas(),
      parameters: { storage: storageParameter, ...queryParameterObjects, ...explainParameterObjects },
      securitySchemes: {
        bearer: {
          type: "http",
          scheme: "bearer",
          description:
            "A token of an OIDC issuer that the service trusts, of at most 10,240 characters, or one of the service's API tokens.",
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
          description: "A Signature Version 4 for the service `execute-api`, made with AWS credentials.",
          "x-amazon-apigateway-authtype": "awsSigv4",
        },
      },
    },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** The path of a route, and its item in the document. Every route has the method GET. */
function pathItemOf(route: (typeof routes)[number]): [path: string, item: object] {
  const path = route.key.slice("GET ".length);
  if (route.authorizer === "none") return [path, { get: describeOperation }];
  const { operation, authorizer } = route;
  const { answer, ...texts } = operations[operation];
  const { suffix, security } = authorizers[authorizer];
  const responses = { 200: answer, ...refusalAnswers(operation, authorizer === "iam") };
  return [path, { get: { operationId: operation + suffix, ...texts, security, responses } }];
}

/** @param byGateway whether API Gateway refuses callers by itself, before the application sees their requests */
function refusalAnswers(operation: CallerOperation, byGateway: boolean): Record<number, object> {
  const answers: Record<number, object> = { 429: gatewayAnswer("Too many requests.") };
  const ofGateway = byGateway ? [403, 500, 503] : [500, 503];
  const refusals = refusalsOf(operation);
  for (const status of new Set([...refusals.keys(), ...ofGateway])) {
    const codes = refusals.get(status) ?? [];
    answers[status] =
      codes.length === 0
        ? gatewayAnswer("The caller is not allowed to call the route.")
        : problemAnswer(codes, [
            "Problem",
            ...(operation === "vendCredentials" ? (["IcebergError"] as const) : []),
            ...(ofGateway.includes(status) ? (["GatewayMessage"] as const) : []),
          ]);
  }
  return answers;
}

function problemAnswer(codes: ErrorCode[], shapes: ComponentName[]): object {
  const headers = {
    ...(codes.includes("unauthenticated") && {
      "WWW-Authenticate": { description: "How to authenticate.", schema: { type: "string" } },
    }),
    ...(codes.includes("unavailable") && {
      "Retry-After": { description: "Seconds. Present if they are known.", schema: { type: "integer" } },
    }),
  };
  const refs = refsTo(...shapes);
  const schema = refs.length === 1 ? refs[0] : { anyOf: refs };
  return {
    description: codeList(codes),
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

/** The schemas allow further members, so that the API may grow. */
function schemas(): Record<string, object> {
  return Object.fromEntries(
    Object.entries(components).map(([name, component]) => {
      const { $schema, ...schema } = z.toJSONSchema(component, {
        io: "input",
        override: ({ jsonSchema }) => {
          // The format says in a word what the pattern spells out.
          if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
          addDescriptions(jsonSchema.properties as Record<string, { description?: string }>);
        },
      });
      const description = descriptionOf(name);
      return [name, { ...description, ...schema }];
    }),
  );
}

function descriptionOf(component: string): { description?: string } {
  if (component === "Problem") return { description: `A refusal, by its code:\n${codeList()}` };
  if (component === "IcebergError")
    return {
      description:
        "A refusal in the format `iceberg`. Its message has the code, the request id, and the address of a storage that vends nothing; `fields` has no place in it.",
    };
  return {};
}

function addDescriptions(properties: Record<string, { description?: string }> = {}): void {
  for (const [member, schema] of Object.entries(properties)) {
    const description = memberDescriptions[member];
    if (description !== undefined) schema.description = description;
  }
}

if (import.meta.main) writeFileSync("functions/openapi.json", openapi());
