/**
 * What every atomic value has: updates, and waits for a change.
 *
 * *Words* · 4 and 5 VALUE, which its class knows · 6 EPOCH, 7 BELL: they move with
 * each `notify` · written by all. Awaiting waiters sleep on EPOCH; blocked ones on
 * VALUE where that is one int32, and else on BELL.
 *
 * *Invariants* · I1: a waiter has read the word that it sleeps on before its last
 * look at the value, so a change that is notified later moves that word or finds it
 * asleep. I2: awaiting ones are notified all, so that an await that is long over
 * swallows nobody's wake-up; blocked ones have a word of their own.
 *
 * *Progress* · A change wakes nobody: `notify` does. A waiter that misses a notify
 * retries once a second. `update` retries while others get in first, so somebody
 * always gets on.
 *
 * *Source* · `wait` and `notify` are those of C++20's `std::atomic`.
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
import { OWN, SharedObject, type Words } from "./_record.ts";
import { callable, integer, waitOptions } from "./_validate.ts";

/** The first word of the value; and where who waits for a value of 64 bits sleeps. */
export const VALUE: number = OWN, BELL: number = OWN + 3;
const EPOCH = OWN + 2;

/** The bytes of a record with a value. */
export const BYTES = 64;

/** Refuses what cannot be a value, and returns the rest. */
type Check<V> = (action: string, name: string, value: V) => V;

/**
 * A value that threads change without a lock; what all of them have in common.
 *
 * Memory: all operations are sequentially consistent.
 */
export abstract class AtomicValue<K extends string, V> extends SharedObject<K> {
  readonly #words: Words;
  readonly #bed: number;
  readonly #check: Check<V>;

  /** For the classes of this package: `bed` is the word that blocked waiters sleep on. */
  protected constructor(kind: K, words: Words, bed: number, check: Check<V>) {
    super(kind, words);
    this.#words = words;
    this.#bed = bed;
    this.#check = check;
  }

  /** The value. */
  abstract load(): V;
  /** Makes `value` the value. */
  abstract store(value: V): void;
  /** Makes `value` the value, and returns the one before. */
  abstract exchange(value: V): V;
  /** Makes `value` the value if it is `expected`; returns the value found, which is `expected` on success. */
  abstract compareExchange(expected: V, value: V): V;

  /**
   * Makes `change(value)` the value, in one step, and returns it.
   *
   * `change` is called again when another thread gets in first: it must do
   * nothing but compute.
   */
  update(change: (value: V) => V): V {
    const action = `update ${this.kind}`;
    callable(action, "change", change);
    for (;;) {
      const value = this.load();
      const next = this.#check(action, "change(value)", change(value));
      if (Object.is(this.compareExchange(value, next), value)) return next;
    }
  }

  /**
   * Blocks while the value is `expected`; false if the timeout, in milliseconds, passes first.
   *
   * Who changes the value wakes waiters with `notify`.
   *
   * @throws {WouldBlockError} where blocking is forbidden; use `waitAsync`.
   */
  wait(expected: V, wait?: number | WaitOptions): boolean {
    const action = `wait for ${this.kind}`;
    const value = this.#check(action, "expected", expected);
    const options = waitOptions(action, wait, false);
    if (!Object.is(this.load(), value)) return true;
    const body = this.#untilNot(value, this.#bed);
    return block(body, options, action, "waitAsync");
  }

  /** Waits like `wait`, without blocking the thread. */
  async waitAsync(
    expected: V,
    wait?: number | AsyncWaitOptions,
  ): Promise<boolean> {
    const action = `wait for ${this.kind}`;
    const value = this.#check(action, "expected", expected);
    const options = waitOptions(action, wait, true);
    return await settle(this.#untilNot(value, EPOCH), options);
  }

  /**
   * Wakes up to `count` blocked waiters, all if left out, and every awaiting one,
   * to look at the value again. Returns how many blocked ones it woke.
   */
  notify(count: number = Infinity): number {
    if (count !== Infinity) {
      integer(`notify ${this.kind}`, "count", count, 0);
    }
    const words = this.#words, bed = this.#bed;
    Atomics.add(words, EPOCH, 1);
    wake(words, EPOCH);
    if (bed === BELL) Atomics.add(words, BELL, 1);
    return wake(words, bed, count);
  }

  /** The value; a snapshot. */
  override toString(): string {
    return `${this.kind}(${this.load()})`;
  }

  *#untilNot(expected: V, bed: number): Body<boolean> {
    const words = this.#words;
    const differs = () => !Object.is(this.load(), expected);
    let signal: Signal = OK;
    for (;;) {
      yield spin(words, bed, SPIN_EVENT, differs);
      const seen = Atomics.load(words, bed);
      if (differs()) return true;
      if (signal === EXPIRED) return false;
      if (signal === STOP) return STOPPED;
      signal = yield park(words, bed, seen, PROMPT);
    }
  }
}
