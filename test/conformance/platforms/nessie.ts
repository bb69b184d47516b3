import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startLines } from "../clients/line-program.ts";
import { startDaemon } from "../daemon.ts";
import { freePort } from "../free-port.ts";
import type { DoorPlace } from "../sts-clients/sts-client.ts";
import { java21, javaProgram, programJar } from "./maven.ts";
import { type PlatformFiles, platformFiles } from "./platform.ts";
import { recipeFor } from "./role-recipe.ts";

const version = "0.99.0";
const icebergVersion = "1.10.1";

/** A running Nessie, which gives its clients credentials for their tables. */
export interface Nessie {
  /** A client of its REST catalog, which makes a table. It has no setting but the catalog's address. */
  startClient(table: string): Promise<PlatformFiles>;
  close(): Promise<void>;
}

/** Starts Nessie with the recipe's settings. Its tables are in memory, and their files under the place's folder. */
export async function startNessie(place: DoorPlace, env: Record<string, string>): Promise<Nessie> {
  const jar = await programJar("nessie", `org.projectnessie.nessie:nessie-quarkus:${version}:jar:runner`);
  const [port, management] = [await freePort(), await freePort()];
  const settings = recipeFor("catalogs", place).block("properties", "nessie.catalog");
  const own = `
quarkus.http.host=127.0.0.1
quarkus.http.port=${port}
quarkus.management.host=127.0.0.1
quarkus.management.port=${management}
`;
  const file = join(place.home, "nessie.properties");
  writeFileSync(file, settings.replace("s3://lake/tables", place.target) + own);
  const nessie = startDaemon([`${java21()}java`, `-Dsmallrye.config.locations=${file}`, "-jar", jar], {
    logFile: join(place.home, "nessie.log"),
    environment: env,
  });
  const url = `http://127.0.0.1:${port}/iceberg`;
  try {
    await nessie.ready(async () => (await fetch(`${url}/v1/config`)).ok, Date.now() + startMs);
  } catch (error) {
    await nessie.stop();
    throw error;
  }
  return {
    async startClient(table) {
      const of = (artifact: string) => `org.apache.iceberg:${artifact}:${icebergVersion}`;
      const whole = ["iceberg-core", "iceberg-data", "iceberg-aws", "iceberg-aws-bundle"].map(of);
      const program = await javaProgram("catalog", { whole }, ["CatalogFiles"]);
      const access = "header.X-Iceberg-Access-Delegation=vended-credentials";
      return platformFiles(
        startLines([...program, place.bucket, `uri=${url}`, access, `table=${table}`], env),
      );
    },
    close: nessie.stop,
  };
}

const startMs = 600_000;
