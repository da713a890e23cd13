/**
 * Semaphore: workers that each do sections with a permit.
 *
 * @module
 */

import { crewFamily, type Point } from "../support/crew_family.ts";
import type { Family, Grid } from "../support/family.ts";
import { LONG, NOTHING, share, type Work, WORKERS } from "./_sections.ts";

/** One permit, one for every second worker, or one for each. */
const RULES = {
  "1": { name: "one permit", permits: () => 1 },
  "half": {
    name: "permits for half of the workers",
    permits: (workers: number) => workers / 2,
  },
  "all": {
    name: "a permit for each worker",
    permits: (workers: number) => workers,
  },
} as const;
type Rule = keyof typeof RULES;

/** What is measured: sections of nothing and of 2 µs, for each rule and number of workers. */
export const semaphore: Family = crewFamily({
  name: "semaphore",
  title: "Semaphore throughput",
  about:
    "Workers do sections with a permit of one semaphore: acquire, work inside, one plain increment, release, and as much work outside. " +
    "The floor is two raw Atomics operations on words that nobody shares, by as few workers as can do the sections of all: " +
    "one for each permit, and no more than there are cores. The naive twin notifies at each release.",
  unit: "ns per section",
  axis: "workers",
  points(grid) {
    const rules: Rule[] = grid === "quick"
      ? ["1", "half"]
      : ["1", "half", "all"];
    return [NOTHING, LONG].flatMap((work) =>
      rules.flatMap((rule) =>
        workersOf(rule, grid).map((workers) => pointOf(work, rule, workers))
      )
    );
  },
});

/** Half of 2 workers is one, and all of 1 is one: these are there already. */
function workersOf(rule: Rule, grid: Grid): readonly number[] {
  const workers = grid === "quick" ? [1, 2, 4] : WORKERS;
  const least = { 1: 1, half: 4, all: 2 }[rule];
  return workers.filter((count) => count >= least);
}

function pointOf(work: Work, rule: Rule, workers: number): Point {
  const { name, permits } = RULES[rule];
  return {
    id: `${work.id}/${rule}/${workers}`,
    group: `${work.name} inside and outside, ${name}`,
    x: workers,
    primitive: "semaphore",
    size: permits(workers),
    workers,
    inside: work.nanoseconds,
    outside: work.nanoseconds,
    times: share(workers, work, work),
    observed: rule === "1",
  };
}
