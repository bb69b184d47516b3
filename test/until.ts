import { vi } from "vitest";
import { hangMs } from "./hang.ts";

/**
 * Waits for what other code brings about, and gives the result of the check that holds at last. Its limit only ends what
 * hangs, and before the test itself is ended: so the failure says what did not come.
 *
 * @example await until(() => expect(closed).toBe(1))
 */
export function until<T>(check: () => T | Promise<T>, everyMs = 5): Promise<T> {
  return vi.waitFor(check, { interval: everyMs, timeout: hangMs / 2 });
}
