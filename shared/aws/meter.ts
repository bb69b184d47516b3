/**
 * Takes measured values under their dimensions. Those whose name ends in `Latency` or `Time` are milliseconds, all
 * others counts.
 *
 * @example meter({ way: "assume-role" }, { StsCalls: 1, StsLatency: 84 })
 */
export type Meter = (
  dimensions: Readonly<Record<string, string>>,
  values: Readonly<Record<string, number>>,
) => void;
