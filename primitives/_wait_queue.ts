/**
 * The wait queue: FIFO of waiters in shared memory, each in a slot of its own
 * (`_slots.ts`), for what must wake *particular* waiters.
 *
 * *Words*, from `base` on · BELL: 0, or the id of the thread that drains, and
 * RUNG · TICKET: the next ticket, 30 bits, wraps · OVER: waiters without a slot ·
 * FULL: epoch on which they sleep. Then the slots. All are written by all.
 *
 * *States* · those of a slot, where GRANTED means: nudged, try now; or, in fair mode:
 * it is yours. The gate is the word that holds what is waited for. It has a FLAG: "a
 * waiter may be WAITING: whoever gives something back must ring".
 *
 * *Invariants*
 * - I1: a slot is WAITING only if FLAG is set, or the bell will be drained once more.
 *   Who enters, leaves, loses after a nudge or wakes without a grant rings; and a
 *   drain sets FLAG and reads what is available *in one step*, before it looks at
 *   the slots, so a release sees FLAG or the drain sees the release. FLAG may be clear,
 *   too, if as many as usually can have been nudged, and block: each of them rings once
 *   it has tried. Until then releases need not ring in vain.
 * - I2: a nudged waiter that blocks counts against what is available until it has
 *   tried; a nudged one that awaits does not, since its realm may be blocked.
 * - I3: for the same reason all slots can be nudged in vain. So where nudges are given,
 *   who has no slot sets FLAG too and looks in one step, FLAG stays set while OVER is not
 *   0, and a drain that has something left moves FULL.
 * - I4: what dead threads leave is taken from them by whoever re-checks: the bell, a
 *   slot, a grant that was not taken. Only a 1 in OVER stays, and costs each release a ring.
 *
 * *Progress* · Nobody waits for the bell: a pre-empted drainer delays a wake, it
 * never spins others. If it was rung meanwhile it looks again, unless another one takes
 * the bell first. Nudges (default) are first in, first woken, and
 * newcomers may barge; grants (fair) are strictly first in, first served within
 * the slots. Waiters beyond the slots compete for a slot when one is left.
 *
 * *Source* · this project's. The lock-free bell resembles flat combining (Hendler
 * et al., 2010).
 *
 * @module
 */

import {
  type Body,
  EXPIRED,
  OK,
  park,
  RECHECK,
  type Signal,
  spin,
  SPIN_EVENT,
  SPIN_OWN,
  STOP,
  STOPPED,
  wake,
  WITHDRAW,
  WITHDRAWABLE,
} from "./_park.ts";
import type { Words } from "./_record.ts";
import { isDead } from "./_roster.ts";
import { DEMAND, GRANTED, Slots, STATES, TICKETS, WAITING } from "./_slots.ts";
import { threadId } from "./_thread_id.ts";
import type { Watch } from "./_watch.ts";

/** What the waiters of a queue wait for. */
export interface Gate {
  /** The word that a release changes. */
  readonly index: number;
  /** Whether FLAG is set. */
  readonly raised: boolean;
  /** Sets FLAG, and returns how much was available at that instant. */
  raise(): number;
  /** Clears FLAG. */
  lower(): void;
  /** How much a value of the word makes available. */
  available(value: number): number;
  /** How many may be let in, however little they ask for; any number if left out. If 0, nothing is available. */
  room?(): number;
  /** How much there usually is at the most; 0, or left out, if that is not known. */
  readonly usual?: number;
}

/** What is handed over to waiters, in order of arrival: a drainer takes for the waiter, where others nudge it to try. */
export interface FairGate extends Gate {
  /** Takes for a thread, if there is enough, whoever waits. */
  take(demand: number, thread: number, awaits: boolean): boolean;
  /** By the drainer: takes for the waiter that it is about to grant. */
  reserve(demand: number): boolean;
  /** By that waiter: makes it its own; false if it was taken away. */
  accept(awaits: boolean): boolean;
  /** Gives back what was reserved and not accepted, and rings if FLAG is set. */
  unreserve(demand: number): void;
  /** Nobody is granted: gives back what a dead thread had reserved, where that shows. */
  orphaned?(): void;
  /** Throws if what is waited for cannot be had: before each sleep. */
  inspect?(signal: Signal, watch: Watch | undefined): void;
}

const BELL = 0, TICKET = 1, OVER = 2, FULL = 3, HEAD = 4;
const RUNG = 1 << 31;

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
  readonly #slots: Slots;
  readonly #gate: Gate;
  readonly #fair: FairGate | undefined;

  /** How many words a queue with so many slots takes. */
  static length(slots: number): number {
    return HEAD + Slots.length(slots);
  }

  /** `fair` is the gate too, if it hands over. */
  constructor(
    words: Words,
    base: number,
    slots: number,
    gate: Gate,
    fair?: FairGate,
  ) {
    this.#words = words;
    this.#base = base;
    this.#slots = new Slots(words, base + HEAD, slots);
    this.#gate = gate;
    this.#fair = fair;
  }

  /** Waits until so much is available and an attempt succeeds. */
  *untilDone(
    demand: number,
    attempt: () => boolean,
    awaits: boolean,
    place: Place = noPlace(),
    manner = 0,
  ): Body<boolean> {
    const gate = this.#gate;
    const tries = (value: number) =>
      gate.available(value) >= demand && attempt();
    let signal: Signal = OK;
    try {
      for (;;) {
        const spun = yield spin(this.#words, gate.index, SPIN_EVENT, tries);
        if (spun === OK) return true;
        if (attempt()) return true;
        if (signal === EXPIRED) return false;
        if (signal === STOP) return STOPPED;
        if (signal === RECHECK) this.#bury();
        const { index, value } = this.#enqueue(demand, awaits, place);
        signal = yield park(this.#words, index, value, manner);
      }
    } finally {
      this.#leave(place);
    }
  }

  /** Waits until so much is handed over, in a fair queue. */
  *untilGranted(
    demand: number,
    awaits: boolean,
    place: Place = noPlace(),
    watch?: Watch,
  ): Body<boolean> {
    const gate = this.#fair!, words = this.#words;
    const granted = (value: number) => (value & STATES) === GRANTED;
    let signal: Signal = OK;
    try {
      if (
        place.ticket < 0 && !gate.raised &&
        gate.take(demand, threadId(), awaits)
      ) return true;
      for (;;) {
        if (signal === RECHECK) this.#bury();
        const { index, value } = this.#enqueue(demand, awaits, place);
        yield spin(words, index, SPIN_OWN, granted);
        this.#inspect(place, value, signal, watch);
        signal = yield park(
          words,
          index,
          value,
          awaits ? WITHDRAWABLE : 0,
        );
        // A short wait may never see a slice pass.
        if (signal === EXPIRED) this.#bury();
        const quits = signal === EXPIRED || signal === STOP ||
          signal === WITHDRAW;
        // In a slot, a grant that comes before the slot is given up is ours.
        const ours = place.slot !== 0 &&
          (quits
            ? !this.#slots.leave(index, value)
            : granted(Atomics.load(words, index)));
        if (ours && signal !== WITHDRAW) {
          const accepted = gate.accept(awaits);
          this.#leave(place, !accepted);
          if (accepted) return true;
          if (!quits) continue;
        }
        if (signal === EXPIRED) return false;
        if (signal === STOP) return STOPPED;
        if (signal !== WITHDRAW) continue;
        this.#leave(place);
        if (ours) gate.unreserve(demand);
        signal = yield park(words, index, value);
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
      // Where nothing is handed over, nobody drains twice: an error ended a drain of this thread.
      if ((ringer & ~RUNG) === me && !this.#fair) break;
      if ((ringer & RUNG) !== 0) return;
      const rung = ringer | RUNG;
      if (Atomics.compareExchange(words, bell, ringer, rung) === ringer) return;
    }
    this.#drainAs(me);
  }

  /** Drains, with the bell in hand. */
  #drainAs(me: number): void {
    const words = this.#words, bell = this.#base + BELL;
    do {
      this.#drain();
      // Who rang meanwhile may sleep by now, so somebody must look again: whoever takes
      // the bell that was put down, else this thread.
    } while (
      (Atomics.exchange(words, bell, 0) & RUNG) !== 0 &&
      Atomics.compareExchange(words, bell, 0, me) === 0
    );
  }

  /** Wakes all, without a grant. */
  wakeAll(): void {
    this.#slots.wakeAll();
    if (Atomics.load(this.#words, this.#base + OVER) > 0) this.#moveFull();
  }

  /** Takes from the dead what they hold of the queue (I4). */
  #bury(): void {
    const words = this.#words, bell = this.#base + BELL, me = threadId();
    const freed = this.#slots.bury((demand) => this.#fair?.unreserve(demand));
    const ringer = Atomics.load(words, bell);
    if (
      (ringer === 0 || isDead(ringer & ~RUNG)) &&
      Atomics.compareExchange(words, bell, ringer, me) === ringer
    ) {
      // With the bell in hand nobody else reserves, so what is reserved was granted.
      if (!this.#slots.anyGranted) this.#fair?.orphaned?.();
      this.#drainAs(me);
    }
    if (freed && Atomics.load(words, this.#base + OVER) > 0) this.#moveFull();
  }

  /** Looks whether the wait is in vain; then leaves the slot before it throws, unless it was granted. */
  #inspect(
    place: Place,
    value: number,
    signal: Signal,
    watch: Watch | undefined,
  ): void {
    try {
      this.#fair!.inspect?.(signal, watch);
    } catch (error) {
      const granted = place.slot !== 0 &&
        !this.#slots.leave(place.slot, value);
      if (!granted) throw error;
    }
  }

  /** Whether somebody without a slot may take (I5). */
  #overflows(): boolean {
    return this.#fair === undefined &&
      Atomics.load(this.#words, this.#base + OVER) > 0;
  }

  /** Wakes all who have no slot. */
  #moveFull(): void {
    Atomics.add(this.#words, this.#base + FULL, 1);
    wake(this.#words, this.#base + FULL);
  }

  #drain(): void {
    const words = this.#words, gate = this.#gate, fair = this.#fair;
    const slots = this.#slots;
    for (;;) {
      const available = gate.raise();
      slots.survey();
      const { oldest, value } = slots;
      const left = fair ? available : available - slots.owed;
      if (oldest === 0 && this.#overflows()) {
        if (left > 0) this.#moveFull();
        return;
      }
      if (oldest === 0) {
        gate.lower();
        // Who came meanwhile may have set FLAG before it was cleared.
        if (this.#overflows()) continue;
        return;
      }
      const demand = Atomics.load(words, oldest + DEMAND);
      if (left < demand) {
        const { usual = 0 } = gate;
        const enough = !fair && usual > 0 && slots.owed >= usual;
        if (enough && !this.#overflows()) gate.lower();
        return;
      }
      if (gate.room !== undefined && gate.room() <= slots.chosen) return;
      if (fair && !fair.reserve(demand)) continue;
      if (!slots.grant(oldest, value)) fair?.unreserve(demand);
    }
  }

  /** Enters, or becomes WAITING again; returns the word to park on. */
  #enqueue(
    demand: number,
    awaits: boolean,
    place: Place,
  ): { index: number; value: number } {
    const words = this.#words;
    if (place.slot === 0 && !this.#claim(place, awaits)) {
      if (!place.over) Atomics.add(words, this.#base + OVER, 1);
      place.over = true;
      // A slot left after this look at FULL changes it, as OVER is not 0.
      const full = Atomics.load(words, this.#base + FULL);
      if (!this.#claim(place, awaits)) {
        const again = !this.#fair && this.#gate.raise() >= demand;
        return { index: this.#base + FULL, value: again ? ~full : full };
      }
    }
    const { slot } = place;
    const entering = (Atomics.load(words, slot) & WAITING) === 0;
    if (entering) {
      if (place.ticket < 0) {
        place.ticket = Atomics.add(words, this.#base + TICKET, 1) & TICKETS;
      }
      Atomics.store(words, slot + DEMAND, demand);
    }
    const waiting = place.ticket << 2 | WAITING;
    // A nudge that lost is used up; a grant may come at any time, and stands.
    if (entering || !this.#fair) Atomics.store(words, slot, waiting);
    this.ring();
    return { index: slot, value: waiting };
  }

  #claim(place: Place, awaits: boolean): boolean {
    place.slot = this.#slots.claim(awaits);
    if (place.slot !== 0) this.#endOver(place);
    return place.slot !== 0;
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
    const nudged = this.#slots.free(place.slot) && !this.#fair;
    place.slot = 0;
    if (Atomics.load(this.#words, this.#base + OVER) > 0) this.#moveFull();
    if (nudged || rings && this.#gate.raised) this.ring();
  }
}
