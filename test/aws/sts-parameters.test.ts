import { expect, test } from "vitest";
import { createIssue } from "../../shared/aws/issue.ts";
import { compilePolicy } from "../../shared/core/policy.ts";
import type { VendingStorage } from "../../shared/core/ways.ts";
import { sampleRequest, sampleStorage } from "../vending/samples.ts";
import { fakeService } from "./fake-service.ts";
import { createAws } from "./simulated-aws.ts";

// Over the wire: all that STS receives, and nothing else.

const scope = { bucket: "lake", prefixes: ["t1/"], permission: "READ" } as const;
const details = {
  scope,
  durationSeconds: 1_800,
  sessionName: "alice-0123456789abcdef",
  sourceIdentity: "alice",
  sessionTags: { team: "data" },
  webIdentityToken: "the caller's token",
};

/** The parameters of the one call that a storage's issue makes. */
async function parametersOf(storage: VendingStorage, change: Partial<typeof details> = {}) {
  const sts = await fakeService(() => ({ status: 403, body: "" }));
  const { own } = await createAws();
  const request = sampleRequest({ ...storage, stsEndpoint: sts.url }, { ...details, ...change });
  await createIssue(own)(request).catch(() => undefined);
  // A refused key is read again. It is still the same.
  expect(sts.received).toHaveLength(1);
  const { Version: _, ...parameters } = Object.fromEntries(new URLSearchParams(sts.received[0]));
  return parameters;
}

const policy = compilePolicy(scope, sampleStorage("assume-role"));
const tagged = { "Tags.member.1.Key": "team", "Tags.member.1.Value": "data" };

test("GetSessionToken receives the duration", async () => {
  expect(await parametersOf(sampleStorage("session-token"))).toEqual({
    Action: "GetSessionToken",
    DurationSeconds: "1800",
  });
});

test("GetFederationToken receives the name, the duration, the policy and the tags", async () => {
  expect(await parametersOf(sampleStorage("federation-token"))).toEqual({
    Action: "GetFederationToken",
    Name: details.sessionName,
    DurationSeconds: "1800",
    Policy: policy,
    ...tagged,
  });
});

test("AssumeRole receives the role, the name, the duration, the policy, the external id, the source identity and the tags", async () => {
  const storage = sampleStorage("assume-role", { externalId: "blue" });
  expect(await parametersOf(storage)).toEqual({
    Action: "AssumeRole",
    RoleArn: storage.roleArn,
    RoleSessionName: details.sessionName,
    DurationSeconds: "1800",
    Policy: policy,
    ExternalId: "blue",
    SourceIdentity: "alice",
    ...tagged,
  });
});

test("AssumeRoleWithWebIdentity receives the role, the name, the duration, the policy and the caller's token", async () => {
  const storage = sampleStorage("web-identity");
  expect(await parametersOf(storage)).toEqual({
    Action: "AssumeRoleWithWebIdentity",
    RoleArn: storage.roleArn,
    RoleSessionName: details.sessionName,
    DurationSeconds: "1800",
    Policy: policy,
    WebIdentityToken: details.webIdentityToken,
  });
});
