/**
 * What a worker does in a round of a reader-writer lock: some sections write, the others read.
 *
 * @module
 */

import { busy } from "./busy.ts";
import type { Doors, Guard } from "../contenders/contender.ts";
import type { Task } from "./crew_worker.ts";
import { CHECKED, COUNT, ownOf, WITHIN, WRONG } from "./layout.ts";

/** How much a writer counts among those inside. */
const WRITER = 1000;

/** Does the sections of worker `me`. */
export function run(doors: Doors, task: Task): void {
  if (task.mode === CHECKED) return checked(doors, task);
  const { read, write } = doors, { times, me } = task;
  const worked = task.inside + task.outside > 0;
  const cycle = Math.round(100 / (100 - task.reads));
  // Workers write at different turns.
  let left = me * 3 % cycle;
  for (let i = 0; i < times; i++) {
    const writes = left === 0;
    left = writes ? cycle - 1 : left - 1;
    // Increments of several writers at a time would be lost.
    if (writes) section(write, task, COUNT, worked);
    else section(read, task, ownOf(me), worked);
  }
}

function section(
  guard: Guard,
  { tally, inside, outside }: Task,
  cell: number,
  worked: boolean,
): void {
  guard.acquire();
  if (worked) busy(inside);
  tally[cell]!++;
  guard.release();
  if (worked) busy(outside);
}

/** Counts who is inside; that is dear, so these rounds are not measured. */
function checked(doors: Doors, { tally, me, times }: Task): void {
  for (let i = 0; i < times; i++) {
    const writes = (i + me) % 2 === 0;
    const guard = writes ? doors.write : doors.read;
    const weight = writes ? WRITER : 1;
    guard.acquire();
    const others = Atomics.add(tally, WITHIN, weight);
    const wrong = writes ? others > 0 : others >= WRITER;
    if (wrong) Atomics.add(tally, WRONG, 1);
    // Off the core: there may be fewer cores than it takes to be too many inside.
    Atomics.wait(tally, WRONG, 0, 0.05);
    Atomics.sub(tally, WITHIN, weight);
    guard.release();
    tally[ownOf(me)]!++;
  }
}
