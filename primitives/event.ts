/**
 * Event: a flag that threads wait for.
 *
 * *Words* · 4 STATE · bit 0 SET · bit 1 PARKED · above them the epoch: how often
 * the flag was set, 30 bits, wraps · written by all.
 *
 * *States* of STATE
 *
 * | SET | PARKED | means |
 * | --- | --- | --- |
 * | 0 | 0 | clear, nobody sleeps |
 * | 0 | 1 | clear, somebody sleeps or is about to |
 * | 1 | 0 | set: waiters pass |
 *
 * *Invariants* · I1: a sleeper implies PARKED or a newer epoch. I2: the epoch
 * moves with each step from clear to set, and with nothing else: a waiter that
 * sees another epoch than it came with has been set free, whatever SET says now.
 *
 * *Progress* · `set` is one compareExchange; it sees PARKED and wakes all. A
 * `clear` right after it cannot take that back (I2). No order among waiters. An
 * epoch seen again takes 2^30 sets during one sleep.
 *
 * *Source* · Python's `threading.Event`, with its guarantee of gh-57711.
 *
 * @module
 */

import { untilPasses } from "./_broadcast.ts";
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
import { optionBag, waitOptions } from "./_validate.ts";

const STATE = OWN;
const SET = 0b01, PARKED = 0b10, FLAGS = 0b11, ONE_EPOCH = 0b100;
const BYTES = 64;

/** What an {@linkcode Event} can be made with. */
export interface EventOptions {
  /** Where to make it; in memory of its own if left out. */
  memory?: Memory;
}

/**
 * A flag, clear at first: some threads wait until another sets it.
 *
 * `Event` is also the name of the DOM's events; who needs both in one file
 * imports this one as `import * as threading` and writes `threading.Event`.
 *
 * Memory: what a thread did before `set()` is visible to whom it lets pass.
 *
 * @example Usage
 * ```ts
 * import { Event } from "@interlock/threading";
 *
 * const landed = new Event();
 * landed.set(); // in one thread
 * landed.wait(); // in others
 * ```
 */
export class Event extends SharedObject<"Event"> {
  /** The bytes that an event takes in shared memory. */
  static readonly byteLength: number = BYTES;
  readonly #words: Words;

  /** Makes an event whose flag is clear. */
  constructor(options?: EventOptions) {
    const words = attachedWords(options) ?? create(options);
    super("Event", words);
    this.#words = words;
  }

  /** Opens the event that a handle, or another view, names. */
  static from(handle: Handle<"Event">): Event {
    return new Event(attachment(openRecord(["Event"], handle, () => BYTES)));
  }

  /** Whether the flag is set; it may have changed when you read it. */
  get isSet(): boolean {
    return (Atomics.load(this.#words, STATE) & SET) !== 0;
  }

  /** Sets the flag, and lets everybody pass who waits now. Does not block. */
  set(): void {
    for (;;) {
      const value = Atomics.load(this.#words, STATE);
      if ((value & SET) !== 0) return;
      const next = (value & ~FLAGS) + ONE_EPOCH | SET;
      if (Atomics.compareExchange(this.#words, STATE, value, next) !== value) {
        continue;
      }
      if ((value & PARKED) !== 0) wake(this.#words, STATE);
      return;
    }
  }

  /** Clears the flag: who waits from now on, waits for the next `set()`. Does not block. */
  clear(): void {
    for (;;) {
      const value = Atomics.load(this.#words, STATE);
      if ((value & SET) === 0) return;
      const next = value & ~SET;
      if (Atomics.compareExchange(this.#words, STATE, value, next) === value) {
        return;
      }
    }
  }

  /**
   * Blocks until the flag is set; false if the timeout, in milliseconds, passes first.
   *
   * Who is waiting when the flag is set gets true, even if it is cleared at once.
   *
   * @throws {WouldBlockError} where blocking is forbidden; use `waitAsync`.
   */
  wait(wait?: number | WaitOptions): boolean {
    const options = waitOptions("wait for Event", wait, false);
    if (this.isSet) return true;
    return block(this.#untilSet(), options, "wait for Event", "waitAsync");
  }

  /** Waits like `wait`, without blocking the thread. */
  async waitAsync(wait?: number | AsyncWaitOptions): Promise<boolean> {
    const options = waitOptions("wait for Event", wait, true);
    return await settle(this.#untilSet(), options);
  }

  /** Whether it is set; a snapshot. */
  override toString(): string {
    return `Event(${this.isSet ? "set" : "clear"})`;
  }

  #untilSet(): Body<boolean> {
    refuseStray(this.#words, "Event");
    const epoch = Atomics.load(this.#words, STATE) & ~FLAGS;
    return untilPasses(
      this.#words,
      STATE,
      PARKED,
      (value) => (value & SET) !== 0 || (value & ~FLAGS) !== epoch,
    );
  }
}

function create(options?: EventOptions): Words {
  const { memory } = optionBag("create Event", options);
  return createRecord("Event", BYTES, memory, 0, () => {});
}
