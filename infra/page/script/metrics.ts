/** The readings of one moment: each series by its name and labels, as Prometheus's text has them. */
export interface Readings {
  /** Epoch milliseconds. */
  at: number;
  series: ReadonlyMap<string, number>;
}

/**
 * Reads Prometheus's text format, as far as this service writes it.
 *
 * @example readingsIn('keyvend_vends_total{cache="table"} 3\n', Date.now()).series.get('keyvend_vends_total{cache="table"}') // 3
 */
export function readingsIn(text: string, at: number): Readings {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return {
    at,
    series: new Map(
      lines.map((line) => {
        const space = line.lastIndexOf(" ");
        return [line.slice(0, space), Number(line.slice(space + 1))] as const;
      }),
    ),
  };
}

/** The sum of all series of a name. */
export function total({ series }: Readings, name: string): number {
  let sum = 0;
  for (const [key, value] of series) if (key === name || key.startsWith(`${name}{`)) sum += value;
  return sum;
}

/** The values of a label that a name's series have, with their series. */
export function byLabel({ series }: Readings, name: string, label: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const [key, value] of series) {
    if (!key.startsWith(`${name}{`)) continue;
    const [, of = ""] = new RegExp(`[{,]${label}="([^"]*)"`).exec(key) ?? [];
    if (of !== "") found.set(of, (found.get(of) ?? 0) + value);
  }
  return found;
}

/** How much more it is than before. A process that was restarted counts from nothing again. */
export function growth(before: number, after: number): number {
  return after >= before ? after - before : after;
}
