/**
 * What the pools that are compared run: nothing, or work of a known length.
 *
 * Each pool finds it in its own way: ours as tasks, others as the function that this
 * module exports by default.
 *
 * @module
 */

import { type Task, task } from "../../mod.ts";
import { busy } from "./busy.ts";

/** Works for so many loops; ours. */
export const work: Task<(loops: number) => void> = task(
  import.meta,
  function work(loops) {
    busy(loops);
  },
);

/** The same; how long it took, in milliseconds. */
export const timedWork: Task<(loops: number) => number> = task(
  import.meta,
  function timedWork(loops) {
    const begin = performance.now();
    busy(loops);
    return performance.now() - begin;
  },
);

/** Works for so many loops; for the others. */
export default function run(loops: number): void {
  busy(loops);
}
