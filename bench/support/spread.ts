/**
 * A start for workers who have a core each: the system must give it to them first.
 *
 * Two workers that happen to share a core hand over in another way, and stay there for a
 * while: what a round shows would depend on chance. So a round begins when all of them
 * run at the same time, which shows when they meet fast.
 *
 * @module
 */

import { MET, SPREAD } from "./layout.ts";

/** Meetings of a batch, and the most that a batch takes if each has a core; in milliseconds. */
const BATCH = 20, FAST = 0.05;
/** Then other programs have the cores; in milliseconds. */
const PATIENCE = 100;

/** Returns when all workers run at the same time, or after a while if that is not to be. */
export function spread(
  control: Int32Array<SharedArrayBuffer>,
  me: number,
  workers: number,
): void {
  let met = 0;
  const meet = () => {
    met += workers;
    Atomics.add(control, MET, 1);
    while (Atomics.load(control, MET) < met) Atomics.pause();
  };
  const late = performance.now() + PATIENCE;
  do {
    meet();
    const begin = performance.now();
    for (let n = 0; n < BATCH; n++) meet();
    const end = performance.now();
    if (me === 0 && (end - begin < FAST || end > late)) {
      Atomics.store(control, SPREAD, 1);
    }
    meet();
  } while (Atomics.load(control, SPREAD) === 0);
}
