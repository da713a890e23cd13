/**
 * What is explored, how, and what comes of it.
 *
 * @module
 */

import type { Ended, FailureKind } from "./_judge.ts";
import type { Strategy } from "./strategy.ts";

export type { Ended, FailureKind };

/** A program to explore: threads, and what they share. */
export interface Model<S> {
  /** The module with the functions of the threads, such as `import.meta.url`. */
  readonly module: string | URL;
  /**
   * What each thread runs, at most eight: an export of the module, or its name. A function
   * may return a promise; its thread then runs until it settles.
   */
  readonly threads: readonly (string | ((state: S) => unknown))[];
  /**
   * Makes what the threads share: plain data with shared memory and objects of
   * Interlock in it. Called once; its bytes are put back before each execution.
   */
  readonly setup?: () => S;
  /** Must hold after each step: throws, or returns false, if it does not. Slows the search. */
  readonly invariant?: (state: S) => unknown;
  /** Must hold when all threads have ended. */
  readonly final?: (state: S, run: Ended) => unknown;
  /** Says whether it is right that threads can never go on; without it, it never is. */
  readonly stuck?: (state: S, run: Ended) => boolean;
}

/** How a model is explored. */
export interface ExploreOptions {
  /** Which executions; `dfs()` if left out. */
  readonly strategy?: Strategy;
  /** An execution that is longer fails; 10,000 if left out. */
  readonly maxSteps?: number;
  /** The time after which the search ends, in milliseconds; 20,000 if left out. */
  readonly budgetMs?: number;
  /**
   * When a timed wait ends: `"virtual"`, once nobody else can run (the default); `"explore"`,
   * whenever it makes a difference, and also just after it was woken.
   */
  readonly timeouts?: "virtual" | "explore";
  /** What may go wrong in an execution, and how often; nothing if left out. */
  readonly faults?: Faults;
  /**
   * Whether the waits of Interlock retry now and then, as they do in production; else only
   * a wake ends them, so that a lost one shows. True if left out and threads may die.
   */
  readonly recheck?: boolean;
  /** What `navigator.hardwareConcurrency` says; as many as threads if left out. */
  readonly cores?: number;
  /** Whether a lock or a permit may be held at the end; false if left out. */
  readonly mayHold?: boolean;
}

/** Faults, and how many there may be of each in an execution. */
export interface Faults {
  /** A thread dies before one of its steps, and never runs again. */
  readonly death?: number;
  /** A thread dies asleep, and still takes the place of a live one at the next notify. */
  readonly zombie?: number;
  /** A wait ends with "ok" though nobody notified it. */
  readonly spurious?: number;
}

/** What went wrong, in the execution that showed it. */
export interface Failure {
  /** What kind of mistake it is. */
  readonly kind: FailureKind;
  /** One sentence, or one per thread. */
  readonly message: string;
  /** Repeats the execution, by {@linkcode replay}. */
  readonly schedule: string;
  /** The execution: one column per thread. */
  readonly table: string;
  /** From `linearize`: the shortest history that no order explains; empty if it failed otherwise. */
  readonly history?: string;
  /** What was thrown, if something was. */
  readonly error?: unknown;
}

/** What an exploration found. */
export interface Exploration {
  /** Whether no execution failed. */
  readonly ok: boolean;
  /** How many executions were run. */
  readonly executions: number;
  /** How many choices they made together. */
  readonly steps: number;
  /** Whether these were all within the bound; false if the time ended first, or a random strategy was used. */
  readonly complete: boolean;
  /** Milliseconds that the executions took. */
  readonly time: number;
  /** The first that failed. */
  readonly failure?: Failure;
  /** Throws an Error that tells all about the failure, if there is one. */
  assertOk(): void;
}
