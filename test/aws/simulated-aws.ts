import { CreateSecretCommand, PutSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { onTestFinished, vi } from "vitest";
import type { Meter } from "../../shared/aws/meter.ts";
import type { Clock } from "../../shared/vending/ports.ts";
import { createWorld, lakeKey, region } from "../infra/local/aws/world.ts";

/** The name under which the long-term key is kept. */
export const lakeSecret = "lake/key";

/**
 * The emulation's STS and Secrets Manager, with a valid long-term key in its secret, and the environment that leads the
 * AWS SDK to them. All of it ends with the test.
 */
export async function createAws(
  options: Parameters<typeof createWorld>[0] & { clock?: Pick<Clock, "now"> } = {},
) {
  const world = await createWorld(options);
  const { clock = world.clock } = options;
  vi.stubEnv("AWS_ENDPOINT_URL_SECRETS_MANAGER", world.secretsServer.url);
  onTestFinished(() => void vi.unstubAllEnvs());
  const secrets = world.secrets();
  const putSecret = async (value: object | string, name = lakeSecret) => {
    const SecretString = typeof value === "string" ? value : JSON.stringify(value);
    if (name === lakeSecret) await secrets.send(new PutSecretValueCommand({ SecretId: name, SecretString }));
    else await secrets.send(new CreateSecretCommand({ Name: name, SecretString }));
  };
  await putSecret(lakeKey);
  const measures: Parameters<Meter>[] = [];
  return {
    ...world,
    putSecret,
    reads: () => world.secretsServer.calls("GetSecretValue"),
    /** The functions' environment. */
    own: {
      region,
      credentials: async () => lakeKey,
      clock,
      timeoutMs: 60_000,
      meter: (...measured: Parameters<Meter>) => void measures.push(measured),
    },
    /** The measures in their order: dimensions and values. */
    measures,
  };
}
