import { IAMClient, ListAccessKeysCommand } from "@aws-sdk/client-iam";
import { AssumeRoleCommand, GetSessionTokenCommand, STSClient } from "@aws-sdk/client-sts";
import { expect, onTestFinished, test } from "vitest";
import { parseConfig } from "../../../infra/config/parse-config.ts";
import { createIamServer } from "../../../infra/local/aws/iam-api.ts";
import { createSessionTokens } from "../../../infra/local/aws/session-tokens.ts";
import { createStsServer } from "../../../infra/local/aws/sts.ts";
import {
  createLocalAccount,
  localRoles,
  operatorKey,
  tenantsExternalId,
} from "../../../infra/local/local-account.ts";
import { localVending } from "../../../infra/local/local-vending.ts";
import { keysOf, refusalOf } from "./aws/world.ts";

const issuer = "http://127.0.0.1:1";

/** What assumes the tenants' role as keyvend does, but without a policy. */
const wholeRole = new AssumeRoleCommand({
  RoleArn: localRoles.tenants,
  RoleSessionName: "escape",
  ExternalId: tenantsExternalId,
  SourceIdentity: "escape",
  Tags: [{ Key: "tenant", Value: "acme" }],
});

test("a session of the lake's owner, which clients have, does not open the role that a policy narrows", async () => {
  const { accounts, lakeKey, tenantsKey } = createLocalAccount({ sealingSecret: "sealing", issuer });
  const server = await createStsServer({ accounts, sessionTokens: createSessionTokens() });
  const sts = (credentials: typeof lakeKey) => {
    const client = new STSClient({ endpoint: server.url, region: "us-east-1", credentials });
    onTestFinished(() => client.destroy());
    return client;
  };
  onTestFinished(() => server.close());
  const { Credentials } = await sts(lakeKey).send(new GetSessionTokenCommand({}));
  expect(await refusalOf(sts(keysOf(Credentials)).send(wholeRole))).toEqual(["AccessDenied", 403]);
  expect(await refusalOf(sts(tenantsKey).send(wholeRole))).toEqual(["not refused", 200]);
});

test("the operator manages the keys of the account, and nobody else does", async () => {
  const { accounts, lakeKey } = createLocalAccount({ sealingSecret: "sealing", issuer });
  const server = await createIamServer({ accounts, sessionTokens: createSessionTokens() });
  onTestFinished(() => server.close());
  const list = (credentials: typeof lakeKey) => {
    const client = new IAMClient({ endpoint: server.url, region: "us-east-1", credentials });
    onTestFinished(() => client.destroy());
    return refusalOf(client.send(new ListAccessKeysCommand({ UserName: "lake-owner" })));
  };
  expect(await list(operatorKey)).toEqual(["not refused", 200]);
  expect(await list(lakeKey)).toEqual(["AccessDenied", 403]);
});

test("the emulation's configuration keeps the rules that it checks", () => {
  const { storages } = parseConfig(localVending({ issuer, sts: issuer, s3: issuer }));
  expect(storages.get("tenants")).toMatchObject({ secret: "keyvend/tenants" });
});
