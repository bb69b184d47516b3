import { join } from "node:path";
import { type Client, containerCredentials, s3Address, withoutNewChecksums } from "../client.ts";
import { startLineProgram } from "../line-program.ts";
import { builtFolder, runTool } from "../toolchain.ts";

export const awsSdkGo: Client = {
  name: "aws-sdk-go",
  title: "AWS SDK for Go v2",
  source: "Go module github.com/aws/aws-sdk-go-v2/service/s3",
  version: "v1.114.7",
  environment: { ...containerCredentials, ...s3Address },
  settings: ["UsePathStyle = true"],
  forOlderStores: withoutNewChecksums,
  refreshes: 300,
  start: async ({ bucket }, env) => startLineProgram([await built("aws-sdk"), bucket], env),
};

export const minioGo: Client = {
  name: "minio-go",
  title: "MinIO SDK for Go",
  source: "Go module github.com/minio/minio-go/v7",
  version: "v7.4.1",
  environment: { ...containerCredentials, ...s3Address },
  settings: ['credentials.NewIAM("")'],
  refreshes: "when a fifth of the life is left",
  start: async ({ bucket }, env) => startLineProgram([await built("minio"), bucket], env),
};

/** Runs always, because Go itself skips what is built already. */
async function built(program: "aws-sdk" | "minio"): Promise<string> {
  const executable = join(builtFolder, "go", program);
  await runTool(["go", "build", "-mod=readonly", "-o", executable, `./${program}`], {
    install: "Install Go 1.26 or newer: https://go.dev/doc/install",
    cwd: import.meta.dirname,
  });
  return executable;
}
