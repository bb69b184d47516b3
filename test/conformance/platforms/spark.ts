import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ClientPlace } from "../clients/client.ts";
import { startLines } from "../clients/line-program.ts";
import { hadoop33, smallParts, startByProfile, userHome, withLineForSdk1 } from "./hadoop.ts";
import { javaProgram } from "./maven.ts";
import { type Platform, platformFiles } from "./platform.ts";

const version = "3.5.9";

export const spark: Platform = {
  name: "spark",
  title: "Spark, with S3A 3.3.4",
  source: "Maven Central, spark-sql and hadoop-aws",
  version,
  environment: hadoop33.environment,
  settings: ["keyvend config profile >> ~/.aws/credentials", "keyvend config spark, with its line for 3.5"],
  refreshes: 15,
  limits: hadoop33.limits ?? [],
  startsSlowly: true,
  lacks: [],
  start: async (place, env) =>
    startByProfile(
      await sparkProgram(place),
      "spark",
      place,
      env,
      (settings) => withLineForSdk1(settings) + settingsOfTests(place),
    ),
};

/** Starts Spark with these settings. */
export async function startSpark(place: ClientPlace, env: Record<string, string>, settings: string) {
  const file = join(place.home, "settings.properties");
  writeFileSync(file, settings + settingsOfTests(place));
  return platformFiles(startLines([...(await sparkProgram(place)), place.bucket, file], env));
}

function sparkProgram(place: ClientPlace) {
  const artifacts = {
    whole: [`org.apache.spark:spark-sql_2.13:${version}`, "org.apache.hadoop:hadoop-aws:3.3.4"],
  };
  const options = [userHome(place), ...opens];
  return javaProgram("spark", artifacts, ["HadoopFiles", "SparkFiles"], { options });
}

const settingsOfTests = (place: ClientPlace) =>
  `${smallParts("spark.hadoop.", place)}spark.ui.enabled=false
spark.driver.bindAddress=127.0.0.1
spark.driver.host=127.0.0.1
`;

/** What `spark-submit` opens to Spark on Java 17. */
const opens = [
  ...["java.lang", "java.lang.invoke", "java.net", "java.nio", "java.util", "java.util.concurrent"],
  ...["java.util.concurrent.atomic", "sun.nio.ch", "sun.nio.cs", "sun.security.action", "sun.util.calendar"],
].map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`);
