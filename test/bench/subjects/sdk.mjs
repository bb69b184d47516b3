// What a careful developer writes with the AWS SDK: clients at module scope, a shared table, no framework.
import { DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { createRemoteJWKSet, jwtVerify } from "jose";
import * as work from "./work.mjs";

const { settings, memory } = work;
const dynamodb = new DynamoDBClient({});
const secretsManager = new SecretsManagerClient({});
const keys = createRemoteJWKSet(new URL(settings.jwksUri));
const accepted = { issuer: settings.issuer, audience: settings.audience, algorithms: ["RS256"] };

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
    dynamodb.send(
      new GetItemCommand({ TableName: settings.table, Key: { key: { S: key } }, ConsistentRead: true }),
    ),
    sealingKey(),
  ]);
  const kept = Item?.sealed?.S && work.open(sealer, key, Item.sealed.S);
  if (kept && work.isServable(kept)) {
    memory.set(key, kept);
    return { session: kept, cache: "table" };
  }
  const { Credentials } = await (await stsClient()).send(
    new AssumeRoleCommand(work.roleRequest(ask, policy)),
  );
  const session = work.sessionOf(Credentials);
  const ttl = String(Math.ceil(Date.parse(session.Expiration) / 1_000));
  const sealed = { key: { S: key }, sealed: { S: work.seal(sealer, key, session) }, ttl: { N: ttl } };
  await dynamodb.send(new PutItemCommand({ TableName: settings.table, Item: sealed }));
  memory.set(key, session);
  return { session, cache: "issued" };
}

export async function handler(event, context) {
  try {
    const ask = work.readAsk(event);
    const { payload } = await jwtVerify(work.bearer(event), keys, accepted).catch((error) => {
      throw new work.Refusal(401, "unauthenticated", { cause: error });
    });
    const grant = work.decide(payload, ask);
    const { session, cache } = await obtain(ask);
    const { AccessKeyId: accessKeyId, Expiration: expiration } = session;
    const line = {
      requestId: context.awsRequestId,
      principal: payload.sub,
      grant: grant.name,
      accessKeyId,
      expiration,
      cache,
    };
    process.stdout.write(
      `${JSON.stringify({ time: new Date().toISOString(), decision: "vended", ...line })}\n`,
    );
    return work.json(200, work.answerOf(session, ask));
  } catch (error) {
    return work.json(error.status ?? 500, { message: error.message });
  }
}
