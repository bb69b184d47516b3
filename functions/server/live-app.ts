import { randomUUID } from "node:crypto";
import { createAbsorb } from "../../shared/aws/absorbed-faults.ts";
import type { Config } from "../../shared/core/config.ts";
import { type App, appTimeouts, createApp } from "../app.ts";
import type { HttpRequest } from "../http.ts";
import { createRuntime } from "../runtime.ts";
import { createWarming, type Warming, warmReserveMs, warmTimeouts } from "../warming.ts";
import { createKnownTokens } from "./known-tokens.ts";
import type { ServerParts } from "./parts.ts";

/** As the schedule on Lambda: the next run begins with what this one leaves. */
const warmEveryMs = 120_000;
/** Entries that are warmed for callers at once. Beyond that they are left to the schedule. */
const mostAtOnce = 64;

interface Current {
  app: App;
  config: Config;
  /** Whether a request has a token that is known to be good, by these headers. */
  isKnown(headers: HttpRequest["headers"]): boolean;
}

/** The application and the warmer under the configuration of now. */
interface LiveApp {
  current(): Current;
  /** Goes by another configuration from the next request on. What is kept in memory stays. */
  use(config: Config): Promise<void>;
  /** Issues one entry again, and does not wait. Throws when too many are under way. */
  warmOne(key: string, generation: number): Promise<void>;
  /** Reads once what every answer needs. */
  prime(): Promise<void>;
  stop(): void;
}

/**
 * Runs the application, and the warmer on a timer beside it.
 *
 * @example const live = await createLiveApp(parts, config); await live.current().app(request)
 */
export async function createLiveApp(parts: ServerParts, config: Config): Promise<LiveApp> {
  const runtime = createRuntime(appTimeouts, parts.runtimeParts(appTimeouts.callTimeoutMs));
  const warmRuntime = createRuntime(warmTimeouts, parts.runtimeParts(warmTimeouts.callTimeoutMs));
  const absorb = createAbsorb(runtime.meter, runtime.clock);
  let warming: Warming;
  let current: Current;
  let timer: NodeJS.Timeout | undefined;
  let underWay = 0;

  async function use(next: Config): Promise<void> {
    warming = await createWarming({ ...warmRuntime, config: next });
    const app = createApp({ ...runtime, config: next, obtain: runtime.obtainUnder(next) });
    const isKnown = createKnownTokens({
      config: next,
      accepted: parts.acceptedTokens,
      clock: parts.clock,
    });
    current = { app, config: next, isKnown };
  }

  async function warmOnSchedule(): Promise<void> {
    const begunAt = Date.now();
    try {
      await warming({ timeMs: warmEveryMs - warmReserveMs, requestId: randomUUID() });
    } catch (fault) {
      absorb("warmer", fault);
    }
    timer = setTimeout(warmOnSchedule, Math.max(0, begunAt + warmEveryMs - Date.now())).unref();
  }

  await use(config);
  timer = setTimeout(warmOnSchedule, warmEveryMs * Math.random()).unref();

  return {
    current: () => current,
    use,
    async warmOne(key, generation) {
      if (underWay >= mostAtOnce) throw new Error("Too many entries are being warmed.");
      underWay += 1;
      warming({ entry: { key, generation }, timeMs: warmEveryMs - warmReserveMs, requestId: randomUUID() })
        .catch((fault) => absorb("warmer", fault))
        .finally(() => {
          underWay -= 1;
        });
    },
    prime: runtime.prime,
    stop: () => clearTimeout(timer),
  };
}
