/**
 * The state machine of a Lock: one holder at a time.
 *
 * *Words* · 4 STATE: who holds it, and who sleeps · 5 EPOCH: moves with each
 * release that saw ASYNC · 6 TAKEN: moves before a foreigner ends an async hold ·
 * 7-15 NAME in UTF-8, written once · a fair lock has a wait queue from word 16 on.
 * All but NAME are written by all.
 *
 * *States* of STATE: bits 0-29 OWNER (a thread's id), bit 30 ASYNC, bit 31 SYNC
 *
 * | OWNER | ASYNC | SYNC | means |
 * | --- | --- | --- | --- |
 * | 0 | 0 | 0 | free |
 * | id | 0 | 0 | held, nobody sleeps |
 * | id | 0 | 1 | held; a blocked waiter sleeps on STATE or is about to |
 * | id | 1 | * | held by an async task, or one awaits EPOCH |
 * | 0 | 0 | 1 | fair only: free, and the bell is about to be rung |
 *
 * *Invariants*
 * - I1: a sleeping waiter implies its bit, or a wake that is on its way. A release
 *   clears both bits and wakes one sleeper on STATE and all on EPOCH; who was woken
 *   acquires with its own bit set, as it cannot know who else sleeps.
 * - I2: two words, because the one blocked waiter that is woken must be one that
 *   can run: on one word the wake may go to an await whose realm is blocked.
 * - I3: who gives up has set its bit in a word that was not 0 since it last woke.
 *   Else: it is woken, a newcomer takes the lock unmarked, it leaves, and the next
 *   sleeper sleeps for ever.
 * - I4: an async hold has ASYNC, so its end takes the slow path: its own realm
 *   forgets the note it made of it, a foreigner moves TAKEN before. A note with
 *   the TAKEN that still stands is of a hold that still stands.
 * - I5: in a fair lock SYNC is the FLAG of the wait queue, and a release that sees
 *   it keeps it and rings.
 *
 * *Progress* · A release wakes a sleeper, and newcomers may get in before it
 * (barging): fast, and fair only in the long run. A fair lock is handed to whom
 * has waited longest, at the price of a switch of threads per hand-over.
 *
 * *Source* · Drepper, "Futexes Are Tricky" (2011), mutex 2, with the owner in the
 * word as in Linux' PI futexes. Python's `threading.Lock`: any thread may release;
 * unlike there, a release by a foreigner can be forbidden (`ownerCheck`).
 *
 * @module
 */

import {
  type Body,
  EXPIRED,
  OK,
  park,
  type Signal,
  spin,
  SPIN_LOCK,
  STOP,
  STOPPED,
  wake,
} from "./_park.ts";
import { realm } from "./_realm.ts";
import type { Source } from "./_realm_queue.ts";
import {
  OWN,
  OWN_FLAG,
  recordFlags,
  recordKey,
  type Words,
} from "./_record.ts";
import { ID_MASK, threadId } from "./_thread_id.ts";
import { type Gate, type Place, WaitQueue } from "./_wait_queue.ts";

/** Who holds it, and who sleeps. */
export const STATE = OWN;
/** Moves before a foreigner ends an async hold. */
export const TAKEN = OWN + 2;
/** The first byte of the name. */
export const NAME_BYTE = (OWN + 3) * 4;
const EPOCH = OWN + 1, QUEUE = 16;

/** Held by an async task, or one awaits EPOCH. */
export const ASYNC = 1 << 30;
const SYNC = 1 << 31;

/** Flags of the record. */
export const FAIR = OWN_FLAG, OWNER_CHECK = OWN_FLAG << 1;

const SLOTS = 32;
/** The bytes of a lock that is not fair. */
export const BYTES = QUEUE * 4;
/** The bytes of a fair lock. */
export const FAIR_BYTES = (QUEUE + WaitQueue.length(SLOTS) + 15 & ~15) * 4;

/** The state machine, as the queues see it. */
export class LockState implements Source, Gate {
  readonly index = STATE;
  readonly words: Words;
  readonly key: number;
  readonly fair: boolean;
  readonly ownerCheck: boolean;
  readonly queue: WaitQueue | undefined;

  constructor(words: Words) {
    const flags = recordFlags(words);
    this.words = words;
    this.key = recordKey(words);
    this.fair = (flags & FAIR) !== 0;
    this.ownerCheck = (flags & OWNER_CHECK) !== 0;
    if (this.fair) this.queue = new WaitQueue(words, QUEUE, SLOTS, this);
  }

  get raised(): boolean {
    return (Atomics.load(this.words, STATE) & SYNC) !== 0;
  }

  raise(): number {
    return this.available(Atomics.or(this.words, STATE, SYNC));
  }

  lower(): void {
    Atomics.and(this.words, STATE, ~SYNC);
  }

  available(value: number): number {
    return (value & ID_MASK) === 0 ? 1 : 0;
  }

  take(_demand: number, thread: number, awaits: boolean): boolean {
    const owner = thread | (awaits ? ASYNC : 0);
    for (let value = 0;;) {
      const next = value | owner;
      const found = Atomics.compareExchange(this.words, STATE, value, next);
      if (found === value) return true;
      // In a fair lock SYNC comes and goes while nobody holds it (I5).
      if ((found & ID_MASK) !== 0) return false;
      value = found;
    }
  }

  give(): void {
    for (;;) {
      const value = Atomics.load(this.words, STATE);
      if ((value & ID_MASK) === 0 || this.free(value)) return;
    }
  }

  delivered(): void {
    realm.asyncHolds.set(this.key, Atomics.load(this.words, TAKEN));
  }

  /** Whether an async task of this thread holds it (I4). */
  get isTasks(): boolean {
    const value = Atomics.load(this.words, STATE);
    return (value & ID_MASK) === threadId() && (value & ASYNC) !== 0 &&
      realm.asyncHolds.get(this.key) === Atomics.load(this.words, TAKEN);
  }

  /** Ends the hold that the value shows; false if the word has another value by now. */
  free(value: number): boolean {
    const words = this.words, rest = this.fair ? value & SYNC : 0;
    if (Atomics.compareExchange(words, STATE, value, rest) !== value) {
      return false;
    }
    if (rest !== 0) this.queue!.ring();
    else if ((value & SYNC) !== 0) wake(words, STATE, 1);
    if ((value & ASYNC) !== 0) {
      Atomics.add(words, EPOCH, 1);
      wake(words, EPOCH);
    }
    return true;
  }

  wait(demand: number, awaits: boolean, place?: Place): Body<boolean> {
    return this.queue?.wait(demand, awaits, place) ?? this.#barge(awaits);
  }

  *#barge(awaits: boolean): Body<boolean> {
    const words = this.words, me = threadId();
    const bit = awaits ? ASYNC : SYNC;
    let owner = awaits ? me | ASYNC : me;
    const take = (value: number) =>
      value === 0 && Atomics.compareExchange(words, STATE, 0, owner) === 0;
    let signal: Signal = OK;
    for (;;) {
      if ((yield spin(words, STATE, SPIN_LOCK, take)) === OK) return true;
      // Before the last look at STATE: a release after that look moves EPOCH.
      const epoch = Atomics.load(words, EPOCH);
      let value = Atomics.load(words, STATE);
      while (value !== 0 && (value & bit) === 0) {
        const found = Atomics.compareExchange(words, STATE, value, value | bit);
        value = found === value ? value | bit : found;
      }
      if (value === 0) {
        if (take(value)) return true;
        continue;
      }
      // I3: only here, where the bit stands in a word that is not 0.
      if (signal === EXPIRED) return false;
      if (signal === STOP) return STOPPED;
      signal = awaits
        ? yield park(words, EPOCH, epoch)
        : yield park(words, STATE, value);
      owner = me | bit;
    }
  }
}
