/**
 * Latch: a count that goes down to zero once and lets everybody pass.
 *
 * *Words* · 4 COUNT: the count, and PARKED in bit 31 · written by all.
 *
 * *States* of COUNT
 *
 * | PARKED | count | means |
 * | --- | --- | --- |
 * | 0 | > 0 | closed, nobody sleeps |
 * | 1 | > 0 | closed, somebody sleeps or is about to |
 * | 0 | 0 | open, for good |
 *
 * *Invariants* · I1: a sleeper implies PARKED: it slept on a value that has the
 * bit, and only the step to zero clears it. I2: an open latch never closes.
 *
 * *Progress* · The step to zero is one compareExchange; it sees PARKED and wakes
 * all, so no wake is lost. There is no order among waiters.
 *
 * *Source* · java.util.concurrent.CountDownLatch; C++20 `std::latch`; `hold` is what
 * dropping a clone of crossbeam's WaitGroup is. Python has none.
 *
 * @module
 */

import { untilPasses } from "./_broadcast.ts";
import { type Held, holdOf } from "./_lockable.ts";
import {
  type AsyncWaitOptions,
  block,
  type Body,
  settle,
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
  refuseStray,
  SharedObject,
  type Words,
} from "./_record.ts";
import { integer, optionBag, waitOptions } from "./_validate.ts";

const COUNT = OWN;
const PARKED = 1 << 31, VALUE = 0x7fffffff;
const BYTES = 64;

/** What a {@linkcode Latch} can be made with. */
export interface LatchOptions {
  /** Where to make it; in memory of its own if left out. */
  memory?: Memory;
}

/**
 * A count that goes down to zero once; then it stays open for ever.
 *
 * Use it to wait until so many things have happened. For something that happens
 * again and again use a Barrier; for something that can be undone, an Event.
 *
 * Memory: what a thread did before `countDown()` is visible to whom it lets pass.
 *
 * @example Usage
 * ```ts
 * import { Latch } from "@interlock/threading";
 *
 * const ready = new Latch(2);
 * ready.countDown(); // in one thread
 * ready.countDown(); // in another
 * ready.wait(); // in a third
 * ```
 */
export class Latch extends SharedObject<"Latch"> {
  /** The bytes that a latch takes in shared memory. */
  static readonly byteLength: number = BYTES;
  readonly #words: Words;

  /** Makes a latch that opens after `count` calls of `countDown`, from 0 to 2147483647. */
  constructor(count: number, options?: LatchOptions) {
    const words = attachedWords(count) ?? create(count, options);
    super("Latch", words);
    this.#words = words;
  }

  /** Opens the latch that a handle, or another view, names. */
  static from(handle: Handle<"Latch">): Latch {
    return new Latch(attachment(openRecord(["Latch"], handle, () => BYTES)));
  }

  /** How many are missing; it may have changed when you read it. */
  get count(): number {
    return Atomics.load(this.#words, COUNT) & VALUE;
  }

  /** Takes `n` from the count, down to zero at the most. Does not block. */
  countDown(n: number = 1): void {
    integer("count down Latch", "n", n, 1);
    for (;;) {
      const value = Atomics.load(this.#words, COUNT);
      const left = (value & VALUE) - n;
      if ((value & VALUE) === 0) return;
      const next = left > 0 ? value - n : 0;
      if (Atomics.compareExchange(this.#words, COUNT, value, next) !== value) {
        continue;
      }
      if (next === 0 && (value & PARKED) !== 0) wake(this.#words, COUNT);
      return;
    }
  }

  /**
   * Counts down once, by one, when the result is released: `using part = latch.hold()`
   * counts down however the block ends. Does not block.
   */
  hold(): Held {
    return holdOf({ release: () => this.countDown() });
  }

  /**
   * Blocks until the latch is open; false if the timeout, in milliseconds, passes first.
   *
   * @throws {WouldBlockError} where blocking is forbidden; use `waitAsync`.
   */
  wait(wait?: number | WaitOptions): boolean {
    const options = waitOptions("wait for Latch", wait, false);
    if (Atomics.load(this.#words, COUNT) === 0) return true;
    return block(this.#untilOpen(), options, "wait for Latch", "waitAsync");
  }

  /** Waits like `wait`, without blocking the thread. */
  async waitAsync(wait?: number | AsyncWaitOptions): Promise<boolean> {
    const options = waitOptions("wait for Latch", wait, true);
    return await settle(this.#untilOpen(), options);
  }

  /** The count; a snapshot. */
  override toString(): string {
    return `Latch(count: ${this.count})`;
  }

  #untilOpen(): Body<boolean> {
    refuseStray(this.#words, "Latch");
    return untilPasses(this.#words, COUNT, PARKED, isOpen);
  }
}

function isOpen(value: number): boolean {
  return (value & VALUE) === 0;
}

function create(count: number, options?: LatchOptions): Words {
  integer("create Latch", "count", count, 0);
  const { memory } = optionBag("create Latch", options);
  return createRecord("Latch", BYTES, memory, 0, (words) => {
    Atomics.store(words, COUNT, count);
  });
}
