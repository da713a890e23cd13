// A module that loads in the program, and fails to load in a thread.
import { type Task, task, Thread } from "@interlock/threading";

export const nothing: Task<() => void> = task(
  import.meta,
  function nothing() {},
);

if (Thread.current.name === "fails to load") {
  throw new RangeError("this module does not load in a thread");
}
