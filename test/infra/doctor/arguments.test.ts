import { expect, test } from "vitest";
import { readCall } from "../../../infra/doctor/arguments.ts";
import { fileWith } from "../config/files.ts";

const url = ["--url", "https://vend.example.com"];

test("the address, the identity and what else is told are read, and what is left out has a default", async () => {
  const call = await readCall([...url, "--json", "--outside", "s3://lake/a b/c", "--key-days", "365"], {
    KEYVEND_TOKEN: "token",
  });
  expect(call).toMatchObject({
    ...{ asJson: true, asMetric: false, findings: [] },
    setting: {
      service: { url: "https://vend.example.com", identity: { kind: "token", audience: "keyvend" } },
      outside: [{ bucket: "lake", key: "a b/c" }],
      keyDays: 365,
      account: { missing: expect.stringContaining("no stage") },
    },
  });
  const other = await readCall(["--identity", "aws-iam"], { KEYVEND_URL: "https://vend.example.com" });
  expect(other?.setting).toMatchObject({ service: { identity: { kind: "aws-iam" } }, keyDays: 90 });
});

test("a stage opens the account, in the region that is told", async () => {
  const call = await readCall([...url, "--stage", "prod", "--region", "cn-north-1", "--metric"], {});
  expect(call).toMatchObject({
    asMetric: true,
    setting: { account: { stage: "prod", region: "cn-north-1" } },
  });
  const { account } = call?.setting ?? expect.unreachable();
  expect("deployed" in account && account.deployed?.endpoint("dynamodb")).toBe(
    "https://dynamodb.cn-north-1.amazonaws.com.cn",
  );
});

test.each([
  [[], "--url is missing"],
  [["--url", "http://vend.example.com"], "https://host/path"],
  [["--url", "https://user:password@vend.example.com"], "https://host/path"],
  [[...url, "--stge", "prod"], "--stge"],
  [[...url, "prod"], "prod"],
  [[...url, "--stage", "Prod_1"], "The stage must be"],
  [[...url, "--stage", "prod", "--region", "Frankfurt"], "The region must be"],
  [[...url, "--identity", "me"], "must be one of"],
  [[...url, "--outside", "lake/key"], "--outside must name an object"],
  [[...url, "--outside", "s3://lake/"], "--outside must name an object"],
  [[...url, "--key-days", "0"], "--key-days must be"],
  [[...url, "--key-days", "many"], "--key-days must be"],
  [[...url, "--metric"], "--metric needs --stage"],
  [[...url, "--port", "4100"], "--port is for --local"],
  [["--local", "--stage", "prod"], "--stage has no meaning beside --local"],
  [["--local", "--port", "1"], "The port must be"],
])("%j is a mistake: %s", async (args, words) => {
  await expect(readCall(args, {})).rejects.toThrow(words);
});

test("a configuration with faults is a finding, and its text is not quoted", async () => {
  const path = fileWith("storages: { lake: { bucket: AKIAIOSFODNN7EXAMPLE } }\n");
  const call = await readCall([...url, "--config", path], {});
  expect(call?.findings).toMatchObject([{ check: "configuration", status: "failed" }]);
  expect(JSON.stringify(call?.findings)).not.toContain("AKIA");
  expect(call?.setting).not.toHaveProperty("config");
});

test("a configuration without faults is used", async () => {
  const call = await readCall([...url, "--config", "infra/vending.yml"], {});
  expect(call?.findings).toMatchObject([{ check: "configuration", status: "ok" }]);
  expect([...(call?.setting.config?.storages.keys() ?? [])]).toContain("lake");
});
