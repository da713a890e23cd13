/**
 * The state machine of an SpscQueue: a ring between one producer and one consumer.
 *
 * *Words* · 4 CAPACITY: units, a power of two, written once · 5 PRODUCER, 6
 * CONSUMER: whose side it is, written by who takes it · 16 TAIL: what was put, as the
 * consumer is told · 32 WRITTEN: what was put, 33 HEAD_SEEN: what HEAD was at the last
 * look; the producer's · 48 HEAD: what was taken, as the producer is told · 64 READ, 65
 * TAIL_SEEN; the consumer's · from 80 on the units: an int32, a float64, or 4 bytes.
 * WRITTEN and READ count units ever put and taken, modulo 2^32; TAIL and HEAD have
 * that in bits 1 to 31, and MARK in bit 0.
 *
 * *States* of TAIL, which the producer moves, and of HEAD, which the consumer moves
 *
 * | MARK | means |
 * | --- | --- |
 * | 0 | the other side does not sleep |
 * | 1 | the other side sleeps until this word moves, or is about to, or has left |
 *
 * and of PRODUCER, and of CONSUMER, which is never closed: 0, nobody's yet; CLOSED,
 * nothing will be put any more; else an id, that thread's, and free for another one
 * once that thread is dead.
 *
 * *Invariants* · I1: HEAD <= TAIL <= HEAD + CAPACITY. The units between are the
 * consumer's to read, the others the producer's to write. I2: only whose side it is
 * writes WRITTEN, or READ, and what it has seen, so they are plain; who takes over a
 * side makes them anew from what was told. I3: who sleeps has set MARK in the other's
 * word and then looked once more; who moves its word, or closes, takes MARK away in
 * that step, and if it was there notifies all.
 *
 * *Progress* · An attempt is a bounded number of steps. One step tells of an item, or of
 * many: all or none, so who dies at any point leaves a ring that a successor goes on
 * with. If it died before it notified, the sleeper finds out by itself after a slice.
 *
 * *Source* · Lamport's ring (1977), with the index of the other side remembered as in
 * MCRingBuffer (Lee, Bu and Chandranmenon, 2010).
 *
 * @module
 */

import {
  type Body,
  EXPIRED,
  park,
  PROMPT,
  RECHECK,
  type Signal,
  spin,
  SPIN_EVENT,
  STOP,
  STOPPED,
  wake,
} from "./_park.ts";
import { OWN, recordKind, refuseStray, type Words } from "./_record.ts";
import { isDead, threadName } from "./_roster.ts";
import { threadId } from "./_thread_id.ts";
import {
  QueueEmptyError,
  QueueFullError,
  QueueShutDownError,
  SyncStateError,
} from "./errors.ts";

const CAPACITY = OWN;
const TAIL = 16, WRITTEN = 32, HEAD_SEEN = 33;
const HEAD = 48, READ = 64, TAIL_SEEN = 65;
const CLOSED = -1, MARK = 1;

/** The first word of the units. */
export const DATA = 80;

/** A side of the ring: its words, and one of the other's. */
interface Side {
  readonly name: string;
  readonly action: string;
  readonly owner: number;
  /** How far it has got, and how far it has told. */
  readonly index: number;
  readonly told: number;
  /** How far the other one has told, and what of that this one has seen. */
  readonly watched: number;
  readonly seen: number;
  readonly manner: number;
}

/** What the methods of the two sides are called in messages. */
export const PUT = "put into SpscQueue", GET = "get from SpscQueue";

const PRODUCER: Side = {
  name: "producer",
  action: PUT,
  owner: OWN + 1,
  index: WRITTEN,
  told: TAIL,
  watched: HEAD,
  seen: HEAD_SEEN,
  // What there is room for is put before the thread blocks: others may wait for it.
  manner: PROMPT,
};
const CONSUMER: Side = {
  name: "consumer",
  action: GET,
  owner: OWN + 2,
  index: READ,
  told: HEAD,
  watched: TAIL,
  seen: TAIL_SEEN,
  manner: 0,
};

/** The units of a ring. */
export function unitsOf(words: Words): number {
  const capacity = Atomics.load(words, CAPACITY);
  if (capacity < 1 || (capacity & capacity - 1) !== 0) throw damaged();
  return capacity;
}

/** Writes the words of a new ring. */
export function fillRing(words: Words, capacity: number): void {
  Atomics.store(words, CAPACITY, capacity);
}

/** The indices and the sides; what an item is, and an array of it, the classes below know. */
export abstract class RingState<I, A extends { length: number }, V extends I> {
  readonly words: Words;
  readonly capacity: number;
  protected readonly mask: number;
  readonly #me: number = threadId();

  constructor(words: Words) {
    this.words = words;
    this.capacity = unitsOf(words);
    this.mask = this.capacity - 1;
  }

  /** Puts; false if there is no room. */
  abstract tryPut(item: I): boolean;

  /** Puts items from an index on, as many as there is room for, or all or none; how many. */
  abstract tryPutMany(items: A, from: number, whole: boolean): number;

  /** Gets; undefined if nothing is there. */
  abstract tryGet(): V | undefined;

  /** Gets into an array; what `getInto` returns, undefined if nothing is there. */
  abstract tryGetInto(into: A): number | undefined;

  /** The units that are in use; a snapshot. */
  get used(): number {
    // HEAD first: TAIL is never behind it then.
    const head = Atomics.load(this.words, HEAD);
    const used = distance(Atomics.load(this.words, TAIL), head);
    return Math.min(used, this.capacity);
  }

  get isClosed(): boolean {
    return Atomics.load(this.words, PRODUCER.owner) === CLOSED;
  }

  /** Closes the producer's side, for good. */
  close(): void {
    if (this.isClosed) return;
    this.#own(PRODUCER);
    Atomics.store(this.words, PRODUCER.owner, CLOSED);
    if ((Atomics.and(this.words, TAIL, ~MARK) & MARK) !== 0) {
      wake(this.words, TAIL);
    }
  }

  /** Gives up the sides that are this thread's. */
  leave(): void {
    for (const { owner } of [PRODUCER, CONSUMER]) {
      Atomics.compareExchange(this.words, owner, this.#me, 0);
    }
  }

  /** The index of the next unit to put. */
  protected get tail(): number {
    return this.words[WRITTEN]!;
  }

  /** The index of the next unit to take. */
  protected get head(): number {
    return this.words[READ]!;
  }

  /** The free units; looks again if fewer than so many are known. */
  protected room(wanted: number): number {
    const { words } = this;
    this.#own(PRODUCER);
    const known = this.capacity -
      distance(words[WRITTEN]! << 1, words[HEAD_SEEN]!);
    return known >= wanted ? known : this.#lookForRoom();
  }

  /** The units that are there; looks again if fewer than so many are known. */
  protected filled(wanted: number): number {
    const { words } = this;
    this.#own(CONSUMER);
    const known = distance(words[TAIL_SEEN]!, words[READ]! << 1);
    return known >= wanted ? known : this.#lookForUnits();
  }

  /** So many more units are written. */
  protected publish(units: number): void {
    this.#move(PRODUCER, units);
  }

  /** So many more units are read. */
  protected release(units: number): void {
    this.#move(CONSUMER, units);
  }

  /** Waits until an item is put. */
  untilPut(item: I): Body<boolean> {
    return this.#until(PRODUCER, () => this.tryPut(item) || undefined, full);
  }

  /** Waits until all items are put; how many, and fewer if the wait ends early. */
  *untilAllPut(items: A): Body<number> {
    let done = 0;
    const all = yield* this.#until(
      PRODUCER,
      () => {
        done += this.tryPutMany(items, done, false);
        return done === items.length ? done : undefined;
      },
      () => done,
    );
    // What was put cannot be taken back, so it beats a stop.
    return done > 0 ? done : all;
  }

  /** Waits until an item is got. */
  untilGot(): Body<V> {
    return this.#until(CONSUMER, () => this.tryGet(), empty);
  }

  /** Waits until something is got into an array. */
  untilGotInto(into: A): Body<number> {
    return this.#until(CONSUMER, () => this.tryGetInto(into), empty);
  }

  *#until<T>(
    side: Side,
    attempt: () => T | undefined,
    expired: () => T,
  ): Body<T> {
    const { words } = this, { seen, watched, manner } = side;
    let signal: Signal = RECHECK;
    for (;;) {
      yield spin(
        words,
        watched,
        SPIN_EVENT,
        (told) => (told & ~MARK) !== words[seen],
      );
      let done = attempt();
      if (done !== undefined) return done;
      if (signal === EXPIRED) return expired();
      if (signal === STOP) return STOPPED;
      Atomics.or(words, watched, MARK);
      // What came before the mark has woken nobody.
      done = attempt();
      if (done !== undefined) return done;
      signal = yield park(words, watched, words[seen]! | MARK, manner);
    }
  }

  /** Takes a side, if it is free; one compare where it is this thread's. */
  #own(side: Side): void {
    // What others write here is never this thread's id.
    if (this.words[side.owner] !== this.#me) this.#take(side);
  }

  #take(side: Side): void {
    const { action, name, owner, index, told, seen, watched } = side;
    const { words } = this, found = Atomics.load(words, owner);
    refuseStray(words, recordKind(words));
    if (found === CLOSED) {
      throw new QueueShutDownError(`Cannot ${action}: it is closed`);
    }
    if (
      found !== 0 && !isDead(found) ||
      Atomics.compareExchange(words, owner, found, this.#me) !== found
    ) {
      throw new SyncStateError(
        `Cannot ${action}: it has one ${name}, and that is ${
          found === 0 ? "another thread" : threadName(found)
        }`,
      );
    }
    words[index] = Atomics.load(words, told) >>> 1;
    words[seen] = Atomics.load(words, watched) & ~MARK;
  }

  /** Gets on by so many units: in one step the other side sees it, and is woken. */
  #move({ index, told }: Side, units: number): void {
    const { words } = this, next = words[index]! + units;
    words[index] = next;
    // Of its waits some may be awaited.
    if ((Atomics.exchange(words, told, next << 1) & MARK) !== 0) {
      wake(words, told);
    }
  }

  #lookForRoom(): number {
    const used = distance(this.words[WRITTEN]! << 1, this.#look(PRODUCER));
    return this.capacity - this.#checked(used);
  }

  #lookForUnits(): number {
    const found = this.#lookOnce();
    if (found > 0 || !this.isClosed) return found;
    // What was put before the close is there for a look after it.
    const last = this.#lookOnce();
    if (last > 0) return last;
    throw new QueueShutDownError(`Cannot ${GET}: it is closed, and empty`);
  }

  #lookOnce(): number {
    const tail = this.#look(CONSUMER);
    return this.#checked(distance(tail, this.words[READ]! << 1));
  }

  /** Looks how far the other side has told. */
  #look({ watched, seen }: Side): number {
    return this.words[seen] = Atomics.load(this.words, watched) & ~MARK;
  }

  #checked(used: number): number {
    if (used < 0 || used > this.capacity) throw damaged();
    return used;
  }
}

/** The units from one index to another; both as they are told. */
function distance(to: number, from: number): number {
  return ((to & ~MARK) - (from & ~MARK) | 0) >> 1;
}

function full(): never {
  throw new QueueFullError(`Cannot ${PUT}: it is full, and the timeout passed`);
}

function empty(): never {
  throw new QueueEmptyError(
    `Cannot ${GET}: it is empty, and the timeout passed`,
  );
}

export function damaged(): SyncStateError {
  return new SyncStateError(
    "Cannot use SpscQueue: what stands in its memory is no queue any more",
  );
}
