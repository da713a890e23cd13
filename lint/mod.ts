/**
 * A plugin for `deno lint` that knows the mistakes which types do not show: results
 * that nobody looks at, locks that each thread makes for itself, and tasks that no
 * thread finds.
 *
 * Enable it in `deno.json`:
 *
 * ```json
 * { "lint": { "plugins": ["jsr:@interlock/threading/lint"] } }
 * ```
 *
 * It looks only at modules that import from `@interlock/threading`, by that name or
 * a URL with it. It sees no types: where a module does not say what an object is, a
 * method's name decides.
 *
 * **`interlock/use-acquire-result`** reports as statements
 *
 * - `lock.acquire(500)`, `lock.tryAcquire()`, `await lock.acquireAsync(500)`, and
 *   `wait` of an Event, a Latch or a CancelToken, `join` of a Thread or a queue with a
 *   timeout: the boolean says whether it happened. Without a timeout it is always
 *   true, and may be dropped.
 * - `lock.hold()` and `await lock.holdAsync()`: what they return releases the lock.
 * - `lock.acquireAsync()`, `holdAsync()`, `runAsync()` that nobody awaits, likewise
 *   `waitAsync` and `joinAsync` of these classes.
 *
 * `void lock.tryAcquire();` says that you mean it.
 *
 * **`interlock/no-module-level-primitive`** reports `new Lock()`, and every other shared
 * object, that is made when a module with tasks is loaded: each thread loads it and
 * makes its own. Make it under `if (import.meta.main)` or in a function, and pass it
 * as an argument.
 *
 * **`interlock/task-at-top-level`** reports `task(import.meta, ...)` inside a function, a
 * class, a block or a condition: a thread finds what loading the module makes.
 *
 * @module
 */

import { noModuleLevelPrimitive } from "./no_module_level_primitive.ts";
import { taskAtTopLevel } from "./task_at_top_level.ts";
import { useAcquireResult } from "./use_acquire_result.ts";

/** The plugin: its rules are `interlock/use-acquire-result`, `interlock/no-module-level-primitive` and `interlock/task-at-top-level`. */
const plugin: Deno.lint.Plugin = {
  name: "interlock",
  rules: {
    "use-acquire-result": useAcquireResult,
    "no-module-level-primitive": noModuleLevelPrimitive,
    "task-at-top-level": taskAtTopLevel,
  },
};

export default plugin;
