/**
 * Work that takes a known time and touches no memory that others see.
 *
 * @module
 */

let sink = 1;

/** Works for so many loops. */
export function busy(loops: number): void {
  let x = sink;
  // Each step needs the one before, so no loop is cheaper than the others.
  for (let i = 0; i < loops; i++) x = Math.imul(x, 1664525) + 1013904223 | 0;
  sink = x;
}

/** How many loops take so many microseconds on this machine, undisturbed. */
export function loopsFor(microseconds: number): number {
  const loops = 200_000;
  let best = Infinity;
  for (let n = 0; n < 15; n++) {
    const start = performance.now();
    busy(loops);
    best = Math.min(best, performance.now() - start);
  }
  return Math.round(microseconds / (best * 1000) * loops);
}
