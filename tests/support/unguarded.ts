// The newcomer's program without `if (import.meta.main)`: each thread that loads
// it would start the next.
import { type Task, task, Thread } from "@interlock/threading";

export const nothing: Task<() => void> = task(
  import.meta,
  function nothing() {},
);

export const thread: Thread<void> = new Thread(nothing).start();
