/**
 * Slots: a place in shared memory for each waiter that must be woken in particular.
 *
 * *Words* of a slot · PARK: ticket << 2 | state; its waiter sleeps here · DEMAND: how
 * much it waits for · THREAD: its id, and AWAITS; 0 if the slot is nobody's. DEMAND
 * and THREAD are the waiter's, PARK is as the table says.
 *
 * *States*
 *
 * | THREAD | PARK | means | → by |
 * | --- | --- | --- | --- |
 * | 0 | FREE | nobody's | THREAD id, any waiter |
 * | id | FREE | being filled, or being freed | WAITING or THREAD 0, its waiter |
 * | id | WAITING | asleep, or about to be | GRANTED, who grants; LEFT, its waiter |
 * | id | GRANTED | the waiter was chosen | WAITING or FREE, its waiter |
 * | id | LEFT | the waiter gave up, and can be chosen no more | WAITING or FREE, its waiter |
 *
 * *Invariants*
 * - I1: the ticket in PARK makes a grant reach the waiter that it was meant for, never
 *   a later user of the slot.
 * - I2: a PARK word is notified to all: the await of an earlier user may still be
 *   queued on it.
 * - I3: whose a slot is, is known from the step that claims it: if that thread dies, any
 *   other may take the slot from it ({@linkcode Slots.bury}).
 *
 * *Progress* · Every step is one compareExchange or one look through the slots.
 *
 * *Source* · this project's; one word per waiter is the idea of MCS locks
 * (Mellor-Crummey and Scott, 1991), here without links between them.
 *
 * @module
 */

import { wake } from "./_park.ts";
import { realm } from "./_realm.ts";
import type { Words } from "./_record.ts";
import { isDead } from "./_roster.ts";
import { threadId } from "./_thread_id.ts";

/** States of PARK. */
export const FREE = 0, LEFT = 1, WAITING = 2, GRANTED = 3;
/** The bits of PARK that are its state. */
export const STATES = 3;
/** Words of a slot. */
export const DEMAND = 1, THREAD = 2;
/** Set in THREAD if the waiter awaits. */
export const AWAITS = 1 << 30;
/** The bits of a ticket. */
export const TICKETS = 0x3fffffff;

const SLOT_WORDS = 3;

/** A view of the slots in a record; a slot is named by the index of its PARK word. */
export class Slots {
  readonly #words: Words;
  readonly #first: number;
  readonly #end: number;
  /** What {@linkcode Slots.survey} found: the slot that waits longest, 0 if none does; its PARK. */
  oldest = 0;
  value = 0;
  /** How many wait. */
  waiting = 0;
  /** How many were chosen, block, and have not gone on; and how much they wait for. */
  chosen = 0;
  owed = 0;

  /** How many words so many slots take. */
  static length(slots: number): number {
    return slots * SLOT_WORDS;
  }

  constructor(words: Words, first: number, slots: number) {
    this.#words = words;
    this.#first = first;
    this.#end = first + Slots.length(Math.min(slots, realm.slots ?? slots));
  }

  /** Looks who waits; ends when it has seen as many slots in use as there can be. */
  survey(used = Infinity): void {
    const words = this.#words;
    this.oldest =
      this.value =
      this.waiting =
      this.chosen =
      this.owed =
        0;
    for (let slot = this.#first; slot < this.#end; slot += SLOT_WORDS) {
      const word = Atomics.load(words, slot);
      if ((word & STATES) === FREE) continue;
      if ((word & STATES) === WAITING) {
        this.waiting++;
        if (this.oldest === 0 || precedes(word, this.value)) {
          this.oldest = slot;
          this.value = word;
        }
      } else if ((word & STATES) === GRANTED) {
        const awaits = Atomics.load(words, slot + THREAD) & AWAITS;
        if (awaits) continue;
        this.chosen++;
        this.owed += Atomics.load(words, slot + DEMAND);
      }
      if (--used === 0) return;
    }
  }

  /** Whether somebody was granted it, and has not gone on. */
  get anyGranted(): boolean {
    for (let slot = this.#first; slot < this.#end; slot += SLOT_WORDS) {
      const word = Atomics.load(this.#words, slot);
      if ((word & STATES) === GRANTED) return true;
    }
    return false;
  }

  /** A slot for this thread; 0 if there is none. */
  claim(awaits: boolean): number {
    const words = this.#words, owner = threadId() | (awaits ? AWAITS : 0);
    for (let slot = this.#first; slot < this.#end; slot += SLOT_WORDS) {
      if (Atomics.load(words, slot + THREAD) !== 0) continue;
      const found = Atomics.compareExchange(words, slot + THREAD, 0, owner);
      if (found === 0) return slot;
    }
    return 0;
  }

  /** Gives a slot back, and says whether its waiter had been chosen. */
  free(slot: number): boolean {
    const words = this.#words;
    const thread = Atomics.load(words, slot + THREAD);
    // In one step: it may be chosen until then.
    const chosen = (Atomics.and(words, slot, ~STATES) & STATES) === GRANTED;
    // The await on this ticket is over: it must not lie about until the next grant.
    if ((thread & AWAITS) !== 0) wake(words, slot);
    Atomics.store(words, slot + THREAD, 0);
    return chosen;
  }

  /** Grants to the waiter that the value of PARK stands for; false if it left before. */
  grant(slot: number, value: number): boolean {
    const grant = value | GRANTED;
    const found = Atomics.compareExchange(this.#words, slot, value, grant);
    if (found === value) wake(this.#words, slot);
    return found === value;
  }

  /** Gives up; false if it was granted before, which stands. */
  leave(slot: number, value: number): boolean {
    const left = value & ~STATES | LEFT;
    return Atomics.compareExchange(this.#words, slot, value, left) === value;
  }

  /** Wakes all who wait, without a grant. */
  wakeAll(): void {
    for (let slot = this.#first; slot < this.#end; slot += SLOT_WORDS) {
      const word = Atomics.load(this.#words, slot);
      if ((word & STATES) === WAITING) wake(this.#words, slot);
    }
  }

  /** Frees the slots of dead threads, and says whether there were any; `granted` is told of those that had been chosen. */
  bury(granted: (demand: number) => void): boolean {
    const words = this.#words;
    let freed = false;
    for (let slot = this.#first; slot < this.#end; slot += SLOT_WORDS) {
      const owner = Atomics.load(words, slot + THREAD);
      if (!isDead(owner & ~AWAITS)) continue;
      // Who dies from here on leaves a slot of its own.
      const me = threadId();
      const found = Atomics.compareExchange(words, slot + THREAD, owner, me);
      if (found !== owner) continue;
      const demand = Atomics.load(words, slot + DEMAND);
      const park = Atomics.and(words, slot, ~STATES);
      Atomics.store(words, slot + THREAD, 0);
      if ((park & STATES) === GRANTED) granted(demand);
      freed = true;
    }
    return freed;
  }
}

/** Whether the ticket of one PARK word is older than that of another. */
function precedes(word: number, other: number): boolean {
  return ((word & ~STATES) - (other & ~STATES) | 0) < 0;
}
