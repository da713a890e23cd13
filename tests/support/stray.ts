// A module with the mistakes of newcomers: a lock that each thread makes for
// itself, and a program that is not guarded.
// deno-lint-ignore-file interlock/no-module-level-primitive
import {
  AtomicInt32,
  Barrier,
  Event,
  Latch,
  Lock,
  Semaphore,
  type Task,
  task,
} from "@interlock/threading";

const lock = new Lock(), semaphore = new Semaphore(), event = new Event();
const latch = new Latch(1), barrier = new Barrier(1);
export const counter: AtomicInt32 = new AtomicInt32();

export const useStray: Task<(what: string) => Promise<unknown>> = task(
  import.meta,
  async function useStray(what) {
    switch (what) {
      case "lock.acquire":
        return lock.acquire();
      case "lock.tryAcquire":
        return lock.tryAcquire();
      case "lock.acquireAsync":
        return await lock.acquireAsync();
      case "lock.release":
        return lock.release();
      case "semaphore.acquire":
        return semaphore.acquire();
      case "semaphore.tryAcquire":
        return semaphore.tryAcquire();
      case "semaphore.release":
        return semaphore.release();
      case "event.wait":
        return event.wait();
      case "latch.wait":
        return latch.wait();
      case "barrier.wait":
        return barrier.wait();
    }
  },
);
