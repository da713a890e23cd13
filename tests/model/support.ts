/**
 * Models as tests: each is explored within a bound, and that must be complete.
 *
 * With INTERLOCK_MODEL_BOUND=n all depth-first searches allow at least n preemptions
 * and take the time they need, random strategies run a thousand times as long, and
 * each test says how much it ran.
 *
 * @module
 */

import { assert } from "@std/assert";
import { ID_MASK } from "../../primitives/_thread_id.ts";
import { endIdle } from "../../testing/_fleet.ts";
import { exploreWith } from "../../testing/explore.ts";
import {
  dfs,
  type Ended,
  type ExploreOptions,
  type Model,
  pct,
  random,
  type Strategy,
} from "../../testing/mod.ts";

/** A model, and how it is explored. */
export interface ModelTest<S>
  extends Model<S>, Omit<ExploreOptions, "strategy"> {
  /** All executions with two preemptions if left out. */
  readonly strategies?: readonly Strategy[];
  /** Slots per wait queue, so that few waiters are too many. */
  readonly slots?: number;
  /** Whether threads have a roster also without re-checks, as selects need one. */
  readonly roster?: boolean;
}

const bound = Deno.env.get("INTERLOCK_MODEL_BOUND");
const BOUND = Number(bound ?? 0), DAY = 24 * 60 * 60_000;

/** No preemption, for what has very many executions. */
export const NONE = [dfs({ preemptions: 0 })];
/** One preemption. */
export const ONE = [dfs({ preemptions: 1 })];
/** One preemption everywhere, and some executions with more. */
export const WIDE = [...ONE, pct({ runs: 30 })];
/** Some executions, where even one preemption is too many. */
export const SOME = [pct({ runs: 120 })];
/** Some executions, for deaths: they come at any step, whoever has priority. */
export const MANY_DEATHS = [random({ runs: 250 })];

// Threads serve all models of a file: they have its code compiled.
addEventListener("unload", endIdle);

/** Registers a test that explores a model. */
export function modelTest<S>(name: string, model: ModelTest<S>): void {
  const { strategies = [dfs()], slots, roster = false, ...options } = model;
  Deno.test({
    name,
    timeout: bound === undefined ? 60_000 : DAY,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      for (const strategy of strategies.map(widened)) {
        const found = await exploreWith<S>(
          model,
          {
            budgetMs: bound === undefined ? 50_000 : DAY,
            ...options,
            strategy,
          },
          { keeps: true, roster, ...(slots !== undefined && { slots }) },
        );
        const { executions, steps, time, complete } = found;
        if (bound !== undefined) {
          console.log(
            `${name}: ${strategy.kind}, ${executions} executions, ${steps} steps, ${
              Math.round(time)
            } ms`,
          );
        }
        found.assertOk();
        assert(complete || strategy.kind !== "dfs", `only ${executions} run`);
      }
    },
  });
}

function widened(strategy: Strategy): Strategy {
  if (BOUND === 0) return strategy;
  return strategy.kind === "dfs"
    ? { ...strategy, preemptions: Math.max(BOUND, strategy.preemptions) }
    : { ...strategy, runs: strategy.runs * 1000 };
}

/** Words that threads share. */
export function words(length: number): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(length * 4));
}

/** The id of the first model thread; the others follow. */
export const FIRST_ID = 1 << 10 | 1;

/** Whether a word has the id of a thread that died. */
export function isDead(word: number, { dead }: Ended): boolean {
  return dead.some((thread) => (word & ID_MASK) === FIRST_ID + thread);
}
