import { vi } from "vitest";
import { hangMs } from "./hang.ts";

/**
 * Repeats a check until it holds, for an effect of other code, and gives its result. Its limit only ends a check that
 * never holds. It ends it before the test itself is ended, so that the failure says what did not come.
 *
 * @example await until(() => expect(closed).toBe(1))
 */
export function until<T>(check: () => T | Promise<T>, everyMs = 5): Promise<T> {
  return vi.waitFor(check, { interval: everyMs, timeout: hangMs / 2 });
}
