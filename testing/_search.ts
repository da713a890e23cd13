/**
 * Strategies: which executions are run.
 *
 * *Invariants*
 * - I1: a depth-first search is complete only if each of its choices was tried, and no
 *   word turned out to be contended that had been taken for local.
 * - I2: sleep sets are used in an unbounded search only: below a bound the sibling
 *   that covers a sleeping choice may have been cut off.
 *
 * @module
 */

import {
  DFS,
  EXECUTIONS,
  GREW,
  LOCAL,
  PCT,
  SLEEP_SETS,
  STEPS_SUM,
  WALK,
} from "./_board.ts";
import type { Fleet, Plan, Run } from "./_fleet.ts";
import { realNow } from "./_native.ts";
import type { Strategy } from "./strategy.ts";

/** How far a search has come. */
export interface Progress {
  readonly executions: number;
  readonly steps: number;
  readonly complete: boolean;
  /** Milliseconds that executions took. */
  readonly time: number;
}

/** What a search works with. */
export interface Search {
  readonly fleet: Fleet;
  readonly flags: number;
  /** Whether an unbounded search may use sleep sets. */
  readonly sleepSets: boolean;
  /** Whether giving way before a local word may be left out. */
  readonly local: boolean;
  readonly budget: number;
  /** Called now and then. */
  readonly report: (progress: Progress) => void;
}

const SLICE = 100;

/** Runs executions until one fails, all are done or the time is over. */
export async function search(
  { fleet, flags, sleepSets, local, budget, report }: Search,
  strategy: Strategy,
): Promise<{ progress: Progress; failed: Run | undefined }> {
  const { words } = fleet.board, start = realNow();
  const before = { executions: 0, steps: 0 };
  const progress = (complete = false): Progress => ({
    executions: before.executions + words[EXECUTIONS]!,
    steps: before.steps + words[STEPS_SUM]!,
    complete,
    time: realNow() - start,
  });
  /** Runs all of a plan; whether the search goes on. */
  const pass = async (plan: Plan): Promise<Run | boolean> => {
    Object.assign(before, progress());
    fleet.begin(plan);
    for (;;) {
      const end = Math.min(realNow() + SLICE, start + budget);
      const { exhausted, failed } = fleet.go(end);
      if (failed) return failed;
      if (exhausted) return true;
      if (realNow() >= start + budget) return false;
      report(progress());
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  };
  words[EXECUTIONS] = words[STEPS_SUM] = 0;
  let done: Run | boolean = true;
  if (strategy.kind !== "dfs") {
    const { kind, seed, runs } = strategy;
    const depth = kind === "pct" ? strategy.depth : 0;
    const mode = kind === "pct" ? PCT : WALK;
    done = await pass({ mode, flags, seed, runs, depth });
  } else {
    for (const bound of bounds(strategy.preemptions)) {
      const reduction = (sleepSets && bound === Infinity ? SLEEP_SETS : 0) |
        (local ? LOCAL : 0);
      const plan = { mode: DFS, flags: flags | reduction, bound };
      do done = await pass(plan); while (
        done === true && local && words[GREW]! > 0
      );
      if (done !== true) break;
    }
  }
  const complete = done === true && strategy.kind === "dfs";
  return {
    progress: progress(complete),
    failed: typeof done === "object" ? done : undefined,
  };
}

/** An unbounded search begins with small ones, which learn what is contended. */
function bounds(most: number): number[] {
  if (most === Infinity) return [0, 1, Infinity];
  return Array.from({ length: most + 1 }, (_, bound) => bound);
}
