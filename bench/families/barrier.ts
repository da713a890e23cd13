/**
 * Barrier: parties that do phases together.
 *
 * @module
 */

import { crewFamily, type Point } from "../support/crew_family.ts";
import type { Family } from "../support/family.ts";
import { LONG, NOTHING, type Work, WORKERS } from "./_sections.ts";

const LONGER: Work = { id: "20us", name: "20 µs", nanoseconds: 20_000 };

/** Once two parties share a core a phase takes 500 times as long: no round may grow to minutes. */
const MOST_SPINNING = 30_000, MOST_SLEEPING = 2_000;

/** What is measured: three lengths of work, for each number of parties. */
export const barrier: Family = crewFamily({
  name: "barrier",
  title: "Barrier latency",
  about: "Parties do phases of some work, and meet at a barrier after each. " +
    "The floor spins on raw Atomics for as long as it takes, so it is only there where each party has a core. " +
    "The naive twin always sleeps. Beyond the cores the price is that of waking threads, for everybody.",
  unit: "ns per phase",
  axis: "parties",
  points(grid) {
    const quick = grid === "quick";
    const works = quick ? [NOTHING] : [NOTHING, LONG, LONGER];
    const parties = WORKERS.filter((count) =>
      count > 1 && (!quick || count < 8)
    );
    return works.flatMap((work) =>
      parties.map((count) => pointOf(work, count))
    );
  },
});

function pointOf(work: Work, parties: number): Point {
  const spins = parties <= navigator.hardwareConcurrency;
  return {
    id: `${work.id}/${parties}`,
    group: work === NOTHING ? "empty phases" : `${work.name} of work`,
    x: parties,
    primitive: "barrier",
    size: parties,
    workers: parties,
    inside: work.nanoseconds,
    outside: 0,
    times: spins ? 10_000 : 1_000,
    longer: 2,
    warmUp: 4,
    most: spins ? MOST_SPINNING : MOST_SLEEPING,
    without: spins ? [] : ["floor"],
  };
}
