/**
 * Systematic testing of programs with threads.
 *
 * @module
 */

import { parseSchedule } from "./_schedule.ts";
import { exploration, type Internals, Session } from "./_session.ts";
import type { Exploration, ExploreOptions, Model } from "./model.ts";
import { dfs } from "./strategy.ts";

/**
 * Runs a program with threads under many schedules, and looks for one that fails.
 *
 * The threads are real Workers, but only one runs at a time, and before each `Atomics`
 * operation the tester chooses which. Waits, timeouts, clocks and random numbers are
 * part of the game. Needs a thread that may block.
 *
 * @example Two threads add one, each with a load and a store
 * ```ts ignore
 * // increment.ts
 * export function increment({ count }: { count: Int32Array }) {
 *   Atomics.store(count, 0, Atomics.load(count, 0) + 1);
 * }
 *
 * // increment_test.ts
 * Deno.test("no increment is lost", async () => {
 *   const found = await explore({
 *     module: new URL("./increment.ts", import.meta.url),
 *     threads: ["increment", "increment"],
 *     setup: () => ({ count: new Int32Array(new SharedArrayBuffer(4)) }),
 *     final: ({ count }) => count[0] === 2,
 *   });
 *   found.assertOk(); // throws, with the schedule and a table
 * });
 * ```
 *
 * @throws {TypeError | RangeError} If the model or the options are not what they must be.
 */
export function explore<S = undefined>(
  model: Model<S>,
  options: ExploreOptions = {},
): Promise<Exploration> {
  return exploreWith(model, options, {});
}

/** {@linkcode explore}, for the tester's own parts and tests. */
export async function exploreWith<S>(
  model: Model<S>,
  options: ExploreOptions,
  internals: Internals,
): Promise<Exploration> {
  const { strategy = dfs(), budgetMs = 20_000 } = options;
  const session = await Session.open("explore", model, options, internals);
  try {
    const { progress, failed } = await session.search(strategy, budgetMs);
    return exploration(progress, failed && session.tell(failed));
  } finally {
    session.end();
  }
}

/**
 * Repeats the execution of a schedule that {@linkcode explore} printed.
 *
 * @param schedule Such as `"v1:a3b2a"`.
 * @param model The model it was found with.
 * @param options What was given to `explore`.
 * @throws {TypeError} If the schedule is none.
 */
export async function replay<S = undefined>(
  schedule: string,
  model: Model<S>,
  options: ExploreOptions = {},
): Promise<Exploration> {
  const { choices, explores, rechecks } = parseSchedule(schedule);
  const any = (sign: string) => schedule.includes(sign) ? Infinity : 0;
  const session = await Session.open("replay", model, {
    ...options,
    timeouts: explores ? "explore" : "virtual",
    recheck: rechecks,
    faults: { death: any("!"), zombie: any("%"), spurious: any("^") },
  });
  try {
    const run = session.follow(choices), { steps } = run;
    const progress = { executions: 1, steps, complete: false, time: 0 };
    return exploration(progress, run.fault && session.tell(run));
  } finally {
    session.end();
  }
}
