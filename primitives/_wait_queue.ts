/**
 * The wait queue: FIFO of waiters in shared memory, each with a park word of its
 * own, for what must wake *particular* waiters.
 *
 * *Words*, from `base` on · BELL: 0, or the id of the thread that drains, and
 * RUNG · TICKET: the next ticket, 30 bits, wraps · OVER: waiters without a slot ·
 * FULL: epoch on which they sleep. Then the slots, three words each · PARK:
 * ticket << 2 | state · DEMAND · THREAD: the waiter's id, and AWAITS. DEMAND and
 * THREAD belong to the waiter, PARK to whom the table says.
 *
 * *States* of PARK
 *
 * | PARK | means | → by |
 * | --- | --- | --- |
 * | FREE | nobody's | CLAIMED, any waiter |
 * | CLAIMED | being filled, or being left | WAITING or FREE, its waiter |
 * | WAITING | asleep, or about to be | GRANTED, the drainer; CLAIMED, its waiter |
 * | GRANTED | nudged: try now; or, in fair mode: it is yours | WAITING or FREE, its waiter |
 *
 * The gate is the word that holds what is waited for. It has a FLAG: "a waiter
 * may be WAITING: whoever gives something back must ring".
 *
 * *Invariants*
 * - I1: a slot is WAITING only if FLAG is set, or the bell will be drained once more.
 *   Who enters, leaves, loses after a nudge or wakes without a grant rings; and a
 *   drain sets FLAG and reads what is available *in one step*, before it looks at
 *   the slots, so a release sees FLAG or the drain sees the release.
 * - I2: the ticket in PARK makes a grant reach the waiter it was meant for, never
 *   a later user of the slot.
 * - I3: a PARK word is notified to all: the await of an earlier user may still be
 *   queued on it.
 * - I4: a nudged waiter that blocks counts against what is available until it has
 *   tried; a nudged one that awaits does not, since its realm may be blocked.
 * - I5: for the same reason all slots can be nudged in vain. So where nudges are given,
 *   who has no slot sets FLAG too and looks in one step, FLAG stays set while OVER is not
 *   0, and a drain that has something left moves FULL.
 *
 * *Progress* · Nobody waits for the bell: a pre-empted drainer delays a wake, it
 * never spins others. It drains at most {@linkcode DRAINS} times for others, then
 * wakes a waiter that goes on. Nudges (default) are first in, first woken, and
 * newcomers may barge; grants (fair) are strictly first in, first served within
 * the slots. Waiters beyond the slots compete for a slot when one is left.
 *
 * *Source* · this project's. The lock-free bell resembles flat combining (Hendler
 * et al., 2010); the tickets are MCS's idea of one word per waiter, without links.
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
  SPIN_EVENT,
  STOP,
  STOPPED,
  wake,
  WITHDRAW,
  WITHDRAWABLE,
} from "./_park.ts";
import { realm } from "./_realm.ts";
import type { Words } from "./_record.ts";
import { threadId } from "./_thread_id.ts";

/** What the waiters of a queue wait for. */
export interface Gate {
  /** The word that a release changes. */
  readonly index: number;
  /** Whether a drainer takes for the waiter, or nudges it to try. */
  readonly fair: boolean;
  /** Whether FLAG is set. */
  readonly raised: boolean;
  /** Sets FLAG, and returns how much was available at that instant. */
  raise(): number;
  /** Clears FLAG. */
  lower(): void;
  /** How much a value of the word makes available. */
  available(value: number): number;
  /** Takes for a thread, if there is enough, whoever waits. */
  take(demand: number, thread: number, awaits: boolean): boolean;
  /** Gives back what was taken, and rings if FLAG is set. */
  give(demand: number): void;
}

const BELL = 0, TICKET = 1, OVER = 2, FULL = 3, SLOTS = 4;
const DEMAND = 1, THREAD = 2, SLOT_WORDS = 3;
const FREE = 0, CLAIMED = 1, WAITING = 2, GRANTED = 3, STATES = 3;
const RUNG = 1 << 31, AWAITS = 1 << 30;
const TICKETS = 0x3fffffff;
const DRAINS = 64;

/** A waiter's place in the queue: no slot yet, or a slot; and its ticket, once it has one. */
export interface Place {
  slot: number;
  ticket: number;
  over: boolean;
}

/** The place of one who has not entered yet. */
export function noPlace(): Place {
  return { slot: 0, ticket: -1, over: false };
}

/** A view of the wait queue in a record. */
export class WaitQueue {
  readonly #words: Words;
  readonly #base: number;
  readonly #end: number;
  readonly #gate: Gate;

  /** How many words a queue with so many slots takes. */
  static length(slots: number): number {
    return SLOTS + slots * SLOT_WORDS;
  }

  constructor(words: Words, base: number, slots: number, gate: Gate) {
    this.#words = words;
    this.#base = base;
    this.#end = base + WaitQueue.length(Math.min(slots, realm.slots ?? slots));
    this.#gate = gate;
  }

  /** Waits for so much; what it returns true for has been taken. */
  wait(demand: number, awaits: boolean, place = noPlace()): Body<boolean> {
    return this.#gate.fair
      ? this.#untilGranted(demand, awaits, place)
      : this.#untilTaken(demand, awaits, place);
  }

  *#untilTaken(demand: number, awaits: boolean, place: Place): Body<boolean> {
    const gate = this.#gate;
    const take = (value: number) =>
      gate.available(value) >= demand && gate.take(demand, threadId(), awaits);
    let signal: Signal = OK;
    try {
      for (;;) {
        const spun = yield spin(this.#words, gate.index, SPIN_EVENT, take);
        if (spun === OK) return true;
        if (gate.take(demand, threadId(), awaits)) return true;
        if (signal === EXPIRED) return false;
        if (signal === STOP) return STOPPED;
        const { index, value } = this.#enqueue(demand, awaits, place);
        signal = yield park(this.#words, index, value);
      }
    } finally {
      this.#leave(place);
    }
  }

  *#untilGranted(demand: number, awaits: boolean, place: Place): Body<boolean> {
    const gate = this.#gate, words = this.#words;
    const granted = (value: number) => (value & STATES) === GRANTED;
    try {
      if (
        place.ticket < 0 && !gate.raised &&
        gate.take(demand, threadId(), awaits)
      ) return true;
      for (;;) {
        const { index, value } = this.#enqueue(demand, awaits, place);
        yield spin(words, index, SPIN_EVENT, granted);
        const signal: Signal = yield park(
          words,
          index,
          value,
          awaits ? WITHDRAWABLE : 0,
        );
        const quits = signal === EXPIRED || signal === STOP ||
          signal === WITHDRAW;
        // In a slot, a grant that comes before the slot is given up is ours.
        const ours = place.slot !== 0 &&
          (quits
            ? Atomics.compareExchange(
              words,
              index,
              value,
              value & ~STATES | CLAIMED,
            ) !== value
            : granted(Atomics.load(words, index)));
        if (ours && signal !== WITHDRAW) {
          this.#leave(place, false);
          return true;
        }
        if (signal === EXPIRED) return false;
        if (signal === STOP) return STOPPED;
        if (signal !== WITHDRAW) continue;
        this.#leave(place);
        if (ours) gate.give(demand);
        yield park(words, index, value);
      }
    } finally {
      this.#leave(place);
    }
  }

  /** Lets whoever can go on go on: after a release that saw FLAG, and see I1. */
  ring(): void {
    const words = this.#words, bell = this.#base + BELL, me = threadId();
    for (;;) {
      const ringer = Atomics.compareExchange(words, bell, 0, me);
      if (ringer === 0) break;
      if ((ringer & RUNG) !== 0) return;
      const rung = ringer | RUNG;
      if (Atomics.compareExchange(words, bell, ringer, rung) === ringer) return;
    }
    for (let n = 0; n < DRAINS; n++) {
      this.#drain();
      if (Atomics.compareExchange(words, bell, me, 0) === me) return;
      // Takes note of the ring before it looks again.
      Atomics.store(words, bell, me);
    }
    Atomics.store(words, bell, 0);
    for (let slot = this.#base + SLOTS; slot < this.#end; slot += SLOT_WORDS) {
      if ((Atomics.load(words, slot) & STATES) === WAITING) wake(words, slot);
    }
    if (this.#overflows()) this.#moveFull();
  }

  /** Whether somebody without a slot may take (I5). */
  #overflows(): boolean {
    return !this.#gate.fair &&
      Atomics.load(this.#words, this.#base + OVER) > 0;
  }

  /** Wakes all who have no slot. */
  #moveFull(): void {
    Atomics.add(this.#words, this.#base + FULL, 1);
    wake(this.#words, this.#base + FULL);
  }

  #drain(): void {
    const words = this.#words, gate = this.#gate;
    for (;;) {
      const available = gate.raise();
      let owed = 0, oldest = 0, value = 0;
      for (
        let slot = this.#base + SLOTS;
        slot < this.#end;
        slot += SLOT_WORDS
      ) {
        const word = Atomics.load(words, slot);
        if ((word & STATES) === WAITING) {
          if (oldest === 0 || precedes(word, value)) {
            oldest = slot;
            value = word;
          }
        } else if ((word & STATES) === GRANTED && !gate.fair) {
          const awaits = Atomics.load(words, slot + THREAD) & AWAITS;
          if (!awaits) owed += Atomics.load(words, slot + DEMAND);
        }
      }
      if (oldest === 0 && this.#overflows()) {
        if (available > owed) this.#moveFull();
        return;
      }
      if (oldest === 0) {
        gate.lower();
        // Who came meanwhile may have set FLAG before it was cleared.
        if (this.#overflows()) continue;
        return;
      }
      const demand = Atomics.load(words, oldest + DEMAND);
      if (available - owed < demand) return;
      if (gate.fair) {
        const thread = Atomics.load(words, oldest + THREAD);
        const awaits = (thread & AWAITS) !== 0;
        if (!gate.take(demand, thread & ~AWAITS, awaits)) continue;
      }
      const grant = value | GRANTED;
      if (Atomics.compareExchange(words, oldest, value, grant) === value) {
        wake(words, oldest);
      } else if (gate.fair) {
        gate.give(demand);
      }
    }
  }

  /** Enters, or becomes WAITING again; returns the word to park on. */
  #enqueue(
    demand: number,
    awaits: boolean,
    place: Place,
  ): { index: number; value: number } {
    const words = this.#words;
    if (place.slot === 0 && !this.#claim(place)) {
      if (!place.over) Atomics.add(words, this.#base + OVER, 1);
      place.over = true;
      // A slot left after this look at FULL changes it, as OVER is not 0.
      const full = Atomics.load(words, this.#base + FULL);
      if (!this.#claim(place)) {
        const again = !this.#gate.fair && this.#gate.raise() >= demand;
        return { index: this.#base + FULL, value: again ? ~full : full };
      }
    }
    const { slot } = place;
    const entering = (Atomics.load(words, slot) & STATES) === CLAIMED;
    if (entering) {
      if (place.ticket < 0) {
        place.ticket = Atomics.add(words, this.#base + TICKET, 1) & TICKETS;
      }
      Atomics.store(words, slot + DEMAND, demand);
      Atomics.store(words, slot + THREAD, threadId() | (awaits ? AWAITS : 0));
    }
    const waiting = place.ticket << 2 | WAITING;
    // A nudge that lost is used up; a grant may come at any time, and stands.
    if (entering || !this.#gate.fair) Atomics.store(words, slot, waiting);
    this.ring();
    return { index: slot, value: waiting };
  }

  #claim(place: Place): boolean {
    const words = this.#words;
    for (let slot = this.#base + SLOTS; slot < this.#end; slot += SLOT_WORDS) {
      const word = Atomics.load(words, slot);
      if ((word & STATES) !== FREE) continue;
      const claimed = word | CLAIMED;
      if (Atomics.compareExchange(words, slot, word, claimed) !== word) {
        continue;
      }
      place.slot = slot;
      this.#endOver(place);
      return true;
    }
    return false;
  }

  #endOver(place: Place): void {
    if (!place.over) return;
    place.over = false;
    Atomics.sub(this.#words, this.#base + OVER, 1);
  }

  /** Frees the slot, and lets others at what its owner may not have used (I1). */
  #leave(place: Place, rings = true): void {
    this.#endOver(place);
    if (place.slot === 0) return;
    const words = this.#words, slot = place.slot;
    place.slot = 0;
    const awaits = Atomics.load(words, slot + THREAD) & AWAITS;
    const word = Atomics.load(words, slot);
    Atomics.store(words, slot, word & ~STATES | FREE);
    // The await on this ticket is over: it must not lie about until the next grant.
    if (awaits) wake(words, slot);
    if (Atomics.load(words, this.#base + OVER) > 0) this.#moveFull();
    if (rings && this.#gate.raised) this.ring();
  }
}

/** Whether the ticket of one PARK word is older than that of another. */
function precedes(word: number, other: number): boolean {
  return ((word & ~STATES) - (other & ~STATES) | 0) < 0;
}
