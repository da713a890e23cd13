/**
 * The ring of a pool: the jobs that are to be taken, in order, and taken without the
 * section.
 *
 * *Words* · 32 TAIL: FLAG in bit 31, SHUT in bit 30, the number of the next entry · 48
 * HEAD: the number of the first one · 20 CURSOR: the first job of the list that waits for
 * room in the ring, 0 if none does · 21 WAITING: how many do · 23 STALE: how many that are
 * not pending have an entry or wait for one; a hint · 24 PASSED: HEAD when it was last read
 * in the section · and the ring. FLAG is written by the wait queue of those who take, HEAD
 * by who takes, STALE by all, the rest in the section. Of a job, QUEUED: how many entries
 * it has, and WAITS in bit 16.
 *
 * *Invariants* · I1: a pending job has an entry, or waits for one, or is about to be taken
 * by who took its entry. If that one dies, or one in the section, an entry is made again: a
 * second one does no harm, as a job is taken once. I2: what has an entry is not freed, nor
 * what a thread had taken the entry of when it died.
 *
 * *Progress* · First in, first out, but for those whose entry was made again. A take is
 * one compareExchange, unless others take at once.
 *
 * *Source* · a bounded queue with one writer at a time and many readers.
 *
 * @module
 */

import type { Items } from "../primitives/_items.ts";
import type { Words } from "../primitives/_record.ts";
import {
  CURSOR,
  HEAD,
  PASSED,
  QUEUED,
  RING,
  RING_SIZE,
  STALE,
  TAIL,
  WAITING,
} from "./_job_layout.ts";

const SHUT = 1 << 30, COUNT = SHUT - 1, WAITS = 1 << 16;

/** A view of the ring. */
export class JobRing {
  readonly words: Words;
  readonly #items: Items;
  readonly #isPending: (job: number) => boolean;
  readonly #entries: number;

  /** `entries`: how many it may have; fewer than it has room for in models. */
  constructor(
    words: Words,
    items: Items,
    isPending: (job: number) => boolean,
    entries: number = RING_SIZE,
  ) {
    this.words = words;
    this.#items = items;
    this.#isPending = isPending;
    this.#entries = entries;
  }

  /** How many jobs are to be taken, and some that were cancelled; it may have changed when you read it. */
  get size(): number {
    return this.sizeAt(Atomics.load(this.words, TAIL));
  }

  /** How many jobs are pending, about: one that dies may leave it wrong. */
  get pending(): number {
    const { size } = this, stale = Atomics.load(this.words, STALE);
    return Math.min(size, Math.max(0, size - stale));
  }

  /** Whether nothing is put in any more. */
  get isShut(): boolean {
    return (Atomics.load(this.words, TAIL) & SHUT) !== 0;
  }

  /** Whether jobs wait for room. */
  get hasMore(): boolean {
    return Atomics.load(this.words, CURSOR) !== 0;
  }

  /** In the section: nothing is put in any more. */
  shut(): void {
    Atomics.or(this.words, TAIL, SHUT);
  }

  /** A job that has an entry, or waits for one, is not pending any more. */
  addStale(): void {
    Atomics.add(this.words, STALE, 1);
  }

  /** An entry was taken of a job, which was taken too; or was not, if it is stale. */
  drop(job: number, stale: boolean): void {
    Atomics.sub(this.#items.view, job + QUEUED, 1);
    if (stale) Atomics.sub(this.words, STALE, 1);
  }

  /** Whether a job has neither an entry nor waits for one. */
  isOut(job: number): boolean {
    return Atomics.load(this.#items.view, job + QUEUED) === 0;
  }

  /** Whether a job has an entry. */
  isIn(job: number): boolean {
    return (Atomics.load(this.#items.view, job + QUEUED) & ~WAITS) !== 0;
  }

  /** In the section: a job is about to be taken out of the list. */
  leave(job: number): void {
    this.pass(job);
    if (this.words[CURSOR] !== job) return;
    Atomics.store(this.words, CURSOR, this.#items.next(job));
  }

  /** In the section: whether a job could be put in that stands before those that wait. */
  get takesAny(): boolean {
    const { words } = this, tail = Atomics.load(words, TAIL);
    return (tail & SHUT) === 0 && words[CURSOR] === 0 && this.#hasRoom(tail);
  }

  /** In the section: empties it; none of the jobs is pending. */
  clear(): void {
    const { words } = this, items = this.#items;
    for (let job = items.head; job !== 0; job = items.next(job)) this.pass(job);
    Atomics.store(words, CURSOR, 0);
    for (let job = this.pop(); job !== 0; job = this.pop()) {
      this.drop(job, true);
    }
  }

  /** How many jobs are to be taken, and some that were cancelled, when TAIL is this. */
  sizeAt(tail: number): number {
    const { words } = this, head = Atomics.load(words, HEAD);
    const entries = tail - head & COUNT;
    // More than there can be: HEAD has passed what was read of TAIL before.
    return (entries > RING_SIZE ? 0 : entries) + Atomics.load(words, WAITING);
  }

  /** In the section: puts a job into the ring, or lets it wait for that; true if somebody may wait for it. */
  enqueue(job: number): boolean {
    const { words } = this;
    if (words[CURSOR] === 0) {
      const tail = Atomics.load(words, TAIL);
      if (this.#hasRoom(tail)) return this.#put(job, tail);
      Atomics.store(words, CURSOR, job);
    }
    Atomics.or(this.#items.view, job + QUEUED, WAITS);
    Atomics.add(words, WAITING, 1);
    return Atomics.load(words, TAIL) < 0;
  }

  /** In the section: whether there is room in the ring; HEAD, which others write, is only read if there may be none. */
  #hasRoom(tail: number): boolean {
    const { words } = this;
    if ((tail - words[PASSED]! & COUNT) < this.#entries) return true;
    words[PASSED] = Atomics.load(words, HEAD);
    return (tail - words[PASSED]! & COUNT) < this.#entries;
  }

  /** In the section: there is room. */
  #put(job: number, tail: number): boolean {
    const { words } = this, number = tail & COUNT;
    Atomics.add(this.#items.view, job + QUEUED, 1);
    Atomics.store(words, RING + number % RING_SIZE, job);
    const step = number === COUNT ? -COUNT : 1;
    return Atomics.add(words, TAIL, step) < 0;
  }

  /** Whether it has no entries. */
  get isEmpty(): boolean {
    const { words } = this, head = Atomics.load(words, HEAD);
    return (Atomics.load(words, TAIL) - head & COUNT) === 0;
  }

  /** Takes the first entry out of the ring: its job; 0 if there is none. */
  pop(): number {
    const { words } = this;
    for (;;) {
      const head = Atomics.load(words, HEAD), tail = Atomics.load(words, TAIL);
      if ((tail - head & COUNT) === 0) return 0;
      const job = Atomics.load(words, RING + head % RING_SIZE);
      const next = head + 1 & COUNT;
      if (Atomics.compareExchange(words, HEAD, head, next) === head) return job;
    }
  }

  /** In the section: puts jobs that wait for it into the ring; true if somebody may wait for them. */
  fill(): boolean {
    const { words } = this, items = this.#items;
    let rings = false;
    for (let n = 0; n < this.#entries && words[CURSOR] !== 0;) {
      const tail = Atomics.load(words, TAIL), job = words[CURSOR]!;
      // Others may have filled it.
      if (!this.#hasRoom(tail)) break;
      if (this.#waits(job) && this.#isPending(job)) {
        rings = this.#put(job, tail) || rings;
        n++;
        this.#unwait(job);
      }
      this.pass(job);
      Atomics.store(words, CURSOR, items.next(job));
    }
    return rings;
  }

  #waits(job: number): boolean {
    return (Atomics.load(this.#items.view, job + QUEUED) & WAITS) !== 0;
  }

  #unwait(job: number): void {
    Atomics.and(this.#items.view, job + QUEUED, ~WAITS);
    Atomics.sub(this.words, WAITING, 1);
  }

  /** In the section: a job that is not pending does not wait any more. */
  pass(job: number): void {
    if (!this.#waits(job)) return;
    this.#unwait(job);
    Atomics.sub(this.words, STALE, 1);
  }

  /** In the section: lets pending jobs without an entry wait for one (I2). */
  restore(): void {
    const { words } = this, items = this.#items, { view } = items;
    const entries = new Set<number>();
    const tail = Atomics.load(words, TAIL) & COUNT;
    for (
      let head = Atomics.load(words, HEAD);
      head !== tail;
      head = head + 1 & COUNT
    ) entries.add(words[RING + head % RING_SIZE]!);
    let cursor = 0;
    for (let job = items.head; job !== 0; job = items.next(job)) {
      const lost = this.#isPending(job) && !this.#waits(job) &&
        !entries.has(job);
      if (lost) {
        Atomics.or(view, job + QUEUED, WAITS);
        Atomics.add(words, WAITING, 1);
      }
      if (this.#waits(job)) cursor ||= job;
    }
    Atomics.store(words, CURSOR, cursor);
  }

  /** In the section: counts anew what waits, after a death. */
  recount(): void {
    const { words } = this, items = this.#items;
    let waiting = 0, cursor = 0;
    for (let job = items.head; job !== 0; job = items.next(job)) {
      if (!this.#waits(job)) continue;
      cursor ||= job;
      waiting++;
    }
    Atomics.store(words, CURSOR, cursor);
    Atomics.store(words, WAITING, waiting);
  }
}
