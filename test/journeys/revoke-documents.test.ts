/** Every `npm run revoke` that a document writes down is run, in its order, on the emulation. */
import { readFileSync } from "node:fs";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fakeService } from "../aws/fake-service.ts";
import { opens, type Revoking, startRevoking } from "../infra/revoke/revoking.ts";
import type { Vending } from "./local-service.ts";

const documents = ["SECURITY.md", "infra/revoking.md"] as const;

/** The arguments of the commands in a document, without the stage, since the emulation has its own. */
function commandsIn(path: string): string[] {
  const code = readFileSync(path, "utf8").matchAll(/`npm run revoke -- ([^`]+)`/g);
  return Array.from(code, ([, line = ""]) => line.replace(/ --stage \w+/, ""));
}

const nextMonth = () => new Date(Date.now() + 30 * 86_400_000).toISOString();

let service: Revoking;
beforeAll(async () => {
  // The names that the documents have.
  service = await startRevoking((vending) => ({
    ...(JSON.parse(
      JSON.stringify(vending).replaceAll('"local"', '"corp"').replaceAll("everyone-lake", "data-lake"),
    ) as Vending),
    issuers: { corp: vending.issuers["local"] ?? {} },
    clientKeys: { catalog: { id: "KV1XEXAMPLEAAAAAAAAAAAAA", expires: nextMonth(), storage: "tenants" } },
    apiTokens: { "ci-legacy": { sha256: "0".repeat(64), expires: nextMonth() } },
  }));
});
afterAll(() => service?.close());

/** The trail as CloudWatch Logs has it: the saved query of `infra/queries.yml` finds the same. */
async function trailOf(accessKeyId: string): Promise<CloudWatchLogsClient> {
  const { url } = await fakeService((body) => {
    if ("queryString" in JSON.parse(body)) return { status: 200, body: '{"queryId":"1"}' };
    const records = service.trail.filter(
      (each) => each.accessKeyId === accessKeyId && each.decision === "vended",
    );
    const results = records.map(({ storage, sessionName, principal, issuer }) =>
      Object.entries({ storage, sessionName, principal, issuer }).map(([name, value]) => ({
        field: `audit.${name}`,
        value,
      })),
    );
    return { status: 200, body: JSON.stringify({ status: "Complete", results }) };
  });
  const credentials = { accessKeyId: "AKIA", secretAccessKey: "secret" };
  return new CloudWatchLogsClient({ endpoint: url, region: "us-east-1", credentials });
}

test.each(documents)("%s", async (path) => {
  const { instance, token, revoke, advance } = service;
  const commands = commandsIn(path);
  expect(commands.length).toBeGreaterThan(0);
  const vend = await instance();
  for (const command of commands) {
    // Each begins with a caller that has something.
    advance(60_000);
    const caller = await token("alice");
    const held = await vend("tenants", caller);
    const args = command.replace("ASIAEXAMPLE000000001", held.AccessKeyId).split(" ");
    const before = await revoke(["--list"]);
    const dry = await revoke([...args, "--dry-run"], { logs: await trailOf(held.AccessKeyId) });
    expect((await revoke(["--list"])).record).toEqual(before.record);
    const report = await revoke(args, { logs: await trailOf(held.AccessKeyId) });
    expect(report.failures, command).toEqual([]);
    expect(report.steps, command).toHaveLength(dry.steps.length);
    if (command.includes("ASIA")) expect(await opens(held)).toBe(false);
  }
  for (const { kind, name, issuer } of (await revoke(["--list"])).record.revoked)
    await revoke(
      ["--undo", `--${kind}`, name, ...(issuer === undefined ? [] : ["--issuer", issuer]), "--lift-deny"],
      {
        logs: await trailOf(name),
      },
    );
});
