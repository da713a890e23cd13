import {
  type AtomicInt32,
  type Event,
  type Lock,
  type Semaphore,
  type Task,
  task,
} from "@interlock/threading";
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
