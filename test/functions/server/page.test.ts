import { expect, test } from "vitest";
import { pageFiles } from "../../../infra/page/build.ts";
import { runServer } from "./running-server.ts";

const files = await pageFiles();

test("the first address has the caller's page, and what operators ask for is not there", async () => {
  const { start, vend } = await runServer({ pageFiles: files });
  const { url } = await start();
  const page = await fetch(url);
  expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(await page.text()).toContain('data-views="caller"');
  expect(await (await fetch(`${url}/page/page.js`)).text()).toBe(files.script);
  expect((await fetch(`${url}/page/now`)).status).toBe(404);
  expect((await vend()).status).toBe(200);
});

test("the second address has the operator's page, with the counts, the decisions and the running configuration", async () => {
  const { start, vend, putConfig } = await runServer({ pageFiles: files });
  const { statusUrl, look } = await start();
  const { body } = await vend();
  expect(await (await fetch(statusUrl)).text()).toContain('data-views="operator"');
  const now = await (await fetch(`${statusUrl}/page/now`)).text();
  expect(JSON.parse(now)).toMatchObject({
    metrics: expect.stringContaining('keyvend_vends_total{cache="issued"} 1'),
    records: [{ decision: "vended", principal: "alice", targets: ["s3://lake/raw/"], cache: "issued" }],
  });
  for (const secret of [body.AccessKeyId, body.SecretAccessKey, body.Token])
    expect(now).not.toContain(secret);

  const judge = async (config: string) => {
    const response = await fetch(`${statusUrl}/page/judge`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ config, caller: "" }),
    });
    return (await response.json()) as { changes?: { change: string }[]; faults: object[] };
  };
  const empty = JSON.stringify({ issuers: {}, storages: {}, grants: [] });
  expect((await judge(empty)).changes).toContainEqual(expect.objectContaining({ change: "lose" }));
  await putConfig({ folders: [] });
  await look();
  expect((await judge(empty)).changes).not.toContainEqual(expect.objectContaining({ change: "lose" }));
  expect((await judge("{")).faults).toHaveLength(1);
});

test("health and metrics are as they are without the page, for whatever name asks", async () => {
  const { start } = await runServer({ pageFiles: files });
  const { statusUrl } = await start();
  for (const path of ["/healthz", "/readyz", "/metrics"]) {
    const headers = { "x-forwarded-for": "203.0.113.9" };
    expect((await fetch(`${statusUrl}${path}`, { headers })).status).toBe(200);
  }
  expect((await fetch(statusUrl, { headers: { "x-forwarded-for": "203.0.113.9" } })).status).toBe(404);
  expect((await fetch(`${statusUrl}/page/judge`, { method: "POST" })).status).toBe(404);
});
