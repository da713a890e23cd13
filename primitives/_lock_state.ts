/**
 * The state machine of a Lock and an RLock: one holder at a time.
 *
 * *Words* · 4 STATE: who holds it, and who sleeps · 5 EPOCH: moves with each
 * release that saw ASYNC · 6 TAKEN: moves before a foreigner ends an async hold; in an
 * RLock DEPTH: how often the holder acquired it again · 7-15 the name, written once · a
 * fair lock has a wait queue from word 16 on. DEPTH is the holder's, the others are
 * written by all.
 *
 * *States* of STATE: bits 0-29 OWNER (a thread's id), bit 30 ASYNC, bit 31 SYNC
 *
 * | OWNER | ASYNC | SYNC | means |
 * | --- | --- | --- | --- |
 * | 0 | 0 | 0 | free |
 * | id | 0 | 0 | held, nobody sleeps |
 * | id | 0 | 1 | held; a blocked waiter sleeps on STATE or is about to |
 * | id | 1 | * | held by an async task, or one awaits EPOCH |
 * | id | NESTED | * | an RLock, which nobody awaits: DEPTH is not 0 |
 * | 0 | 0 | 1 | fair only: free, and the bell is about to be rung |
 * | TRANSIT | 0 | * | fair only: on its way to a waiter that was granted it |
 * | ABANDONED | * | * | its holder died; who wants it gets an error, until one recovers it |
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
 * - I6: nobody sleeps on ABANDONED: that step wakes all, and who finds it leaves.
 * - I7: a wait of a Condition that must have the lock back inherits an abandoned one. It
 *   is noted in the realm, and ASYNC makes its release take the slow path, which finds that.
 *
 * *Progress* · A release wakes a sleeper, and newcomers may get in before it
 * (barging): fast, and fair only in the long run. A fair lock is handed to whom
 * has waited longest, at the price of a switch of threads per hand-over. Who waits
 * looks once a slice whether the holder is dead, and whether it waits for ever.
 *
 * *Source* · Drepper, "Futexes Are Tricky" (2011), mutex 2, with the owner in the
 * word as in Linux' PI futexes, and its death as in robust ones. Python's
 * `threading.Lock`: any thread may release; unlike there, a release by a foreigner can
 * be forbidden (`ownerCheck`). Python's `threading.RLock`.
 *
 * @module
 */

import {
  abandonedError,
  abandons,
  AFTER_NAME,
  describe,
} from "./_ownership.ts";
import {
  type Body,
  EXPIRED,
  OK,
  park,
  RECHECK,
  type Signal,
  spin,
  SPIN_LOCK,
  STOP,
  STOPPED,
  wake,
} from "./_park.ts";
import { realm } from "./_realm.ts";
import { RealmQueue, type Source } from "./_realm_queue.ts";
import {
  OWN,
  OWN_FLAG,
  recordFlags,
  recordKey,
  recordKind,
  refuseStray,
  type Words,
} from "./_record.ts";
import { ABANDONED, ID_MASK, threadId, TRANSIT } from "./_thread_id.ts";
import { type FairGate, type Place, WaitQueue } from "./_wait_queue.ts";
import type { Watch } from "./_watch.ts";
import { SyncStateError } from "./errors.ts";

/** Who holds it, and who sleeps. */
export const STATE = OWN;
const EPOCH = OWN + 1, TAKEN = OWN + 2, DEPTH = OWN + 2;

/** Held by an async task, or one awaits EPOCH. */
export const ASYNC: number = 1 << 30;
const NESTED = ASYNC, SYNC = 1 << 31;

/** Flags of the record. */
export const FAIR: number = OWN_FLAG, OWNER_CHECK: number = OWN_FLAG << 1;

const SLOTS = 32;
/** The bytes of a lock that is not fair. */
export const BYTES: number = AFTER_NAME * 4;
/** The bytes of a fair lock. */
export const FAIR_BYTES: number =
  (AFTER_NAME + WaitQueue.length(SLOTS) + 15 & ~15) * 4;

/** The state machine, as the queues see it. */
export class LockState implements Source, FairGate {
  readonly index = STATE;
  readonly words: Words;
  readonly key: number;
  readonly fair: boolean;
  /** Whether its holder may acquire it again. */
  readonly nests: boolean;
  /** Whether only its holder may release it. */
  readonly owned: boolean;
  readonly queue: WaitQueue | undefined;

  constructor(words: Words) {
    const flags = recordFlags(words);
    this.words = words;
    this.key = recordKey(words);
    this.fair = (flags & FAIR) !== 0;
    this.nests = recordKind(words) === "RLock";
    this.owned = this.nests || (flags & OWNER_CHECK) !== 0;
    if (this.fair) {
      this.queue = new WaitQueue(words, AFTER_NAME, SLOTS, this, this);
    }
  }

  /** The id of who holds it, 0 if nobody does. */
  get owner(): number {
    return Atomics.load(this.words, STATE) & ID_MASK;
  }

  /** How often an RLock's holder, who asks, acquired it again. */
  get depth(): number {
    return Atomics.load(this.words, DEPTH);
  }

  set depth(depth: number) {
    Atomics.store(this.words, DEPTH, depth);
    const slow = depth > 0 || realm.unmended.has(this.key);
    if (slow) Atomics.or(this.words, STATE, NESTED);
    else Atomics.and(this.words, STATE, ~NESTED);
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

  reserve(): boolean {
    return this.take(1, TRANSIT, false);
  }

  accept(awaits: boolean): boolean {
    const { words } = this, owner = threadId() | (awaits ? ASYNC : 0);
    for (;;) {
      const value = Atomics.load(words, STATE), next = value & SYNC | owner;
      if ((value & ID_MASK) !== TRANSIT) return false;
      if (Atomics.compareExchange(words, STATE, value, next) === value) {
        return true;
      }
    }
  }

  unreserve(): void {
    this.give(1, TRANSIT);
  }

  orphaned(): void {
    this.unreserve();
  }

  give(_demand: number, thread: number): void {
    for (;;) {
      const value = Atomics.load(this.words, STATE);
      if ((value & ID_MASK) !== thread || this.#free(value)) return;
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
  #free(value: number): boolean {
    const words = this.words, rest = this.fair ? value & SYNC : 0;
    if (Atomics.compareExchange(words, STATE, value, rest) !== value) {
      return false;
    }
    if (rest !== 0) this.queue!.ring();
    else if ((value & SYNC) !== 0) wake(words, STATE, 1);
    if ((value & ASYNC) !== 0) this.#moveEpoch();
    return true;
  }

  #moveEpoch(): void {
    Atomics.add(this.words, EPOCH, 1);
    wake(this.words, EPOCH);
  }

  /** Ends the hold of this thread, or of another one where it may. */
  release(): void {
    const { words } = this, me = threadId();
    refuseStray(words, recordKind(words));
    for (;;) {
      const value = Atomics.load(words, STATE), owner = value & ID_MASK;
      const nobody = owner === 0 || owner === TRANSIT || owner === ABANDONED;
      if (nobody || owner !== me && this.owned) throw this.#notHeld(owner);
      if (owner === me && realm.unmended.has(this.key)) {
        if (this.#abandon(value)) return;
        continue;
      }
      if ((value & ASYNC) !== 0) {
        if (owner !== me) Atomics.add(words, TAKEN, 1);
        else {
          realm.asyncHolds.delete(this.key);
          const queue = RealmQueue.find(this.key);
          if (queue?.handOver(true, (value & SYNC) !== 0)) return;
        }
      }
      if (this.#free(value)) return;
    }
  }

  #notHeld(owner: number): SyncStateError {
    const what = describe(this.words, owner === 0 ? "unlocked" : "locked");
    const why = owner === 0 || owner === TRANSIT
      ? "it is not held"
      : owner === ABANDONED
      ? "its holder died; call recover() first"
      : "another thread holds it";
    return new SyncStateError(`Cannot release ${what}: ${why}`);
  }

  /** Takes it if it is abandoned, or says that this thread, which inherited it, has mended it. */
  takeAbandoned(awaits: boolean): boolean {
    if (this.owner === threadId() && realm.unmended.delete(this.key)) {
      if (this.nests && this.depth === 0) {
        Atomics.and(this.words, STATE, ~NESTED);
      }
      return true;
    }
    return this.#inherit(awaits ? ASYNC : 0, awaits);
  }

  /** Takes it if it is abandoned, and leaves it so: unless it is recovered, a release abandons it again (I7). */
  inherit(awaits: boolean): boolean {
    if (!this.#inherit(ASYNC, awaits)) return false;
    realm.unmended.add(this.key);
    return true;
  }

  #inherit(bits: number, awaits: boolean): boolean {
    const { words } = this, value = Atomics.load(words, STATE);
    if ((value & ID_MASK) !== ABANDONED) return false;
    refuseStray(words, recordKind(words));
    // Nobody sleeps (I6), and FLAG stays as it is (I5).
    const next = threadId() | bits | (this.fair ? value & SYNC : 0);
    if (Atomics.compareExchange(words, STATE, value, next) !== value) {
      return false;
    }
    if (this.nests) Atomics.store(words, DEPTH, 0);
    if (awaits) this.delivered();
    return true;
  }

  /** Leaves it abandoned, as this thread, which recovered it, found it. */
  abandon(): void {
    while (!this.#abandon(Atomics.load(this.words, STATE)));
  }

  /** Its holder will not give it back as it should be: nobody gets it before it is recovered. */
  #abandon(value: number): boolean {
    const { words } = this, next = value & ~(ID_MASK | ASYNC) | ABANDONED;
    if (Atomics.compareExchange(words, STATE, value, next) !== value) {
      return false;
    }
    realm.unmended.delete(this.key);
    realm.asyncHolds.delete(this.key);
    this.#wakeAll();
    return true;
  }

  #wakeAll(): void {
    wake(this.words, STATE);
    this.#moveEpoch();
    this.queue?.wakeAll();
  }

  /** Throws if its holder is dead; whoever finds that out wakes all (I6). */
  refuseAbandoned(): void {
    const { words } = this, value = Atomics.load(words, STATE);
    if (abandons(words, STATE, value)) {
      this.#wakeAll();
      throw abandonedError(words, value & ID_MASK);
    }
    if ((value & ID_MASK) === ABANDONED) throw abandonedError(words);
  }

  inspect(signal: Signal, watch: Watch | undefined): void {
    this.refuseAbandoned();
    const deadlock = signal === RECHECK ? watch?.look() : undefined;
    if (deadlock !== undefined) throw deadlock;
  }

  wait(
    demand: number,
    awaits: boolean,
    place?: Place,
    watch?: Watch,
  ): Body<boolean> {
    return this.queue?.untilGranted(demand, awaits, place, watch) ??
      this.#barge(awaits, watch);
  }

  *#barge(awaits: boolean, watch: Watch | undefined): Body<boolean> {
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
      while (
        value !== 0 && (value & bit) === 0 && (value & ID_MASK) !== ABANDONED
      ) {
        const found = Atomics.compareExchange(words, STATE, value, value | bit);
        value = found === value ? value | bit : found;
      }
      if (value === 0) {
        if (take(value)) return true;
        continue;
      }
      // I3: only from here on, where the bit stands in a word that is not 0.
      this.inspect(signal, watch);
      // It was recovered meanwhile, and nobody has set the bit.
      if ((value & ID_MASK) === ABANDONED) continue;
      if (signal === EXPIRED) return false;
      if (signal === STOP) return STOPPED;
      signal = awaits
        ? yield park(words, EPOCH, epoch)
        : yield park(words, STATE, value);
      owner = me | bit;
    }
  }
}
