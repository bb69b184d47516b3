import { expect, test } from "vitest";
import type { Grant } from "../../shared/core/grant.ts";
import { createExplainedService } from "./explaining.ts";
import { alice, sampleGrant, sampleStorage } from "./samples.ts";

const roles = (stsEndpoint: string) => [sampleStorage("assume-role", { stsEndpoint })];
const serviceWith = (...grants: Partial<Grant>[]) => createExplainedService(roles, grants.map(sampleGrant));

const onTrial = { name: "on-trial", mode: "audit" } as const;

test("a grant in audit mode grants nothing, and the trail says that it would have", async () => {
  const { aws, instance, records } = await serviceWith(onTrial);
  await expect(instance().vend({ storage: "lake" })).rejects.toMatchObject({ code: "no_grant" });
  expect(aws.stsServer.calls("AssumeRole")).toBe(0);
  expect(records).toMatchObject([{ decision: "refused", code: "no_grant", wouldGrant: ["on-trial"] }]);
  expect(records[0]).not.toHaveProperty("grant");
});

test("beside an enforced grant it changes nothing, and the trail says that it would have granted as well", async () => {
  const { instance, records } = await serviceWith(
    { ...onTrial, maxDurationSeconds: 43_200 },
    { name: "enforced", prefix: "t1/", permission: "READ", maxDurationSeconds: 1_800 },
  );
  const answer = await instance().vend({ storage: "lake" });
  expect(answer).toMatchObject({ Targets: ["s3://lake/t1/"], Permission: "READ", DurationSeconds: 1_800 });
  expect(records).toMatchObject([{ decision: "vended", grant: "enforced", wouldGrant: ["on-trial"] }]);
});

test("each grant in audit mode is judged by itself: where two would apply, the trail names both", async () => {
  const { instance, records } = await serviceWith(
    { ...onTrial, name: "one", prefix: "t1/" },
    { ...onTrial, name: "other", prefix: "t2/" },
  );
  await expect(instance().vend({ storage: "lake" })).rejects.toMatchObject({ code: "no_grant" });
  expect(records[0]?.wouldGrant).toEqual(["one", "other"]);
});

test.each<[string, Partial<Grant>]>([
  ["of another caller", { subject: ["bob"] }],
  ["of another issuer", { issuer: ["partner"] }],
  ["on another storage", { storage: "pond" }],
  ["of less than the request asks for", { permission: "READ" }],
  ["if the claims do not fit its folder", { prefix: "${claims.email}/${claims.none}/" }],
])("the trail says nothing of a grant in audit mode %s", async (_which, change) => {
  const { instance, records } = await serviceWith({ ...onTrial, ...change });
  await instance()
    .vend({ storage: "lake", permission: "WRITE" })
    .catch(() => {});
  expect(records[0]).not.toHaveProperty("wouldGrant");
});

test("an explanation does not mention a grant in audit mode, and the trail names it again", async () => {
  const { explain, records } = await serviceWith(onTrial, {
    name: "near",
    claims: { ...teamOf(alice), role: ["x"] },
  });
  const explanation = await explain({ storage: "lake" });
  expect(explanation).toMatchObject({ Decision: "refused", Code: "no_grant" });
  expect(JSON.stringify(explanation)).not.toContain("on-trial");
  expect(explanation.NearMisses).toEqual([{ Failed: [{ Condition: "claims.role", Reason: "missing" }] }]);
  expect(records).toMatchObject([{ decision: "explained", code: "no_grant", wouldGrant: ["on-trial"] }]);
});

function teamOf({ claims }: typeof alice): Record<string, string[]> {
  return { team: [String(claims["team"])] };
}
