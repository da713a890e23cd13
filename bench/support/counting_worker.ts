/**
 * A thread that counts, round by round, in one counter or the other.
 *
 * @module
 */

import {
  type AtomicBigInt64,
  type AtomicInt32,
  type Latch,
  type LongAdder,
  type Task,
  task,
} from "../../mod.ts";

/** How the two are called in what a round says. */
export const OURS = 0, SINGLE = 1;

/** One round: who counts where and how often, from `go` on until `done`. */
export interface Round {
  which: number;
  times: number;
  go: Latch;
  done: Latch;
}

/** Does all rounds. */
export const countRounds: Task<
  (
    ours: LongAdder,
    single: AtomicBigInt64,
    ready: AtomicInt32,
    rounds: Round[],
  ) => void
> = task(import.meta, function countRounds(ours, single, ready, rounds) {
  ready.add(1);
  ready.notify();
  for (const { which, times, go, done } of rounds) {
    go.wait();
    if (which === OURS) addTo(ours, times);
    else addToSingle(single, times);
    done.countDown();
  }
});

function addTo(adder: LongAdder, times: number): void {
  for (let i = 0; i < times; i++) adder.increment();
}

function addToSingle(single: AtomicBigInt64, times: number): void {
  for (let i = 0; i < times; i++) single.add(1n);
}
