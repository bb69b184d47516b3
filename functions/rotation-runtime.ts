import { setTimeout as sleep } from "node:timers/promises";
import { IAMClient } from "@aws-sdk/client-iam";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { createMeter } from "../shared/aws/meter.ts";
import { createAskIdentity } from "../shared/aws/rotate/key-identity.ts";
import { createKeySecrets } from "../shared/aws/rotate/key-secrets.ts";
import { createUserKeys } from "../shared/aws/rotate/user-keys.ts";
import { rotatingSecrets } from "../shared/core/rotating-secret.ts";
import { createMakeKey } from "../shared/vending/rotate/make-key.ts";
import { createRotateStep } from "../shared/vending/rotate/rotate-step.ts";
import { createTendKey } from "../shared/vending/rotate/tend-key.ts";
import { createTestKey } from "../shared/vending/rotate/test-key.ts";
import { readConfig } from "./config.ts";
import { readOwnCredentials, variable } from "./environment.ts";
import { trustAlso } from "./trust-also.ts";

/**
 * Makes the parts of the rotate function, from its environment. They are none of the other functions': only this one may
 * change keys and secrets.
 *
 * @throws Error that names the variable which is missing.
 * @example const { rotating, rotateStep } = createRotationRuntime()
 */
export function createRotationRuntime() {
  const region = variable("AWS_REGION");
  const { caBundle, storages } = readConfig(variable("VENDING_CONFIG"));
  if (caBundle !== undefined) trustAlso(caBundle);
  const stack = variable("VENDING_TABLE");
  const clock = { now: Date.now, sleep: (milliseconds: number) => sleep(milliseconds) };
  // As the other functions' lines: CloudWatch finds metrics only at a line's root.
  const meter = createMeter(stack, clock.now, (line) => process.stdout.write(line));

  const settings = { region, credentials: readOwnCredentials() };
  const { startSchedule, ...secrets } = createKeySecrets(new SecretsManagerClient(settings));
  const userKeys = createUserKeys(new IAMClient(settings), new IAMClient({ ...settings, maxAttempts: 1 }));
  const ports = { secrets, changes: secrets, userKeys, askIdentity: createAskIdentity(region), clock };
  return {
    rotating: rotatingSecrets(storages.values(), (storage) => `${stack}-${region}-${storage}`),
    rotateStep: createRotateStep({ ...ports, makeKey: createMakeKey(ports), testKey: createTestKey(ports) }),
    tendKey: (functionArn: string) => createTendKey({ ...ports, startSchedule, functionArn }),
    meter,
    clock,
  };
}
