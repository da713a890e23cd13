/**
 * The worker's side, for applications that bring a worker entry of their own: a
 * bundled one, for instance. The entry is a module that calls {@linkcode serve}.
 *
 * @example A worker entry
 * ```ts ignore
 * import { serve } from "@interlock/threading/worker";
 *
 * serve();
 * ```
 *
 * @module
 */

import { runThread } from "./_bootstrap.ts";
import type { Start } from "./_protocol.ts";
import { runSupervisor, type Supervise } from "./_supervisor.ts";

/**
 * Makes this worker one that a Thread can run in: `new Thread(task, args, { worker:
 * () => new Worker(entry, { type: "module" }) })`. Does not block; call it once, at
 * the top level of the worker's entry.
 */
export function serve(): void {
  const listen = ({ data }: MessageEvent<Start | Supervise>) => {
    const kind = data?.interlock;
    if (kind !== 1 && kind !== 2) return;
    removeEventListener("message", listen as EventListener);
    if (data.interlock === 1) runThread(data);
    else runSupervisor(data);
  };
  addEventListener("message", listen as EventListener);
}
