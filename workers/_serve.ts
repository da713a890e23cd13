/**
 * A worker that threads and supervisors can run in.
 *
 * @module
 */

import { runThread } from "./_bootstrap.ts";
import type { Start } from "./_protocol.ts";
import { listen } from "./_runtime.ts";
import { runSupervisor, type Supervise } from "./_supervisor.ts";
import { bringTasks } from "./task.ts";

/**
 * Makes this worker one that a Thread can run in: `new Thread(task, args, { worker:
 * () => new Worker(entry, { type: "module" }) })`. Does not block; call it once, at
 * the top level of the worker's entry.
 *
 * What the entry imports is there for good: a task among it is found in a bundle too,
 * if its name was given to `task`.
 */
export function serve(): void {
  bringTasks();
  listen((data) => {
    const message = data as Start | Supervise | undefined;
    if (message?.interlock === 1) runThread(message);
    else if (message?.interlock === 2) runSupervisor(message);
    else return false;
    return true;
  });
}
