import { expect, test } from "vitest";
import type { Principal } from "../../shared/core/principal.ts";
import { alice, sampleGrant, sampleStorage } from "./samples.ts";
import { createService } from "./vending-service.ts";

const named = { sessionName: "run-17" };

test.each<{ caller: string; kind: Principal["kind"]; claims: object; callerSession: string | undefined }>([
  { caller: "a session of a role", kind: "aws", claims: named, callerSession: "run-17" },
  { caller: "an IAM user, which has none", kind: "aws", claims: {}, callerSession: undefined },
  { caller: "a token with a claim of that name", kind: "oidc", claims: named, callerSession: undefined },
  {
    caller: "an API token with a claim of that name",
    kind: "api-token",
    claims: named,
    callerSession: undefined,
  },
])(
  "the trail's name for the session of the caller, $caller: $callerSession",
  async ({ kind, claims, callerSession }) => {
    const { instance, records } = await createService(
      (stsEndpoint) => [sampleStorage("session-token", { stsEndpoint })],
      [sampleGrant({ claims: {} })],
    );
    await instance().vend({ storage: "lake" }, { ...alice, kind, claims: { ...claims } });
    expect(records).toHaveLength(1);
    expect(records[0]?.identity).toBe(kind);
    if (callerSession === undefined) expect(records[0]).not.toHaveProperty("callerSession");
    else expect(records[0]).toMatchObject({ callerSession });
  },
);
