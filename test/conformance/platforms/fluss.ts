import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ClientPlace } from "../clients/client.ts";
import { startLines } from "../clients/line-program.ts";
import { javaProgram } from "./maven.ts";
import { type Platform, platformFiles } from "./platform.ts";

const version = "0.9.1-incubating";
/** @example flussArtifact("fluss-server") */
export const flussArtifact = (name: string) => `org.apache.fluss:${name}:${version}`;

/** A client of Fluss and its file system. */
export const flussArtifacts = {
  whole: [flussArtifact("fluss-client")],
  shaded: [flussArtifact("fluss-fs-s3")],
  emptyParents: [{ artifact: flussArtifact("fluss-filesystems"), parent: flussArtifact("fluss") }],
};

export const fluss: Platform = {
  name: "fluss",
  title: "Fluss client, with fluss-fs-s3",
  source: "Maven Central, fluss-client and fluss-fs-s3",
  version,
  environment: { KEYVEND_URL: "{url}&format=fluss", KEYVEND_TOKEN: "{token}" },
  settings: ["new DefaultSecurityTokenManager(configuration, () -> the answer of {url}&format=fluss)"],
  limits: [
    "Its clients ask its server, and the server asks an STS: [keyvend is one](../../../infra/recipes/fluss.md). For tokens by this format, a provider in between is yours to write; the test has one of 20 lines.",
    "In 0.9.1, `client.fs.s3.*` does not reach the file system: only `core-site.xml` does.",
  ],
  refreshes: "when three quarters of the life are over",
  startsSlowly: true,
  longTermKeyBy: "`fs.s3a.access.key` and `fs.s3a.secret.key` in its `core-site.xml`",
  lacks: ["glob", "abort", "table"],
  async start(place, env) {
    const { AWS_ACCESS_KEY_ID: key, AWS_SECRET_ACCESS_KEY: secret } = env;
    const ownKeys = key !== undefined && secret !== undefined && { "access.key": key, "secret.key": secret };
    writeFileSync(join(place.home, "core-site.xml"), coreSite(place, ownKeys || {}));
    const program = await javaProgram("fluss", flussArtifacts, ["FlussFiles"], { settings: [place.home] });
    const { KEYVEND_URL: _, ...withoutTokens } = env;
    return platformFiles(startLines([...program, place.bucket], ownKeys ? withoutTokens : env));
  },
};

/** Of a client's settings, Fluss 0.9.1 hands none to its file system. Hadoop's own file reaches it. */
function coreSite({ endpoint }: ClientPlace, ownKeys: Record<string, string>): string {
  const properties = { ...ownKeys, endpoint, "path.style.access": "true", "multipart.size": "5M" };
  const elements = Object.entries(properties).map(
    ([name, value]) => `<property><name>fs.s3a.${name}</name><value>${value}</value></property>`,
  );
  return `<configuration>${elements.join("")}</configuration>`;
}
