import { expect, test } from "vitest";
import { alice, sampleGrant, sampleStorage } from "./samples.ts";
import { createService } from "./vending-service.ts";

// The caller's own token goes on to STS: it must be a token that STS can judge.

test.each(["api-token", "aws"] as const)(
  "a caller that has proved itself otherwise (%s) is refused, and its credential goes to no one",
  async (kind) => {
    const { aws, instance, records } = await createService(
      (stsEndpoint) => [sampleStorage("web-identity", { stsEndpoint })],
      [sampleGrant()],
    );
    const vending = instance().vend({ storage: "lake" }, { ...alice, kind }, "kvt_what-it-came-with");
    await expect(vending).rejects.toMatchObject({ code: "identity_not_accepted" });
    expect(aws.stsServer.calls()).toBe(0);
    expect(records).toMatchObject([
      { decision: "refused", code: "identity_not_accepted", way: "web-identity" },
    ]);
    expect(JSON.stringify(records)).not.toContain("kvt_");
  },
);
