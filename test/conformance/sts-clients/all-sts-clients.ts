import { join } from "node:path";
import { awsCli } from "../clients/aws-cli/clients.ts";
import { s3Address, withoutNewChecksums } from "../clients/client.ts";
import { awsSdkGo } from "../clients/go/clients.ts";
import { awsSdkJava } from "../clients/java/client.ts";
import { awsSdkJavascript } from "../clients/javascript/client.ts";
import { startLineProgram } from "../clients/line-program.ts";
import { boto3, pyarrow } from "../clients/python/clients.ts";
import { boto3Environment, pythonEnvironment, startPython } from "../clients/python/python.ts";
import { builtWithCargo } from "../clients/rust/cargo.ts";
import { objectStore } from "../clients/rust/client.ts";
import { type StsClient, usualSettings } from "./sts-client.ts";

/** Its default chain knows both ways. */
const bothWays = {
  by: {
    AssumeRoleWithWebIdentity: { environment: usualSettings.AssumeRoleWithWebIdentity },
    AssumeRole: { environment: usualSettings.AssumeRole },
  },
  forOlderStores: withoutNewChecksums,
};

export const stsBoto3: StsClient = {
  ...bothWays,
  name: "sts-boto3",
  title: boto3.title,
  source: boto3.source,
  version: boto3.version,
  refreshes: 900,
  start: (place, env) => startPython("with_boto3.py", place, env, { bin: boto3Environment() }),
};

/** The first botocore that takes the container's credentials from other hosts than loopback is 1.42.5. */
const stsBoto3Of2023: StsClient = {
  ...bothWays,
  name: "sts-boto3-1.34",
  title: boto3.title,
  source: boto3.source,
  version: "1.34.0",
  refreshes: 900,
  start(place, env) {
    const bin = pythonEnvironment("boto3-1.34", join(import.meta.dirname, "boto3-1.34.txt"));
    return startPython("with_boto3.py", place, env, { bin });
  },
};

const stsAwsCli: StsClient = {
  ...bothWays,
  name: "sts-aws-cli",
  title: awsCli.title,
  source: awsCli.source,
  version: awsCli.version,
  refreshes: 900,
  start: awsCli.start,
};

const stsJavascript: StsClient = {
  ...bothWays,
  name: "sts-js",
  title: awsSdkJavascript.title,
  source: awsSdkJavascript.source,
  version: awsSdkJavascript.version,
  refreshes: 300,
  start: awsSdkJavascript.start,
};

const stsGo: StsClient = {
  ...bothWays,
  name: "sts-go",
  title: awsSdkGo.title,
  source: awsSdkGo.source,
  version: awsSdkGo.version,
  refreshes: 0,
  start: awsSdkGo.start,
};

const stsJava: StsClient = {
  ...bothWays,
  name: "sts-java",
  title: awsSdkJava.title,
  source: "Maven Central, s3 and sts",
  version: awsSdkJava.version,
  refreshes: "5 to 1 minutes before the end, by chance; with less left, at every request",
  start: awsSdkJava.start,
};

const stsRust: StsClient = {
  ...bothWays,
  name: "sts-rust",
  title: "AWS SDK for Rust",
  source: "crates.io, aws-sdk-s3 and aws-config",
  version: "1.157.0",
  refreshes: "10 s before the end or later, by chance",
  async start({ bucket }, env) {
    const built = await builtWithCargo(join(import.meta.dirname, "rust"), "with-aws-sdk");
    return startLineProgram([built, bucket], env);
  },
};

const stsObjectStore: StsClient = {
  name: "sts-object-store",
  title: objectStore.title,
  source: objectStore.source,
  version: objectStore.version,
  by: {
    AssumeRoleWithWebIdentity: {
      environment: {
        ...usualSettings.AssumeRoleWithWebIdentity,
        AWS_ENDPOINT_URL_STS: "{stsOverTls}",
        SSL_CERT_FILE: "{caFile}",
        AWS_ALLOW_HTTP: "true",
      },
    },
  },
  refreshes: 300,
  limits: [
    "Asks an STS over HTTPS only, also where `AWS_ALLOW_HTTP=true` allows a store without it.",
    "Knows no AssumeRole.",
  ],
  start: objectStore.start,
};

const stsPyarrow: StsClient = {
  name: "sts-pyarrow",
  title: pyarrow.title,
  source: pyarrow.source,
  version: pyarrow.version,
  by: {
    AssumeRole: {
      environment: {
        AWS_ACCESS_KEY_ID: "{clientKeyId}",
        AWS_SECRET_ACCESS_KEY: "{clientKeySecret}",
        AWS_ENDPOINT_URL_STS: "{sts}",
        ...s3Address,
      },
      settings: ["S3FileSystem(endpoint_override=…, region=…, role_arn={roleArn})"],
    },
  },
  forOlderStores: withoutNewChecksums,
  refreshes: 60,
  hidesReason: true,
  limits: [
    "Its AssumeRoleWithWebIdentity does not read `AWS_ENDPOINT_URL_STS`.",
    "Goes on without credentials when it is refused, and shows the store's refusal.",
  ],
  start: (place, env) => startPython("with_pyarrow.py", place, env, { words: [place.roleArn] }),
};

/** All clients of the STS door, in the order of the table. */
export const allStsClients: readonly StsClient[] = [
  stsBoto3,
  stsBoto3Of2023,
  stsAwsCli,
  stsJavascript,
  stsGo,
  stsJava,
  stsRust,
  stsObjectStore,
  stsPyarrow,
];
