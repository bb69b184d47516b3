import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { aheadSeconds, type BackendKey } from "../backend.ts";
import { type Daemon, startDaemon } from "../daemon.ts";
import { freePort } from "../free-port.ts";
import { clockVariable, goTools } from "../go-tools.ts";

/** MinIO (S3 and STS at one endpoint) on loopback, over one folder. */
export interface Minio {
  endpoint: string;
  /** A second server on the same folder, `aheadSeconds` ahead in time, so that tests of expiry need not wait. */
  aheadEndpoint: string;
  rootKey: BackendKey;
  /** The variables by which MinIO's client, `mc`, knows this server as `store`. */
  clientEnvironment: Record<string, string>;
  /** A folder that ends with the server. */
  folder: string;
  /** Runs MinIO's client. Returns what it prints. */
  mc(...args: string[]): Promise<string>;
  /** Ends all processes and removes the data. */
  stop(): Promise<void>;
}

interface MinioOptions {
  /** The server's certificate, for TLS. The process has to trust it. */
  tls?: { key: string; cert: string };
  /** Settings of the server, such as those of an OIDC issuer. */
  environment?: Record<string, string>;
}

export const minioRegion = "eu-central-1";

/** Builds MinIO and its client, unless they are there. */
export const ensureMinio = (): Promise<string> => goTools(import.meta.dirname);

/**
 * Starts MinIO, and builds it first if it is not there.
 *
 * @example const minio = await startMinio();
 */
export async function startMinio({ tls, environment }: MinioOptions = {}): Promise<Minio> {
  const commands = await ensureMinio();
  const folder = mkdtempSync(join(tmpdir(), "keyvend-minio-"));
  const [certificates, authorities] = ["certs", "mc/certs/CAs"].map((name) => {
    const path = join(folder, name);
    mkdirSync(path, { recursive: true });
    return path;
  }) as [string, string];
  if (tls) {
    writeFileSync(join(certificates, "public.crt"), tls.cert);
    writeFileSync(join(certificates, "private.key"), tls.key);
    writeFileSync(join(authorities, "store.crt"), tls.cert);
  }
  const rootKey = { accessKeyId: "minio-root", secretAccessKey: "root-secret".repeat(3) };
  const daemons: Daemon[] = [];
  const stop = async () => {
    for (const daemon of daemons.splice(0).reverse()) await daemon.stop();
    rmSync(folder, { recursive: true, force: true });
  };

  async function start(name: string, clock: Record<string, string> = {}): Promise<string> {
    const address = `127.0.0.1:${await freePort()}`;
    const endpoint = `${tls ? "https" : "http"}://${address}`;
    const server = [join(commands, "minio"), "server", "--address", address, "--certs-dir", certificates];
    const daemon = startDaemon([server[0] as string, ...server.slice(1), join(folder, "data")], {
      logFile: join(folder, `${name}.out`),
      environment: {
        HOME: folder,
        MINIO_ROOT_USER: rootKey.accessKeyId,
        MINIO_ROOT_PASSWORD: rootKey.secretAccessKey,
        MINIO_SITE_REGION: minioRegion,
        MINIO_BROWSER: "off",
        MINIO_UPDATE: "off",
        // MinIO refuses a folder on the machine's own disk otherwise.
        MINIO_CI_CD: "1",
        ...environment,
        ...clock,
      },
    });
    daemons.push(daemon);
    await daemon.ready(async () => (await fetch(`${endpoint}/minio/health/ready`)).ok);
    return endpoint;
  }

  try {
    const endpoint = await start("server");
    const aheadEndpoint = await start("server-ahead", { [clockVariable]: String(aheadSeconds) });
    const { protocol, host } = new URL(endpoint);
    const clientEnvironment = {
      MC_HOST_store: `${protocol}//${rootKey.accessKeyId}:${rootKey.secretAccessKey}@${host}`,
      MC_CONFIG_DIR: join(folder, "mc"),
      PATH: `${commands}:${process.env["PATH"]}`,
      HOME: folder,
    };
    const mc = async (...args: string[]) =>
      (await promisify(execFile)(join(commands, "mc"), args, { env: clientEnvironment })).stdout;
    return { endpoint, aheadEndpoint, rootKey, clientEnvironment, folder, mc, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
