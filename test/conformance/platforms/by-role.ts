import type { DoorPlace } from "../sts-clients/sts-client.ts";
import { flink, startFlink } from "./flink.ts";
import { fluss } from "./fluss.ts";
import { type FlussServer, startFluss } from "./fluss-server.ts";
import { hadoop33, hadoop34, startS3a } from "./hadoop.ts";
import type { Platform, PlatformFiles } from "./platform.ts";
import { recipeFor } from "./role-recipe.ts";
import { spark, startSpark } from "./spark.ts";

/** A platform of the JVM, unmodified, with the settings of a recipe by which it assumes a role at the STS door. */
export interface RolePlatform<Files extends PlatformFiles = PlatformFiles>
  extends Pick<Platform, "name" | "version" | "lacks" | "refreshes" | "startsSlowly"> {
  start(place: DoorPlace, environment: Record<string, string>): Promise<Files>;
}

const s3aSettings = (place: DoorPlace) =>
  recipeFor("hadoop", place).block("properties", "fs.s3a.assumed.role.arn");

/** With Java's SDK v1, a session is renewed in the background when five minutes are left of it. */
const byRole = (platform: Platform) => ({
  name: platform.name,
  version: platform.version,
  lacks: platform.lacks,
  startsSlowly: true as const,
  refreshes: 300,
});

const hadoop33ByRole: RolePlatform = {
  ...byRole(hadoop33),
  start: (place, env) => startS3a(hadoop33, place, env, s3aSettings(place)),
};

const hadoop34ByRole: RolePlatform = {
  ...byRole(hadoop34),
  refreshes: "5 to 1 minutes before the end, by chance",
  start: (place, env) => startS3a(hadoop34, place, env, s3aSettings(place)),
};

const sparkByRole: RolePlatform = {
  ...byRole(spark),
  start: (place, env) => startSpark(place, env, s3aSettings(place).replace(/^(?=fs\.)/gm, "spark.hadoop.")),
};

const flinkByRole: RolePlatform = {
  ...byRole(flink),
  start: (place, env) =>
    startFlink(place, env, s3aSettings(place).replace(/^fs\.s3a\.([^=]+)=/gm, "s3.$1: ")),
};

/** The servers' own file systems: the coordinator and the tablet server have one each, and ask each for themselves. */
export const flussServer: RolePlatform<FlussServer> = {
  ...byRole(fluss),
  refreshes: "5 minutes before the end, each for itself",
  start: (place, env) =>
    startFluss(place, env, recipeFor("fluss", place).block("yaml", "s3.assumed.role.arn")),
};

export const platformsByRole: readonly RolePlatform[] = [
  hadoop33ByRole,
  hadoop34ByRole,
  sparkByRole,
  flussServer,
  flinkByRole,
];
