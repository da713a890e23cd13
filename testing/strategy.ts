/**
 * Strategies of {@linkcode explore}.
 *
 * @module
 */

import { integer } from "../primitives/_validate.ts";

/** Which executions are run; made by {@linkcode dfs}, {@linkcode pct} or {@linkcode random}. */
export type Strategy =
  | { readonly kind: "dfs"; readonly preemptions: number }
  | {
    readonly kind: "pct";
    readonly depth: number;
    readonly runs: number;
    readonly seed: number;
  }
  | { readonly kind: "random"; readonly runs: number; readonly seed: number };

const MOST = Number.MAX_SAFE_INTEGER;

/**
 * All executions, depth first, in which threads are interrupted at most so often:
 * first those without an interruption, then those with one, and so on. A switch where
 * a thread sleeps, pauses or ends is none.
 *
 * Two interruptions show nearly all mistakes there are. `Infinity` has no bound; what
 * only differs in the order of operations that do not touch each other is then left out.
 * A thread that spins gives way; to let it spin on all the same counts as an interruption.
 *
 * @param options `preemptions`: the most interruptions; 2 if left out.
 * @throws {RangeError} If `preemptions` is not a whole number from 0 on, or Infinity.
 */
export function dfs(options: { preemptions?: number } = {}): Strategy {
  const { preemptions = 2 } = options;
  if (preemptions !== Infinity) {
    integer("choose depth-first search", "preemptions", preemptions, 0, MOST);
  }
  return { kind: "dfs", preemptions };
}

/**
 * Random executions with a guarantee: threads have random priorities, and `depth` - 1
 * times, at random, the running one falls behind all others. A mistake that needs
 * `depth` things in a certain order is found by each run with a probability of at least
 * 1 / (threads * steps ** (depth - 1)).
 *
 * @param options `depth`: 3 if left out, at most 17; `runs`: 10,000 if left out; `seed`: 1 if left out.
 * @throws {RangeError} If one of them is no whole number in its range.
 */
export function pct(
  options: { depth?: number; runs?: number; seed?: number } = {},
): Strategy {
  const { depth = 3, runs = 10_000, seed = 1 } = options;
  integer("choose PCT", "depth", depth, 1, 17);
  integer("choose PCT", "runs", runs, 1, MOST);
  integer("choose PCT", "seed", seed, -MOST, MOST);
  return { kind: "pct", depth, runs, seed };
}

/**
 * Random executions: at each step, each thread that can run is as likely.
 *
 * @param options `runs`: 10,000 if left out; `seed`: 1 if left out.
 * @throws {RangeError} If one of them is no whole number in its range.
 */
export function random(
  options: { runs?: number; seed?: number } = {},
): Strategy {
  const { runs = 10_000, seed = 1 } = options;
  integer("choose a random walk", "runs", runs, 1, MOST);
  integer("choose a random walk", "seed", seed, -MOST, MOST);
  return { kind: "random", runs, seed };
}
