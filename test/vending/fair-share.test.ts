import { expect, test } from "vitest";
import { VendError } from "../../shared/core/errors.ts";
import { sampleGrant, sampleStorage } from "./samples.ts";
import { createService } from "./vending-service.ts";

const tokens = (stsEndpoint: string) => [sampleStorage("federation-token", { stsEndpoint })];

/** What one caller gets that asks for so many durations and sub-folders, one after the other. */
async function draw(asks: readonly { durationSeconds: number; prefix: string }[]) {
  const { aws, instance } = await createService(tokens, [sampleGrant()]);
  const { vend } = instance();
  const outcomes = new Map<string, number>();
  for (const { durationSeconds, prefix } of asks) {
    const outcome = await vend({
      storage: "lake",
      targets: [{ bucket: "lake", prefix }],
      durationSeconds,
    }).then(
      () => "vended",
      (error: unknown) => (error instanceof VendError ? error.code : String(error)),
    );
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  return { calls: aws.stsServer.calls("GetFederationToken"), outcomes: Object.fromEntries(outcomes) };
}

const sixty = Array.from({ length: 60 }, (_, n) => n);

test("one caller that asks for sixty durations draws one call to STS for each step among them", async () => {
  const asks = sixty.map((n) => ({ durationSeconds: 1_800 + 60 * n, prefix: "" }));
  expect(await draw(asks)).toEqual({ calls: 3, outcomes: { vended: 60 } });
});

test("one caller that asks for sixty sub-folders as well draws sixty calls to STS in all", async () => {
  const asks = sixty.flatMap((n) => [
    { durationSeconds: 1_800 + 60 * n, prefix: "" },
    { durationSeconds: 1_800 + 60 * n, prefix: `scope-${n}/` },
  ]);
  // Three for the durations, of which the others are answered from the cache, and the rest for sub-folders.
  expect(await draw(asks)).toEqual({ calls: 60, outcomes: { vended: 117, throttled: 3 } });
});
