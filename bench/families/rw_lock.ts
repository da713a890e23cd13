/**
 * RWLock: workers that read and write under one lock.
 *
 * @module
 */

import { crewFamily, type Point } from "../support/crew_family.ts";
import type { Family } from "../support/family.ts";
import { LONG, NOTHING, share, type Work, WORKERS } from "./_sections.ts";

/** Of a hundred sections, how many only read. */
const READS = [50, 75, 90, 99] as const;

/** What is measured: shares of reads, for each number of workers. */
export const rwLock: Family = crewFamily({
  name: "rwlock",
  title: "Reader-writer lock",
  about:
    "Workers do sections under one reader-writer lock, so many of a hundred of which only read; as much work outside. " +
    "The floor is two raw Atomics operations that exclude nobody; the naive twin is a lock of two states, for readers too; " +
    "“ours, Lock” is our Lock, which a reader-writer lock must beat to be of use. " +
    "On two cores no more than two readers overlap, so nothing can gain more than twice.",
  unit: "ns per section",
  axis: "workers",
  points(grid) {
    const quick = grid === "quick";
    const reads = quick ? [90] : READS, workers = quick ? [1, 2, 4] : WORKERS;
    return [NOTHING, LONG].flatMap((work) =>
      reads.flatMap((percent) =>
        workers.map((count) => pointOf(work, percent, count))
      )
    );
  },
});

function pointOf(work: Work, reads: number, workers: number): Point {
  return {
    id: `${work.id}/${reads}/${workers}`,
    group: `${work.name} inside and outside, ${reads} % reads`,
    x: workers,
    primitive: "rwlock",
    workers,
    inside: work.nanoseconds,
    outside: work.nanoseconds,
    reads,
    times: share(workers, work, work),
  };
}
