/**
 * The state machine of a Condition: who waits, and who of them was notified.
 *
 * *Words* · 4, 5 the id of its lock, written once · 6 TICKET: the next ticket ·
 * 7 WAITERS: how many slots are taken, at least · 8, 9 OVERFLOW, one word of 64 bits:
 * ROUND << 40 | WAITING of this round without a slot << 20 | GRANTS for any of
 * them · 10 OEPOCH: moves with each notification of them; they sleep here · from word
 * 12 on slots (`_slots.ts`). TICKET, ROUND and OEPOCH are written by who holds the
 * lock, the others by all.
 *
 * *States* of a waiter
 *
 * | slot | OVERFLOW | means |
 * | --- | --- | --- |
 * | WAITING | | waits, and a notification may reach it |
 * | GRANTED | | was notified; gets the lock back, and reports true |
 * | LEFT | | gave up before; gets the lock back, and reports false |
 * | none | its ROUND, no GRANTS | waits, and a notification may reach it |
 * | none | its ROUND, GRANTS | some of its round were notified: who comes first takes a grant |
 * | none | a later ROUND | all of its round were notified |
 *
 * *Invariants*
 * - I1: waiters enter, and notifications are given, under the lock only. So who holds
 *   the lock, and changes what others wait for, and notifies, misses nobody.
 * - I2: one compareExchange decides between a notification and giving up. So each
 *   notification reaches a waiter that reports true, also if its time is up meanwhile.
 * - I3: a waiter counts in WAITERS from before it is WAITING until its slot is free.
 * - I4: a notification of all who have no slot ends their round. So no newcomer, which
 *   is of the next one, takes what was theirs.
 *
 * *Progress* · In order of arrival, within the 64 slots; those beyond are served last,
 * and in no order; one of them that died may still be counted as notified. A waiter that was notified gets the lock like any newcomer does. It
 * waits for the lock without a limit, as in Python: a timed wait may take longer.
 *
 * *Source* · Python's `threading.Condition`, which may spend a notification on a waiter
 * that reports false; that it does not is java.util.concurrent's Condition.
 *
 * @module
 */

import type { Mutex } from "./_mutex.ts";
import {
  type Body,
  EXPIRED,
  OK,
  park,
  type Signal,
  spin,
  SPIN_OWN,
  SPIN_WAKE,
  STOP,
  STOPPED,
  wake,
} from "./_park.ts";
import { Patience } from "./_patience.ts";
import {
  createRecord,
  type Memory,
  OWN,
  recordKey,
  type Words,
} from "./_record.ts";
import { isDead } from "./_roster.ts";
import {
  AWAITS,
  GRANTED,
  Slots,
  STATES,
  THREAD,
  TICKETS,
  WAITING,
} from "./_slots.ts";

const LOCK_KEY_BYTE = OWN * 4, TICKET = OWN + 2, WAITERS = OWN + 3;
const OVERFLOW = OWN + 4, OEPOCH = OWN + 6, FIRST_SLOT = OWN + 8;
const GRANT = 1n, MORE = 1n << 20n, ROUND = 1n << 40n, FIELD = MORE - 1n;
const SLOTS = 64;
/** The bytes of a condition. */
export const BYTES = (FIRST_SLOT + Slots.length(SLOTS) + 15 & ~15) * 4;

/** Makes the record of a condition over a lock. */
export function createCondition(lock: Words, memory?: Memory): Words {
  return createRecord("Condition", BYTES, memory, 0, (words) => {
    new DataView(words.buffer, words.byteOffset)
      .setFloat64(LOCK_KEY_BYTE, recordKey(lock));
  });
}

/** The key of a condition's lock. */
export function lockKey(words: Words): number {
  return new DataView(words.buffer, words.byteOffset).getFloat64(LOCK_KEY_BYTE);
}

/** A waiter's place: a slot, or 0 if it has none; the word that it sleeps on, and its value; its round. */
interface Waiter {
  readonly slot: number;
  readonly index: number;
  readonly value: number;
  readonly round: bigint;
}

/** A view of a condition's words. */
export class ConditionState {
  readonly #words: Words;
  readonly #lock: Mutex;
  readonly #slots: Slots;
  readonly #overflow: BigUint64Array<SharedArrayBuffer>;
  readonly #patience = new Patience();

  constructor(words: Words, lock: Mutex) {
    this.#words = words;
    this.#lock = lock;
    this.#slots = new Slots(words, FIRST_SLOT, SLOTS);
    const place = words.byteOffset + OVERFLOW * 4;
    this.#overflow = new BigUint64Array(words.buffer, place, 1);
  }

  /** How many wait to be notified. */
  get waiting(): number {
    this.#slots.survey();
    return this.#slots.waiting + waitingIn(Atomics.load(this.#overflow, 0));
  }

  /** Notifies up to `n` waiters, under the lock, and returns how many that are. */
  notify(n: number): number {
    const words = this.#words, slots = this.#slots;
    let notified = 0;
    while (notified < n) {
      const waiters = Atomics.load(words, WAITERS);
      if (waiters === 0) break;
      slots.survey(waiters);
      const { oldest, value } = slots;
      if (oldest === 0) break;
      if (isDead(Atomics.load(words, oldest + THREAD) & ~AWAITS)) {
        slots.bury(() => {});
      } else if (slots.grant(oldest, value)) {
        notified++;
      }
    }
    return notified + this.#notifyOverflow(n - notified);
  }

  /** Notifies up to `n` of those without a slot. */
  #notifyOverflow(n: number): number {
    while (n > 0) {
      const found = Atomics.load(this.#overflow, 0), waiting = waitingIn(found);
      if (waiting === 0) break;
      const next = n < waiting
        ? found + BigInt(n) * (GRANT - MORE)
        : (found / ROUND + 1n) * ROUND;
      if (this.#changeOverflow(found, next)) {
        Atomics.add(this.#words, OEPOCH, 1);
        wake(this.#words, OEPOCH);
        return Math.min(n, waiting);
      }
    }
    return 0;
  }

  #changeOverflow(from: bigint, to: bigint): boolean {
    return Atomics.compareExchange(this.#overflow, 0, from, to) === from;
  }

  /** Enters, frees the lock and waits until notified; `depths` gets what the lock is to be resumed with. */
  *untilNotified(awaits: boolean, depths: number[]): Body<boolean> {
    const words = this.#words;
    const waiter = this.#enter(awaits);
    const { slot, index, value } = waiter;
    try {
      // From here on the lock is to be had back, whatever happens.
      depths.push(this.#lock.suspend());
      let asleep = value;
      const changed = (now: number) => now !== asleep;
      for (;;) {
        const policy = this.#patience.ask() ? SPIN_WAKE : SPIN_OWN;
        let signal: Signal = yield spin(words, index, policy, changed);
        this.#patience.learn(signal === OK);
        if (signal !== OK) signal = yield park(words, index, asleep);
        if (slot === 0) asleep = Atomics.load(words, index);
        const quits = signal === EXPIRED || signal === STOP;
        if (this.#isNotified(waiter, quits)) return true;
        if (signal === EXPIRED) return false;
        if (signal === STOP) return STOPPED;
      }
    } finally {
      if (slot !== 0) {
        this.#slots.free(slot);
        Atomics.sub(words, WAITERS, 1);
      } else if (depths.length === 0) {
        // Another thread freed the lock, which was this one's: it never waited.
        this.#isNotified(waiter, true);
      }
    }
  }

  /** Begins to wait, under the lock. */
  #enter(awaits: boolean): Waiter {
    const words = this.#words, slots = this.#slots;
    let slot = slots.claim(awaits);
    if (slot === 0 && slots.bury(() => {})) slot = slots.claim(awaits);
    if (slot === 0) {
      const round = Atomics.add(this.#overflow, 0, MORE) / ROUND;
      const value = Atomics.load(words, OEPOCH);
      return { slot, index: OEPOCH, value, round };
    }
    Atomics.add(words, WAITERS, 1);
    const ticket = Atomics.add(words, TICKET, 1) & TICKETS;
    const value = ticket << 2 | WAITING;
    Atomics.store(words, slot, value);
    return { slot, index: slot, value, round: 0n };
  }

  /** Whether it was notified; if it quits, it cannot be from now on (I2). */
  #isNotified({ slot, value, round }: Waiter, quits: boolean): boolean {
    if (slot !== 0) {
      if (quits) return !this.#slots.leave(slot, value);
      return (Atomics.load(this.#words, slot) & STATES) === GRANTED;
    }
    for (;;) {
      const found = Atomics.load(this.#overflow, 0);
      if (found / ROUND !== round) return true;
      const granted = (found & FIELD) > 0n;
      if (!granted && !quits) return false;
      const next = found - (granted ? GRANT : MORE);
      if (this.#changeOverflow(found, next)) return granted;
    }
  }
}

/** How many without a slot wait to be notified. */
function waitingIn(overflow: bigint): number {
  return Number(overflow / MORE & FIELD);
}
