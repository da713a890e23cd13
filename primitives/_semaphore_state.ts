/**
 * The state machine of a Semaphore: so many permits, for so many holders at a time.
 *
 * *Words* · 4 PERMITS: what is left, and FLAG in bit 31 · 5 BOUND: the most there may
 * be, and 6 USUAL: how many there were first, written once · from word 8 on a wait queue.
 * PERMITS is written by all.
 *
 * *States* of PERMITS
 *
 * | FLAG | permits | means |
 * | --- | --- | --- |
 * | 0 | n | n left; nobody waits, or as many as there usually are were nudged |
 * | 1 | n | n left; a waiter may wait, as it is new or asks for more than n: a release rings |
 *
 * *Invariants* · I1: permits are between 0 and BOUND. I2: `_wait_queue.ts` I1, with
 * PERMITS as the gate.
 *
 * *Progress* · Waiters are woken in order of arrival: one that asks for much holds
 * back those behind it, so nobody is stranded. Newcomers may get in before those
 * who wake (barging); in a fair semaphore only `tryAcquire` may.
 *
 * *Source* · Python's `threading.Semaphore` and `BoundedSemaphore`, with several
 * permits at once and `fair` from java.util.concurrent.Semaphore.
 *
 * @module
 */

import type { Body } from "./_park.ts";
import { RealmQueue, type Source } from "./_realm_queue.ts";
import {
  OWN,
  OWN_FLAG,
  recordFlags,
  recordKey,
  type Words,
} from "./_record.ts";
import { INT32_MAX } from "./_validate.ts";
import { type FairGate, type Place, WaitQueue } from "./_wait_queue.ts";

const PERMITS = OWN, BOUND = OWN + 1, USUAL = OWN + 2, QUEUE = 8;
const FLAG = 1 << 31, VALUE = 0x7fffffff;
const SLOTS = 32;

/** Flag of the record. */
export const FAIR = OWN_FLAG;
/** The bytes of a semaphore. */
export const BYTES = (QUEUE + WaitQueue.length(SLOTS) + 15 & ~15) * 4;

/** Writes the words of a new semaphore. */
export function fillSemaphore(
  words: Words,
  value: number,
  bound: number,
): void {
  Atomics.store(words, PERMITS, value);
  Atomics.store(words, BOUND, bound);
  Atomics.store(words, USUAL, value);
}

/** The state machine, as the queues see it. */
export class SemaphoreState implements Source, FairGate {
  readonly index = PERMITS;
  readonly words: Words;
  readonly key: number;
  readonly fair: boolean;
  readonly bound: number;
  readonly usual: number;
  readonly #queue: WaitQueue;
  /** What PERMITS was last: a prediction that saves a load. */
  #last = 0;

  constructor(words: Words) {
    this.words = words;
    this.key = recordKey(words);
    this.bound = Atomics.load(words, BOUND);
    this.usual = Atomics.load(words, USUAL);
    this.fair = (recordFlags(words) & FAIR) !== 0;
    const fair = this.fair ? this : undefined;
    this.#queue = new WaitQueue(words, QUEUE, SLOTS, this, fair);
  }

  get value(): number {
    return this.available(Atomics.load(this.words, PERMITS));
  }

  get raised(): boolean {
    return Atomics.load(this.words, PERMITS) < 0;
  }

  raise(): number {
    return this.available(Atomics.or(this.words, PERMITS, FLAG));
  }

  lower(): void {
    Atomics.and(this.words, PERMITS, ~FLAG);
  }

  available(value: number): number {
    return value & VALUE;
  }

  /** Takes as a newcomer: in a fair semaphore not before those who wait. */
  enter(demand: number): boolean {
    return !(this.fair && this.raised) && this.take(demand);
  }

  take(demand: number): boolean {
    let value = this.#last;
    if ((value & VALUE) < demand) value = Atomics.load(this.words, PERMITS);
    while ((value & VALUE) >= demand) {
      const next = value - demand;
      const found = Atomics.compareExchange(this.words, PERMITS, value, next);
      if (found === value) {
        this.#last = next;
        return true;
      }
      value = found;
    }
    return false;
  }

  reserve(demand: number): boolean {
    return this.take(demand);
  }

  accept(): boolean {
    return true;
  }

  unreserve(demand: number): void {
    this.give(demand);
  }

  give(demand: number): void {
    const before = this.#add(demand, INT32_MAX);
    if (before! < 0) this.#queue.ring();
  }

  /**
   * Gives back, all or nothing; false if that is past the bound. Tasks of this
   * realm come first, as they cost no switch of threads.
   */
  add(n: number): boolean {
    const before = this.#add(n, this.bound);
    if (before === undefined) return false;
    if (before < 0) {
      const tasks = this.fair ? undefined : RealmQueue.find(this.key);
      while (tasks?.handOver(false));
      this.#queue.ring();
    }
    return true;
  }

  /** Adds, and returns what PERMITS was; undefined, and nothing done, past the bound. */
  #add(n: number, bound: number): number | undefined {
    let value = this.#last;
    for (;;) {
      // Past the bound, or only by a prediction that is out of date?
      if ((value & VALUE) + n > bound) {
        value = Atomics.load(this.words, PERMITS);
        if ((value & VALUE) + n > bound) return undefined;
      }
      const next = value + n;
      const found = Atomics.compareExchange(this.words, PERMITS, value, next);
      if (found === value) {
        this.#last = next;
        return value;
      }
      value = found;
    }
  }

  wait(demand: number, awaits: boolean, place?: Place): Body<boolean> {
    return this.fair
      ? this.#queue.untilGranted(demand, awaits, place)
      : this.#queue.untilDone(demand, () => this.take(demand), awaits, place);
  }
}
