/**
 * The memory that a crew shares: where the words are, and who writes them.
 *
 * What different threads write stands on different lines of 64 bytes.
 *
 * @module
 */

/** The words of a line. */
export const LINE = 16;

/** The most workers that a crew can have. */
export const MOST_WORKERS = 16;

/** Control, written by main, published by ROUND: what the next round is. */
export const ENTRY = 0,
  TIMES = 1,
  INSIDE = 2,
  OUTSIDE = 3,
  CHECKED = 4,
  STOP = 5;
/** Control: how many are not done yet, and whether one threw. */
export const BUSY = LINE, FAILED = LINE + 1;
/** Control, written by main: the number of the last round of worker `me`. */
export function roundOf(me: number): number {
  return (2 + me) * LINE;
}

/** Tally, by plain increments: what was done where one permit excludes all others. */
export const COUNT = 0;
/** Tally of a checked round: how many are inside, and how often that was wrong. */
export const WITHIN = LINE, WRONG = 2 * LINE;
/** Tally, written by worker `me` only: what it has done. */
export function ownOf(me: number): number {
  return (3 + me) * LINE;
}

/** The bytes of either, and of any shared state with a line per worker. */
export function bytesFor(workers: number): number {
  return ownOf(workers) * 4;
}
