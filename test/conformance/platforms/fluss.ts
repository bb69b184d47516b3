import { startLines } from "../clients/line-program.ts";
import { javaProgram } from "./maven.ts";
import { type Platform, platformFiles } from "./platform.ts";

const version = "0.9.1-incubating";
const of = (artifact: string) => `org.apache.fluss:${artifact}:${version}`;

export const fluss: Platform = {
  name: "fluss",
  title: "Fluss client, with fluss-fs-s3",
  source: "Maven Central, fluss-client and fluss-fs-s3",
  version,
  environment: { KEYVEND_URL: "{url}&format=fluss", KEYVEND_TOKEN: "{token}" },
  settings: ["new DefaultSecurityTokenManager(configuration, provider)"],
  refreshes: "when three quarters of the life are over",
  startsSlowly: true,
  lacks: ["glob", "abort", "table"],
  async start({ bucket }, env) {
    const artifacts = {
      whole: [of("fluss-client")],
      shaded: [of("fluss-fs-s3")],
      emptyParents: [{ artifact: of("fluss-filesystems"), parent: of("fluss") }],
    };
    const program = await javaProgram("fluss", artifacts, ["FlussFiles"]);
    return platformFiles(startLines([...program, bucket], env));
  },
};
