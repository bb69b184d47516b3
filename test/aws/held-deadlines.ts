import { onTestFinished, vi } from "vitest";

/**
 * Holds all deadlines (`AbortSignal.timeout`) that are set from now on until the test ends. They pass when the test lets
 * time pass, and not by the machine's clock.
 *
 * @example
 * const deadlines = holdDeadlines();
 * const issuing = issue(request);
 * deadlines.pass(700);
 * await expect(issuing).rejects.toMatchObject({ code: "unavailable" });
 */
export function holdDeadlines() {
  let now = 0;
  const held: { at: number; controller: AbortController }[] = [];
  const timeout = vi.spyOn(AbortSignal, "timeout").mockImplementation((milliseconds) => {
    const controller = new AbortController();
    held.push({ at: now + milliseconds, controller });
    return controller.signal;
  });
  onTestFinished(() => timeout.mockRestore());
  return {
    /** Lets so many milliseconds pass at once. */
    pass(milliseconds: number): void {
      now += milliseconds;
      for (const { at, controller } of held) {
        if (at <= now) controller.abort(new DOMException("The time is up.", "TimeoutError"));
      }
    },
  };
}
