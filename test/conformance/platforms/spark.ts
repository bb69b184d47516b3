import { hadoop33, smallParts, startByProfile, userHome, withLineForSdk1 } from "./hadoop.ts";
import { javaProgram } from "./maven.ts";
import type { Platform } from "./platform.ts";

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
  async start(place, env) {
    const artifacts = {
      whole: [`org.apache.spark:spark-sql_2.13:${version}`, "org.apache.hadoop:hadoop-aws:3.3.4"],
    };
    const program = await javaProgram("spark", artifacts, ["HadoopFiles", "SparkFiles"], {
      options: [userHome(place), ...opens],
    });
    return startByProfile(
      program,
      "spark",
      place,
      env,
      (settings) =>
        withLineForSdk1(settings) +
        smallParts("spark.hadoop.", place) +
        "spark.ui.enabled=false\nspark.driver.bindAddress=127.0.0.1\nspark.driver.host=127.0.0.1\n",
    );
  },
};

/** What `spark-submit` opens to Spark on Java 17. */
const opens = [
  ...["java.lang", "java.lang.invoke", "java.net", "java.nio", "java.util", "java.util.concurrent"],
  ...["java.util.concurrent.atomic", "sun.nio.ch", "sun.nio.cs", "sun.security.action", "sun.util.calendar"],
].map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`);
