import { join } from "node:path";
import { type Client, containerCredentials, noNewline, s3Address, withoutNewChecksums } from "../client.ts";
import { startLineProgram } from "../line-program.ts";

export const awsSdkJavascript: Client = {
  name: "aws-sdk-js",
  title: "AWS SDK for JavaScript v3",
  source: "npm",
  version: "3.1169.0",
  environment: { ...containerCredentials, ...s3Address },
  settings: ["new S3Client({ forcePathStyle: true })"],
  forOlderStores: withoutNewChecksums,
  refreshes: 300,
  limits: [noNewline, "Shows a refusal as “not a valid container metadata service hostname”."],
  start: async ({ bucket }, env) =>
    startLineProgram([process.execPath, join(import.meta.dirname, "with-aws-sdk.ts"), bucket], env),
};
