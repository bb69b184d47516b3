import * as z from "zod/mini";
import { authenticate, generalContext, type Realm, type Refusals } from "./authenticate.ts";
import { AwsFault } from "./aws-fault.ts";
import { type AwsCaller, decide } from "./caller.ts";
import type { ContextValues } from "./iam/context.ts";
import {
  type ListenOptions,
  type LocalServer,
  listen,
  type ReceivedRequest,
  type ServiceAnswer,
} from "./listener.ts";
import { createSecrets, currentStage, type Secret, type SecretContent } from "./secrets.ts";
import { type InvokeFunction, rotate } from "./secrets-rotation.ts";

interface SecretsManagerOptions extends Realm, ListenOptions {
  /** The region in the secrets' ARNs. Signatures must be for this region. */
  region?: string;
  /** Contents of the secrets that exist from the start, by name. */
  secrets?: Readonly<Record<string, string>>;
  /** Invokes the rotation functions. Without it no secret can be rotated. */
  invoke?: InvokeFunction;
}

const name = z.string().check(z.minLength(1), z.maxLength(2_048));
const content = { SecretString: z.optional(z.string()), SecretBinary: z.optional(z.string()) };
const token = { ClientRequestToken: z.optional(z.string().check(z.minLength(32), z.maxLength(64))) };
const getRequest = z.object({
  SecretId: name,
  VersionId: z.optional(z.string()),
  VersionStage: z.optional(z.string()),
});
const createRequest = z.object({ Name: name, ...content, ...token });
const putRequest = z.object({
  SecretId: name,
  VersionStages: z.optional(z.array(z.string()).check(z.minLength(1), z.maxLength(20))),
  ...content,
  ...token,
});

const stageRequest = z.strictObject({
  SecretId: name,
  VersionStage: z.string().check(z.minLength(1), z.maxLength(256)),
  RemoveFromVersionId: z.optional(z.string()),
  MoveToVersionId: z.optional(z.string()),
});
const oneSecret = z.strictObject({ SecretId: name });
const versionsRequest = z.strictObject({
  SecretId: name,
  IncludeDeprecated: z.optional(z.boolean()),
  MaxResults: z.optional(z.int()),
});
const tagRequest = z.strictObject({
  SecretId: name,
  Tags: z
    .array(
      z.strictObject({
        Key: z.string().check(z.minLength(1), z.maxLength(128)),
        Value: z.string().check(z.maxLength(256), z.regex(/^[\p{L}\p{Z}\p{N}_.:/=+@-]*$/u)),
      }),
    )
    .check(z.minLength(1), z.maxLength(50)),
});
const rotateRequest = z.strictObject({
  SecretId: name,
  ...token,
  RotationLambdaARN: z.optional(z.string().check(z.maxLength(2_048))),
  RotationRules: z.optional(
    z.strictObject({
      AutomaticallyAfterDays: z.optional(z.int().check(z.gte(1), z.lte(1_000))),
      ScheduleExpression: z.optional(z.string()),
      Duration: z.optional(z.string()),
    }),
  ),
  RotateImmediately: z.optional(z.boolean()),
});

const actions = [
  "GetSecretValue",
  "CreateSecret",
  "PutSecretValue",
  "UpdateSecretVersionStage",
  "DescribeSecret",
  "ListSecretVersionIds",
  "TagResource",
  "RotateSecret",
  "CancelRotateSecret",
] as const;

const wrongSignature = new AwsFault(
  400,
  "InvalidSignatureException",
  "The request signature we calculated does not match the signature you provided.",
);
const invalidToken = new AwsFault(
  400,
  "UnrecognizedClientException",
  "The security token included in the request is invalid.",
);
const skewed = new AwsFault(
  400,
  "InvalidSignatureException",
  "Signature expired: its time is more than 15 minutes from the server's.",
);
const refusals: Refusals = {
  unsigned: new AwsFault(400, "MissingAuthenticationTokenException", "Missing Authentication Token"),
  malformed: new AwsFault(
    400,
    "IncompleteSignatureException",
    "The signature does not conform to AWS standards.",
  ),
  "wrong-scope": new AwsFault(
    400,
    "InvalidSignatureException",
    "Credential should be scoped to this service, region and date.",
  ),
  "headers-not-signed": new AwsFault(
    400,
    "InvalidSignatureException",
    "Host and x-amz- headers must be signed.",
  ),
  skewed,
  "link-expired": skewed,
  "unknown-key": invalidToken,
  "bad-token": invalidToken,
  "expired-token": new AwsFault(
    400,
    "ExpiredTokenException",
    "The security token included in the request is expired",
  ),
  "wrong-signature": wrongSignature,
  "payload-altered": wrongSignature,
  "payload-malformed": wrongSignature,
};

/**
 * Starts Secrets Manager on loopback, with the actions that read, make and rotate a secret. Rejects if the port is
 * taken.
 *
 * @example
 * const secretsManager = await createSecretsManagerServer({ accounts, sessionTokens, secrets: { "lake/key": json } })
 */
export function createSecretsManagerServer(options: SecretsManagerOptions): Promise<LocalServer> {
  const { accounts, now = Date.now, region = "us-east-1" } = options;
  const rules = { service: "secretsmanager", region, pathEncoding: "twice" } as const;
  const secrets = createSecrets(
    `arn:${accounts.partition}:secretsmanager:${region}:${accounts.accountId}:secret:`,
  );
  for (const [secretName, text] of Object.entries(options.secrets ?? {}))
    secrets.create(secretName, undefined, { SecretString: text }, now());

  function authorize(caller: AwsCaller, action: string, nameOrArn: string, more: ContextValues = {}): void {
    const resource = secrets.arnOf(nameOrArn);
    const permission = `secretsmanager:${action}`;
    const context = { ...generalContext(now()), "secretsmanager:SecretId": nameOrArn, ...more };
    if (decide(caller, permission, resource, context) === "allowed") return;
    const message = `User: ${caller.arn} is not authorized to perform: ${permission} on resource: ${resource}`;
    throw new AwsFault(400, "AccessDeniedException", message);
  }

  function requireSecret(caller: AwsCaller, action: string, nameOrArn: string, more?: ContextValues): Secret {
    authorize(caller, action, nameOrArn, more);
    const secret = secrets.find(nameOrArn);
    if (secret !== undefined) return secret;
    throw new AwsFault(400, "ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
  }

  const operations: Record<(typeof actions)[number], (caller: AwsCaller, input: unknown) => object> = {
    GetSecretValue(caller, input) {
      const request = parseInput(getRequest, input);
      const secret = requireSecret(caller, "GetSecretValue", request.SecretId);
      const versionId = request.VersionId;
      const stage = request.VersionStage ?? (versionId === undefined ? currentStage : undefined);
      const version = secret.versions.find(
        ({ id, stages }) => id === (versionId ?? id) && (stage === undefined || stages.has(stage)),
      );
      if (version?.content === undefined) {
        const message =
          "Secrets Manager can't find the specified secret value for that version or staging label.";
        throw new AwsFault(400, "ResourceNotFoundException", message);
      }
      return {
        ARN: secret.arn,
        Name: secret.name,
        VersionId: version.id,
        VersionStages: [...version.stages],
        CreatedDate: version.createdAt / 1_000,
        ...version.content,
      };
    },
    CreateSecret(caller, input) {
      const request = parseInput(createRequest, input);
      authorize(caller, "CreateSecret", request.Name);
      const secret = secrets.create(request.Name, request.ClientRequestToken, contentOf(request), now());
      return { ARN: secret.arn, Name: secret.name, VersionId: secret.versions[0]?.id };
    },
    PutSecretValue(caller, input) {
      const request = parseInput(putRequest, input);
      const secret = requireSecret(caller, "PutSecretValue", request.SecretId);
      const stages = request.VersionStages ?? [currentStage];
      const version = secrets.put(secret, request.ClientRequestToken, contentOf(request), stages, now());
      return {
        ARN: secret.arn,
        Name: secret.name,
        VersionId: version.id,
        VersionStages: [...version.stages],
      };
    },
    UpdateSecretVersionStage(caller, input) {
      const request = parseInput(stageRequest, input);
      const secret = requireSecret(caller, "UpdateSecretVersionStage", request.SecretId);
      const { VersionStage, RemoveFromVersionId, MoveToVersionId } = request;
      if (VersionStage === currentStage && MoveToVersionId === undefined)
        throw new AwsFault(400, "InvalidParameterException", `${currentStage} can only be moved.`);
      secrets.moveStage(secret, VersionStage, RemoveFromVersionId, MoveToVersionId);
      secret.lastChangedAt = now();
      return { ARN: secret.arn, Name: secret.name };
    },
    DescribeSecret(caller, input) {
      const { SecretId } = parseInput(oneSecret, input);
      return describe(requireSecret(caller, "DescribeSecret", SecretId));
    },
    ListSecretVersionIds(caller, input) {
      const { SecretId, IncludeDeprecated = false } = parseInput(versionsRequest, input);
      const { arn, name, versions } = requireSecret(caller, "ListSecretVersionIds", SecretId);
      return {
        ARN: arn,
        Name: name,
        Versions: versions
          .filter(({ stages }) => IncludeDeprecated || stages.size > 0)
          .map(({ id, stages, createdAt }) => ({
            VersionId: id,
            CreatedDate: createdAt / 1_000,
            ...(stages.size > 0 && { VersionStages: [...stages] }),
          })),
      };
    },
    TagResource(caller, input) {
      const { SecretId, Tags } = parseInput(tagRequest, input);
      const secret = requireSecret(caller, "TagResource", SecretId, {
        "aws:TagKeys": Tags.map(({ Key }) => Key),
      });
      secret.tags = new Map([
        ...secret.tags,
        ...Tags.map(({ Key, Value }): [string, string] => [Key, Value]),
      ]);
      secret.lastChangedAt = now();
      return {};
    },
    RotateSecret(caller, input) {
      const request = parseInput(rotateRequest, input);
      const secret = requireSecret(caller, "RotateSecret", request.SecretId);
      const { ClientRequestToken, RotationLambdaARN, RotationRules, RotateImmediately = true } = request;
      const VersionId = rotate(
        secret,
        {
          versionId: ClientRequestToken,
          functionArn: RotationLambdaARN,
          rules: RotationRules,
          isImmediate: RotateImmediately,
        },
        options.invoke,
        now,
      );
      return { ARN: secret.arn, Name: secret.name, VersionId };
    },
    CancelRotateSecret(caller, input) {
      const { SecretId } = parseInput(oneSecret, input);
      const secret = requireSecret(caller, "CancelRotateSecret", SecretId);
      delete secret.rotation;
      return { ARN: secret.arn, Name: secret.name };
    },
  };

  return listen(
    {
      name: "Secrets Manager",
      maxBodyBytes: 256 * 1_024,
      tooLarge: new AwsFault(413, "RequestEntityTooLarge", "The request is too large."),
      throttled: new AwsFault(400, "ThrottlingException", "Rate exceeded"),
      actionOf,
      async answer(request, action) {
        const { caller, payload } = authenticate(request, options, rules, refusals);
        const name = actions.find((one) => one === action);
        if (name === undefined) throw unknownOperation();
        return json(200, operations[name](caller, parseJson(payload.body)));
      },
      refuse: ({ status, code, message }) => json(status, { __type: code, Message: message, message }),
    },
    options,
  );
}

function actionOf({ method, path, headers }: ReceivedRequest): string {
  const [service, action = ""] = (headers.get("x-amz-target") ?? "").split(".");
  if (
    method !== "POST" ||
    path !== "/" ||
    service !== "secretsmanager" ||
    !actions.some((one) => one === action)
  )
    throw unknownOperation();
  return action;
}

function unknownOperation(): AwsFault {
  return new AwsFault(400, "UnknownOperationException", "This stand-in has no such operation.");
}

function describe({ arn, name, createdAt, lastChangedAt, versions, tags, rotation }: Secret): object {
  const labelled = versions.filter(({ stages }) => stages.size > 0);
  return {
    ARN: arn,
    Name: name,
    CreatedDate: createdAt / 1_000,
    LastChangedDate: lastChangedAt / 1_000,
    ...(tags.size > 0 && { Tags: Array.from(tags, ([Key, Value]) => ({ Key, Value })) }),
    VersionIdsToStages: Object.fromEntries(labelled.map(({ id, stages }) => [id, [...stages]])),
    ...(rotation && {
      RotationEnabled: true,
      RotationLambdaARN: rotation.functionArn,
      RotationRules: rotation.rules,
      ...(rotation.lastRotatedAt !== undefined && { LastRotatedDate: rotation.lastRotatedAt / 1_000 }),
    }),
  };
}

function parseInput<T>(schema: z.ZodMiniType<T>, input: unknown): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const fields = result.error.issues.map(({ path }) => path.join(".")).join(", ");
  throw new AwsFault(400, "InvalidParameterException", `Invalid request: ${fields}`);
}

function contentOf(request: {
  SecretString?: string | undefined;
  SecretBinary?: string | undefined;
}): SecretContent {
  const { SecretString, SecretBinary } = request;
  if (SecretString !== undefined && SecretBinary === undefined) return { SecretString };
  if (SecretBinary !== undefined && SecretString === undefined) return { SecretBinary };
  throw new AwsFault(400, "InvalidRequestException", "Give either SecretString or SecretBinary.");
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    throw new AwsFault(400, "SerializationException", "The body is not JSON.");
  }
}

function json(status: number, body: object): ServiceAnswer {
  return { status, headers: { "content-type": "application/x-amz-json-1.1" }, body: JSON.stringify(body) };
}
