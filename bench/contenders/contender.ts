/**
 * What is compared, for each primitive.
 *
 * - `floor`: two raw Atomics operations around each section, on a word that no
 *   other worker uses: it excludes nobody, and nothing that does can do with less.
 *   Of a barrier: spinning on raw Atomics, for as long as it takes.
 * - `naive`: what one writes in ten minutes: a lock of two states and a semaphore
 *   that notify at each release, a barrier that always sleeps.
 * - `multithreading`: the peer package, by its blocking methods and its guards.
 * - `ours`, and its variants: `ours, fair`.
 *
 * Each is made once, by the main thread, and opened by every worker.
 *
 * @module
 */

import type { Handle } from "../../mod.ts";
import { bytesFor, MOST_WORKERS } from "../support/layout.ts";

/** Words that all workers share. */
export type Words = Int32Array<SharedArrayBuffer>;

/** What lets at most so many in. */
export interface Guard {
  acquire(): unknown;
  release(): void;
}

/** What lets its parties go on together. */
export interface Meeting {
  wait(): unknown;
}

/** What lets many readers or one writer in. */
export interface Doors {
  readonly read: Guard;
  readonly write: Guard;
}

/** What a contender shares with its workers. */
export type Shared =
  | SharedArrayBuffer
  | Handle
  | readonly Shared[];

/** One way to build a primitive; `size` is its permits or its parties. */
export interface Contender<T = Guard | Doors | Meeting> {
  /** The shared state of a new one. */
  make(size: number): Shared;
  /** The view of worker `me`. */
  open(shared: never, me: number, size: number): T;
  /** How many permits are left; missing where there are none. */
  left?(shared: never): number;
}

/** The contenders of a primitive, by name. */
export type Contenders<T> = Readonly<Record<string, Contender<T>>>;

/** Shared memory with a line for each worker, and what its first words are. */
export function wordsOf(...values: number[]): SharedArrayBuffer {
  const words = new Int32Array(new SharedArrayBuffer(bytesFor(MOST_WORKERS)));
  words.set(values);
  return words.buffer;
}

/** The first of those words. */
export function firstWord(shared: SharedArrayBuffer): number {
  return Atomics.load(new Int32Array(shared), 0);
}
