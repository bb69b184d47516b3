import { startLines } from "../clients/line-program.ts";
import type { DoorPlace } from "../sts-clients/sts-client.ts";
import { java21, javaProgram } from "./maven.ts";
import { type PlatformFiles, platformFiles } from "./platform.ts";
import { recipeFor } from "./role-recipe.ts";

const version = "1.4.0";
const icebergVersion = "1.10.1";

const artifacts = {
  whole: [
    ...["iceberg-core", "iceberg-data", "iceberg-aws", "iceberg-aws-bundle"].map(
      (name) => `org.apache.iceberg:${name}:${icebergVersion}`,
    ),
    "com.google.guava:guava:33.5.0-jre",
    "jakarta.ws.rs:jakarta.ws.rs-api:4.0.0",
    "com.h2database:h2:2.3.232",
  ],
  // A registry may lack parts of what it says it needs. The code that asks STS does without them.
  shaded: [`org.apache.polaris:polaris-core:${version}`, "software.amazon.awssdk:iam-policy-builder:2.42.8"],
  emptyParents: [{ artifact: `org.apache.polaris:polaris:${version}` }],
};

/** Polaris's own code that vends, without its server, and an Iceberg table that lives on what it vends. */
export const polaris = {
  async start(place: DoorPlace, env: Record<string, string>): Promise<PlatformFiles> {
    const recipe = recipeFor("catalogs", place);
    const { storageConfigInfo } = JSON.parse(recipe.block("json", "storageConfigInfo"));
    const key = recipe.block("properties", "polaris.storage.aws.access-key").trim().split("\n");
    const storage = Object.entries(storageConfigInfo).map(([name, value]) => `${name}=${value}`);
    const sources = ["PolarisModel", "CatalogFiles", "PolarisFiles"];
    const program = await javaProgram("polaris", artifacts, sources, { bin: java21() });
    return platformFiles(startLines([...program, place.bucket, place.target, ...storage, ...key], env));
  },
};
