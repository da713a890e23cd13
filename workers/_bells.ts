/**
 * Bells: how a thread learns that a job of its own is over.
 *
 * *Words* · one for each of 32 groups of threads, by their ids: a number that moves when a
 * job of theirs is over, and PARKED in bit 31. Written by all.
 *
 * *Invariants* · a bell moves after the state of the job: who sets PARKED and then looks
 * at the states misses nothing.
 *
 * *Progress* · Who sleeps at a bell wakes for the jobs of all of its group, and looks.
 * Nobody is rung who does not sleep.
 *
 * @module
 */

import {
  type Body,
  EXPIRED,
  OK,
  park,
  type Signal,
  STOP,
  STOPPED,
  wake,
} from "../primitives/_park.ts";
import type { Words } from "../primitives/_record.ts";
import { threadId } from "../primitives/_thread_id.ts";
import { BELL_COUNT, BELL_WORDS, BELLS } from "./_job_layout.ts";

const PARKED = 1 << 31;

/** The bells of a pool. */
export class Bells {
  /** The bell of this thread. */
  readonly mine: number = BELLS + threadId() % BELL_COUNT * BELL_WORDS;
  readonly #words: Words;

  constructor(words: Words) {
    this.#words = words;
  }

  /** Wakes those of a bell. */
  ring(bell: number): void {
    const words = this.#words;
    for (;;) {
      const value = Atomics.load(words, bell);
      if (value >= 0) return;
      const moved = value + 1 & ~PARKED;
      if (Atomics.compareExchange(words, bell, value, moved) !== value) {
        continue;
      }
      wake(words, bell);
      return;
    }
  }

  /** Waits until `done`, which is asked whenever a job of this thread is over; false if the time is up. */
  *untilRung(
    done: () => boolean,
    manner: () => number = () => 0,
  ): Body<boolean> {
    const words = this.#words, bell = this.mine;
    let signal: Signal = OK;
    for (;;) {
      // Before the look: whatever is over after it moves the bell.
      const parked = Atomics.or(words, bell, PARKED) | PARKED;
      if (done()) return true;
      if (signal === EXPIRED) return false;
      if (signal === STOP) return STOPPED;
      signal = yield park(words, bell, parked, manner());
    }
  }
}
