import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ClientPlace } from "../clients/client.ts";
import { startLines } from "../clients/line-program.ts";
import { hadoop33, userHome } from "./hadoop.ts";
import { installKeyvend } from "./keyvend-command.ts";
import { javaProgram } from "./maven.ts";
import { type Platform, platformFiles } from "./platform.ts";

const version = "1.19.3";

export const flink: Platform = {
  name: "flink",
  title: "Flink, flink-s3-fs-hadoop",
  source: "Maven Central, with flink-core 1.20.5",
  version,
  environment: { AWS_PROFILE: "{storage}" },
  settings: ["keyvend config profile >> ~/.aws/credentials", "keyvend config flink"],
  refreshes: 15,
  limits: hadoop33.limits ?? [],
  startsSlowly: true,
  lacks: ["glob", "abort", "table"],
  async start(place, env) {
    const keyvend = installKeyvend(place, env);
    const aws = join(place.home, ".aws");
    mkdirSync(aws);
    appendFileSync(join(aws, "credentials"), await keyvend.config("profile"));
    return startFlink(place, keyvend.env, await keyvend.config("flink"));
  },
};

/** Starts Flink's file system with these settings. */
export async function startFlink(place: ClientPlace, env: Record<string, string>, settings: string) {
  const artifacts = {
    whole: ["org.apache.flink:flink-core:1.20.5"],
    shaded: [`org.apache.flink:flink-s3-fs-hadoop:${version}`],
  };
  const program = await javaProgram("flink", artifacts, ["FlinkFiles"], { options: [userHome(place)] });
  writeFileSync(join(place.home, "config.yaml"), settings);
  return platformFiles(startLines([...program, place.bucket, place.home], env));
}
