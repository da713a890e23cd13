/**
 * Condition beside the peer's and a naive one: two workers that take turns.
 *
 * @module
 */

import { Crew, entriesOf } from "./crew.ts";
import { compare, type Measured, median, ratio } from "./measure.ts";

/** Nanoseconds per turn, and how many times as long the others take, in one run. */
export interface ConditionRatio {
  measured: Measured;
  ours: number;
  multithreading: number;
  naive: number;
}

/** Measures turns of two workers, each of which waits until the other has notified it. */
export function conditionRatio(rounds = 11, milliseconds = 60): ConditionRatio {
  const crew = new Crew(2, entriesOf("condition", 1));
  try {
    const load = { workers: 2, inside: 0, outside: 0 };
    const measured = compare(crew, crew.entries, load, rounds, milliseconds);
    return {
      measured,
      ours: median(measured["ours"]!),
      multithreading: ratio(measured, "multithreading", "ours"),
      naive: ratio(measured, "naive", "ours"),
    };
  } finally {
    crew.close();
  }
}
