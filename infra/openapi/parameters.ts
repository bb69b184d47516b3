import { parameters } from "../../functions/query.ts";
import { type CredentialsFormat, credentialsFormats, type Permission } from "../../shared/contract.ts";
import { greatestDurationSeconds } from "../../shared/core/duration.ts";
import { leastDurationSeconds } from "../../shared/core/expiry.ts";
import { mostPolicyCharacters } from "../../shared/core/policy.ts";
import { nameSyntax } from "../config/document.ts";
import { formatDescriptions } from "./formats.ts";

type ParameterName = keyof typeof parameters;

const mostTargets = parameters.target.most;

const permissions: Record<Permission, string> = {
  READ: "Get and list.",
  WRITE: "Put, delete and multipart upload.",
  READWRITE: "Both.",
};

/**
 * The rules for the parameters of the query, as readers need them. A test holds them to the rules of
 * `functions/query.ts`.
 */
const queryParameters: Record<ParameterName, { description: string; schema: object; example: unknown }> = {
  target: {
    description: `A bucket, or a folder in it, to get credentials for less than the whole grant. Up to ${mostTargets} targets of one bucket. A target is taken literally, and refused if it could be read as another place.`,
    schema: {
      type: "array",
      items: { type: "string", pattern: "^s3://[a-z0-9.-]{3,63}(/.*)?$" },
      maxItems: mostTargets,
    },
    example: ["s3://lake/tables/t1/"],
  },
  permission: {
    description: `Less than the grant's permission. ${wordList(permissions)}`,
    schema: { type: "string", enum: Object.keys(permissions) },
    example: "READ",
  },
  durationSeconds: {
    description:
      "The duration that is asked for. It is rounded up to 1800, 3600, 7200, 14400 or 43200, and above that to what is allowed. If less is granted than was asked for, the answer says so and names what capped it.",
    schema: { type: "integer", minimum: leastDurationSeconds, maximum: greatestDurationSeconds },
    example: 3_600,
  },
  format: {
    description: `The shape of the answer. It changes nothing else. ${wordList(formatDescriptions)}`,
    schema: {
      type: "string",
      enum: [...credentialsFormats],
      default: "container" satisfies CredentialsFormat,
    },
    example: "process",
  },
};

/** What an explanation takes beside the rest. */
const explainParameters = {
  policy: {
    description:
      "A session policy, to see what a caller of STS that brings it is vended: what it and the grant both allow. The duration is explained as such a caller gets it, too.",
    schema: { type: "string", minLength: 1, maxLength: mostPolicyCharacters },
    example:
      '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::lake/tables/*"}}',
  },
};

export const queryParameterObjects = objectsOf(queryParameters);
export const explainParameterObjects = objectsOf(explainParameters);

function objectsOf<Name extends string>(parameters: Record<Name, object>): Record<Name, object> {
  const objects = Object.entries<object>(parameters).map(([name, texts]) => [
    name,
    { name, in: "query", required: false, ...texts },
  ]);
  return Object.fromEntries(objects) as Record<Name, object>;
}

export const storageParameter = {
  name: "storage",
  in: "path",
  required: true,
  description:
    "The storage's name in the configuration. `GET /v1/storages` lists the storages that the caller may use.",
  schema: { type: "string", pattern: nameSyntax.source },
  example: "lake",
};

function wordList(words: Record<string, string>): string {
  return Object.entries(words)
    .map(([word, meaning]) => `\n- \`${word}\`: ${meaning}`)
    .join("");
}
