/**
 * AtomicFloat64: a number that threads change without a lock.
 *
 * *Words* · 4 and 5 VALUE: the bits of the number, always accessed as a whole · the
 * rest is that of `_atomic_value.ts`; blocked waiters sleep on BELL.
 *
 * *States* · Any number is as good as any other.
 *
 * *Invariants* · I1: of all the bits that mean NaN, VALUE has one pattern only: equal
 * bits are equal numbers as `Object.is` tells them. Else those of `_atomic_value.ts`.
 *
 * *Progress* · `load`, `store`, `exchange` and `compareExchange` are one step; `add`
 * and `sub` retry while others get in first, so somebody always gets on.
 *
 * *Source* · C++20's `std::atomic<double>`, which compares bits too; its `wait` and
 * `notify`. Java has DoubleAdder. Python has `multiprocessing.Value('d')`.
 *
 * @module
 */

import { AtomicValue, BELL, BYTES, VALUE } from "./_atomic_value.ts";
import { int64sAt } from "./_int64.ts";
import {
  attachedWords,
  attachment,
  createRecord,
  type Handle,
  type Memory,
  openRecord,
  type Words,
} from "./_record.ts";
import { optionBag, show } from "./_validate.ts";

/** What an {@linkcode AtomicFloat64} can be made with. */
export interface AtomicFloat64Options {
  /** Where to make it; in memory of its own if left out. */
  memory?: Memory;
}

/**
 * A number that threads share.
 *
 * Numbers are compared as by `Object.is`: NaN is NaN, and 0 is not -0. Sums are
 * rounded at each step, so they depend on the order in which threads add. For
 * integers AtomicInt32 is faster. To keep two things in step, use a Lock.
 *
 * Memory: all operations are sequentially consistent.
 *
 * @example Usage
 * ```ts
 * import { AtomicFloat64 } from "@interlock/threading";
 *
 * const seconds = new AtomicFloat64();
 * seconds.add(0.25); // in any thread
 * console.log(seconds.load());
 * ```
 */
export class AtomicFloat64 extends AtomicValue<"AtomicFloat64", number> {
  /** The bytes that it takes in shared memory. */
  static readonly byteLength: number = BYTES;
  readonly #bits: BigInt64Array<SharedArrayBuffer>;

  /** Makes a number with this value, 0 if left out. */
  constructor(value: number = 0, options?: AtomicFloat64Options) {
    const words = attachedWords(value) ?? create(value, options);
    super("AtomicFloat64", words, BELL, float64);
    this.#bits = int64sAt(words, VALUE);
  }

  /** Opens the number that a handle, or another view, names. */
  static from(handle: Handle<"AtomicFloat64">): AtomicFloat64 {
    const words = openRecord(["AtomicFloat64"], handle, () => BYTES);
    return new AtomicFloat64(attachment(words));
  }

  /** The value. */
  override load(): number {
    return numberOf(Atomics.load(this.#bits, 0));
  }

  /** Makes `value` the value. */
  override store(value: number): void {
    float64("store to AtomicFloat64", "value", value);
    Atomics.store(this.#bits, 0, bitsOf(value));
  }

  /** Makes `value` the value, and returns the one before. */
  override exchange(value: number): number {
    float64("exchange AtomicFloat64", "value", value);
    return numberOf(Atomics.exchange(this.#bits, 0, bitsOf(value)));
  }

  /**
   * Makes `value` the value if it is `expected`; returns the value found, which on
   * success is `expected` by `Object.is`: `===` is wrong for NaN, 0 and -0.
   */
  override compareExchange(expected: number, value: number): number {
    float64("compare and exchange AtomicFloat64", "expected", expected);
    float64("compare and exchange AtomicFloat64", "value", value);
    const from = bitsOf(expected), to = bitsOf(value);
    return numberOf(Atomics.compareExchange(this.#bits, 0, from, to));
  }

  /** Adds, and returns the value before. */
  add(n: number): number {
    return this.#add(float64("add to AtomicFloat64", "n", n));
  }

  /** Subtracts, and returns the value before. */
  sub(n: number): number {
    return this.#add(-float64("subtract from AtomicFloat64", "n", n));
  }

  #add(n: number): number {
    for (;;) {
      const bits = Atomics.load(this.#bits, 0), value = numberOf(bits);
      const next = bitsOf(value + n);
      if (Atomics.compareExchange(this.#bits, 0, bits, next) === bits) {
        return value;
      }
    }
  }
}

const converter = new Float64Array(1);
const converted = new BigInt64Array(converter.buffer);

function bitsOf(value: number): bigint {
  // The engine may store any of the bits of NaN, and does.
  if (value !== value) return 0x7ff8000000000000n;
  converter[0] = value;
  return converted[0]!;
}

function numberOf(bits: bigint): number {
  converted[0] = bits;
  return converter[0]!;
}

function float64(action: string, name: string, value: number): number {
  if (typeof value === "number") return value;
  throw new TypeError(
    `Cannot ${action}: '${name}' must be a number, received ${show(value)}`,
  );
}

function create(value: number, options?: AtomicFloat64Options): Words {
  float64("create AtomicFloat64", "value", value);
  const { memory } = optionBag("create AtomicFloat64", options);
  return createRecord("AtomicFloat64", BYTES, memory, 0, (words) => {
    Atomics.store(int64sAt(words, VALUE), 0, bitsOf(value));
  });
}
