/**
 * What a worker does in a round of a barrier.
 *
 * @module
 */

import { busy } from "./busy.ts";
import type { Meeting } from "../contenders/contender.ts";
import type { Task } from "./crew_worker.ts";
import { CHECKED, ownOf, WRONG } from "./layout.ts";

/** Does the phases of worker `me`. */
export function run(meeting: Meeting, task: Task): void {
  const { tally, me, times, inside } = task;
  if (task.mode === CHECKED) return checked(meeting, task);
  for (let i = 0; i < times; i++) {
    if (inside > 0) busy(inside);
    meeting.wait();
  }
  tally[ownOf(me)]! += times;
}

/** Looks where the others are; that is dear, so these rounds are not measured. */
function checked(meeting: Meeting, { tally, size, me, times }: Task): void {
  for (let phase = 1; phase <= times; phase++) {
    Atomics.store(tally, ownOf(me), phase);
    meeting.wait();
    for (let other = 0; other < size; other++) {
      const theirs = Atomics.load(tally, ownOf(other));
      // They may be on their way to the next meeting, and not past it.
      if (theirs !== phase && theirs !== phase + 1) {
        Atomics.add(tally, WRONG, 1);
      }
    }
  }
}
