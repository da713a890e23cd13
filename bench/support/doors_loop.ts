/**
 * What a worker does in a round of a reader-writer lock: one section of ten writes.
 *
 * @module
 */

import { busy } from "./busy.ts";
import type { Doors, Guard } from "./contenders.ts";
import type { Task } from "./crew_worker.ts";
import { COUNT, ownOf, WITHIN, WRONG } from "./layout.ts";

const CYCLE = 10;
/** How much a writer counts among those inside. */
const WRITER = 1000;

/** Does the sections of worker `me`. */
export function run(doors: Doors, task: Task): void {
  if (task.checked) return checked(doors, task);
  const { read, write } = doors, { times, me } = task;
  const worked = task.inside + task.outside > 0;
  // Workers write at different turns.
  const shift = me * 3;
  for (let i = 0; i < times; i++) {
    const writes = (i + shift) % CYCLE === 0;
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
