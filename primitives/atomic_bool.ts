/**
 * AtomicBool: a boolean that threads change without a lock.
 *
 * *Words* · 4 VALUE: 0 or 1; blocked waiters sleep here · the rest is that of
 * `_atomic_value.ts`.
 *
 * *States* · 0 is false, 1 is true.
 *
 * *Invariants* · Those of `_atomic_value.ts`.
 *
 * *Progress* · Every operation but `wait` and `update` is one step; those are in
 * `_atomic_value.ts`.
 *
 * *Source* · java.util.concurrent.AtomicBoolean, whose `getAndSet` is `exchange`;
 * `wait` and `notify` are C++20's. Python has `multiprocessing.Value`.
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
import { optionBag, show } from "./_validate.ts";

/** What an {@linkcode AtomicBool} can be made with. */
export interface AtomicBoolOptions {
  /** Where to make it; in memory of its own if left out. */
  memory?: Memory;
}

/**
 * A boolean that threads share: of several that `exchange` it one sees the change.
 *
 * To wait until something has happened, an Event is simpler: its `set` wakes who
 * waits, and nobody has to `notify`.
 *
 * Memory: all operations are sequentially consistent.
 *
 * @example Usage
 * ```ts
 * import { AtomicBool } from "@interlock/threading";
 *
 * const claimed = new AtomicBool();
 * if (!claimed.exchange(true)) {
 *   // one thread gets here
 * }
 * ```
 */
export class AtomicBool extends AtomicValue<"AtomicBool", boolean> {
  /** The bytes that it takes in shared memory. */
  static readonly byteLength: number = BYTES;
  readonly #words: Words;

  /** Makes a boolean with this value, false if left out. */
  constructor(value: boolean = false, options?: AtomicBoolOptions) {
    const words = attachedWords(value) ?? create(value, options);
    super("AtomicBool", words, VALUE, bool);
    this.#words = words;
  }

  /** Opens the boolean that a handle, or another view, names. */
  static from(handle: Handle<"AtomicBool">): AtomicBool {
    const words = openRecord(["AtomicBool"], handle, () => BYTES);
    return new AtomicBool(attachment(words));
  }

  /** The value. */
  override load(): boolean {
    return Atomics.load(this.#words, VALUE) !== 0;
  }

  /** Makes `value` the value. */
  override store(value: boolean): void {
    bool("store to AtomicBool", "value", value);
    Atomics.store(this.#words, VALUE, Number(value));
  }

  /** Makes `value` the value, and returns the one before. */
  override exchange(value: boolean): boolean {
    bool("exchange AtomicBool", "value", value);
    return Atomics.exchange(this.#words, VALUE, Number(value)) !== 0;
  }

  /** Makes `value` the value if it is `expected`; returns the value found, which is `expected` on success. */
  override compareExchange(expected: boolean, value: boolean): boolean {
    bool("compare and exchange AtomicBool", "expected", expected);
    bool("compare and exchange AtomicBool", "value", value);
    const from = Number(expected), to = Number(value);
    return Atomics.compareExchange(this.#words, VALUE, from, to) !== 0;
  }
}

function bool(action: string, name: string, value: boolean): boolean {
  if (typeof value === "boolean") return value;
  throw new TypeError(
    `Cannot ${action}: '${name}' must be a boolean, received ${show(value)}`,
  );
}

function create(value: boolean, options?: AtomicBoolOptions): Words {
  bool("create AtomicBool", "value", value);
  const { memory } = optionBag("create AtomicBool", options);
  return createRecord("AtomicBool", BYTES, memory, 0, (words) => {
    Atomics.store(words, VALUE, Number(value));
  });
}
