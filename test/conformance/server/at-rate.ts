/** Starts so many a second, for so long, and gives all outcomes. */
export async function atRate<T>(
  perSecond: number,
  forMs: number,
  start: (n: number) => Promise<T>,
): Promise<T[]> {
  const begun = performance.now();
  const outcomes: Promise<T>[] = [];
  for (;;) {
    const passed = performance.now() - begun;
    while (outcomes.length < (Math.min(passed, forMs) / 1_000) * perSecond)
      outcomes.push(start(outcomes.length));
    if (passed >= forMs) return Promise.all(outcomes);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
