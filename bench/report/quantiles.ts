/**
 * What is kept of latencies.
 *
 * @module
 */

import type { Quantiles } from "./report.ts";

/** Their quantiles, each of which is one of them. */
export function quantilesOf(latencies: Float64Array): Quantiles {
  const sorted = latencies.toSorted(), last = sorted.length - 1;
  const at = (part: number) =>
    Number(sorted[Math.floor(part * last)]!.toPrecision(5));
  return {
    p50: at(0.5),
    p99: at(0.99),
    p999: at(0.999),
    max: at(1),
    count: sorted.length,
  };
}
