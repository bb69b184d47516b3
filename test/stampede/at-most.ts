/**
 * Applies a function to each item, to so many items at a time. The results are in the order of the items.
 *
 * @example await atMost(4, workers, (worker) => worker.ask("start"))
 */
export async function atMost<T, R>(
  concurrency: number,
  items: readonly T[],
  act: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const next = items.entries();
  const work = async () => {
    for (const [index, item] of next) results[index] = await act(item, index);
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return results;
}
