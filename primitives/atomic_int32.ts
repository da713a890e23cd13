/**
 * AtomicInt32: a 32-bit integer that threads change without a lock.
 *
 * *Words* · 4 VALUE: the integer · 5 EPOCH: moves with each `notify`; awaiting
 * waiters sleep here · written by all.
 *
 * *States* · Any value is as good as any other.
 *
 * *Invariants* · I1: a blocked waiter sleeps on VALUE, an awaiting one on EPOCH,
 * which it read before its last look at VALUE. I2: awaiting ones are notified
 * all, so that an await that is long over swallows nobody's wake-up.
 *
 * *Progress* · Every operation but `wait` finishes in a bounded number of steps;
 * `update` retries while others get in first, so somebody always gets on. A change
 * wakes nobody: `notify` does. A waiter that misses a notify retries once a second.
 *
 * *Source* · java.util.concurrent.AtomicInteger; `wait` and `notify` are C++20's.
 * Python has `multiprocessing.Value`, where `v.value += 1` races.
 *
 * @module
 */

import {
  type AsyncWaitOptions,
  block,
  type Body,
  EXPIRED,
  OK,
  park,
  PROMPT,
  settle,
  type Signal,
  spin,
  SPIN_EVENT,
  STOP,
  STOPPED,
  type WaitOptions,
  wake,
} from "./_park.ts";
import {
  attachedWords,
  attachment,
  createRecord,
  type Handle,
  type Memory,
  openRecord,
  OWN,
  SharedObject,
  type Words,
} from "./_record.ts";
import {
  callable,
  INT32_MAX,
  integer,
  optionBag,
  waitOptions,
} from "./_validate.ts";

const VALUE = OWN, EPOCH = OWN + 1;
const BYTES = 64;
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
export class AtomicInt32 extends SharedObject<"AtomicInt32"> {
  /** The bytes that it takes in shared memory. */
  static readonly byteLength: number = BYTES;
  readonly #words: Words;

  /** Makes an integer with this value, 0 if left out. */
  constructor(value: number = 0, options?: AtomicInt32Options) {
    super("AtomicInt32", attachedWords(value) ?? create(value, options));
    this.#words = new Int32Array(this.buffer, this.byteOffset, BYTES >> 2);
  }

  /** Opens the integer that a handle, or another view, names. */
  static from(handle: Handle<"AtomicInt32">): AtomicInt32 {
    const words = openRecord(["AtomicInt32"], handle, () => BYTES);
    return new AtomicInt32(attachment(words));
  }

  /** The value. */
  load(): number {
    return Atomics.load(this.#words, VALUE);
  }

  /** Makes `value` the value. */
  store(value: number): void {
    Atomics.store(
      this.#words,
      VALUE,
      int32("store to AtomicInt32", "value", value),
    );
  }

  /** Makes `value` the value, and returns the one before. */
  exchange(value: number): number {
    return Atomics.exchange(
      this.#words,
      VALUE,
      int32("exchange AtomicInt32", "value", value),
    );
  }

  /** Makes `value` the value if it is `expected`; returns the value found, which is `expected` on success. */
  compareExchange(expected: number, value: number): number {
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

  /**
   * Makes `change(value)` the value, in one step, and returns it.
   *
   * `change` is called again when another thread gets in first: it must do
   * nothing but compute.
   */
  update(change: (value: number) => number): number {
    callable("update AtomicInt32", "change", change);
    for (;;) {
      const value = this.load();
      const next = int32("update AtomicInt32", "change(value)", change(value));
      if (Atomics.compareExchange(this.#words, VALUE, value, next) === value) {
        return next;
      }
    }
  }

  /**
   * Blocks while the value is `expected`; false if the timeout, in milliseconds, passes first.
   *
   * Who changes the value wakes waiters with `notify`.
   *
   * @throws {WouldBlockError} where blocking is forbidden; use `waitAsync`.
   */
  wait(expected: number, wait?: number | WaitOptions): boolean {
    const action = "wait for AtomicInt32";
    int32(action, "expected", expected);
    const options = waitOptions(action, wait, false);
    if (this.load() !== expected) return true;
    const body = this.#untilNot(expected, false);
    return block(body, options, action, "waitAsync");
  }

  /** Waits like `wait`, without blocking the thread. */
  async waitAsync(
    expected: number,
    wait?: number | AsyncWaitOptions,
  ): Promise<boolean> {
    int32("wait for AtomicInt32", "expected", expected);
    const options = waitOptions("wait for AtomicInt32", wait, true);
    return await settle(this.#untilNot(expected, true), options);
  }

  /**
   * Wakes up to `count` blocked waiters, all if left out, and every awaiting one,
   * to look at the value again. Returns how many blocked ones it woke.
   */
  notify(count: number = Infinity): number {
    if (count !== Infinity) {
      integer("notify AtomicInt32", "count", count, 0);
    }
    Atomics.add(this.#words, EPOCH, 1);
    wake(this.#words, EPOCH);
    return wake(this.#words, VALUE, count);
  }

  /** The value; a snapshot. */
  override toString(): string {
    return `AtomicInt32(${this.load()})`;
  }

  *#untilNot(expected: number, awaits: boolean): Body<boolean> {
    const words = this.#words;
    const differs = (value: number) => value !== expected;
    let signal: Signal = OK;
    for (;;) {
      yield spin(words, VALUE, SPIN_EVENT, differs);
      const epoch = Atomics.load(words, EPOCH);
      if (differs(this.load())) return true;
      if (signal === EXPIRED) return false;
      if (signal === STOP) return STOPPED;
      signal = awaits
        ? yield park(words, EPOCH, epoch, PROMPT)
        : yield park(words, VALUE, expected);
    }
  }
}

function int32(action: string, name: string, value: number): number {
  return typeof value === "number" && (value | 0) === value
    ? value
    : integer(action, name, value, INT32_MIN);
}

function create(value: number, options?: AtomicInt32Options): Words {
  integer("create AtomicInt32", "value", value, INT32_MIN);
  const { memory } = optionBag("create AtomicInt32", options);
  return createRecord("AtomicInt32", BYTES, memory, 0, (words) => {
    Atomics.store(words, VALUE, value);
  });
}
