import {
  type Barrier,
  DeadlockError,
  type Lock,
  type RLock,
  type RWLock,
  type Task,
  task,
} from "@interlock/threading";
import { realm } from "../../primitives/_realm.ts";
import { random } from "./random.ts";

/** What only its holder gives back. */
export type Owned = Lock | RLock | RWLock["write"];

/** Takes its lock, and then the next one's, which the next thread has: a circle. */
export const embrace: Task<
  (mine: Owned, next: Owned, all: Barrier) => string | undefined
> = task(
  import.meta,
  function embrace(mine, next, all) {
    realm.slice = 100;
    mine.acquire();
    try {
      all.wait();
      next.acquire();
      next.release();
    } catch (error) {
      if (!(error instanceof DeadlockError)) throw error;
      return error.message;
    } finally {
      mine.release();
    }
  },
);

/** Takes some of the locks in order, which is safe, holds them for a while, and again; how often. */
export const trade: Task<
  (seed: number, locks: readonly Owned[], milliseconds: number) => number
> = task(
  import.meta,
  function trade(seed, locks, milliseconds) {
    // So that nearly all waits are looked at, and again and again.
    realm.slice = 2;
    console.warn = (message: string) => {
      throw new Error(`reported: ${message}`);
    };
    const next = random(seed), end = performance.now() + milliseconds;
    let rounds = 0;
    while (performance.now() < end) {
      const taken = locks.filter(() => next() < 0.5);
      for (const lock of taken) lock.acquire();
      const until = performance.now() + next() * 10;
      while (performance.now() < until);
      for (const lock of taken.reverse()) lock.release();
      rounds++;
    }
    return rounds;
  },
);
