/**
 * What a worker does in a round of a lock or a semaphore.
 *
 * @module
 */

import { busy } from "./busy.ts";
import type { Guard } from "../contenders/contender.ts";
import type { Task } from "./crew_worker.ts";
import {
  CHECKED,
  COUNT,
  HALT,
  OBSERVED,
  ownOf,
  REMEMBERED,
  WITHIN,
  WRONG,
} from "./layout.ts";

/** Does the sections of worker `me`. */
export function run(guard: Guard, task: Task): void {
  const { tally, size, me, times } = task;
  if (task.mode === CHECKED) return checked(guard, task);
  if (task.mode === OBSERVED) return observed(guard, task);
  // Increments of several holders at a time would be lost.
  const cell = size === 1 ? COUNT : ownOf(me);
  if (task.inside + task.outside === 0) tiny(guard, tally, cell, times);
  else worked(guard, tally, cell, times, task.inside, task.outside);
}

function tiny(
  guard: Guard,
  tally: Int32Array,
  cell: number,
  times: number,
): void {
  for (let i = 0; i < times; i++) {
    guard.acquire();
    tally[cell]!++;
    guard.release();
  }
}

function worked(
  guard: Guard,
  tally: Int32Array,
  cell: number,
  times: number,
  inside: number,
  outside: number,
): void {
  for (let i = 0; i < times; i++) {
    guard.acquire();
    busy(inside);
    tally[cell]!++;
    guard.release();
    busy(outside);
  }
}

/** Times each acquisition, until told to stop; the two looks at the clock cost some 80 ns. */
function observed(guard: Guard, task: Task): void {
  const { control, tally, latencies, size, me, inside, outside } = task;
  let n = 0, longest = 0;
  while (Atomics.load(control, HALT) === 0) {
    const begin = performance.now();
    guard.acquire();
    const took = performance.now() - begin;
    if (inside > 0) busy(inside);
    if (size === 1) tally[COUNT]!++;
    guard.release();
    if (outside > 0) busy(outside);
    latencies[1 + n++ % REMEMBERED] = took;
    if (took > longest) longest = took;
  }
  latencies[0] = longest;
  tally[ownOf(me)] = n;
}

/** Counts who is inside; that is dear, so these rounds are not measured. */
function checked(guard: Guard, { tally, size, me, times }: Task): void {
  for (let i = 0; i < times; i++) {
    guard.acquire();
    if (Atomics.add(tally, WITHIN, 1) >= size) Atomics.add(tally, WRONG, 1);
    // Off the core: there may be fewer cores than it takes to be too many inside.
    Atomics.wait(tally, WRONG, 0, 0.05);
    Atomics.sub(tally, WITHIN, 1);
    guard.release();
    tally[ownOf(me)]!++;
  }
}
