/**
 * Every command of infra/README.md, as it stands there, in an account at moto that is empty at the beginning. What needs a remote of git
 * or a registry is left out. moto's CloudFormation makes neither the stage's own secrets nor the API: the secrets are made before, and the
 * function is reached beside it.
 */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ResourceList } from "../../../infra/deploy/resource-list.ts";
import { blocksOf } from "../../documents/markdown.ts";
import { createDeployedWorld, type DeployedWorld, ownSecrets } from "./deployed-world.ts";

const sections = readFileSync("infra/README.md", "utf8").split(/^## /m);

function commandsOf(title: string): string[] {
  return blocksOf(sections.find((section) => section.startsWith(`${title}\n`)) ?? "", "sh");
}

/** Without lines that go to a remote of git and to a registry. */
const withoutUpdate = (block = "") =>
  block.replaceAll(/^git (?:pull|checkout v\d+\.\d+\.\d+) && npm ci\n/gm, "");

let world: DeployedWorld;
beforeAll(async () => {
  world = await createDeployedWorld();
  const [configuration = ""] = blocksOf(
    sections.find((section) => section.startsWith("Set up\n")) ?? "",
    "yaml",
  );
  const issuer = "https://login.example.com/realms/engineering";
  expect(configuration).toContain(issuer);
  await world.write("../our/vending.yml", configuration.replace(issuer, world.issuer.url));
});
afterAll(() => world?.close());

const vended = async () => {
  const token = await world.issuer.token();
  const answer = await fetch(`${world.url}/v1/storages/lake/credentials`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return (await answer.json()) as { AccessKeyId: string };
};
const names = async (command: string) => (await world.run(`${command} --output text`)).trim().split(/\s+/);

test("no command of the document is left out", () => {
  const withCommands = sections.filter((section) => blocksOf(section, "sh").length > 0);
  expect(withCommands.map((section) => [section.split("\n")[0], blocksOf(section, "sh").length])).toEqual([
    ["Set up", 1],
    ["IAM", 1],
    ["Watch", 1],
    ["Quotas", 1],
    ["Upgrade and rollback", 2],
    ["Terraform, CDK and SAM", 1],
  ]);
});

test("the IAM of storages can be a stack", async () => {
  const [block = ""] = commandsOf("IAM");
  await world.run(block);
  const role = "keyvend-prod-eu-central-1-lake";
  expect(await names("aws iam list-roles --query 'Roles[].RoleName'")).toContain(role);
  expect(await world.run("cat iam.sh")).toContain(`create-role --role-name ${role}`);
  await world.run('curl -fsS -X POST "$AWS_ENDPOINT_URL/moto-api/reset"');
});

test("five commands lead from an empty account to a vend", async () => {
  const [block = ""] = commandsOf("Set up");
  const commands = block.replaceAll("\\\n", "").replaceAll("|\n", "| ").trim().split("\n");
  expect(commands).toHaveLength(5);
  expect(await world.run("aws iam list-roles --query Roles")).toBe("[]\n");
  await world.run(ownSecrets);
  const out = await world.run(block, {
    KEYVEND_URL: world.url,
    KEYVEND_TOKEN: await world.issuer.token(),
  });
  expect(out).toContain(`  GET - ${world.url}/v1/storages/{storage}/credentials\n`);
  const [, secret, credentials = ""] = out.trim().split("\n").slice(-3);
  expect(secret).toBe("keyvend-prod/lake in eu-central-1: made the secret, with the key");
  expect(JSON.parse(credentials)).toMatchObject({ Targets: ["s3://example-lake/raw/"], Permission: "READ" });
});

test("an address hears the alarms", async () => {
  await world.run(commandsOf("Watch")[0] ?? "");
  expect(await names("aws sns list-subscriptions --query 'Subscriptions[].Endpoint'")).toEqual([
    "https://events.example.com/keyvend",
  ]);
});

test("a quota is looked up, and more of it asked for", async () => {
  const out = await world.run(commandsOf("Quotas")[0] ?? "");
  expect(out).toMatch(/^1000/);
  expect(out).toContain('"DesiredValue": 3000');
});

test("an upgrade and the way back leave what is kept", async () => {
  const before = await vended();
  const description = readFileSync("functions/openapi.json", "utf8");
  for (const [index, block] of commandsOf("Upgrade and rollback").entries()) {
    // What another version of the clone has.
    const version = ["2", "1"][index];
    await world.write(
      "functions/openapi.json",
      description.replace('"version": "1"', `"version": "${version}"`),
    );
    expect(block.split("\n")).toHaveLength(3);
    expect(withoutUpdate(block).split("\n")).toHaveLength(2);
    await world.run(withoutUpdate(block));
    expect(await (await fetch(`${world.url}/openapi.json`)).json()).toMatchObject({ info: { version } });
    expect(await vended()).toEqual(before);
  }
});

test("the package's resources are listed", async () => {
  await world.run(commandsOf("Terraform, CDK and SAM")[0] ?? "");
  const { functions } = JSON.parse(await world.run("cat ../our/resources.json")) as ResourceList;
  expect(Object.keys(functions).sort()).toEqual([
    "keyvend-prod-revoke",
    "keyvend-prod-rotate",
    "keyvend-prod-vend",
    "keyvend-prod-warm",
  ]);
  expect(await world.run("ls ../our/package")).toContain("cloudformation-template-update-stack.json");
});
