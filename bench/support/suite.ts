/**
 * How the suites are registered with `deno bench`.
 *
 * @module
 */

import type { Crew, Load } from "./crew.ts";
import type { Entry } from "./crew_worker.ts";

/** How many workers, and how many parties, cases have. */
export const WORKERS = [1, 2, 4, 8, 16];

/**
 * K for so many workers, who share a total. Four at least do as much each as four:
 * who is done within its time slice has met nobody.
 */
export function share(total: number, workers: number): number {
  return total / Math.min(workers, 4);
}

/**
 * Registers a group of cases, the first of which is the baseline. An iteration is
 * one round: all workers do their K. Its checks throw, which fails the bench.
 */
export function group(
  crew: Crew,
  name: string,
  entries: readonly Entry[],
  load: Load,
): void {
  for (const entry of entries) {
    Deno.bench({
      name: `${entry.name}, K = ${load.times}`,
      group: name,
      baseline: entry === entries[0],
      n: 10,
      warmup: 2,
      fn(bench) {
        bench.start();
        crew.round(entry, load);
        bench.end();
        crew.check(entry, load.workers);
      },
    });
  }
}
