import {
  type AtomicInt32,
  type Event,
  type Lock,
  type Semaphore,
  sleep,
  type Task,
  task,
} from "@interlock/threading";
import { LockState } from "../../primitives/_lock_state.ts";
import { realm } from "../../primitives/_realm.ts";
import { bump } from "../support/stage.ts";

export const take: Task<
  (semaphore: Semaphore, arrived: AtomicInt32, entered: AtomicInt32) => void
> = task(import.meta, function take(semaphore, arrived, entered) {
  bump(arrived);
  semaphore.acquire();
  bump(entered);
});

export const lockOnce: Task<(lock: Lock, arrived: AtomicInt32) => void> = task(
  import.meta,
  function lockOnce(lock, arrived) {
    bump(arrived);
    lock.acquire();
    lock.release();
  },
);

export const visit: Task<
  (object: Lock | Semaphore, arrived: AtomicInt32) => void
> = task(import.meta, function visit(object, arrived) {
  bump(arrived);
  object.run(() => {});
});

export const release: Task<(lock: Lock) => void> = task(
  import.meta,
  function release(lock) {
    lock.release();
  },
);

export const awaitThenBlock: Task<
  (
    semaphore: Semaphore,
    lock: Lock,
    arrived: AtomicInt32,
    go: Event,
  ) => Promise<boolean[]>
> = task(
  import.meta,
  async function awaitThenBlock(semaphore, lock, arrived, go) {
    const taken = semaphore.acquireAsync();
    const held = lock.acquireAsync();
    // Both have to be waiting in shared memory before this thread blocks.
    await new Promise((resolve) => setTimeout(resolve, 5));
    bump(arrived);
    go.wait();
    const results = [await taken, await held];
    lock.release();
    return results;
  },
);

/** Waits for one permit, and is not saved by a re-check. */
export const patient: Task<
  (semaphore: Semaphore, arrived: AtomicInt32) => void
> = task(import.meta, function patient(semaphore, arrived) {
  realm.slice = 1_000_000;
  bump(arrived);
  semaphore.acquire();
});

export const holdFor: Task<
  (lock: Lock, arrived: AtomicInt32, ms: number) => void
> = task(import.meta, function holdFor(lock, arrived, ms) {
  lock.acquire();
  bump(arrived);
  sleep(ms);
  lock.release();
});

/** Sets and clears the flag of a fair lock's waiters, as a drainer does. */
export const ring: Task<
  (lock: Lock, arrived: AtomicInt32, stop: AtomicInt32) => void
> = task(import.meta, function ring(lock, arrived, stop) {
  const state = new LockState(new Int32Array(lock.buffer));
  bump(arrived);
  while (stop.load() === 0) {
    state.raise();
    state.lower();
  }
});
