/** What runs in the threads of `fair_test.ts`. */

import {
  type AtomicBool,
  type Lock,
  type Task,
  task,
} from "@interlock/threading";

/** Acquires and releases until told to stop; the longest wait, in milliseconds. */
export const takeTurns: Task<(lock: Lock, stop: AtomicBool) => number> = task(
  import.meta,
  function takeTurns(lock, stop) {
    let longest = 0;
    while (!stop.load()) {
      const begin = performance.now();
      lock.acquire();
      longest = Math.max(longest, performance.now() - begin);
      lock.release();
    }
    return longest;
  },
);
