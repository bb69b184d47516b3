import { expect, test } from "vitest";
import { createIssue } from "../../shared/aws/issue.ts";
import { sampleRequest, sampleStorage } from "../vending/samples.ts";
import { fakeService } from "./fake-service.ts";
import { createAws } from "./simulated-aws.ts";
import { sessionToken } from "./sts-answers.ts";

const now = Date.parse("2026-11-22T15:00:00Z");
const whole = {
  AccessKeyId: "ASIA0000000000000001",
  SecretAccessKey: "key",
  SessionToken: "token",
  Expiration: "2026-11-22T15:00:01Z",
};

/** The outcome of an issue when STS answers with these credentials. */
async function outcomeOf(credentials: object) {
  const fields = Object.entries(credentials).map(([name, value]) => `<${name}>${value}</${name}>`);
  const body = sessionToken(`<Credentials>${fields.join("")}</Credentials>`);
  const sts = await fakeService(() => ({ status: 200, body }));
  const { measures, own } = await createAws({ clock: { now: () => now } });
  const request = sampleRequest(sampleStorage("session-token", { stsEndpoint: sts.url }));
  return { outcome: await createIssue(own)(request).catch((error) => error), measures };
}

test("whole credentials are a session, if only for a second", async () => {
  expect((await outcomeOf(whole)).outcome).toEqual({
    accessKeyId: whole.AccessKeyId,
    secretAccessKey: "key",
    sessionToken: "token",
    issuedAt: now,
    expiration: now + 1_000,
    issuedBy: { key: expect.any(String), readAt: now },
  });
});

test.each<[string, object]>([
  ["without a key id", { ...whole, AccessKeyId: "" }],
  ["without a secret key", { ...whole, SecretAccessKey: "" }],
  ["without a session token", { ...whole, SessionToken: "" }],
  ["that have just expired", { ...whole, Expiration: "2026-11-22T15:00:00Z" }],
  ["that say nothing", {}],
])(
  "credentials %s are unusable: the caller is to come back, and it counts as a failure of STS",
  async (_, credentials) => {
    const { outcome, measures } = await outcomeOf(credentials);
    expect(outcome).toMatchObject({
      code: "unavailable",
      cause: expect.stringContaining("STS answered without usable credentials"),
    });
    expect(measures).toMatchObject([[{ way: "session-token" }, { StsCalls: 1, StsFailures: 1 }]]);
  },
);
