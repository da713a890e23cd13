/**
 * A ring of events: what one thread has recorded.
 *
 * *Words* · OWNER: the id of the thread, 0 if it is free · COUNT: the lower 32 bits of how
 * many events were written · CARRY: how many times 2 ** 31 they were · AT: the slot of
 * the next one · NAME in UTF-8. Its owner alone writes it; readers add 0 to COUNT. Then the
 * slots: when, a float64 of milliseconds · what: the index of a lock << 8 | one of the
 * codes below · a number.
 *
 * *States* · A ring is free, then its owner's for ever.
 *
 * *Invariants*
 * - I1: an event, and the name, are written before COUNT says so, and an event is never
 *   changed while it is among the last EVENTS that COUNT tells of: there are more slots.
 * - I2: a reader takes the events from before the COUNT that it read first, and of these
 *   not those that the COUNT that it read afterwards may have overwritten. So it sees
 *   all of an event, or nothing of it. The slots beyond EVENTS are for what a processor
 *   writes ahead of the COUNT before.
 * - I3: bit 31 of COUNT is bit 0 of CARRY, which is written after it: a reader that reads
 *   CARRY first finds out if it is one behind.
 *
 * *Progress* · Writing takes no lock and no read-modify-write, and waits for nobody. So
 * does reading: what is overwritten meanwhile is dropped.
 *
 * @module
 */

import type { Words } from "../primitives/_record.ts";
import { readText, writeText } from "../primitives/_roster.ts";
import { threadId } from "../primitives/_thread_id.ts";
import { Thread } from "../workers/thread.ts";
import {
  clockShift,
  EVENT,
  RING_HEAD,
  ringPlaces,
  ringSize,
} from "./_layout.ts";

/** It begins to wait for a lock: 1 if it has seen that it is not free, else 0. */
export const WAIT = 1;
/** It has so many permits more; 1 of a lock. */
export const HOLD = 2;
/** It gives back so many permits. */
export const RELEASE = 3;
/** It gives back the lock of a condition until it is notified; the number is unused. */
export const SUSPEND = 4;
/** The wait ends that began with the event of this number, modulo 2 ** 31. */
export const END = 5;
/** What SUSPEND began ends like that, and returns, so that the lock is held again. */
export const RESUME = 6;

const OWNER = 0, COUNT = 1, CARRY = 2, AT = 3, NAME = 4;
/** The number of an event as END and RESUME tell it. */
export const NUMBER = 0x7fffffff;

/** An event as it is read. */
export interface TraceEvent {
  /** When, in milliseconds since the Tracer was made. */
  readonly time: number;
  /** The index of the lock. */
  readonly lock: number;
  /** What happened: one of the codes. */
  readonly code: number;
  /** What belongs to it. */
  readonly value: number;
  /** Its own number, modulo 2 ** 31. */
  readonly number: number;
}

/** What a thread has recorded, as far as it is kept. */
export interface Recording {
  /** The id of the thread. */
  readonly thread: number;
  /** Its name. */
  readonly name: string;
  /** What it recorded last, in order. */
  readonly events: readonly TraceEvent[];
  /** How many events were dropped before those. */
  readonly dropped: number;
}

/** The ring of this thread, to write. */
export class Ring {
  readonly #words: Words;
  readonly #times: Float64Array<SharedArrayBuffer>;
  readonly #shift: number;
  readonly #slots: number;

  constructor(trace: Words, place: number) {
    const { slots } = ringSize(trace);
    const byte = trace.byteOffset + place * 4, length = RING_HEAD + slots * 4;
    this.#words = new Int32Array(trace.buffer, byte, length);
    this.#times = new Float64Array(trace.buffer, byte, length / 2);
    this.#shift = clockShift(trace);
    this.#slots = slots;
  }

  /** Writes an event that happened at a time of `performance.now()`, and returns its number. */
  write(what: number, value: number, time: number): number {
    const words = this.#words, at = words[AT]!, slot = RING_HEAD + at * EVENT;
    this.#times[slot / 2] = time + this.#shift;
    words[slot + 2] = what;
    words[slot + 3] = value;
    words[AT] = at + 1 === this.#slots ? 0 : at + 1;
    const number = words[COUNT]! & NUMBER;
    Atomics.store(words, COUNT, words[COUNT]! + 1);
    if (number === NUMBER) Atomics.store(words, CARRY, words[CARRY]! + 1);
    return number;
  }
}

/** The ring of this thread, which it takes for ever when it asks first. */
export function claimRing(trace: Words): Ring {
  const me = threadId(), places = ringPlaces(trace);
  for (const place of places) {
    const owner = Atomics.compareExchange(trace, place + OWNER, 0, me);
    if (owner !== 0 && owner !== me) continue;
    if (owner === 0) writeText(trace, place + NAME, Thread.current.name);
    return new Ring(trace, place);
  }
  throw new RangeError(
    `Cannot trace: 'threads' of the Tracer must be more than ${places.length}, as so many have traced already, received ${places.length}`,
  );
}

/** What each thread has recorded. */
export function readRings(trace: Words): Recording[] {
  return ringPlaces(trace)
    .filter((place) => Atomics.load(trace, place + OWNER) !== 0)
    .map((place) => readRing(trace, place));
}

function readRing(trace: Words, place: number): Recording {
  const { events, slots } = ringSize(trace);
  const before = countOf(trace, place);
  const first = place + RING_HEAD;
  const words = trace.slice(first, first + slots * EVENT);
  // A read-modify-write, so that what was copied was read before it (I2).
  Atomics.add(trace, place + COUNT, 0);
  const from = Math.max(0, countOf(trace, place) - events);
  const times = new Float64Array(words.buffer);
  return {
    thread: trace[place + OWNER]!,
    name: before === 0 ? "" : readText(trace, place + NAME),
    dropped: Math.min(from, before),
    events: Array.from({ length: Math.max(0, before - from) }, (_, i) => {
      const number = from + i, at = number % slots * EVENT;
      const what = words[at + 2]!;
      return {
        time: times[at / 2]!,
        lock: what >>> 8,
        code: what & 0xff,
        value: words[at + 3]!,
        number: number % (NUMBER + 1),
      };
    }),
  };
}

/** How many events were written. */
function countOf(trace: Words, place: number): number {
  const carry = Atomics.load(trace, place + CARRY);
  const count = Atomics.load(trace, place + COUNT);
  const behind = (count >>> 31) !== (carry & 1) ? 1 : 0;
  return (carry + behind) * (NUMBER + 1) + (count & NUMBER);
}
