// The work that all stand-ins share: what keyvend does for the same request, written as one writes it for a single service.
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";

export const settings = JSON.parse(readFileSync(process.env.SETTINGS, "utf8"));

/** What a request asks for. Throws for a request that is none. */
export function readAsk(event) {
  const storage = event.pathParameters?.storage;
  const query = new URLSearchParams(event.rawQueryString);
  const target = /^s3:\/\/([a-z0-9.-]{3,63})\/(.*)$/.exec(query.get("target") ?? "");
  if (!storage || !target || target[2].split("/").includes("..")) throw new Refusal(400, "invalid_request");
  return { storage, bucket: target[1], prefix: target[2] };
}

export function bearer(event) {
  const token = /^bearer +(\S+)$/i.exec(event.headers.authorization ?? "")?.[1];
  if (!token) throw new Refusal(401, "unauthenticated");
  return token;
}

/** The grant that covers the ask. */
export function decide(claims, ask) {
  const grant = settings.grants.find(
    ({ storage, prefix, match }) =>
      storage === ask.storage &&
      ask.prefix.startsWith(prefix) &&
      Object.entries(match).every(([name, value]) => claims[name] === value),
  );
  if (!grant || ask.bucket !== settings.bucket) throw new Refusal(403, "no_grant");
  return grant;
}

export function policyFor({ bucket, prefix }) {
  const literal = prefix.replace(/[$*?]/g, (character) => `\${${character}}`);
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: [
          "s3:GetObject",
          "s3:PutObject",
          "s3:DeleteObject",
          "s3:AbortMultipartUpload",
          "s3:ListMultipartUploadParts",
        ],
        Resource: `arn:aws:s3:::${bucket}/${literal}*`,
      },
      { Effect: "Allow", Action: "s3:GetBucketLocation", Resource: `arn:aws:s3:::${bucket}` },
      {
        Effect: "Allow",
        Action: "s3:ListBucket",
        Resource: `arn:aws:s3:::${bucket}`,
        Condition: { StringLike: { "s3:prefix": `${literal}*` } },
      },
    ],
  });
}

export function roleRequest(ask, policy) {
  return {
    RoleArn: settings.roleArn,
    RoleSessionName: `vend-${ask.storage}`,
    DurationSeconds: 3_600,
    Policy: policy,
  };
}

export function cacheKey(ask, policy) {
  return createHash("sha256")
    .update(JSON.stringify([ask.storage, 3_600, policy]))
    .digest("hex");
}

export function sealingKey(secret) {
  const { current, ...keys } = JSON.parse(secret);
  return createHash("sha256").update(keys[current]).digest();
}

export function seal(key, place, session) {
  const iv = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(Buffer.from(place));
  const text = Buffer.concat([cipher.update(JSON.stringify(session)), cipher.final()]);
  return [iv, cipher.getAuthTag(), text].map((part) => part.toString("base64url")).join(".");
}

export function open(key, place, sealed) {
  const [iv, tag, text] = sealed.split(".").map((part) => Buffer.from(part, "base64url"));
  const decipher = createDecipheriv("aes-256-gcm", key, iv, { authTagLength: 16 })
    .setAAD(Buffer.from(place))
    .setAuthTag(tag);
  return JSON.parse(decipher.update(text, undefined, "utf8") + decipher.final("utf8"));
}

export function sessionOf({ AccessKeyId, SecretAccessKey, SessionToken, Expiration }) {
  return {
    AccessKeyId,
    SecretAccessKey,
    Token: SessionToken,
    Expiration: Expiration.toISOString(),
    issuedAt: Date.now(),
  };
}

/** At least half of its life is left. */
export function isServable(session) {
  const expiration = Date.parse(session.Expiration);
  return (expiration - Date.now()) * 2 >= expiration - session.issuedAt;
}

/** Sessions in memory: five seconds each, a thousand at most, as keyvend has them. */
const remembered = new Map();
export const memory = {
  get(key) {
    const one = remembered.get(key);
    return one && Date.now() < one.until && isServable(one.session) ? one.session : undefined;
  },
  set(key, session) {
    remembered.delete(key);
    remembered.set(key, { session, until: Date.now() + 5_000 });
    if (remembered.size > 1_000) remembered.delete(remembered.keys().next().value);
  },
};

export function answerOf({ issuedAt: _, ...session }, ask) {
  return {
    ...session,
    Storage: ask.storage,
    Endpoint: settings.endpoint,
    Region: settings.region,
    PathStyleAccess: true,
    Targets: [`s3://${ask.bucket}/${ask.prefix}`],
    Permission: "READWRITE",
    DurationSeconds: 3_600,
  };
}

export class Refusal extends Error {
  constructor(status, code) {
    super(code);
    this.status = status;
  }
}

export function json(statusCode, body) {
  return {
    statusCode,
    headers: { "Content-Type": "application/json", "Cache-Control": "no-store" },
    body: JSON.stringify(body),
  };
}
