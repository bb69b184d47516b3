import { withoutNewChecksums } from "../clients/client.ts";
import { startLines } from "../clients/line-program.ts";
import { javaProgram } from "./maven.ts";
import { type Platform, platformFiles } from "./platform.ts";

const version = "1.10.1";

export const iceberg: Platform = {
  name: "iceberg",
  title: "Iceberg S3FileIO (Java)",
  source: "Maven Central, iceberg-aws and iceberg-aws-bundle",
  version,
  environment: {},
  settings: ["client.refresh-credentials-endpoint={url}&format=iceberg", "token={token}"],
  forOlderStores: withoutNewChecksums,
  refreshes: "5 minutes before the end or later, by chance",
  longTermKeyBy: "the variables of `format=env`",
  startsSlowly: true,
  lacks: ["folders", "rename", "glob", "abort", "table"],
  async start(place, env) {
    const of = (artifact: string) => `org.apache.iceberg:${artifact}:${version}`;
    const program = await javaProgram(
      "iceberg",
      { whole: ["iceberg-core", "iceberg-aws", "iceberg-aws-bundle"].map(of) },
      ["IcebergFiles"],
    );
    const { service, storage, target, token, endpoint, region, bucket } = place;
    const properties = {
      // With a long-term key, Iceberg's SDK takes it from the environment.
      ...(env["AWS_ACCESS_KEY_ID"] === undefined && {
        "client.refresh-credentials-endpoint": `${service}/v1/storages/${storage}/credentials?target=${target}&format=iceberg`,
        uri: service,
        token,
      }),
      "s3.endpoint": endpoint,
      "s3.path-style-access": "true",
      "client.region": region,
      "s3.multipart.part-size-bytes": "5242880",
      "s3.multipart.threshold": "1.0",
    };
    const words = Object.entries(properties).map(([name, value]) => `${name}=${value}`);
    return platformFiles(startLines([...program, bucket, ...words], env));
  },
};
