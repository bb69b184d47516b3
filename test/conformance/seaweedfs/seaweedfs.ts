import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { aheadSeconds, type BackendKey } from "../backend.ts";
import { type Daemon, startDaemon } from "../daemon.ts";
import { freePort } from "../free-port.ts";
import { clockVariable, goTools } from "../go-tools.ts";

/** SeaweedFS (S3 and STS at one endpoint) on loopback, over one folder. */
interface Seaweedfs {
  endpoint: string;
  /** A second gateway to the same store, `aheadSeconds` ahead in time, so that tests of expiry need not wait. */
  aheadEndpoint: string;
  operatorKey: BackendKey;
  /** The variables by which a shell finds `weed`, and the store as `$MASTER`. */
  shellEnvironment: Record<string, string>;
  /** Runs a line of `weed shell`, as an operator does. */
  shell(line: string): Promise<void>;
  /** Ends all processes and removes the data. */
  stop(): Promise<void>;
}

interface SeaweedfsOptions {
  /** The content of the file for `-s3.iam.config`: roles, policies, and what STS needs. */
  iam: string;
  /** The certificate of the S3 gateways, for TLS. The process has to trust it. */
  tls?: { key: string; cert: string };
}

/** Builds SeaweedFS, unless it is there. */
export const ensureSeaweedfs = (): Promise<string> => goTools(import.meta.dirname);

/**
 * Starts SeaweedFS, and builds it first if it is not there.
 *
 * @example const seaweedfs = await startSeaweedfs({ iam: JSON.stringify({ sts, policies, roles }) });
 */
export async function startSeaweedfs({ iam, tls }: SeaweedfsOptions): Promise<Seaweedfs> {
  const commands = await ensureSeaweedfs();
  const weed = join(commands, "weed");
  const folder = mkdtempSync(join(tmpdir(), "keyvend-weed-"));
  const file = (name: string, content: string) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  const operatorKey = { accessKeyId: "AKIAOPERATOR00000000", secretAccessKey: "operator".repeat(5) };
  const identities = {
    identities: [
      {
        name: "operator",
        credentials: [{ accessKey: operatorKey.accessKeyId, secretKey: operatorKey.secretAccessKey }],
        actions: ["Admin"],
      },
    ],
  };
  const files = {
    config: file("s3.json", JSON.stringify(identities)),
    "iam.config": file("iam.json", iam),
    ...(tls && { "cert.file": file("tls.crt", tls.cert), "key.file": file("tls.key", tls.key) }),
  };
  mkdirSync(join(folder, "data"));
  const daemons: Daemon[] = [];
  const stop = async () => {
    for (const daemon of daemons.splice(0).reverse()) await daemon.stop();
    rmSync(folder, { recursive: true, force: true });
  };

  const localSocket = (name: string) => join(folder, `${name}.sock`);
  async function start(name: string, command: string, settings: object, port: number, clock = {}) {
    const flags = Object.entries(settings).map(([setting, value]) => `-${setting}=${value}`);
    const daemon = startDaemon([weed, "-logtostderr", command, ...flags], {
      logFile: join(folder, `${name}.out`),
      environment: { HOME: folder, ...clock },
    });
    daemons.push(daemon);
    const endpoint = `${tls ? "https" : "http"}://127.0.0.1:${port}`;
    await daemon.ready(async () => (await fetch(`${endpoint}/healthz`)).ok);
    return endpoint;
  }

  try {
    const [master, volume, filer, s3, ahead] = [
      await ports(),
      await ports(),
      await ports(),
      await ports(),
      await ports(),
    ];
    // Beside S3, a gateway would serve two catalogues, each on a port of its own.
    const gateway = { ...files, "port.iceberg": 0, "port.lance": 0 };
    const addressOf = ({ port, "port.grpc": grpc }: Ports) => `127.0.0.1:${port}.${grpc}`;
    const server = {
      ...{ ip: "127.0.0.1", "ip.bind": "127.0.0.1", dir: join(folder, "data"), filer: true, s3: true },
      // It would report to its makers.
      "master.telemetry": false,
      "master.volumeSizeLimitMB": 64,
      "volume.max": 100,
      ...prefixed("master.", master),
      ...prefixed("volume.", volume),
      ...prefixed("filer.", { ...filer, localSocket: localSocket("filer") }),
      ...prefixed("s3.", { ...s3, ...gateway, localSocket: localSocket("s3") }),
    };
    const endpoint = await start("server", "server", server, s3.port);
    const second = { "ip.bind": "127.0.0.1", filer: addressOf(filer), ...ahead, ...gateway };
    const aheadEndpoint = await start(
      "ahead",
      "s3",
      { ...second, localSocket: localSocket("ahead") },
      ahead.port,
      {
        [clockVariable]: String(aheadSeconds),
      },
    );
    const shellEnvironment = {
      PATH: `${commands}:${process.env["PATH"]}`,
      HOME: folder,
      MASTER: addressOf(master),
    };
    const shell = async (line: string) => {
      await promisify(execFile)("bash", ["-c", 'echo "$LINE" | weed shell -master="$MASTER"'], {
        env: { ...shellEnvironment, LINE: line },
      });
    };
    return { endpoint, aheadEndpoint, operatorKey, shellEnvironment, shell, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Ports {
  port: number;
  "port.grpc": number;
}

const ports = async (): Promise<Ports> => ({ port: await freePort(), "port.grpc": await freePort() });

const prefixed = (prefix: string, settings: object) =>
  Object.fromEntries(Object.entries(settings).map(([name, value]) => [prefix + name, value]));
