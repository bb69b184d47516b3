import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  AssumeRoleCommand,
  type Credentials,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
  STSClient,
} from "@aws-sdk/client-sts";
import { dialectOf } from "../../shared/core/dialect.ts";
import { compilePolicy } from "../../shared/core/policy.ts";
import type { Scope } from "../../shared/core/scope.ts";
import { aheadSeconds, type Backend, type BackendKey } from "./backend.ts";

/** Credentials as an S3 client takes them. */
export interface TestCredentials extends BackendKey {
  sessionToken?: string;
}

/** AWS SDK clients for one backend, destroyed together. */
export interface Clients {
  s3(credentials: TestCredentials): S3Client;
  /** A client of the gateway whose clock is ahead. It signs by the same clock, so that only expiry can be refused. */
  aheadS3(credentials: TestCredentials): S3Client;
  sts(credentials: TestCredentials): STSClient;
  /** AssumeRole with the compiled policy of the scope. */
  issueScoped(scope: Scope, durationSeconds?: number): Promise<TestCredentials>;
  /** AssumeRole with the policy that AWS would get for the scope, whatever the store makes of its escapes. */
  assumeAsOnAws(scope: Scope): Promise<TestCredentials>;
  /** How AssumeRole is refused to a key, as in `AccessDenied 403`; `none` if it is not. */
  refusalOf(credentials: TestCredentials): Promise<string>;
  /** AssumeRole with a policy that did not come from our compiler. */
  assumeRole(policy: string, durationSeconds?: number): Promise<TestCredentials>;
  /** GetSessionToken. */
  issueSession(durationSeconds?: number): Promise<TestCredentials>;
  /** GetFederationToken with the compiled policy of the scope. */
  issueFederated(scope: Scope, durationSeconds?: number): Promise<TestCredentials>;
  destroy(): void;
}

const shortestSessionSeconds = 900;

/** @example const clients = createClients(backend); */
export function createClients(
  backend: Omit<Backend, "name" | "operatorKey" | "assumingKey" | "replaceKey" | "stop">,
): Clients {
  const made: { destroy(): void }[] = [];
  const keep = <Client extends { destroy(): void }>(client: Client): Client => {
    made.push(client);
    return client;
  };
  const settings = { region: backend.region, maxAttempts: 1 };
  const stsWith = (credentials: TestCredentials) =>
    keep(new STSClient({ ...settings, endpoint: backend.stsEndpoint, credentials }));
  const sts = stsWith(backend.vendingKey);
  const assumeRole = async (Policy: string, DurationSeconds = shortestSessionSeconds) => {
    const RoleSessionName = "conformance";
    const command = new AssumeRoleCommand({
      RoleArn: backend.roleArn,
      RoleSessionName,
      Policy,
      DurationSeconds,
    });
    return asCredentials((await sts.send(command)).Credentials);
  };

  return {
    s3: (credentials) =>
      keep(new S3Client({ ...settings, endpoint: backend.s3Endpoint, forcePathStyle: true, credentials })),
    aheadS3: (credentials) =>
      keep(
        new S3Client({
          ...settings,
          endpoint: backend.aheadS3Endpoint,
          forcePathStyle: true,
          credentials,
          systemClockOffset: aheadSeconds * 1000,
        }),
      ),
    sts: stsWith,
    assumeRole,
    assumeAsOnAws: (scope) =>
      assumeRole(
        compilePolicy(scope, {
          partition: "aws",
          region: backend.region,
          dialect: dialectOf("aws", true),
        }),
      ),
    refusalOf: (credentials) =>
      stsWith(credentials)
        .send(new AssumeRoleCommand({ RoleArn: backend.roleArn, RoleSessionName: "conformance" }))
        .then(
          () => "none",
          (error) => `${error.name} ${error.$metadata?.httpStatusCode}`,
        ),
    issueScoped: (scope, durationSeconds) =>
      assumeRole(compilePolicy(scope, backend.policySetting), durationSeconds),
    async issueSession(DurationSeconds = shortestSessionSeconds) {
      return asCredentials((await sts.send(new GetSessionTokenCommand({ DurationSeconds }))).Credentials);
    },
    async issueFederated(scope, DurationSeconds = shortestSessionSeconds) {
      const Policy = compilePolicy(scope, backend.policySetting);
      const command = new GetFederationTokenCommand({ Name: "conformance", Policy, DurationSeconds });
      return asCredentials((await sts.send(command)).Credentials);
    },
    destroy() {
      for (const client of made) client.destroy();
    },
  };
}

/** Makes a bucket with an object under each key. */
export async function fillBucket(s3: S3Client, Bucket: string, keys: readonly string[]): Promise<void> {
  await s3.send(new CreateBucketCommand({ Bucket }));
  for (const Key of keys) await s3.send(new PutObjectCommand({ Bucket, Key, Body: "content" }));
}

export function asCredentials(issued: Credentials | undefined): TestCredentials {
  if (!issued?.AccessKeyId || !issued.SecretAccessKey || !issued.SessionToken) {
    throw new Error("STS answered without credentials.");
  }
  return {
    accessKeyId: issued.AccessKeyId,
    secretAccessKey: issued.SecretAccessKey,
    sessionToken: issued.SessionToken,
  };
}

/** The HTTP status of a call, 200 for any success: backends agree on statuses more than on error names. */
export async function statusOf(call: Promise<unknown>): Promise<number> {
  try {
    await call;
    return 200;
  } catch (error) {
    const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
    if ($metadata?.httpStatusCode === undefined) throw error;
    return $metadata.httpStatusCode;
  }
}
