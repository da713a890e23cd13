// A module that takes its time to load in the timers' service: until the function of
// another timer lets it go on.
import { type Task, task, Thread } from "@interlock/threading";

/** What the module waits for. */
export const gate = globalThis as { goOn?: boolean };

export const nothing: Task<() => void> = task(
  import.meta,
  function nothing() {},
);

while (Thread.current.name === "timers" && !gate.goOn) {
  await new Promise((turn) => setTimeout(turn));
}
