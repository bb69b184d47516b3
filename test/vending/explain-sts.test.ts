import { expect, test } from "vitest";
import { createExplainedService } from "./explaining.ts";
import { sampleGrant, sampleStorage } from "./samples.ts";

const policy = (...folders: string[]) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: {
      Effect: "Allow",
      Action: ["s3:GetObject", "s3:GetObjectVersion"],
      Resource: folders.map((folder) => `arn:aws:s3:::lake/${folder}/*`),
    },
  });

const onWarehouse = () =>
  createExplainedService(
    (stsEndpoint) => [sampleStorage("federation-token", { stsEndpoint })],
    [sampleGrant({ prefix: "wh/" })],
  );

test("the explanation of a policy has what STS gets, what was removed, and both durations and ends", async () => {
  const { explain, instance, records, clock } = await onWarehouse();
  const ask = { storage: "lake", durationSeconds: 1_800, sts: { policy: policy("wh/t1", "other") } };
  const before = await explain(ask);
  expect(before).toMatchObject({
    Decision: "allowed",
    DurationSeconds: 1_800,
    IssuedSeconds: 3_600,
    Removed: expect.arrayContaining([expect.stringContaining("s3:GetObjectVersion")]),
    Cache: { State: "empty" },
  });
  expect(before.Policy?.Document).toContain("lake/wh/t1/*");
  expect(before.Policy?.Document).not.toContain("other");
  expect(records).toMatchObject([{ decision: "explained", removed: before.Removed }]);

  await instance().vendSts(ask);
  const { Cache } = await explain(ask);
  const [told, real] = [Cache?.ToldExpiration, Cache?.Expiration].map((end) => Date.parse(end ?? ""));
  expect(Cache).toMatchObject({ State: "servable", ServableUntil: expect.any(String) });
  expect(told).toBe(clock.now() + 1_800_000);
  expect((real as number) - (told as number)).toBeGreaterThan(1_795_000);
  expect(Date.parse(Cache?.ServableUntil ?? "")).toBe((real as number) - 1_800_000);

  clock.advance(1_805_000);
  expect((await explain(ask)).Cache).toMatchObject({ State: "stale" });
});

test("a policy that leaves nothing is explained with its grant and the reason", async () => {
  const { explain } = await onWarehouse();
  const answer = await explain({ storage: "lake", sts: { policy: policy("other") } });
  expect(answer).toMatchObject({ Decision: "refused", Code: "no_grant", Grant: "data-lake" });
  expect(answer.Message).toMatch(/leaves nothing/);
  const malformed = await explain({ storage: "lake", sts: { policy: "{" } });
  expect(malformed).toMatchObject({ Decision: "refused", Code: "invalid_request" });
});

test("an external id that is missing is a near miss of its own", async () => {
  const { explain } = await createExplainedService(
    (stsEndpoint) => [sampleStorage("federation-token", { stsEndpoint })],
    [sampleGrant({ externalId: "blue", subject: ["alice"] })],
  );
  const explained = (externalId?: string) =>
    explain({ storage: "lake", sts: { policy: policy("t1"), ...(externalId && { externalId }) } });
  expect((await explained()).NearMisses).toEqual([
    { Failed: [{ Condition: "externalId", Reason: "missing" }] },
  ]);
  expect((await explained("green")).NearMisses).toEqual([
    { Failed: [{ Condition: "externalId", Reason: "no_match", Value: "green" }] },
  ]);
  expect(await explained("blue")).toMatchObject({ Decision: "allowed" });
});

test("where nothing of a policy is left, the explanation and the record say what was removed", async () => {
  const { explain, records } = await onWarehouse();
  const refused = await explain({ storage: "lake", sts: { policy: policy("other") } });
  expect(refused).toMatchObject({
    Decision: "refused",
    Code: "no_grant",
    Removed: ["s3:GetObjectVersion is not granted.", "arn:aws:s3:::lake/other/* is outside of the grant."],
  });
  expect(records).toMatchObject([{ decision: "explained", code: "no_grant", removed: refused.Removed }]);
});
