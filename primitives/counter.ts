/**
 * Counter: how often there is what, counted by many threads.
 *
 * Words, states, invariants and progress are those of `_dictionary_state.ts`, the counts
 * those of `_counts.ts`; this file is the face of them.
 *
 * *Source* · Python's `collections.Counter`, where `c[key] += 1` is not one step.
 *
 * @module
 */

import {
  addCounts,
  COUNT_LINKS,
  countsOf,
  type CountSource,
  finite,
  putCount,
  readCount,
  sumOf,
} from "./_counts.ts";
import { AFTER_DICTIONARY, DictionaryState } from "./_dictionary_state.ts";
import {
  attachedWords,
  attachment,
  type Handle,
  type Memory,
  recordFlags,
  SharedObject,
  STRAY,
  type Words,
} from "./_record.ts";
import { createStore, openStore, storeBytes } from "./_store.ts";
import { integer, optionBag } from "./_validate.ts";

export type { CountSource };

/** What a {@linkcode Counter} can be made with. */
export interface CounterOptions {
  /**
   * The bytes that all keys may take together, from 1 to 1073741824: each takes 112, and
   * one of more than about 45 characters takes more. If left out: 256 MiB, taken as
   * needed, or 64 KiB at a place of yours.
   */
  capacity?: number;
  /** Where to make it, for as many bytes as `byteLengthFor` says; in memory of its own, which grows, if left out. */
  memory?: Memory;
}

const KIND = { kind: "Counter", after: AFTER_DICTIONARY, links: COUNT_LINKS };

/**
 * Counts by key, which threads change together: who counts a key gets a number of its own.
 *
 * Keys are strings, counts are numbers: integers are exact up to 2^53. A count may be 0
 * or less, and stays. What is said to be one step is seen by the other threads as a whole or
 * not at all. Nothing waits but for others to end such a step.
 *
 * If a thread dies while it counts, the counter stays usable, and each count is that
 * before or after. For one number use an AtomicInt32 or a LongAdder, which cost less.
 *
 * Memory: all operations of all threads are in one order, and what a thread did before
 * one of them is visible after the later ones.
 *
 * @example Usage
 * ```ts
 * import { Counter } from "@interlock/threading";
 *
 * const words = new Counter(); // pass it to the threads
 * words.increment("tea");
 * words.update(["tea", "milk"]);
 * console.log(words.mostCommon(1)); // [["tea", 2]]
 * ```
 */
export class Counter extends SharedObject<"Counter"> {
  readonly #state: DictionaryState;

  /** The bytes that a counter made with these options takes in memory of the caller's. */
  static byteLengthFor(options?: CounterOptions): number {
    return storeBytes(KIND, options, Infinity);
  }

  /**
   * Makes a counter, with the counts of `init` as `update` adds them.
   *
   * @throws {RangeError} if `init` takes more than `capacity`.
   */
  constructor(init?: CountSource, options?: CounterOptions) {
    const words = attachedWords(init) ?? create(init, options);
    super("Counter", words);
    this.#state = new DictionaryState(words);
  }

  /** Opens the counter that a handle, or another view, names. */
  static from(handle: Handle<"Counter">): Counter {
    return new Counter(attachment(openStore(["Counter"], handle)));
  }

  /** How many keys there are; it may have changed when you read it. */
  get size(): number {
    return this.#state.size;
  }

  /** The bytes that all keys may take together, with some for each key. */
  get capacity(): number {
    return this.#state.items.byteLength;
  }

  /**
   * Adds `by`, which may be negative, to the count of a key, and returns the sum. One step.
   *
   * @throws {RangeError} if `by` or the sum is not finite, or there is no room for a new key.
   */
  increment(key: string, by: number = 1): number {
    const action = "increment Counter";
    finite(action, "by", by);
    return this.#state.at(action, key, (item, entry) => {
      const count = item === 0 ? 0 : readCount(this.#state, item);
      const sum = sumOf(action, key, count, by);
      putCount(action, this.#state, item, entry, sum);
      return sum;
    });
  }

  /** The count of a key, 0 if it is not here; that does not add it. One step. */
  get(key: string): number {
    return this.#state.at(
      "get from Counter",
      key,
      (item) => item === 0 ? 0 : readCount(this.#state, item),
    );
  }

  /**
   * Makes `count` the count of a key. One step.
   *
   * @throws {RangeError} if it is not finite, or there is no room for a new key.
   */
  set(key: string, count: number): void {
    const action = "set Counter";
    finite(action, "count", count);
    this.#state.at(
      action,
      key,
      (item, entry) => putCount(action, this.#state, item, entry, count),
    );
  }

  /** Whether a key is here, whatever its count. One step. */
  has(key: string): boolean {
    return this.#state.at("look into Counter", key, (item) => item !== 0);
  }

  /** Takes a key out; false if it was not here. One step. */
  delete(key: string): boolean {
    return this.#state.at("delete from Counter", key, (item) => {
      if (item !== 0) this.#state.remove(item);
      return item !== 0;
    });
  }

  /**
   * Adds counts: 1 for each of some keys, or what a Map, an object or another counter
   * says. One step, which others wait for; if the thread dies in it, some may be added.
   *
   * @throws {RangeError} if a count or a sum is not finite, or there is no room for new
   * keys; nothing is added then.
   */
  update(counts: CountSource): void {
    const action = "update Counter";
    addCounts(action, this.#state, countsOf(action, counts), 1);
  }

  /** Subtracts counts that are given as for `update`; they may become negative. One step. */
  subtract(counts: CountSource): void {
    const action = "subtract from Counter";
    addCounts(action, this.#state, countsOf(action, counts), -1);
  }

  /** The sum of all counts. One step. */
  total(): number {
    const state = this.#state;
    return state.within(() => {
      let total = 0;
      state.forEach((item) => total += readCount(state, item));
      return total;
    });
  }

  /** Keys with their counts, the largest first, and of those the one that came first; all, or `n` of them. One step. */
  mostCommon(n?: number): [key: string, count: number][] {
    if (n !== undefined) integer("list Counter", "n", n, 0);
    return [...this].sort(([, a], [, b]) => b - a).slice(0, n);
  }

  /** Each key as often as its count says, in the order in which they came; none whose count is less than 1. Counts are taken in one step when this begins. */
  *elements(): Generator<string, void, undefined> {
    for (const [key, count] of this) {
      for (let i = 1; i <= count; i++) yield key;
    }
  }

  /** All keys with their counts, in the order in which the keys came. One step. */
  snapshot(): Map<string, number> {
    const state = this.#state, counts: number[] = [];
    const entries = state.within(() => {
      state.forEach((item) => counts.push(readCount(state, item)));
      return state.copy();
    });
    const snapshot = new Map<string, number>();
    entries.forEach((key) => snapshot.set(key, counts[snapshot.size]!));
    return snapshot;
  }

  /** Takes all keys out. One step. */
  clear(): void {
    this.#state.within(() => this.#state.clear());
  }

  /** Iterates over a snapshot. */
  [Symbol.iterator](): MapIterator<[key: string, count: number]> {
    return this.snapshot()[Symbol.iterator]();
  }

  /** The size; a snapshot. */
  override toString(): string {
    return `Counter(size: ${this.size})`;
  }
}

function create(init?: CountSource, options?: CounterOptions): Words {
  const action = "create Counter", bag = optionBag(action, options);
  const counts = init === undefined ? undefined : countsOf(action, init);
  const words = createStore(KIND, bag, Infinity, () => {});
  // A stray one is refused when it is used, and not when its module is loaded.
  if (counts === undefined || (recordFlags(words) & STRAY) !== 0) {
    return words;
  }
  try {
    addCounts(action, new DictionaryState(words), counts, 1);
  } catch (error) {
    words.fill(0);
    throw error;
  }
  return words;
}
