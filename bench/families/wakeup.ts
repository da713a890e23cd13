/**
 * Event and Condition: two workers that take turns.
 *
 * @module
 */

import { crewFamily, type Point } from "../support/crew_family.ts";
import type { Family } from "../support/family.ts";
import { NOTHING, type Work } from "./_sections.ts";

const SOME: Work = { id: "5us", name: "5 µs", nanoseconds: 5000 };

/** What is measured: turns of nothing and of 5 µs, by both. */
export const wakeup: Family = crewFamily({
  name: "wakeup",
  title: "Waking another thread",
  about:
    "Two workers take turns: each waits until the other tells it. By conditions, with a lock around each turn; " +
    "or by two events, each of which one sets and the other waits for and clears. " +
    "There is no floor: the price is that of handing a word from one core to the other, or of sleeping, which the naive twin always does. " +
    "The peer has no event: there it is a flag, a mutex and a condition.",
  unit: "ns per turn",
  axis: "work in a turn",
  points() {
    return (["condition", "event"] as const).flatMap((primitive) =>
      [NOTHING, SOME].map((work) => pointOf(primitive, work))
    );
  },
});

function pointOf(primitive: "condition" | "event", work: Work): Point {
  return {
    id: `${primitive}/${work.id}`,
    group: primitive === "event" ? "by events" : "by a condition",
    x: work.name,
    primitive,
    workers: 2,
    inside: work.nanoseconds,
    outside: 0,
    times: 1_000,
    longer: 5,
    warmUp: 3,
  };
}
