/**
 * The worker's side, for applications that bring a worker entry of their own: a
 * bundled one, for instance. The entry is a module that imports the modules with the
 * tasks and calls {@linkcode serve}.
 *
 * @example A worker entry
 * ```ts ignore
 * import { serve } from "@interlock/threading/worker";
 * import "./tasks.ts";
 *
 * serve();
 * ```
 *
 * @module
 */

// The tasks of the library itself.
import "./_parallel_tasks.ts";
import "./_timer_service.ts";
import "./executor.ts";

export { serve } from "./_serve.ts";
