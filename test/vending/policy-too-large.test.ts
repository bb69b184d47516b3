import { expect, test } from "vitest";
import { dialectOf } from "../../shared/core/dialect.ts";
import { alice, sampleGrant, sampleStorage } from "./samples.ts";
import { createService } from "./vending-service.ts";

test("a policy that is too long in bytes is the caller's to shorten, before a store that counts so is asked", async () => {
  const { aws, instance, records } = await createService(
    (stsEndpoint) => [sampleStorage("assume-role", { stsEndpoint, dialect: dialectOf("minio", false) })],
    [sampleGrant()],
  );
  // Its policy has less than 2,048 characters, and more bytes.
  const target = { bucket: "lake", prefix: `${"ÿ".repeat(500)}/` };
  const asking = instance().vend({ storage: "lake", targets: [target] }, alice);
  await expect(asking).rejects.toMatchObject({ code: "policy_too_large" });
  expect(records).toMatchObject([{ decision: "refused", code: "policy_too_large" }]);
  // The alarm is on failures of STS. It was not asked.
  expect(aws.measures).toEqual([]);
});
