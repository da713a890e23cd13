/**
 * See contention: who waits for which lock, who holds it, and for how long.
 *
 * A {@linkcode Tracer} records it in shared memory for the threads that ask for it, and
 * draws a timeline, or writes what the viewer of Perfetto opens. Who does not ask runs the
 * code that it always runs.
 *
 * @example Usage
 * ```ts ignore
 * import { Tracer } from "@interlock/threading/trace";
 *
 * export const work: Task<(lock: Lock, tracer: Tracer) => void> = task(
 *   import.meta,
 *   function work(lock, tracer) {
 *     const traced = tracer.trace(lock);
 *     traced.run(() => {});
 *   },
 * );
 *
 * const tracer = new Tracer();
 * // ... run threads with `work`, and then:
 * Deno.writeTextFileSync("trace.svg", tracer.toSVG());
 * ```
 *
 * @module
 */

export * from "./tracer.ts";
