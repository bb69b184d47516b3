import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ClientPlace } from "../clients/client.ts";
import { startLines } from "../clients/line-program.ts";
import { installKeyvend } from "./keyvend-command.ts";
import { type Artifacts, javaProgram } from "./maven.ts";
import { type Platform, platformFiles } from "./platform.ts";

const byProfile = ["keyvend config profile >> ~/.aws/credentials"];
const sdk1Limits = "One profile for all buckets: AWS SDK for Java v1 takes its name from the environment.";

function s3a(
  version: string,
): Pick<Platform, "source" | "version" | "lacks" | "startsSlowly"> & { artifacts: Artifacts } {
  const of = (artifact: string) => `org.apache.hadoop:${artifact}:${version}`;
  return {
    source: "Maven Central, hadoop-aws",
    version,
    startsSlowly: true,
    lacks: ["table"],
    artifacts: {
      whole: [
        ...["hadoop-aws", "hadoop-client-api", "hadoop-client-runtime"].map(of),
        // S3A needs it and does not say so.
        "org.apache.commons:commons-lang3:3.17.0",
      ],
    },
  };
}

const { artifacts: artifacts33, ...facts33 } = s3a("3.3.6");
export const hadoop33: Platform = {
  ...facts33,
  name: "hadoop-3.3",
  title: "Hadoop S3A 3.3",
  environment: { AWS_PROFILE: "{storage}" },
  settings: [...byProfile, "keyvend config hadoop, with its line for 3.3"],
  refreshes: 15,
  limits: [sdk1Limits],
  start: (place, env) => startHadoop("hadoop-3.3", artifacts33, place, env, withLineForSdk1),
};

const { artifacts: artifacts34, ...facts34 } = s3a("3.4.3");
export const hadoop34: Platform = {
  ...facts34,
  name: "hadoop-3.4",
  title: "Hadoop S3A 3.4",
  environment: {},
  settings: [...byProfile, "keyvend config hadoop"],
  refreshes: 15,
  start: (place, env) => startHadoop("hadoop-3.4", artifacts34, place, env),
};

/** Starts S3A with these settings, under a command if one is given. */
export async function startS3a(
  { name }: Platform,
  place: ClientPlace,
  env: Record<string, string>,
  settings: string,
  under: readonly string[] = [],
) {
  const artifacts = name === hadoop33.name ? artifacts33 : artifacts34;
  const program = await javaProgram(name, artifacts, ["HadoopFiles"], { options: [userHome(place)] });
  const file = join(place.home, "settings.properties");
  writeFileSync(file, settings + smallParts("", place));
  const [command = "", ...args] = [...under, ...program, place.bucket, file];
  return platformFiles(startLines([command, ...args], env));
}

async function startHadoop(
  name: string,
  artifacts: Artifacts,
  place: ClientPlace,
  env: Record<string, string>,
  edit = (settings: string) => settings,
) {
  const program = await javaProgram(name, artifacts, ["HadoopFiles"], { options: [userHome(place)] });
  return startByProfile(program, "hadoop", place, env, (settings) => edit(settings) + smallParts("", place));
}

/** Starts a program whose S3A has the settings that `keyvend config` writes, and comes for credentials by a profile. */
export async function startByProfile(
  program: [string, ...string[]],
  client: "hadoop" | "spark",
  place: ClientPlace,
  env: Record<string, string>,
  edit: (settings: string) => string,
) {
  const keyvend = installKeyvend(place, env);
  const aws = join(place.home, ".aws");
  mkdirSync(aws);
  appendFileSync(join(aws, "credentials"), await keyvend.config("profile"));
  const settings = join(place.home, "settings.properties");
  writeFileSync(settings, edit(await keyvend.config(client)));
  return platformFiles(startLines([...program, place.bucket, settings], keyvend.env));
}

/** Java does not read HOME. */
export const userHome = ({ home }: ClientPlace) => `-Duser.home=${home}`;

/** The settings with the line that a user of an AWS SDK v1 takes besides. */
export const withLineForSdk1 = (settings: string) =>
  settings.replace(/^# (?=\S+\.aws\.credentials\.provider=)/m, "");

/** Uploads of the tests are small. */
export const smallParts = (prefix: string, { home }: ClientPlace) => `
${prefix}fs.s3a.multipart.size=5M
${prefix}fs.s3a.multipart.threshold=5M
${prefix}hadoop.tmp.dir=${join(home, "tmp")}
`;
