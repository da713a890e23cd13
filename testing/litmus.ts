/**
 * Litmus tests: what real parallelism does, without control.
 *
 * @module
 */

import { type Packed, unpackError } from "../workers/_codec.ts";
import { integer, show } from "../primitives/_validate.ts";
import { wanted } from "./_function.ts";
import type { LitmusInit } from "./_litmus_agent.ts";
import { native, realNow } from "./_native.ts";

/** A litmus test. */
export interface LitmusOptions {
  /** The module with the functions of the actors. */
  readonly module: string | URL;
  /**
   * What each actor runs, at most eight: an export of the module, or its name. It gets words
   * that are 0 and that the actors share, and returns what it saw: a boolean or an int32, or nothing.
   */
  readonly actors: readonly (
    | string
    | ((words: Int32Array<SharedArrayBuffer>) => number | boolean | void)
  )[];
  /** How many words they share; 8 if left out. */
  readonly words?: number;
  /** Looks at the words when all actors are done; what it returns is the last part of the outcome. */
  readonly arbiter?: (
    words: Int32Array<SharedArrayBuffer>,
  ) => number | boolean | void;
  /** Outcomes that are right: what the actors returned, joined by commas, such as `"0,1"`. */
  readonly allowed: readonly string[];
  /** Outcomes that are right, but that many do not expect. */
  readonly surprising?: readonly string[];
  /** Outcomes that must not be; all others, if left out. */
  readonly forbidden?: readonly string[];
  /** How long to hammer, in milliseconds; 500 if left out. */
  readonly ms?: number;
}

/** An outcome that was seen. */
export interface LitmusOutcome {
  /** What the actors returned, and the arbiter, joined by commas. */
  readonly outcome: string;
  /** How often. */
  readonly count: number;
  /** Whether it was to be expected. */
  readonly grade: "allowed" | "surprising" | "forbidden";
}

/** What a litmus test saw. */
export interface LitmusResult {
  /** Whether no forbidden outcome was seen. */
  readonly ok: boolean;
  /** How often the actors ran. */
  readonly total: number;
  /** What was seen, the most frequent first. */
  readonly outcomes: readonly LitmusOutcome[];
  /** Throws an Error with the table of outcomes, if a forbidden one was seen. */
  assertOk(): void;
  /** The table. */
  toString(): string;
}

/** Instances of the test that a round runs. */
const INSTANCES = 2000;

/**
 * Runs actors at the same time in real threads, millions of times, and counts what they
 * return. It shows what a machine does, and proves nothing; {@linkcode explore} proves, but sees
 * only sequentially consistent executions. Does not block.
 *
 * @example Usage
 * ```ts ignore
 * // actors.ts
 * export const left = (words: Int32Array) => {
 *   Atomics.store(words, 0, 1);
 *   return Atomics.load(words, 1);
 * };
 * export const right = (words: Int32Array) => {
 *   Atomics.store(words, 1, 1);
 *   return Atomics.load(words, 0);
 * };
 *
 * // somewhere else
 * const seen = await litmus({
 *   module: new URL("./actors.ts", import.meta.url),
 *   actors: ["left", "right"],
 *   allowed: ["0,1", "1,0", "1,1"],
 * });
 * seen.assertOk();
 * ```
 *
 * @throws {TypeError | RangeError} If an option is not what it must be, or an outcome has two grades.
 */
export async function litmus(options: LitmusOptions): Promise<LitmusResult> {
  const { actors, words = 8, ms = 500, arbiter } = options;
  const verb = "run a litmus test";
  if (!Array.isArray(actors) || actors.length < 1 || actors.length > 8) {
    throw new RangeError(
      `Cannot ${verb}: 'actors' must be a list of 1 to 8 functions, received ${
        show(actors)
      }`,
    );
  }
  integer(verb, "words", words, 1, 1024);
  integer(verb, "ms", ms, 1, 3_600_000);
  const gradeOf = grades(options);
  const module = String(options.module);
  const wants = actors.map((actor, i) => wanted(verb, `actors[${i}]`, actor));
  const n = wants.length;
  // ROUND, DONE, then BEGUN, each in a cache line of its own.
  const control = new Int32Array(new SharedArrayBuffer(3 * 64));
  const memory = new Int32Array(new SharedArrayBuffer(INSTANCES * words * 4));
  const results = new Int32Array(new SharedArrayBuffer(INSTANCES * n * 4));
  const kinds = new Int32Array(new SharedArrayBuffer(n * 64));
  const workers: Worker[] = [];
  const counts = new Map<string, number>();
  const tally = () => {
    for (let i = 0; i < INSTANCES; i++) {
      const parts: string[] = [];
      for (let actor = 0; actor < n; actor++) {
        const kind = kinds[actor * 16]!,
          value = results[actor * INSTANCES + i]!;
        if (kind !== 0) {
          parts.push(kind === 1 ? String(value) : `${value !== 0}`);
        }
      }
      const last = arbiter?.(memory.subarray(i * words, (i + 1) * words));
      if (last !== undefined) parts.push(String(last));
      const outcome = parts.join(",");
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    }
  };
  try {
    await Promise.all(wants.map((actor, me) => {
      const worker = new Worker(new URL("./litmus.js", import.meta.url), {
        type: "module",
        name: `litmus actor ${me}`,
      });
      workers.push(worker);
      const init: LitmusInit = {
        me,
        actors: n,
        actor,
        module,
        words,
        instances: INSTANCES,
        control,
        memory,
        results,
        kinds,
      };
      return new Promise<void>((resolve, reject) => {
        worker.onmessage = ({ data }) => {
          if (data === "ready") resolve();
          else reject(unpackError(data, actor.name));
        };
        worker.onerror = (event) => {
          event.preventDefault();
          reject(new Error(`Cannot ${verb}: ${event.message}`));
        };
        worker.postMessage(init);
      });
    }));
    const end = realNow() + ms;
    let failed: { readonly error: Packed } | undefined;
    for (const worker of workers) {
      worker.onmessage = ({ data }) => failed ??= { error: data };
    }
    do {
      memory.fill(0);
      native.store(control, 16, 0);
      native.add(control, 0, 1);
      native.notify(control, 0);
      for (let done; (done = native.load(control, 16)) < n;) {
        await native.waitAsync(control, 16, done, 10_000).value;
      }
      tally();
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (failed) throw unpackError(failed.error, "actor");
    } while (realNow() < end);
  } finally {
    native.store(control, 0, -1);
    native.notify(control, 0);
    for (const worker of workers) worker.terminate();
  }
  return resultOf(counts, gradeOf);
}

/** What grade an outcome has. */
function grades(
  { allowed, surprising = [], forbidden }: LitmusOptions,
): (outcome: string) => LitmusOutcome["grade"] {
  const lists = { allowed, surprising, forbidden: forbidden ?? [] };
  const found = new Map<string, LitmusOutcome["grade"]>();
  for (const grade of ["allowed", "surprising", "forbidden"] as const) {
    for (const outcome of lists[grade]) {
      if (found.has(outcome)) {
        throw new TypeError(
          `Cannot run a litmus test: the outcome ${show(outcome)} is both ${
            found.get(outcome)
          } and ${grade}`,
        );
      }
      found.set(outcome, grade);
    }
  }
  return (outcome) => found.get(outcome) ?? "forbidden";
}

function resultOf(
  counts: ReadonlyMap<string, number>,
  gradeOf: (outcome: string) => LitmusOutcome["grade"],
): LitmusResult {
  const outcomes = [...counts].map(([outcome, count]) => ({
    outcome,
    count,
    grade: gradeOf(outcome),
  })).sort((a, b) => b.count - a.count);
  const ok = outcomes.every(({ grade }) => grade !== "forbidden");
  const text = () =>
    outcomes.map(({ outcome, count, grade }) =>
      `${outcome.padEnd(12)} ${String(count).padStart(12)}  ${grade}`
    ).join("\n");
  return {
    ok,
    outcomes,
    total: outcomes.reduce((sum, { count }) => sum + count, 0),
    toString: text,
    assertOk() {
      if (!ok) throw new Error(`A forbidden outcome was seen\n${text()}`);
    },
  };
}
