// What a team with conventions writes: middy, zod, Powertools, the SDK's document client, jose.
import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import { logMetrics } from "@aws-lambda-powertools/metrics/middleware";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { DynamoDBDocumentClient, GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import middy from "@middy/core";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { z } from "zod";
import * as work from "./work.mjs";

const { settings, memory } = work;
const logger = new Logger({ serviceName: "vend" });
const metrics = new Metrics({ namespace: "vend", serviceName: "vend" });
const dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const secretsManager = new SecretsManagerClient({});
const keys = createRemoteJWKSet(new URL(settings.jwksUri));
const accepted = { issuer: settings.issuer, audience: settings.audience, algorithms: ["RS256"] };

const Event = z.object({
  headers: z.object({ authorization: z.string().regex(/^bearer +\S+$/i) }),
  pathParameters: z.object({ storage: z.string().min(1).max(64) }),
  rawQueryString: z.string().max(8_192),
  requestContext: z.object({ http: z.object({ method: z.literal("GET"), sourceIp: z.string() }) }),
});
const Session = z.object({
  AccessKeyId: z.string(),
  SecretAccessKey: z.string(),
  Token: z.string(),
  Expiration: z.iso.datetime(),
  issuedAt: z.number(),
});

const secretOf = async (SecretId) =>
  (await secretsManager.send(new GetSecretValueCommand({ SecretId }))).SecretString;

let sealing;
const sealingKey = () => {
  sealing ??= secretOf(settings.sealingSecret).then(work.sealingKey);
  return sealing;
};

let sts;
const stsClient = () => {
  sts ??= secretOf(settings.secret).then(
    (text) => new STSClient({ credentials: JSON.parse(text), endpoint: settings.stsEndpoint }),
  );
  return sts;
};

async function obtain(ask) {
  const policy = work.policyFor(ask);
  const key = work.cacheKey(ask, policy);
  const remembered = memory.get(key);
  if (remembered) return { session: remembered, cache: "memory" };
  const [{ Item }, sealer] = await Promise.all([
    dynamodb.send(new GetCommand({ TableName: settings.table, Key: { key }, ConsistentRead: true })),
    sealingKey(),
  ]);
  const kept = Item?.sealed && Session.parse(work.open(sealer, key, Item.sealed));
  if (kept && work.isServable(kept)) {
    memory.set(key, kept);
    return { session: kept, cache: "table" };
  }
  const { Credentials } = await (await stsClient()).send(
    new AssumeRoleCommand(work.roleRequest(ask, policy)),
  );
  const session = work.sessionOf(Credentials);
  const ttl = Math.ceil(Date.parse(session.Expiration) / 1_000);
  const sealed = work.seal(sealer, key, session);
  await dynamodb.send(new PutCommand({ TableName: settings.table, Item: { key, sealed, ttl } }));
  memory.set(key, session);
  return { session, cache: "issued" };
}

async function vend(event, context) {
  logger.addContext(context);
  const request = Event.parse(event);
  const ask = work.readAsk(request);
  const { payload } = await jwtVerify(work.bearer(request), keys, accepted).catch((error) => {
    throw new work.Refusal(401, "unauthenticated", { cause: error });
  });
  const grant = work.decide(payload, ask);
  const { session, cache } = await obtain(ask);
  const { AccessKeyId: accessKeyId, Expiration: expiration } = session;
  logger.info("vended", { principal: payload.sub, grant: grant.name, accessKeyId, expiration, cache });
  metrics.addDimension("cache", cache);
  metrics.addMetric("Vends", MetricUnit.Count, 1);
  return work.json(200, work.answerOf(session, ask));
}

export const handler = middy(vend)
  .use(logMetrics(metrics))
  .onError((request) => {
    request.response = work.json(request.error.status ?? 500, { message: request.error.message });
  });
