import {
  type AtomicInt32,
  type Semaphore,
  type Task,
  task,
} from "@interlock/threading";
import { acquire, bump, type Face } from "../support/stage.ts";

type Body<A extends unknown[], R> = Task<
  (face: Face, ...args: A) => Promise<R>
>;

/** Takes permits, and keeps them. */
export const take: Body<
  [Semaphore, AtomicInt32, AtomicInt32, number],
  boolean
> = task(
  import.meta,
  async function take(face, semaphore, arrived, entered, permits) {
    bump(arrived);
    const got = await acquire(face, semaphore, { permits } as object);
    bump(entered);
    return got;
  },
);

export const timed: Body<
  [Semaphore, number, number],
  { got: boolean; elapsed: number }
> = task(
  import.meta,
  async function timed(face, semaphore, permits, timeout) {
    const start = performance.now();
    const got = await acquire(face, semaphore, { permits, timeout } as object);
    return { got, elapsed: performance.now() - start };
  },
);

/** Takes as many as it can get, one by one, and says how many. */
export const drain: Body<[Semaphore], number> = task(
  import.meta,
  // deno-lint-ignore require-await
  async function drain(_face, semaphore) {
    let taken = 0;
    while (semaphore.tryAcquire()) taken++;
    return taken;
  },
);

/** Acquires and releases many times, and counts how many are inside. */
export const visit: Body<
  [Semaphore, AtomicInt32, AtomicInt32, number, number],
  void
> = task(
  import.meta,
  async function visit(face, semaphore, inside, most, permits, times) {
    for (let i = 0; i < times; i++) {
      await acquire(face, semaphore, { permits } as object);
      const now = inside.add(permits) + permits;
      most.update((value) => Math.max(value, now));
      inside.sub(permits);
      semaphore.release(permits);
    }
  },
);

/** Very short timed acquires, until one succeeds. */
export const storm: Body<[Semaphore, AtomicInt32], number> = task(
  import.meta,
  async function storm(face, semaphore, arrived) {
    bump(arrived);
    let attempts = 1;
    while (!await acquire(face, semaphore, 0.001)) attempts++;
    return attempts;
  },
);
