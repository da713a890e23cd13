/**
 * Samples whose truth is known.
 *
 * @module
 */

import type { Random } from "../../testing/_random.ts";

/** Turns of passes around a median, with log-normal noise of passes and of turns. */
export function noisy(
  chance: Random,
  truth: number,
  passes: number,
  turns: number,
  [ofPass, ofTurn]: readonly [number, number],
): number[][] {
  return Array.from({ length: passes }, () => {
    const pass = truth * Math.exp(ofPass * normal(chance));
    return Array.from(
      { length: turns },
      () => pass * Math.exp(ofTurn * normal(chance)),
    );
  });
}

/** A standard normal number, by the method of Box and Muller. */
function normal(chance: Random): number {
  const length = Math.sqrt(-2 * Math.log(1 - chance.fraction()));
  return length * Math.cos(2 * Math.PI * chance.fraction());
}
