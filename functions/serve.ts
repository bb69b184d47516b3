import { createHash, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Config } from "../shared/core/config.ts";
import type { ServerSettings } from "../shared/core/server-settings.ts";
import type { App } from "./app.ts";
import type { PageFiles } from "./page/files.ts";
import { createOperatorPage, type PastedConfig } from "./page/operator-page.ts";
import { createPage } from "./page/page.ts";
import { createRecentRecords } from "./page/recent-records.ts";
import { createDoor } from "./server/door.ts";
import { following } from "./server/follow.ts";
import { listen } from "./server/listener.ts";
import { createLiveApp } from "./server/live-app.ts";
import { createServerMetrics } from "./server/metrics.ts";
import { createServerParts } from "./server/parts.ts";
import { watchProcess } from "./server/process-metrics.ts";
import { createStatus } from "./server/status.ts";
import { readKeyPem, trusting, validTo } from "./server/tls-files.ts";
import type { Watch } from "./server/watch.ts";

/** Kubernetes itself takes up to a minute until a changed file is there. */
const filesEveryMs = 5_000;
/** Each look is a call to Secrets Manager. */
const secretsManagerEveryMs = 5 * 60_000;
/** How often a server that cannot begin yet tries again. */
const beginEveryMs = 1_000;

/** A configuration that was checked, with its cases. */
interface CheckedConfig {
  config: Config;
  settings: ServerSettings;
}

/** Where the configuration comes from. */
export interface ConfigSource {
  /** A text that changes whenever the files do. */
  fingerprint(): Promise<string>;
  /** Reads and checks it. Throws an error that says all its faults. */
  load(): Promise<CheckedConfig>;
  /** Which callers gain and which lose which folder by a change, for the log. */
  difference(before: Config, after: Config): readonly object[];
  /** What a configuration that somebody has pasted into the page would do, against the one that runs. */
  judge(pasted: PastedConfig, running: Config): object;
}

export interface RunningServer {
  url: string;
  statusUrl: string;
  /** Looks at everything that may have changed now, and not only when it is time. */
  look(): Promise<void>;
  /** Ends what has begun, and takes nothing new. */
  stop(): Promise<void>;
}

interface ServeOptions {
  source: ConfigSource;
  /** The folder that has the secrets as files; absent: they are in Secrets Manager. */
  secretsFolder?: string | undefined;
  /** While the table is in memory: the file with what operators have revoked. */
  revocationsFile?: string | undefined;
  /** Absent: neither address has the page. */
  pageFiles?: PageFiles | undefined;
  /** Writes a line of the log, which has its line break already. */
  write(line: string): void;
  /** Default: one that no other request has. */
  newRequestId?(): string;
}

/**
 * The door of a process of its own: the same application behind node:http, with the warmer on a timer, and with health and metrics on
 * a second address. What it reads from files it reads again when they change, and goes by what it had where that is faulty.
 *
 * It listens when this resolves. It is ready when `/readyz` says so: it then knows its sealing keys.
 *
 * @throws Error that says what is missing or faulty
 * @example const { url, stop } = await serve({ source, secretsFolder: "/etc/keyvend/secrets", write })
 */
export async function serve({
  source,
  secretsFolder,
  revocationsFile,
  pageFiles: files,
  write: writeLine,
  newRequestId = randomUUID,
}: ServeOptions): Promise<RunningServer> {
  const state = await source.fingerprint();
  const { config, settings } = await source.load();
  const { limits, proxies, tls } = settings;
  const metrics = createServerMetrics();
  const recent = createRecentRecords();
  const write = (line: string) => {
    recent.note(line);
    writeLine(line);
  };
  const say = (event: object) =>
    write(`${JSON.stringify({ server: { time: new Date().toISOString(), ...event } })}\n`);
  const trust = trusting();
  trust(config.caBundle);

  const parts = createServerParts({
    ...{ config, settings, secretsFolder, revocationsFile, metrics, write },
    askWarmer: (key, generation) => live.warmOne(key, generation),
  });
  const live = await createLiveApp(parts, config);
  const pem = tls && (await readKeyPem(tls));
  let isReady = false;
  const take = watchProcess(metrics);
  const facts = {
    metrics: metrics.text,
    records: recent.read,
    judge: (pasted: PastedConfig) => source.judge(pasted, live.current().config),
  };
  const status = await listen({
    name: "status",
    at: settings.status,
    bounds: { ...limits, connections: 64, connectionsPerAddress: 64 },
    ...{ proxies: [], isOpen: true, metrics },
    answer: createStatus({
      ...{ isReady: () => isReady, metrics, take },
      page: files && createOperatorPage({ files, views: "operator", facts }),
    }),
  });
  const page = files && createPage({ files, views: "caller" });
  const current = () => {
    const now = live.current();
    const withPage: App = async (request) => page?.(request) ?? now.app(request);
    return { ...now, app: withPage };
  };
  const door = await listen({
    name: "listen",
    at: settings.listen,
    bounds: limits,
    ...{ proxies, pem, metrics },
    answer: createDoor({
      ...{ current, limits, proxies, metrics, newRequestId },
      ...{ clock: parts.clock, ofAddress: parts.ofAddress },
    }),
  }).catch(async (error) => {
    live.stop();
    await status.stop();
    throw error;
  });

  const follow = following(metrics, say);
  const secretsEveryMs = secretsFolder === undefined ? secretsManagerEveryMs : filesEveryMs;
  const watches: Watch[] = [
    follow({
      what: "config",
      everyMs: filesEveryMs,
      state,
      read: source.fingerprint,
      async take() {
        const next = await source.load();
        parts.checkServable(next.config);
        const difference = source.difference(live.current().config, next.config);
        trust(next.config.caBundle);
        await live.use(next.config);
        const isOther = JSON.stringify(next.settings) !== JSON.stringify(settings);
        return { difference, ...(isOther && { afterRestart: "server" }) };
      },
    }),
  ];
  if (tls && pem) {
    const read = async () => digestOf(JSON.stringify(await readKeyPem(tls)));
    const take = async () => {
      const next = await readKeyPem(tls);
      door.useCertificate(next);
      return { validTo: validTo(next) };
    };
    const state = digestOf(JSON.stringify(pem));
    watches.push(follow({ what: "certificate", everyMs: filesEveryMs, state, read, take }));
  }

  async function followSecrets(): Promise<void> {
    const { sealingSecret, clientKeysSecret, seal } = parts;
    const readSealing = async () => digestOf(await sealingSecret());
    const takeSealing = async () => {
      await seal.replace(await sealingSecret());
      return {};
    };
    const readClientKeys = async () =>
      live.current().config.clientKeys.length === 0 ? "" : digestOf(await clientKeysSecret());
    const takeClientKeys = async () => {
      // The application has them.
      await live.use(live.current().config);
      return {};
    };
    const sealing = { state: await readSealing(), read: readSealing, take: takeSealing };
    const clientKeys = { state: "", read: readClientKeys, take: takeClientKeys };
    watches.push(
      follow({ what: "sealing-key", everyMs: secretsEveryMs, ...sealing }),
      follow({ what: "client-keys", everyMs: secretsEveryMs, ...clientKeys }),
    );
  }

  async function begin(): Promise<void> {
    try {
      await parts.seal.load();
      await followSecrets();
    } catch (error) {
      say({ waitsFor: "sealing-key", fault: (error as Error).message });
      setTimeout(begin, beginEveryMs).unref();
      return;
    }
    await live.prime();
    isReady = true;
    say({ ready: door.url, status: status.url });
  }
  await begin();

  return {
    url: door.url,
    statusUrl: status.url,
    async look() {
      await Promise.all(watches.map((watch) => watch.look()));
    },
    async stop() {
      isReady = false;
      say({ stops: door.url });
      await sleep(settings.drainSeconds * 1_000);
      for (const watch of watches) watch.stop();
      live.stop();
      await door.stop();
      await status.stop();
    },
  };
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("base64");
}
