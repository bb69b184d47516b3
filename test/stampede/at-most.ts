/**
 * Does something with each item, with so many of them at a time; results in the order of the items.
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
