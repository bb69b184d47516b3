import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { describe, expect, onTestFinished, test } from "vitest";
import { whoHeld } from "../../../infra/revoke/who-held.ts";
import { fakeService } from "../../aws/fake-service.ts";

const now = Date.UTC(2026, 10, 22, 15);
const accessKeyId = "ASIA0000000000000001";

/** The API of CloudWatch Logs, which answers a query as a test says, one answer after the other. */
async function trailThat(...answers: object[]) {
  const { url, received } = await fakeService((_, { headers }) => {
    const isStart = String(headers["x-amz-target"]).endsWith(".StartQuery");
    const body = isStart ? { queryId: "query-1" } : (answers.shift() ?? { status: "Running" });
    return {
      status: 200,
      headers: { "content-type": "application/x-amz-json-1.1" },
      body: JSON.stringify(body),
    };
  });
  const credentials = { accessKeyId: "AKIA", secretAccessKey: "secret" };
  const logs = new CloudWatchLogsClient({ endpoint: url, region: "eu-central-1", credentials });
  onTestFinished(() => logs.destroy());
  const ask = (id = accessKeyId) =>
    whoHeld(id, { logs, logGroups: ["/aws/lambda/keyvend-prod-vend"], now, sleep: async () => {} });
  return { ask, received };
}

const row = (fields: Record<string, string>) =>
  Object.entries(fields).map(([name, value]) => ({ field: `audit.${name}`, value }));

describe("the audit trail", () => {
  test("tells where a session was vended, under which name, and to whom", async () => {
    const shared = { storage: "lake", sessionName: "keyvend-lake", issuer: "corp" };
    const { ask, received } = await trailThat(
      { status: "Scheduled" },
      { status: "Running", results: [] },
      {
        status: "Complete",
        results: [row({ ...shared, principal: "alice" }), row({ ...shared, principal: "bob" })],
      },
    );
    expect(await ask()).toEqual([
      { storage: "lake", sessionName: "keyvend-lake", holders: ["alice of corp", "bob of corp"] },
    ]);
    const [query, ...polls] = received.map((body) => JSON.parse(body));
    expect(query.logGroupNames).toEqual(["/aws/lambda/keyvend-prod-vend"]);
    expect(query.queryString).toContain(`audit.accessKeyId = "${accessKeyId}"`);
    // As long as a session can last.
    expect(query.startTime).toBeLessThan(now / 1_000 - 129_600);
    expect(query.endTime).toBeGreaterThanOrEqual(now / 1_000);
    expect(polls).toEqual([{ queryId: "query-1" }, { queryId: "query-1" }, { queryId: "query-1" }]);
  });

  test("that knows nothing of it says so", async () => {
    expect(await (await trailThat({ status: "Complete", results: [] })).ask()).toEqual([]);
  });

  test.each(["Failed", "Cancelled", "Timeout"])("that ends as %s is no answer", async (status) => {
    await expect((await trailThat({ status })).ask()).rejects.toThrow(`ended as ${status}`);
  });

  test("is not waited for without an end", async () => {
    await expect((await trailThat()).ask()).rejects.toThrow("has not answered in half a minute");
  });

  test("is not asked by anything but an access key id", async () => {
    const { ask, received } = await trailThat();
    await expect(ask('x" or 1=1 | "')).rejects.toThrow("letters and digits alone");
    expect(received).toEqual([]);
  });
});
