/** The recipe for clients of STS: its configuration is run as it is written, and its tables are held to what is answered. */
import { readFileSync } from "node:fs";
import { AssumeRoleCommand, GetCallerIdentityCommand, GetSessionTokenCommand } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { checkDocument } from "../../infra/config/vending-yaml.ts";
import { warningsOf } from "../../infra/config/warnings.ts";
import { localMasterSecret } from "../../infra/local/local-client-key.ts";
import { readMasterKeys } from "../../shared/aws/master-keys.ts";
import { clientSecret } from "../../shared/identity/client-keys.ts";
import { blocksOf } from "../documents/markdown.ts";
import { stsClient } from "../functions/sts/sts-client.ts";
import { type LocalService, startLocalService } from "./local-service.ts";

const recipe = readFileSync("infra/recipes/sts-door.md", "utf8");
const part = parse(blocksOf(recipe, "yaml")[0] ?? "");
const { catalog } = part.clientKeys;
/** What the recipe says of the README's storage. */
const longer = parse(/gets `(maxDurationSeconds: \d+)`/.exec(recipe)?.[1] ?? "");
/** The cells of the table that has this head, without their marks of code. */
function rowsOf(head: string): string[][] {
  const [, table = ""] = recipe.split(`| ${head} |`);
  const [rows = ""] = table.split("\n\n");
  return rows
    .split("\n")
    .slice(2)
    .map((row) =>
      row
        .split("|")
        .map((cell) => cell.trim().replace(/^`([^`]+)`$/, "$1"))
        .slice(1, -1),
    );
}

let service: LocalService;
let client: ReturnType<typeof stsClient>;

beforeAll(async () => {
  service = await startLocalService(({ issuers, storages }) => ({
    ...part,
    issuers,
    storages: { lake: { ...storages["federated"], bucket: "s3://lake/warehouse", ...longer } },
    clientKeys: { catalog: { ...catalog, expires: new Date(Date.now() + 3_600_000).toISOString() } },
  }));
  const { key } = await readMasterKeys(async () => localMasterSecret, { now: Date.now }).current();
  const credentials = { accessKeyId: catalog.id, secretAccessKey: clientSecret(catalog.id, key) };
  client = stsClient(service.answer, { credentials });
});
afterAll(() => service?.close());

test("its configuration passes the check, without warnings", () => {
  const { issuers, storages } = parse(blocksOf(readFileSync("README.md", "utf8"), "yaml")[0] ?? "");
  const now = Date.parse("2026-12-01T00:00:00Z");
  const lake = { ...storages.lake, ...longer };
  const { config } = checkDocument({ issuers, ...part, storages: { lake } }, now);
  expect(warningsOf(config, now)).toEqual([]);
  expect(config.stsRoles).toHaveLength(1);
});

test("its roles reach what they stand for", async () => {
  const [mapped = ""] = Object.keys(part.stsRoleArns);
  const roles = rowsOf("`RoleArn` | stands for").map(([arn = ""]) => arn);
  const scopes = await Promise.all(
    roles.map(async (role) => {
      const RoleArn = role === "none" ? undefined : role.replace("an ARN of `stsRoleArns`", mapped);
      const name = `role-${roles.indexOf(role)}`;
      await client.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: name }));
      const { audit } = service.log.find(({ audit: { callerSession } }) => callerSession === name) ?? {};
      return [audit?.permission, ...(audit?.targets ?? [])];
    }),
  );
  const tables = "s3://lake/warehouse/tables/";
  expect(scopes).toEqual([
    ["READWRITE", tables],
    ["READ", tables],
    ["READ", `${tables}public/`],
    ["READ", `${tables}public/`],
    ["READWRITE", tables],
  ]);
});

test("its actions are those that are answered", async () => {
  const actions = rowsOf("action | identity | answers").map(([action]) => action);
  const answer = await service.answer({
    ...({ routeKey: "POST /", rawPath: "/", rawQueryString: "", headers: {}, version: "2.0" } as const),
    isBase64Encoded: false,
    requestContext: { http: { method: "POST", sourceIp: "192.0.2.1" } },
  } as Parameters<typeof service.answer>[0]);
  const [, listed = ""] = /It answers ([\w, ]+) of version/.exec(answer.body ?? "") ?? [];
  expect(actions).toEqual(listed.split(", "));
  expect(await client.send(new GetSessionTokenCommand({}))).toHaveProperty("Credentials");
  const { Arn } = await client.send(new GetCallerIdentityCommand({}));
  expect(recipe).toContain(`| a client key's signature | \`${Arn}\` |`);
});
