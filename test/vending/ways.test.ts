import { expect, test } from "vitest";
import type { Way } from "../../shared/core/storage.ts";
import { wayOf, ways } from "../../shared/core/ways.ts";
import { generousSts } from "../aws/generous-sts.ts";
import { alice, sampleGrant, sampleStorage } from "./samples.ts";
import { createService } from "./vending-service.ts";

// STS receives what the record of a way says, for every way that there is.

const everyWay = Object.keys(ways) as Way[];
/** The parameter that holds the session's name, by the call. */
const nameParameters = ["RoleSessionName", "Name"];

/** Vends once, and returns what STS received. The grant is narrower than the storage if a policy can hold that. */
async function receivedBy(way: Way) {
  const sts = await generousSts();
  const isScopable = wayOf({ issue: way }).scopeHeldBy === "session-policy";
  const grant = sampleGrant(isScopable ? { prefix: "t1/", permission: "READ" } : {});
  const storage = { ...sampleStorage(way), stsEndpoint: sts.url };
  const { instance, records } = await createService(() => [storage], [grant]);
  const answer = await instance()
    .vend({ storage: "lake" }, alice, "the caller's token")
    .catch((error) => error);
  return { received: sts.received.map((body) => new URLSearchParams(body)), answer, records };
}

test.each(everyWay)("%s: STS is called as its record says, and for nothing else", async (way) => {
  const { received } = await receivedBy(way);
  const { stsCall } = wayOf({ issue: way });
  expect(received.map((call) => call.get("Action"))).toEqual(stsCall === undefined ? [] : [stsCall]);
});

test.each(everyWay)(
  "%s: STS receives a policy of the scope exactly where the record says that one holds it",
  async (way) => {
    const { received, answer } = await receivedBy(way);
    const { scopeHeldBy } = wayOf({ issue: way });
    const policies = received.map((call) => call.get("Policy"));
    if (scopeHeldBy !== "session-policy") {
      expect(policies.every((policy) => policy === null)).toBe(true);
      return;
    }
    const [policy] = policies;
    const { Statement } = JSON.parse(policy ?? "{}");
    expect(Statement[0]).toEqual({
      Effect: "Allow",
      Action: "s3:GetObject",
      Resource: "arn:aws:s3:::lake/t1/*",
    });
    expect(answer).toMatchObject({ ScopeEnforcedBy: "session-policy", Targets: ["s3://lake/t1/"] });
  },
);

test.each(everyWay)(
  "%s: STS receives a session name and a token as the record says, and no more",
  async (way) => {
    const { received } = await receivedBy(way);
    const { sessionNameCharacters, needsCallersToken } = wayOf({ issue: way });
    for (const call of received) {
      const name = nameParameters.map((parameter) => call.get(parameter)).find((one) => one !== null);
      expect(name?.length ?? 0).toBeLessThanOrEqual(sessionNameCharacters ?? 0);
      expect(name !== undefined).toBe(sessionNameCharacters !== undefined);
      expect(call.get("WebIdentityToken")).toBe(needsCallersToken ? "the caller's token" : null);
    }
  },
);
