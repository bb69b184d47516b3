import { expect, test } from "vitest";
import { createKeyTroubleLog } from "../../shared/aws/key-trouble-log.ts";
import { createMeter } from "../../shared/aws/meter.ts";
import { now, startInstance } from "../identity/instance.ts";
import { trustedIssuer } from "../identity/local-issuer.ts";
import { signingKey } from "../identity/sign-token.ts";

test("an issuer without available keys is one line of the log: which issuer, at what step, and why", async () => {
  const lines: string[] = [];
  const clock = { now: () => now };
  const meter = createMeter("keyvend-prod", clock.now, (line) => lines.push(line));
  const issuer = trustedIssuer("http://issuer.example", { name: "company" });
  await startInstance(issuer, { onTrouble: createKeyTroubleLog(meter, clock) }).ask(signingKey("ES256", "a"));
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    {
      _aws: expect.any(Object),
      stack: "keyvend-prod",
      part: "issuer-keys",
      AbsorbedFaults: 1,
      keyTrouble: {
        time: "2026-11-22T15:00:00.000Z",
        issuer: "company",
        step: "discovery",
        cause: "http://issuer.example: insecure",
      },
    },
  ]);
});
