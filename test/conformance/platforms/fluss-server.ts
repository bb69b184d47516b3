import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startLines } from "../clients/line-program.ts";
import { freePort } from "../free-port.ts";
import type { DoorPlace } from "../sts-clients/sts-client.ts";
import { flussArtifact, flussArtifacts } from "./fluss.ts";
import { javaProgram } from "./maven.ts";
import { type PlatformFiles, platformFiles } from "./platform.ts";

const { whole, shaded, emptyParents } = flussArtifacts;
const artifacts = { whole, shaded: [...shaded, flussArtifact("fluss-server")], emptyParents };

/** A running Fluss. Its files are those of the servers' own file system. */
export interface FlussServer extends PlatformFiles {
  /** Starts a client of it, which has no settings but the server's address. */
  startClient(): Promise<PlatformFiles>;
}

/** Starts a whole Fluss with these settings of its `server.yaml`: a coordinator, a tablet server and ZooKeeper. */
export async function startFluss(
  place: DoorPlace,
  env: Record<string, string>,
  settings: string,
): Promise<FlussServer> {
  const [tablet, zookeeper] = [await freePort(), await freePort()];
  const own = `
remote.data.dir: ${place.target}/remote
zookeeper.address: 127.0.0.1:${zookeeper}
bind.listeners: FLUSS://127.0.0.1:${tablet}
tablet-server.id: 0
data.dir: ${join(place.home, "data")}
log.segment.file-size: 1mb
remote.log.task-interval-duration: 1s
s3.multipart.size: 5M
`;
  const program = async (name: string) =>
    javaProgram("fluss-server", artifacts, ["FlussFiles", "FlussServerFiles", "FlussClientFiles"], {
      settings: [place.home],
      // As Fluss's own scripts have it.
      options: ["--add-opens=java.base/java.nio=ALL-UNNAMED"],
      main: name,
    });
  writeFileSync(join(place.home, "server.yaml"), settings + own);
  // Fluss hands nothing of its settings to a client's file system: only Hadoop's own file reaches that.
  writeFileSync(join(place.home, "core-site.xml"), smallParts);
  const command = [...(await program("FlussServerFiles")), place.bucket, place.home] as const;
  const server = platformFiles(startLines(command, env));
  return {
    ...server,
    async startClient() {
      // It answers when the server is there.
      await server.version();
      const client = [...(await program("FlussClientFiles")), place.bucket, `127.0.0.1:${tablet}`] as const;
      return platformFiles(startLines(client, env));
    },
  };
}

/** Uploads of the tests are small. */
const smallParts =
  "<configuration><property><name>fs.s3a.multipart.size</name><value>5M</value></property></configuration>";
