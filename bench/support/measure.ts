/**
 * Ratios on a machine that also does other things.
 *
 * Contenders take turns round by round, so that a disturbance hits all of them,
 * and what counts is the median of the ratios within a turn.
 *
 * @module
 */

import type { Crew, Load } from "./crew.ts";
import type { Entry } from "./crew_worker.ts";

/** Once two parties share a core a phase takes 500 times as long; no round may grow to minutes. */
const MOST_PHASES = 10_000;

/** By contender, the nanoseconds per section or phase of each round. */
export type Measured = Record<string, number[]>;

/** Measures entries that take turns, with rounds of about so many milliseconds. */
export function compare(
  crew: Crew,
  entries: readonly Entry[],
  load: Omit<Load, "times">,
  rounds: number,
  milliseconds: number,
): Measured {
  const timed = (entry: Entry, times: number) => {
    const start = performance.now();
    crew.round(entry, { ...load, times });
    return performance.now() - start;
  };
  // Doubling also lets the engine compile the loops.
  const timesOf = (entry: Entry) => {
    crew.check(entry, load.workers);
    const most = entry.primitive === "barrier" ? MOST_PHASES : Infinity;
    for (let times = 32;; times = Math.min(times * 2, most)) {
      const elapsed = timed(entry, times);
      const wanted = Math.ceil(times * milliseconds / elapsed);
      if (elapsed > milliseconds / 2 || times === most) {
        return Math.min(wanted, most);
      }
    }
  };
  const runs = entries.map((entry) => ({ entry, times: timesOf(entry) }));
  const measured: Measured = {};
  for (let n = 0; n < rounds; n++) {
    // There and back: who comes after whom must not matter.
    for (const { entry, times } of n % 2 === 0 ? runs : runs.toReversed()) {
      const done = entry.primitive === "barrier" ? times : times * load.workers;
      const nanoseconds = timed(entry, times) * 1e6 / done;
      (measured[entry.name] ??= []).push(nanoseconds);
    }
  }
  return measured;
}

/** The one in the middle. */
export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;
}

/** How many times as long one takes as the other. */
export function ratio(measured: Measured, one: string, other: string): number {
  return median(measured[one]!.map((n, turn) => n / measured[other]![turn]!));
}
