/**
 * AtomicInt32: a 32-bit integer that threads change without a lock.
 *
 * *Words* · 4 VALUE: the integer; blocked waiters sleep here · the rest is that of
 * `_atomic_value.ts`.
 *
 * *States* · Any value is as good as any other.
 *
 * *Invariants* · Those of `_atomic_value.ts`.
 *
 * *Progress* · Every operation but `wait` and `update` is one step; those are in
 * `_atomic_value.ts`.
 *
 * *Source* · java.util.concurrent.AtomicInteger; `wait` and `notify` are C++20's.
 * Python has `multiprocessing.Value`, where `v.value += 1` races.
 *
 * @module
 */

import { AtomicValue, BYTES, VALUE } from "./_atomic_value.ts";
import {
  attachedWords,
  attachment,
  createRecord,
  type Handle,
  type Memory,
  openRecord,
  type Words,
} from "./_record.ts";
import { INT32_MAX, integer, optionBag } from "./_validate.ts";

const INT32_MIN = -INT32_MAX - 1;

/** What an {@linkcode AtomicInt32} can be made with. */
export interface AtomicInt32Options {
  /** Where to make it; in memory of its own if left out. */
  memory?: Memory;
}

/**
 * An integer from -2147483648 to 2147483647 that threads share; sums wrap around.
 *
 * For one number this is simpler and faster than a lock. To keep two things in
 * step, use a Lock.
 *
 * Memory: all operations are sequentially consistent.
 *
 * @example Usage
 * ```ts
 * import { AtomicInt32 } from "@interlock/threading";
 *
 * const visitors = new AtomicInt32();
 * visitors.add(1); // in any thread
 * console.log(visitors.load());
 * ```
 */
export class AtomicInt32 extends AtomicValue<"AtomicInt32", number> {
  /** The bytes that it takes in shared memory. */
  static readonly byteLength: number = BYTES;
  readonly #words: Words;

  /** Makes an integer with this value, 0 if left out. */
  constructor(value: number = 0, options?: AtomicInt32Options) {
    const words = attachedWords(value) ?? create(value, options);
    super("AtomicInt32", words, VALUE, int32);
    this.#words = words;
  }

  /** Opens the integer that a handle, or another view, names. */
  static from(handle: Handle<"AtomicInt32">): AtomicInt32 {
    const words = openRecord(["AtomicInt32"], handle, () => BYTES);
    return new AtomicInt32(attachment(words));
  }

  /** The value. */
  override load(): number {
    return Atomics.load(this.#words, VALUE);
  }

  /** Makes `value` the value. */
  override store(value: number): void {
    Atomics.store(
      this.#words,
      VALUE,
      int32("store to AtomicInt32", "value", value),
    );
  }

  /** Makes `value` the value, and returns the one before. */
  override exchange(value: number): number {
    return Atomics.exchange(
      this.#words,
      VALUE,
      int32("exchange AtomicInt32", "value", value),
    );
  }

  /** Makes `value` the value if it is `expected`; returns the value found, which is `expected` on success. */
  override compareExchange(expected: number, value: number): number {
    int32("compare and exchange AtomicInt32", "expected", expected);
    int32("compare and exchange AtomicInt32", "value", value);
    return Atomics.compareExchange(this.#words, VALUE, expected, value);
  }

  /** Adds, and returns the value before. */
  add(n: number): number {
    return Atomics.add(this.#words, VALUE, int32("add to AtomicInt32", "n", n));
  }

  /** Subtracts, and returns the value before. */
  sub(n: number): number {
    return Atomics.sub(
      this.#words,
      VALUE,
      int32("subtract from AtomicInt32", "n", n),
    );
  }
}

/** The value as a word holds it: -0 is 0. */
function int32(action: string, name: string, value: number): number {
  return typeof value === "number" && (value | 0) === value
    ? value | 0
    : integer(action, name, value, INT32_MIN);
}

function create(value: number, options?: AtomicInt32Options): Words {
  integer("create AtomicInt32", "value", value, INT32_MIN);
  const { memory } = optionBag("create AtomicInt32", options);
  return createRecord("AtomicInt32", BYTES, memory, 0, (words) => {
    Atomics.store(words, VALUE, value);
  });
}
