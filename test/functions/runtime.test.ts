import dns from "node:dns";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { serve } from "../aws/fake-service.ts";
import { startDeployment, type TestDeployment } from "./deployment.ts";

let deployment: TestDeployment;
beforeAll(async () => {
  deployment = await startDeployment();
});
afterAll(() => deployment?.close());

describe.each(["vend", "warm"] as const)("%s does not start, and names what is missing, without", (name) => {
  test.each([
    "AWS_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "VENDING_CONFIG",
    "VENDING_TABLE",
    "SEALING_SECRET",
    "WARM_FUNCTION",
  ])("%s", async (variable) => {
    await expect(deployment.coldStart(name, { [variable]: "" })).rejects.toThrow(
      `The environment variable ${variable} is not set.`,
    );
  });
});

test.each(["AWS_REGION", "AWS_ACCESS_KEY_ID", "VENDING_CONFIG", "VENDING_TABLE"])(
  "revoke does not start without %s, and needs no secret",
  async (variable) => {
    const without = { SEALING_SECRET: "", WARM_FUNCTION: "", CLIENT_KEYS_SECRET: "" };
    await deployment.coldStart("revoke", without);
    await expect(deployment.coldStart("revoke", { ...without, [variable]: "" })).rejects.toThrow(
      `The environment variable ${variable} is not set.`,
    );
  },
);

test.each([
  ["eu-central-1", "amazonaws.com"],
  ["cn-north-1", "amazonaws.com.cn"],
  ["us-gov-west-1", "amazonaws.com"],
  ["eusc-de-east-1", "amazonaws.eu"],
  ["us-iso-east-1", "c2s.ic.gov"],
])("in %s the services are asked under %s", async (region, domain) => {
  const names: string[] = [];
  const refuse = (name: string, _: object, callback: (error: Error) => void) => {
    names.push(name);
    callback(new Error("There is no network in this test."));
  };
  const lookup = vi.spyOn(dns, "lookup").mockImplementation(refuse as unknown as typeof dns.lookup);
  const addresses = { AWS_ENDPOINT_URL_DYNAMODB: "", AWS_ENDPOINT_URL_SECRETS_MANAGER: "" };
  // The cold start reads the table and the sealing keys, and does without them.
  await deployment.coldStart("vend", { AWS_REGION: region, ...addresses });
  lookup.mockRestore();
  expect(new Set(names)).toEqual(
    new Set(["dynamodb", "secretsmanager"].map((service) => `${service}.${region}.${domain}`)),
  );
});

test("in a region that is not known a function does not start, and asks nowhere", async () => {
  const lookup = vi.spyOn(dns, "lookup");
  const addresses = { AWS_ENDPOINT_URL_DYNAMODB: "", AWS_ENDPOINT_URL_SECRETS_MANAGER: "" };
  await expect(deployment.coldStart("vend", { AWS_REGION: "eusc-fr-west-1", ...addresses })).rejects.toThrow(
    "AWS_REGION is eusc-fr-west-1, whose domain is not known here",
  );
  expect(lookup).not.toHaveBeenCalled();
  lookup.mockRestore();
});

test("a cold start reads all that it needs of the table at once", async () => {
  const reads: object[] = [];
  const url = await serve(async (request, response) => {
    const target = `${request.headers["x-amz-target"]}`.replace(/.*\./, "");
    const input = JSON.parse(await text(request));
    reads.push({ [target]: input });
    const [table = ""] = Object.keys(input.RequestItems ?? {});
    response.end(JSON.stringify({ Responses: { [table]: [] }, UnprocessedKeys: {} }));
  });
  await deployment.coldStart("vend", { AWS_ENDPOINT_URL_DYNAMODB: url });
  expect(reads).toEqual([{ BatchGetItem: expect.anything() }]);
  const keys = ["revocations", expect.stringMatching(/^jwks /), "storage-key lake"].map((S) => ({
    key: { S },
  }));
  expect(reads).toMatchObject([
    {
      BatchGetItem: {
        RequestItems: { "keyvend-test": { ConsistentRead: true, Keys: expect.arrayContaining(keys) } },
      },
    },
  ]);
});
