/** What runs in other threads in `bytes_test.ts`. */

import { Lock, type OnceCell, type Task, task } from "@interlock/threading";

type Swap = (
  from: OnceCell,
  to: OnceCell,
  lock: Lock,
  made: boolean,
) => string;

/** Tells the name of a lock that it got as bytes, and sends one: that of its argument, or its own. */
export const swap: Task<Swap> = task(
  import.meta,
  function swap(from, to, lock, made) {
    to.set(made ? new Lock() : lock);
    return (from.tryGet()!.value as Lock).name;
  },
);
