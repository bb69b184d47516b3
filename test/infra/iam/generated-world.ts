import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { S3Client } from "@aws-sdk/client-s3";
import { STSClient } from "@aws-sdk/client-sts";
import { onTestFinished, vi } from "vitest";
import { parseConfig } from "../../../infra/config/parse-config.ts";
import { roleNameOf } from "../../../infra/deploy/names.ts";
import { atStage, deploymentOf } from "../../../infra/deployment.ts";
import { expectedIam } from "../../../infra/iam/expected-iam.ts";
import type { IamSetting } from "../../../infra/iam/setting.ts";
import { createAccounts } from "../../../infra/local/aws/accounts.ts";
import { createIamServer } from "../../../infra/local/aws/iam-api.ts";
import type { LocalServer } from "../../../infra/local/aws/listener.ts";
import { createS3Server } from "../../../infra/local/aws/s3.ts";
import { createSecretsManagerServer } from "../../../infra/local/aws/secrets-manager.ts";
import { createSessionTokens } from "../../../infra/local/aws/session-tokens.ts";
import { createStsServer } from "../../../infra/local/aws/sts.ts";
import { createIssue } from "../../../shared/aws/issue.ts";
import type { OwnCredentials } from "../../../shared/aws/own-credentials.ts";
import type { Ask } from "../../../shared/core/ask.ts";
import { authorize } from "../../../shared/core/authorize.ts";
import { issueRequest } from "../../../shared/core/issue-request.ts";
import type { Principal } from "../../../shared/core/principal.ts";

export const accountId = "111122223333";
const setting: IamSetting = { stage: "prod", region: "eu-central-1" };
const operatorKey = { accessKeyId: "AKIAOPERATOR00000001", secretAccessKey: "operator+secret" };
const buckets = ["lake", "lake-2", "private"];

/** A key of a user, or of a session. */
export type Key = Readonly<OwnCredentials>;

/**
 * The emulated account, empty but for the functions' roles and an operator, who puts into it by calls of IAM what the configuration
 * makes: users, roles and issuers. All of it ends with the test.
 *
 * @param document a configuration, whose storages are on AWS by their addresses. Its calls go to the emulation.
 */
export async function createGeneratedWorld(document: object, options: Partial<IamSetting> = {}) {
  const config = atStage(parseConfig(document), setting.stage);
  const places = expectedIam(config, { ...setting, ...options });
  const everything = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };
  const lambda = {
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" },
    ],
  };
  const accounts = createAccounts({
    accountId,
    users: [{ name: "operator", accessKeys: [operatorKey], policies: [everything] }],
    // A role of the account that may do everything, and so may ask for any role.
    roles: [{ name: "stranger", trust: lambda, policies: [everything] }],
    // The emulated IAM makes no issuers.
    oidcProviders: places.flatMap(({ providers }) =>
      providers.map(({ url, audiences }) => ({ issuer: url, audiences, jwksUri: `${url}/jwks` })),
    ),
  });
  const sessionTokens = createSessionTokens();
  const realm = { accounts, sessionTokens };
  const iamServer = await createIamServer(realm);
  const stsServer = await createStsServer(realm);
  const s3Server = await createS3Server({ ...realm, buckets });
  const endings: (() => unknown)[] = [iamServer.close, stsServer.close, s3Server.close];
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    for (const end of endings.reverse()) await end();
  });
  const client = <T extends { destroy(): void }>(made: T): T => {
    endings.push(() => made.destroy());
    return made;
  };
  const settingsOf = (server: LocalServer, credentials: Key) => ({
    endpoint: server.url,
    region: setting.region,
    credentials,
    maxAttempts: 1,
  });
  const iam = client(new IAMClient(settingsOf(iamServer, operatorKey)));

  /** As the stack makes it: by name, with the rights to issue. */
  const makeFunctionRole = async (name: string) => {
    const RoleName = roleNameOf(name, setting);
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: JSON.stringify(lambda) }));
    const secrets = { Effect: "Allow", Action: ["secretsmanager:GetSecretValue"], Resource: ["*"] };
    const [, ...issuing] = deploymentOf(config).issuing.Statement;
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [secrets, ...issuing] });
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "issue", PolicyDocument }));
  };
  for (const name of ["vend", "warm", "other"]) await makeFunctionRole(name);

  const keys: Record<string, Key> = {};
  const secrets: Record<string, string> = {};
  for (const { users, roles } of places) {
    for (const { name: UserName, policy, secret } of users) {
      await iam.send(new CreateUserCommand({ UserName }));
      const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
      const key = {
        accessKeyId: AccessKey?.AccessKeyId ?? "",
        secretAccessKey: AccessKey?.SecretAccessKey ?? "",
      };
      keys[UserName] = key;
      secrets[secret] = JSON.stringify(key);
      if (policy) {
        const PolicyDocument = JSON.stringify(policy);
        await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "rights", PolicyDocument }));
      }
    }
    for (const { name: RoleName, trust, rights, maxSessionSeconds: MaxSessionDuration } of roles) {
      const AssumeRolePolicyDocument = JSON.stringify(trust);
      await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument, MaxSessionDuration }));
      if (rights) {
        const PolicyDocument = JSON.stringify(rights);
        await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "keyvend", PolicyDocument }));
      }
    }
  }
  const secretsServer = await createSecretsManagerServer({ ...realm, region: setting.region, secrets });
  endings.push(secretsServer.close);
  vi.stubEnv("AWS_ENDPOINT_URL_SECRETS_MANAGER", secretsServer.url);

  /** A session of a role, such as Lambda gives its functions. */
  const sessionOf = (role: string): Key => {
    const roleId = accounts.roles.get(role)?.id ?? "";
    const made = { accessKeyId: `ASIA${roleId.slice(4)}`, secretAccessKey: `secret of ${role}` };
    const issuedAt = Date.now();
    const sessionToken = sessionTokens.seal({
      ...made,
      issuedAt,
      expiration: issuedAt + 43_200_000,
      holder: { kind: "assumed-role", roleId, sessionName: "function" },
      policy: undefined,
      tags: {},
      transitiveTagKeys: [],
      sourceIdentity: undefined,
    });
    return { ...made, sessionToken };
  };
  const functionRole = (name: string) => roleNameOf(name, setting);

  return {
    places,
    iam,
    keys,
    accounts,
    functionRole,
    sessionOf,
    makeFunctionRole,
    async removeFunctionRole(name: string) {
      const RoleName = functionRole(name);
      await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "issue" }));
      await iam.send(new DeleteRoleCommand({ RoleName }));
    },
    sts: (key: Key) => client(new STSClient(settingsOf(stsServer, key))),
    s3: (key: Key) => client(new S3Client({ ...settingsOf(s3Server, key), forcePathStyle: true })),
    /** Vends as the function of this name does. */
    async vend(
      ask: Ask,
      principal: Principal,
      { by = "vend", token }: { by?: string; token?: string } = {},
    ): Promise<{ key: Key; seconds: number }> {
      const authorization = authorize(config, { principal, now: Date.now(), sourceIp: undefined }, ask);
      const storage = { ...authorization.storage, stsEndpoint: stsServer.url };
      const issue = createIssue({
        region: setting.region,
        credentials: async () => sessionOf(functionRole(by)),
        clock: { now: () => Date.now() },
        timeoutMs: 60_000,
        meter: () => undefined,
      });
      const request = issueRequest({ ...authorization, storage }, { principal, ...(token && { token }) });
      const { accessKeyId, secretAccessKey, sessionToken, issuedAt, expiration } = await issue(request);
      return {
        key: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) },
        seconds: (expiration - issuedAt) / 1_000,
      };
    },
  };
}

/** A caller of the issuer `company`. */
export function caller(claims: Record<string, unknown> = {}, subject = "alice"): Principal {
  return { issuer: "company", subject, claims: { sub: subject, ...claims }, kind: "oidc", tokenHash: "" };
}
