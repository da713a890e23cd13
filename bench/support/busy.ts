/**
 * Work that takes a known time and touches no memory that others see.
 *
 * @module
 */

let sink = 1;

/** The steps that are written out. */
const STEPS = 24;

/**
 * Works for so many steps, each of which needs the one before.
 *
 * It is written out so as to be too long to be inlined: each loop that calls it would have
 * a copy of its own, which the engine makes fast only after many calls.
 */
export function busy(steps: number): void {
  let x = sink, left = steps;
  for (; left >= STEPS; left -= STEPS) {
    x = Math.imul(x, 1664525) + 1013904223 | 0;
    x = Math.imul(x, 1664525) + 1013904223 | 0;
    x = Math.imul(x, 1664525) + 1013904223 | 0;
    x = Math.imul(x, 1664525) + 1013904223 | 0;
    x = Math.imul(x, 1664525) + 1013904223 | 0;
    x = Math.imul(x, 1664525) + 1013904223 | 0;
    x = Math.imul(x, 1664525) + 1013904223 | 0;
    x = Math.imul(x, 1664525) + 1013904223 | 0;
    x = Math.imul(x, 1664525) + 1013904223 | 0;
    x = Math.imul(x, 1664525) + 1013904223 | 0;
    x = Math.imul(x, 1664525) + 1013904223 | 0;
    x = Math.imul(x, 1664525) + 1013904223 | 0;
    x = Math.imul(x, 1664525) + 1013904223 | 0;
    x = Math.imul(x, 1664525) + 1013904223 | 0;
    x = Math.imul(x, 1664525) + 1013904223 | 0;
    x = Math.imul(x, 1664525) + 1013904223 | 0;
    x = Math.imul(x, 1664525) + 1013904223 | 0;
    x = Math.imul(x, 1664525) + 1013904223 | 0;
    x = Math.imul(x, 1664525) + 1013904223 | 0;
    x = Math.imul(x, 1664525) + 1013904223 | 0;
    x = Math.imul(x, 1664525) + 1013904223 | 0;
    x = Math.imul(x, 1664525) + 1013904223 | 0;
    x = Math.imul(x, 1664525) + 1013904223 | 0;
    x = Math.imul(x, 1664525) + 1013904223 | 0;
  }
  for (; left > 0; left--) x = Math.imul(x, 1664525) + 1013904223 | 0;
  sink = x;
}

/** Works until the engine has compiled it as well as it can; each thread has code of its own. */
export function warmUp(): void {
  const end = performance.now() + WARM_UP;
  while (performance.now() < end) busy(1000);
}

/** Milliseconds; a few are enough where others do not use the cores as well. */
const WARM_UP = 30;

/** How many steps take so many microseconds on this machine, undisturbed. */
export function loopsFor(microseconds: number): number {
  const steps = 200_000;
  let best = Infinity;
  for (let n = 0; n < 15; n++) {
    const start = performance.now();
    busy(steps);
    best = Math.min(best, performance.now() - start);
  }
  return Math.round(microseconds / (best * 1000) * steps);
}
