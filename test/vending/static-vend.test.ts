import { expect, test } from "vitest";
import { lakeKey } from "../infra/local/aws/world.ts";
import { sampleGrant, sampleStorage, sourceIp } from "./samples.ts";
import { createService } from "./vending-service.ts";

test("a vend of a long-term key leaves the same record as any vend, without its secret", async () => {
  const { clock, instance, records } = await createService(() => [sampleStorage("static")], [sampleGrant()]);
  await instance().vend({ storage: "lake", durationSeconds: 1_800 });
  expect(records).toEqual([
    {
      requestId: "request-1",
      sourceIp,
      decision: "vended",
      principal: "alice",
      issuer: "corp",
      identity: "oidc",
      tokenHash: "00112233445566778899aabbccddeeff",
      storage: "lake",
      grant: "data-lake",
      way: "static",
      targets: ["s3://lake/"],
      permission: "READWRITE",
      sessionName: "keyvend-lake",
      accessKeyId: lakeKey.accessKeyId,
      expiration: new Date(clock.now() + 1_800_000).toISOString(),
      cache: "none",
    },
  ]);
});

test("each vend of a long-term key reads it anew and is recorded anew", async () => {
  const { aws, clock, instance, records } = await createService(
    () => [sampleStorage("static")],
    [sampleGrant()],
  );
  const { vend } = instance();
  await vend({ storage: "lake" });
  const rotated = { ...lakeKey, accessKeyId: "AKIAROTATED000000001" };
  await aws.putSecret(rotated);
  clock.advance(300_000);
  expect(await vend({ storage: "lake" })).toMatchObject({ AccessKeyId: rotated.accessKeyId });
  expect(records.map(({ accessKeyId, cache }) => [accessKeyId, cache])).toEqual([
    [lakeKey.accessKeyId, "none"],
    [rotated.accessKeyId, "none"],
  ]);
});

test("a long-term key that cannot be read is a refusal, recorded with its cause", async () => {
  const { aws, instance, records } = await createService(() => [sampleStorage("static")], [sampleGrant()]);
  await aws.putSecret("no key at all");
  await expect(instance().vend({ storage: "lake" })).rejects.toMatchObject({ code: "storage_misconfigured" });
  expect(records).toMatchObject([
    {
      decision: "refused",
      code: "storage_misconfigured",
      way: "static",
      reason: expect.stringContaining("lake/key"),
    },
  ]);
  expect(records[0]).not.toHaveProperty("accessKeyId");
});
