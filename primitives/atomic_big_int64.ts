/**
 * AtomicBigInt64: a 64-bit integer that threads change without a lock.
 *
 * *Words* · 4 and 5 VALUE: the integer, always accessed as a whole · the rest is that
 * of `_atomic_value.ts`; blocked waiters sleep on BELL.
 *
 * *States* · Any value is as good as any other.
 *
 * *Invariants* · Those of `_atomic_value.ts`. Nobody sleeps on a half of VALUE: the
 * other half alone may change.
 *
 * *Progress* · Every operation but `wait` and `update` is one step; those are in
 * `_atomic_value.ts`.
 *
 * *Source* · java.util.concurrent.AtomicLong; `wait` and `notify` are C++20's.
 * Python has `multiprocessing.Value('q')`, where `v.value += 1` races.
 *
 * @module
 */

import { AtomicValue, BELL, BYTES, VALUE } from "./_atomic_value.ts";
import { int64, int64sAt } from "./_int64.ts";
import {
  attachedWords,
  attachment,
  createRecord,
  type Handle,
  type Memory,
  openRecord,
  type Words,
} from "./_record.ts";
import { optionBag } from "./_validate.ts";

/** What an {@linkcode AtomicBigInt64} can be made with. */
export interface AtomicBigInt64Options {
  /** Where to make it; in memory of its own if left out. */
  memory?: Memory;
}

/**
 * A bigint from -2^63 to 2^63 - 1 that threads share; sums wrap around.
 *
 * For smaller numbers AtomicInt32 is faster; for a count that many threads add to
 * and few read, LongAdder is. To keep two things in step, use a Lock.
 *
 * Memory: all operations are sequentially consistent.
 *
 * @example Usage
 * ```ts
 * import { AtomicBigInt64 } from "@interlock/threading";
 *
 * const bytes = new AtomicBigInt64();
 * bytes.add(4096n); // in any thread
 * console.log(bytes.load());
 * ```
 */
export class AtomicBigInt64 extends AtomicValue<"AtomicBigInt64", bigint> {
  /** The bytes that it takes in shared memory. */
  static readonly byteLength: number = BYTES;
  readonly #value: BigInt64Array<SharedArrayBuffer>;

  /** Makes an integer with this value, 0n if left out. */
  constructor(value: bigint = 0n, options?: AtomicBigInt64Options) {
    const words = attachedWords(value) ?? create(value, options);
    super("AtomicBigInt64", words, BELL, int64);
    this.#value = int64sAt(words, VALUE);
  }

  /** Opens the integer that a handle, or another view, names. */
  static from(handle: Handle<"AtomicBigInt64">): AtomicBigInt64 {
    const words = openRecord(["AtomicBigInt64"], handle, () => BYTES);
    return new AtomicBigInt64(attachment(words));
  }

  /** The value. */
  override load(): bigint {
    return Atomics.load(this.#value, 0);
  }

  /** Makes `value` the value. */
  override store(value: bigint): void {
    int64("store to AtomicBigInt64", "value", value);
    Atomics.store(this.#value, 0, value);
  }

  /** Makes `value` the value, and returns the one before. */
  override exchange(value: bigint): bigint {
    int64("exchange AtomicBigInt64", "value", value);
    return Atomics.exchange(this.#value, 0, value);
  }

  /** Makes `value` the value if it is `expected`; returns the value found, which is `expected` on success. */
  override compareExchange(expected: bigint, value: bigint): bigint {
    int64("compare and exchange AtomicBigInt64", "expected", expected);
    int64("compare and exchange AtomicBigInt64", "value", value);
    return Atomics.compareExchange(this.#value, 0, expected, value);
  }

  /** Adds, and returns the value before. */
  add(n: bigint): bigint {
    int64("add to AtomicBigInt64", "n", n);
    return Atomics.add(this.#value, 0, n);
  }

  /** Subtracts, and returns the value before. */
  sub(n: bigint): bigint {
    int64("subtract from AtomicBigInt64", "n", n);
    return Atomics.sub(this.#value, 0, n);
  }
}

function create(value: bigint, options?: AtomicBigInt64Options): Words {
  int64("create AtomicBigInt64", "value", value);
  const { memory } = optionBag("create AtomicBigInt64", options);
  return createRecord("AtomicBigInt64", BYTES, memory, 0, (words) => {
    Atomics.store(int64sAt(words, VALUE), 0, value);
  });
}
