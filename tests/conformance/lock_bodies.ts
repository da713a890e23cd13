import {
  type AtomicInt32,
  type Lock,
  type Task,
  task,
} from "@interlock/threading";
import { acquire, bump, type Face } from "../support/stage.ts";

type Body<A extends unknown[], R> = Task<
  (face: Face, ...args: A) => Promise<R>
>;

export const increment: Body<[Lock, AtomicInt32, number], void> = task(
  import.meta,
  async function increment(face, lock, counter, times) {
    for (let i = 0; i < times; i++) {
      await acquire(face, lock);
      const value = counter.load();
      counter.store(value + 1);
      lock.release();
    }
  },
);

/** Like `increment`, but half of the attempts only try, and try again. */
export const incrementTrying: Body<[Lock, AtomicInt32, number], void> = task(
  import.meta,
  async function incrementTrying(face, lock, counter, times) {
    for (let i = 0; i < times; i++) {
      if (i % 2 === 0 || !lock.tryAcquire()) await acquire(face, lock);
      counter.store(counter.load() + 1);
      lock.release();
    }
  },
);

export const pass: Body<[Lock, AtomicInt32, AtomicInt32], boolean> = task(
  import.meta,
  async function pass(face, lock, arrived, passed) {
    bump(arrived);
    const got = await acquire(face, lock);
    bump(passed);
    lock.release();
    return got;
  },
);

export const timed: Body<
  [Lock, number],
  { got: boolean; elapsed: number }
> = task(
  import.meta,
  async function timed(face, lock, timeout) {
    const start = performance.now();
    const got = await acquire(face, lock, timeout);
    if (got) lock.release();
    return { got, elapsed: performance.now() - start };
  },
);

export const tryOnce: Body<[Lock], boolean> = task(
  import.meta,
  // deno-lint-ignore require-await
  async function tryOnce(_face, lock) {
    const got = lock.tryAcquire();
    if (got) lock.release();
    return got;
  },
);

export const releaseIt: Body<[Lock], string> = task(
  import.meta,
  // deno-lint-ignore require-await
  async function releaseIt(_face, lock) {
    try {
      lock.release();
      return "released";
    } catch (error) {
      return (error as Error).message;
    }
  },
);

/** Acquires a lock that this very thread holds; another thread releases it. */
export const reacquire: Body<[Lock, AtomicInt32], boolean> = task(
  import.meta,
  async function reacquire(face, lock, arrived) {
    lock.acquire();
    bump(arrived);
    const got = await acquire(face, lock);
    lock.release();
    return got;
  },
);

/** Throws while holding, again and again, and locks while it unwinds. */
export const throwing: Body<[Lock, Lock, AtomicInt32, number], number> = task(
  import.meta,
  async function throwing(face, outer, inner, counter, times) {
    let caught = 0;
    for (let i = 0; i < times; i++) {
      const fail = () => {
        try {
          throw new Error("in the section");
        } finally {
          inner.run(() => counter.store(counter.load() + 1));
        }
      };
      try {
        if (face === "sync") outer.run(fail);
        else await outer.runAsync(fail);
      } catch {
        caught++;
      }
    }
    return caught;
  },
);

/** Takes the lock again and again until it is told to stop. */
export const hammer: Body<[Lock, AtomicInt32, AtomicInt32], number> = task(
  import.meta,
  async function hammer(face, lock, arrived, stop) {
    let rounds = 0;
    while (stop.load() === 0) {
      await acquire(face, lock);
      if (rounds++ === 0) bump(arrived);
      lock.release();
      // A realm that never turns would keep its own tasks from being timed.
      if (face === "async") await Promise.resolve();
    }
    return rounds;
  },
);

/** Acquires, and ends. */
export const keep: Task<(lock: Lock) => void> = task(
  import.meta,
  function keep(lock) {
    lock.acquire();
  },
);
