/**
 * Lock: workers that each do sections under one lock.
 *
 * @module
 */

import { crewFamily, type Point } from "../support/crew_family.ts";
import type { Family } from "../support/family.ts";
import {
  LONG,
  NOTHING,
  share,
  SHORT,
  type Work,
  WORKERS,
} from "./_sections.ts";

/** What is measured: each length inside with each outside, for each number of workers. */
export const lock: Family = crewFamily({
  name: "lock",
  title: "Lock contention",
  about:
    "Workers do sections under one lock: acquire, work inside, one plain increment, release, work outside. " +
    "The floor is two raw Atomics operations on a word that no other worker uses, by one worker that does the sections of all. " +
    "The naive twin is a lock of two states that notifies at each release. " +
    "One worker alone spends its time on the work; more workers than cores take turns on them.",
  unit: "ns per section",
  axis: "workers",
  points(grid) {
    const works = [NOTHING, SHORT, LONG];
    if (grid === "quick") {
      return [NOTHING, LONG].flatMap((work) =>
        [1, 2, 4].map((workers) => pointOf(work, work, workers))
      );
    }
    return works.flatMap((inside) =>
      works.flatMap((outside) =>
        WORKERS.map((workers) => pointOf(inside, outside, workers))
      )
    );
  },
});

function pointOf(inside: Work, outside: Work, workers: number): Point {
  const same = inside === outside;
  return {
    id: `${inside.id}/${outside.id}/${workers}`,
    group: `${inside.name} inside, ${outside.name} outside`,
    x: workers,
    primitive: "lock",
    workers,
    inside: inside.nanoseconds,
    outside: outside.nanoseconds,
    times: share(workers, inside, outside),
    // A hand-over in order of arrival is a switch of threads, whatever the work.
    without: same ? [] : ["ours, fair", "ours, RLock"],
    observed: same,
  };
}
