import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { dynamodbCall } from "../../infra/local/dynamodb-call.ts";
import { tableSchema } from "../../infra/local/table-schema.ts";
import { startDaemon } from "../conformance/daemon.ts";
import { ensureDynamodbLocalFiles } from "./dynamodb-local-files.ts";

export interface DynamodbLocal {
  url: string;
  /** Ends the process. The table's contents go with it. */
  close(): Promise<void>;
}

const installLine = "apt-get update && apt-get install -y --no-install-recommends openjdk-17-jre-headless";

/**
 * Amazon's own DynamoDB Local, in memory and on loopback, with the table that the deployment makes. Starts in about 4 s;
 * the first start fetches 57 MB. Throws where Java is missing, with the line that installs it.
 *
 * @example const { url, close } = await startDynamodbLocal("keyvend-test")
 */
export async function startDynamodbLocal(tableName: string): Promise<DynamodbLocal> {
  await ensureJava();
  const files = await ensureDynamodbLocalFiles();
  const folder = mkdtempSync(join(tmpdir(), "keyvend-dynamodb-local-"));
  const logFile = join(folder, "log");
  const daemon = startDaemon(commandOf(files), { logFile, environment: { DDB_LOCAL_TELEMETRY: "0" } });
  const close = async () => {
    await daemon.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    let url = "";
    await daemon.ready(async () => {
      const [, port] =
        readFileSync(logFile, "utf8").match(/Started ServerConnector.*\{127\.0\.0\.1:(\d+)\}/) ?? [];
      url = `http://127.0.0.1:${port}`;
      return port !== undefined;
    });
    await dynamodbCall(url)("CreateTable", { ...tableSchema(), TableName: tableName });
    return { url, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Its own main class listens on every interface, and has no option against that. Its parts can listen on loopback. */
function commandOf(files: string): [string, ...string[]] {
  return [
    "java",
    `-Djava.library.path=${join(files, "DynamoDBLocal_lib")}`,
    // At this level it says which port it took.
    "-Dorg.eclipse.jetty.LEVEL=INFO",
    "-Dorg.eclipse.jetty.util.log.class=org.eclipse.jetty.util.log.StdErrLog",
    // Otherwise it would look for the configuration's grammar on the Internet.
    "-Dorg.eclipse.jetty.xml.XmlParser.Validating=false",
    ...["-cp", join(files, "DynamoDBLocal.jar")],
    "org.eclipse.jetty.xml.XmlConfiguration",
    join(import.meta.dirname, "dynamodb-local.xml"),
  ];
}

async function ensureJava(): Promise<void> {
  try {
    await promisify(execFile)("java", ["-version"]);
  } catch (cause) {
    throw new Error(`Java is not installed, or does not run. Run as root (Debian): ${installLine}`, {
      cause,
    });
  }
}
