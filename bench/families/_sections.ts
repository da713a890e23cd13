/**
 * What the grids of locks have in common: how long sections are, and how many workers.
 *
 * @module
 */

/** How many workers, and how many parties, cases have. */
export const WORKERS = [1, 2, 4, 8, 16] as const;

/** Work: its name in ids, what it is called, and its nanoseconds. */
export interface Work {
  readonly id: string;
  readonly name: string;
  readonly nanoseconds: number;
}

/** Nothing: a section is one plain increment. */
export const NOTHING: Work = { id: "0", name: "nothing", nanoseconds: 0 };
/** 200 ns. */
export const SHORT: Work = { id: "200ns", name: "200 ns", nanoseconds: 200 };
/** 2 µs. */
export const LONG: Work = { id: "2us", name: "2 µs", nanoseconds: 2000 };

/**
 * The sections of each worker in a round of `deno bench`, who share a total. Four at least
 * do as much each as four: who is done within its time slice has met nobody.
 */
export function share(workers: number, ...works: readonly Work[]): number {
  const nanoseconds = works.reduce((sum, work) => sum + work.nanoseconds, 0);
  const total = nanoseconds === 0
    ? 96_000
    : nanoseconds < 1000
    ? 24_000
    : 4_000;
  return total / Math.min(workers, 4);
}
