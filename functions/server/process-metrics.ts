import { readdirSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { ServerMetrics } from "./metrics.ts";

/**
 * How the process itself fares, in the names that Prometheus's own clients have for it.
 *
 * @returns a function that takes the readings of now
 */
export function watchProcess(metrics: ServerMetrics): () => void {
  const startedAt = Date.now() / 1_000 - process.uptime();
  const loop = monitorEventLoopDelay({ resolution: 20 });
  loop.enable();
  return () => {
    const { user, system } = process.cpuUsage();
    metrics.set("process_start_time_seconds", startedAt);
    metrics.set("process_cpu_seconds", (user + system) / 1_000_000);
    metrics.set("process_resident_memory_bytes", process.memoryUsage.rss());
    metrics.set("process_open_fds", openFiles());
    metrics.set("event_loop_delay_p99_seconds", loop.percentile(99) / 1_000_000_000);
    loop.reset();
  };
}

/** Where the system does not say it, none. */
function openFiles(): number {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return 0;
  }
}
