import type { ServerMetrics } from "./metrics.ts";
import { type Watch, watchFor } from "./watch.ts";

/** What the server reads again when it changes. */
type Followed = "config" | "certificate" | "sealing-key" | "client-keys";

/**
 * Takes the changes of what is read from outside, and stays with what it had where a change is faulty. Both are said in the log, and
 * counted; `keyvend_up_to_date` is 0 from a faulty change until a good one.
 *
 * @param say writes a line of the log
 * @example follow({ what: "certificate", everyMs: 5_000, state, read, take })
 */
export function following(metrics: ServerMetrics, say: (event: object) => void) {
  return function follow(options: {
    what: Followed;
    everyMs: number;
    /** What it goes by now, in the form that `read` gives. */
    state: string;
    read(): Promise<string>;
    /** Takes what is there now, and gives what is to be said of it. */
    take(): Promise<object>;
  }): Watch {
    const { what } = options;
    metrics.set("up_to_date", 1, { what });
    return watchFor({
      ...options,
      async changed() {
        const more = await options.take();
        metrics.set("up_to_date", 1, { what });
        metrics.count("changes", { what, outcome: "taken" });
        say({ changed: what, ...more });
      },
      failed(error) {
        metrics.set("up_to_date", 0, { what });
        metrics.count("changes", { what, outcome: "refused" });
        say({ refused: what, fault: (error as Error).message });
      },
    });
  };
}
