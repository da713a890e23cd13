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
  READS = 4,
  MODE = 5,
  WORKERS = 6,
  STOP = 7;
/** What a round is for: its time, its checks, or how long each acquisition takes. */
export const TIMED = 0, CHECKED = 1, OBSERVED = 2;
/** Control: how many are not done yet, and whether one threw. */
export const BUSY = LINE, FAILED = LINE + 1;
/** Control, written by main: an observed round ends. */
export const HALT = 2 * LINE;
/** Control: how often workers have met before the round, and whether they are spread. */
export const MET = 3 * LINE, SPREAD = 3 * LINE + 1;
/** Control, written by main: the number of the last round of worker `me`. */
export function roundOf(me: number): number {
  return (4 + me) * LINE;
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
  return roundOf(workers) * 4;
}

/** How many acquisitions a worker remembers of an observed round: the last ones. */
export const REMEMBERED = 2 ** 15;

/**
 * The times of worker `me`, in milliseconds: first that of its round, or the longest
 * acquisition of all; then those of the last acquisitions.
 */
export function timesOf(
  times: Float64Array<SharedArrayBuffer>,
  me: number,
): Float64Array<SharedArrayBuffer> {
  const each = 1 + REMEMBERED;
  return times.subarray(me * each, (me + 1) * each);
}

/** Room for the times of so many workers. */
export function roomForTimes(workers: number): Float64Array<SharedArrayBuffer> {
  const bytes = workers * (1 + REMEMBERED) * Float64Array.BYTES_PER_ELEMENT;
  return new Float64Array(new SharedArrayBuffer(bytes));
}
