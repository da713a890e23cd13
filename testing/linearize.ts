/**
 * Linearizability: does an object that threads share behave like a sequential one?
 *
 * @module
 */

import { integer, show } from "../primitives/_validate.ts";
import {
  type Event,
  formatHistory,
  isLinearizable,
  readHistory,
  type SequentialModel,
} from "./_history.ts";
import type { Call, Operating, Recorded } from "./_operate.ts";
import { Random } from "./_random.ts";
import { exploration, Session } from "./_session.ts";
import type { Board } from "./_board.ts";
import type { Fault } from "./_judge.ts";
import type { Exploration } from "./model.ts";
import { dfs, type Strategy } from "./strategy.ts";

export type { SequentialModel };

/** A source of random arguments; the same seed gives the same. */
export interface Chance {
  /** A whole number from `min` to `max`. */
  int(min: number, max: number): number;
  /** One of the values. */
  pick<T>(values: readonly T[]): T;
}

/** An object to be compared with a sequential one, and how it is used. */
export interface Linearization<S, M> {
  /** Makes the object: an object of Interlock, or plain data with shared memory. */
  readonly object: () => S;
  /** The module that exports the operations, as functions of the object and their arguments; left out, they are methods of the object. */
  readonly module?: string | URL;
  /** The operations by name, each with a function that draws arguments. */
  readonly operations: Readonly<
    Record<string, (chance: Chance) => readonly unknown[]>
  >;
  /** The same object for one thread. */
  readonly model: SequentialModel<M>;
  /** How many threads; 2 if left out, at most 8. */
  readonly threads?: number;
  /** How many operations each thread calls; 3 if left out, at most 8. */
  readonly operationsPerThread?: number;
  /** How many random scenarios are explored; 20 if left out. */
  readonly scenarios?: number;
  /** For the scenarios; 1 if left out. */
  readonly seed?: number;
  /** How each scenario is explored; `dfs({ preemptions: 2 })` if left out. */
  readonly strategy?: Strategy;
  /** The time for all scenarios, in milliseconds; 20,000 if left out. */
  readonly budgetMs?: number;
  /** As for {@linkcode explore}. */
  readonly timeouts?: "virtual" | "explore";
}

/**
 * Lets threads call random operations of an object under many schedules, and checks
 * that each history could be that of a sequential object.
 *
 * Operations may throw (the class of the error is compared), wait (say so with `ready`)
 * and return promises. The first history that no order explains is made as short as
 * possible. Needs a thread that may block.
 *
 * @example Usage
 * ```ts ignore
 * const found = await linearize({
 *   object: () => ({ words: new Int32Array(new SharedArrayBuffer(64)) }),
 *   module: new URL("./stack.ts", import.meta.url), // exports push and pop
 *   operations: { push: (chance) => [chance.int(1, 9)], pop: () => [] },
 *   model: {
 *     state: (): number[] => [],
 *     operations: {
 *       push: (stack, value: number) => void stack.push(value),
 *       pop: (stack) => stack.pop(),
 *     },
 *   },
 * });
 * found.assertOk();
 * ```
 *
 * @throws {TypeError | RangeError} If an argument is not what it must be.
 */
export async function linearize<S, M>(
  test: Linearization<S, M>,
): Promise<Exploration> {
  const { threads = 2, operationsPerThread = 3, scenarios = 20 } = test;
  const { seed = 1, strategy = dfs(), budgetMs = 20_000, model } = test;
  const verb = "check linearizability";
  integer(verb, "threads", threads, 1, 8);
  integer(verb, "operationsPerThread", operationsPerThread, 1, 8);
  integer(verb, "scenarios", scenarios, 1, 10_000);
  if (threads * operationsPerThread > 30) {
    throw new RangeError(
      `Cannot ${verb}: 'threads' times 'operationsPerThread' must be at most 30, received ${
        threads * operationsPerThread
      }`,
    );
  }
  const names = Object.keys(test.operations);
  for (const name of names) {
    if (typeof model.operations[name] === "function") continue;
    throw new TypeError(
      `Cannot ${verb}: 'model.operations' must have a function ${
        show(name)
      }, as 'operations' has`,
    );
  }
  const module = test.module === undefined ? undefined : String(test.module);
  const state: Operating = {
    object: test.object(),
    module,
    scenarios: draw(
      test.operations,
      threads,
      operationsPerThread,
      scenarios,
      seed,
    ),
    which: new Int32Array(new SharedArrayBuffer(4 * (threads + 1))),
  };
  let shown: readonly Event[] = [];
  const judge = (board: Board): Fault | undefined => {
    const events = eventsOf(board, state);
    const operations = readHistory(events);
    const stuck = operations.some(({ returned }) => returned === Infinity);
    if (isLinearizable(operations, model, stuck)) return undefined;
    shown = events;
    return {
      kind: "not linearizable",
      message: `no order of these operations explains what they returned\n\n${
        formatHistory(events, threads)
      }`,
    };
  };
  const session = await Session.open(verb, {
    module: new URL("./_operate.ts", import.meta.url),
    threads: Array<string>(threads).fill("operate"),
    setup: () => state,
    stuck: () => true,
  }, {
    mayHold: true,
    timeouts: test.timeouts ?? "virtual",
    budgetMs,
  }, {
    judge,
    imports: module === undefined ? [] : [module],
    // The order of calls and returns matters too.
    reduce: { sleepSets: false },
  });
  const total = { executions: 0, steps: 0, complete: true, time: 0 };
  try {
    for (let i = 0; i < scenarios; i++) {
      const left = budgetMs - total.time;
      if (left <= 0) {
        total.complete = false;
        break;
      }
      session.fleet.change(() => state.which.fill(0).fill(i, 0, 1));
      const { progress, failed } = await session.search(strategy, left);
      total.executions += progress.executions;
      total.steps += progress.steps;
      total.time += progress.time;
      total.complete &&= progress.complete;
      if (!failed) continue;
      const shortest = await shorten(session, state, strategy, failed);
      const failure = session.tell(shortest);
      const explained = failure.kind !== "not linearizable";
      return exploration({ ...total, complete: false }, {
        ...failure,
        history: explained ? "" : formatHistory(shown, threads),
      });
    }
    return exploration(total, undefined);
  } finally {
    session.end();
  }
}

/** Draws the calls of each thread, in each scenario. */
function draw(
  operations: Linearization<unknown, unknown>["operations"],
  threads: number,
  calls: number,
  scenarios: number,
  seed: number,
): Call[][][] {
  const names = Object.keys(operations);
  return Array.from({ length: scenarios }, (_, scenario) => {
    const random = new Random(seed, scenario);
    return Array.from(
      { length: threads },
      () =>
        Array.from({ length: calls }, () => {
          const name = random.pick(names);
          return { name, args: operations[name]!(random) };
        }),
    );
  });
}

/** The calls and returns of the last execution. */
function eventsOf(board: Board, { scenarios, which }: Operating): Event[] {
  return board.lines().map((line) => JSON.parse(line))
    .filter((row) => !("op" in row) && !("failure" in row))
    .map((event: Recorded): Event => {
      if ("result" in event) return event;
      const { thread, place } = event;
      const { name, args } = scenarios[which[0]!]![thread]![place]!;
      return { call: name, thread, args };
    });
}

/** Leaves calls out for as long as a history is still wrong; the last that was. */
async function shorten(
  session: Session,
  state: Operating,
  strategy: Strategy,
  failed: Awaited<ReturnType<Session["search"]>>["failed"] & object,
): Promise<typeof failed> {
  const { fleet } = session, { which, scenarios } = state;
  const masks = new Int32Array(which);
  // What is on the board is the last execution's: a failing one must be run again.
  let choices = fleet.choices();
  const calls = scenarios[masks[0]!]!;
  for (let thread = 0; thread < calls.length; thread++) {
    for (let i = calls[thread]!.length - 1; i >= 0; i--) {
      const without = masks.slice();
      without[thread + 1]! |= 1 << i;
      fleet.change(() => which.set(without));
      const attempt = await session.search(strategy, 1000);
      if (attempt.failed?.fault?.kind !== failed.fault!.kind) continue;
      masks.set(without);
      choices = fleet.choices();
    }
  }
  fleet.change(() => which.set(masks));
  return session.follow(choices);
}
