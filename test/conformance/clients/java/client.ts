import { join } from "node:path";
import { type Client, containerCredentials, s3Address, withoutNewChecksums } from "../client.ts";
import { startLineProgram } from "../line-program.ts";
import { madeOnce, runTool } from "../toolchain.ts";

const install =
  "Run as root (Debian): apt-get update && apt-get install -y --no-install-recommends openjdk-17-jdk-headless maven";

export const awsSdkJava: Client = {
  name: "aws-sdk-java",
  title: "AWS SDK for Java v2",
  source: "Maven Central",
  version: "2.57.8",
  environment: { ...containerCredentials, ...s3Address },
  settings: ["S3Client.builder().forcePathStyle(true)"],
  forOlderStores: withoutNewChecksums,
  longTermKeyBy: "the variables of `format=env`",
  refreshes: "15 to 10 minutes before the end, by chance",
  limits: ["Gives the service 1 s to connect and 1 s to answer."],
  async start({ bucket }, env) {
    const folder = await built();
    const classPath = [join(folder, "classes"), join(folder, "dependency", "*")].join(":");
    return startLineProgram(["java", "-XX:TieredStopAtLevel=1", "-cp", classPath, "Lines", bucket], env);
  },
};

const source = (path: string) => join(import.meta.dirname, path);

function built(): Promise<string> {
  return madeOnce("java", [source("pom.xml"), source("src/main/java/Lines.java")], (folder) =>
    runTool(
      [
        ...(["mvn", "--quiet", "--batch-mode", "-f", source("pom.xml")] as const),
        ...[`-DbuildFolder=${folder}`, "compile", "dependency:copy-dependencies", "-DincludeScope=runtime"],
      ],
      { install },
    ),
  );
}
