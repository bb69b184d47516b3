import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { aheadSeconds } from "../backend.ts";
import { type Daemon, readySeconds, startDaemon } from "../daemon.ts";
import { freePort } from "../free-port.ts";
import { type CephAdmin, cephAdmin } from "./admin.ts";
import { clusterConf } from "./cluster-conf.ts";
import { ensureCephPackages } from "./packages.ts";

/** Ceph's gateway (S3, STS and IAM at one endpoint) on loopback, over a store in memory. */
interface CephCluster {
  endpoint: string;
  /** A second gateway on the same store, `aheadSeconds` ahead in time, so that tests of expiry need not wait. */
  aheadEndpoint: string;
  admin: CephAdmin;
  /** What `radosgw-admin` needs in front of its own words to reach this store. */
  adminOptions: string[];
  /** Ends all processes and removes the data. Destroy the SDK clients first, because gateways wait for their connections. */
  stop(): Promise<void>;
}

/** The number of attempts to start a gateway. */
const mostRestarts = 3;

/**
 * Starts one monitor, one in-memory OSD and two gateways on free loopback ports, and installs them first if they are
 * missing. Takes about 4 s. Throws if Ceph cannot be installed or does not start, and leaves nothing behind.
 *
 * @example const ceph = await startCeph();
 */
export async function startCeph(): Promise<CephCluster> {
  const { faketime } = await ensureCephPackages();
  // The folder is not in the checkout, because a socket's path may have 107 characters at most.
  const folder = mkdtempSync(join(tmpdir(), "keyvend-ceph-"));
  const daemons: Daemon[] = [];
  const stop = async () => {
    // Gateways end first, and by themselves, because they sign off from the monitor and the OSD.
    for (const daemon of daemons.splice(0).reverse()) await daemon.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const run = await startStore(folder, daemons);
    const gateway = async (name: string, environment: Record<string, string> = {}) => {
      const deadline = Date.now() + readySeconds * 1000;
      for (let restarts = 0; ; restarts += 1) {
        const port = await freePort();
        const endpoint = `http://127.0.0.1:${port}`;
        const frontend = `--rgw_frontends=beast endpoint=127.0.0.1:${port} tcp_nodelay=1`;
        const daemon = startDaemon(["radosgw", ...run.options, "-n", "client.rgw", "-f", frontend], {
          logFile: join(folder, `${name}.out`),
          ownLogFile: join(folder, "client.rgw.log"),
          environment,
        });
        daemons.push(daemon);
        try {
          await daemon.ready(async () => (await fetch(endpoint)).ok, deadline);
          return endpoint;
        } catch (error) {
          // If the store does not answer in time, as on a busy machine, radosgw gives up for good ("Couldn't init
          // storage provider (RADOS)"). In production a supervisor starts it again.
          if (daemon.isRunning() || restarts === mostRestarts) throw error;
        }
      }
    };
    const endpoint = await gateway("gateway");
    const aheadEndpoint = await gateway("gateway-ahead", {
      LD_PRELOAD: faketime,
      FAKETIME: `+${aheadSeconds}s`,
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    });
    const asGateway = ["-n", "client.rgw"];
    const admin = await cephAdmin(endpoint, (...args) => run.command("radosgw-admin", ...asGateway, ...args));
    return { endpoint, aheadEndpoint, admin, adminOptions: [...run.options, ...asGateway], stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Starts the monitor and the OSD. */
async function startStore(folder: string, daemons: Daemon[]) {
  const fsid = randomUUID();
  const monitorPort = await freePort();
  const conf = join(folder, "ceph.conf");
  for (const part of ["mon", "osd", "rgw"]) mkdirSync(join(folder, part));
  writeFileSync(conf, clusterConf({ folder, fsid, monitorPort }));

  const options = ["-c", conf];
  const command = async (name: string, ...args: string[]) =>
    (await promisify(execFile)(name, [...options, ...args])).stdout.trim();
  const daemon = (name: string, ...args: string[]) => {
    const started = startDaemon([name, ...options, ...args, "-f"], { logFile: join(folder, `${name}.out`) });
    daemons.push(started);
    return started;
  };

  const monmap = join(folder, "monmap");
  const address = `[v2:127.0.0.1:${monitorPort}]`;
  await command("monmaptool", "--create", "--fsid", fsid, "--addv", "a", address, monmap);
  await command("ceph-mon", "--mkfs", "-i", "a", "--monmap", monmap);
  await daemon("ceph-mon", "-i", "a").ready(async () => {
    await command("ceph", "--connect-timeout", "2", "mon", "stat");
    return true;
  });

  const osdUuid = randomUUID();
  const osd = await command("ceph", "osd", "new", osdUuid);
  await command("ceph-osd", "-i", osd, "--mkfs", "--osd-uuid", osdUuid);
  await daemon("ceph-osd", "-i", osd).ready(async () =>
    (await command("ceph", "osd", "stat")).includes("1 up"),
  );
  return { options, command };
}
