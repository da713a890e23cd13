/**
 * The state machine of SharedLocal: a value of each thread, which all threads can read.
 *
 * *Words* · 4 SLOTS, 5 CAPACITY: how many slots, and the bytes of a value · 6 BASE: where
 * the slots begin, in words · from 8 on the codec's name · all of these are the maker's.
 * Then the slots, in lines of 64 bytes.
 *
 * Words of a slot · 0 OWNER: the id of the thread that may set it · 1 STAMP: how often it
 * was set, and SET in bit 0 · then two places, each with 0 WHOSE: the id of the thread
 * whose value it is · 1 LENGTH: in bytes · then the bytes. The lowest bit of the count
 * says which place has the value; the other one is for the next. OWNER is taken by
 * compareExchange, all else is its owner's.
 *
 * *States* of a slot
 *
 * | OWNER | SET | WHOSE | means |
 * | --- | --- | --- | --- |
 * | 0 | 0 | any | nobody's |
 * | id | 0 | any | about to be set for the first time, or to be given back |
 * | id | 1 | id | the value of that thread |
 * | dead | 1 | dead | the value of a thread that ended: it stays until another needs the slot |
 * | id | 1 | dead | another has the slot, and is about to set it |
 *
 * *Invariants* · I1: a slot has one owner, and only a dead one loses it to another. I2:
 * the place that STAMP names does not change while STAMP stays: what was read between
 * two equal STAMPs is whole, as no read lasts for 2^31 sets. I3: whose a value is stands
 * beside it, so it is never taken for that of the slot's next owner. I4: one step on
 * STAMP makes a value the value, or takes it away: a thread that dies at any point leaves
 * the one before, or none.
 *
 * *Progress* · Who sets waits for nobody. Who reads retries only if that value was set
 * meanwhile; a thread that stands still in the middle of setting delays no reader. Who
 * needs a slot looks through all of them twice, always in the same order: so, as long as
 * no thread dies, it finds one unless all are wanted at once.
 *
 * *Source* · a sequence lock (Linux) over two places, of which the one in use is left
 * alone, as in Lamport's "Concurrent Reading and Writing" (1977); the search for a slot
 * is that of Moir and Anderson's long-lived renaming (1995). Python has none.
 *
 * @module
 */

import type { Packet } from "./_packet.ts";
import { OWN, recordKind, refuseStray, type Words } from "./_record.ts";
import { isDead } from "./_roster.ts";
import { threadId } from "./_thread_id.ts";

const SLOTS = OWN, CAPACITY = OWN + 1, BASE = OWN + 2;
/** Where the codec's name begins, in words. */
export const CODEC: number = OWN + 4;

const OWNER = 0, STAMP = 1, PLACES = 2;
const WHOSE = 0, LENGTH = 1, BYTES = 2;
const SET = 1, STEP = 2;
const LINE = 64;

/** What a record has room for. */
export interface Room {
  /** How many slots. */
  readonly slots: number;
  /** The bytes of a value. */
  readonly capacity: number;
  /** The bytes that the codec's name takes. */
  readonly name: number;
}

/** The bytes of a record with such room. */
export function bytesFor({ slots, capacity, name }: Room): number {
  return (baseFor(name) + slots * slotWords(capacity)) * 4;
}

/** The bytes of a record, as far as it says; what is too large does not fit its memory. */
export function bytesOf(words: Words): number {
  const slots = Atomics.load(words, SLOTS), base = Atomics.load(words, BASE);
  const capacity = Atomics.load(words, CAPACITY);
  if (slots < 1 || capacity < 1 || base <= CODEC) {
    throw new TypeError("Cannot open SharedLocal: its memory is damaged");
  }
  return (base + slots * slotWords(capacity)) * 4;
}

/** Writes the words of a new record, but for the codec's name. */
export function fillRoom(words: Words, { slots, capacity, name }: Room): void {
  Atomics.store(words, SLOTS, slots);
  Atomics.store(words, CAPACITY, capacity);
  Atomics.store(words, BASE, baseFor(name));
}

/** A view of the state. */
export class LocalState {
  /** How many slots there are. */
  readonly slots: number;
  /** The bytes that a value may take. */
  readonly capacity: number;
  readonly #words: Words;
  readonly #base: number;
  readonly #slot: number;
  /** The slot that this thread had last. */
  #mine: number;

  constructor(words: Words) {
    this.#words = words;
    this.slots = Atomics.load(words, SLOTS);
    this.capacity = Atomics.load(words, CAPACITY);
    this.#slot = slotWords(this.capacity);
    this.#mine = this.#base = Atomics.load(words, BASE);
  }

  /** Whether this thread has a value. */
  get isSet(): boolean {
    return this.#owns() && (this.#stamp(this.#mine) & SET) !== 0;
  }

  /** How many values there are; a snapshot. */
  get size(): number {
    let size = 0;
    for (const slot of this.#each()) size += this.#stamp(slot) & SET;
    return size;
  }

  /** Reads the value of this thread, if it has one. */
  load(into: Packet): boolean {
    return this.isSet && this.#read(this.#mine, into) !== 0;
  }

  /** Sets the value of this thread; false if there is no slot for it. */
  store(from: Packet): boolean {
    if (!this.#owns() && !this.#claim()) return false;
    const words = this.#words, slot = this.#mine;
    const stamp = this.#stamp(slot) + STEP | SET;
    const place = this.#place(slot, stamp), count = from.length + 3 >> 2;
    Atomics.store(words, place + WHOSE, threadId());
    Atomics.store(words, place + LENGTH, from.length);
    for (let i = 0; i < count; i++) {
      Atomics.store(words, place + BYTES + i, from.words[i]!);
    }
    Atomics.store(words, slot + STAMP, stamp);
    return true;
  }

  /** Takes the value of this thread away, and gives its slot back; false if it has none. */
  clear(): boolean {
    if (!this.isSet) return false;
    const words = this.#words, slot = this.#mine;
    Atomics.and(words, slot + STAMP, ~SET);
    Atomics.store(words, slot + OWNER, 0);
    return true;
  }

  /** Reads every value, and says whose it is. */
  *values(into: Packet): Generator<number, void> {
    for (const slot of this.#each()) {
      const whose = this.#read(slot, into);
      if (whose !== 0) yield whose;
    }
  }

  *#each(): Generator<number, void> {
    for (let i = 0; i < this.slots; i++) yield this.#base + i * this.#slot;
  }

  #stamp(slot: number): number {
    return Atomics.load(this.#words, slot + STAMP);
  }

  #place(slot: number, stamp: number): number {
    const first = slot + PLACES;
    return (stamp & STEP) === 0 ? first : first + placeWords(this.capacity);
  }

  /** Whether a slot is this thread's; then it is `#mine`. */
  #owns(): boolean {
    const words = this.#words, me = threadId();
    if (Atomics.load(words, this.#mine + OWNER) === me) return true;
    // The thread may have got it through another view.
    for (const slot of this.#each()) {
      if (Atomics.load(words, slot + OWNER) !== me) continue;
      this.#mine = slot;
      return true;
    }
    return false;
  }

  /** Gets this thread a slot, as it has none; false if there is none. */
  #claim(): boolean {
    refuseStray(this.#words, recordKind(this.#words));
    // The values of dead threads stay as long as there are others.
    return this.#take((owner) => owner === 0) ||
      this.#take((owner) => owner === 0 || isDead(owner));
  }

  #take(isFree: (owner: number) => boolean): boolean {
    const words = this.#words, me = threadId();
    for (const slot of this.#each()) {
      const owner = Atomics.load(words, slot + OWNER);
      if (!isFree(owner)) continue;
      const found = Atomics.compareExchange(words, slot + OWNER, owner, me);
      if (found !== owner) continue;
      this.#mine = slot;
      return true;
    }
    return false;
  }

  /** Reads a value, and returns whose it is; 0 if there is none. */
  #read(slot: number, into: Packet): number {
    const words = this.#words;
    for (;;) {
      const stamp = this.#stamp(slot), place = this.#place(slot, stamp);
      if ((stamp & SET) === 0) return 0;
      const whose = Atomics.load(words, place + WHOSE);
      // A length of damaged memory is for the codec to find out.
      const said = Atomics.load(words, place + LENGTH) >>> 0;
      const length = Math.min(said, this.capacity);
      into.ensure(length);
      into.length = length;
      for (let i = 0; i < length + 3 >> 2; i++) {
        into.words[i] = Atomics.load(words, place + BYTES + i);
      }
      if (this.#stamp(slot) === stamp) return whose;
    }
  }
}

function placeWords(capacity: number): number {
  return BYTES + Math.ceil(capacity / 4);
}

function slotWords(capacity: number): number {
  return lines((PLACES + 2 * placeWords(capacity)) * 4);
}

function baseFor(name: number): number {
  return lines(CODEC * 4 + name);
}

/** The words of the lines that so many bytes take. */
function lines(bytes: number): number {
  return Math.ceil(bytes / LINE) * (LINE / 4);
}
