import { VendingError } from "../../vending-error.ts";
import { awsCli } from "../clients/aws-cli.ts";
import type { ClientSettings, Place } from "../clients/client-settings.ts";
import { duckdb } from "../clients/duckdb.ts";
import { flink } from "../clients/flink.ts";
import { hadoop } from "../clients/hadoop.ts";
import { pyiceberg } from "../clients/pyiceberg.ts";
import { rclone } from "../clients/rclone.ts";
import { spark } from "../clients/spark.ts";
import type { RunCommand } from "../command.ts";
import { listed } from "../listed.ts";
import { placeOf } from "../place.ts";
import { requireSecretsAllowed } from "../secrets-allowed.ts";
import { settingsOf } from "../settings.ts";
import { vend } from "../vend.ts";

const clients: Record<string, ClientSettings> = {
  ...{ rclone, duckdb, spark, flink, hadoop, pyiceberg },
  "aws-cli": awsCli,
};

/** `keyvend config CLIENT`. Credentials are asked for only where the client cannot come for them itself. */
export const run: RunCommand = async (given, world) => {
  const [name = ""] = given.positionals;
  const client = clients[name];
  if (!client) return 2;
  const settings = settingsOf(given);
  let text: string;
  let expiration: string | undefined;
  if (client.secrets) {
    requireSecretsAllowed(given, world);
    const { credentials, place } = await vend(settings, world.env);
    expiration = credentials.expiration.toISOString();
    world.err(`keyvend: these hold credentials, until ${expiration}.\n`);
    text = client.write(place, credentials);
  } else text = client.write(await placeListed(), settings);
  world.out(given.has("json") ? `${JSON.stringify({ client: name, settings: text, expiration })}\n` : text);
  return 0;

  /** From the list, which issues nothing, and knows storages that vend nothing as well. */
  async function placeListed(): Promise<Place> {
    const storage = (await listed(settings, world.env)).find(({ Storage }) => Storage === settings.storage);
    if (storage)
      return placeOf(
        storage,
        storage.Grants.flatMap(({ Targets }) => Targets),
      );
    throw new VendingError(
      "no_grant",
      `No grant of yours reaches ${settings.storage}. See: keyvend storages`,
    );
  }
};
