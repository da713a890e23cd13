/**
 * Data races: which accesses nothing orders.
 *
 * Each thread has a vector clock: how much of each other thread has happened before
 * what it does now. Time of a thread goes on with each of its atomic writes.
 *
 * *Words* · CLOCKS: a vector per thread · WOKEN: a vector per thread, of those who
 * woke it · BYTES: a vector per byte of the program, of the write that stands there ·
 * LISTS: a vector per 32 bits, of who was in that word's list of waiters last ·
 * SHADOW: per element of a checked view and per thread, when it last read it, wrote
 * it, and the same atomically.
 *
 * *Invariants*
 * - I1: what a thread u did at time c happened before what t does now if
 *   `c <= clock(t)[u]`.
 * - I2: a load orders its thread after the write it reads from, and no other: a plain
 *   `store` does not pass on what was ordered before an earlier write.
 * - I3: whoever waits for a word or notifies it comes after those who did so before.
 *
 * *Source* · Fidge and Mattern (1988); DJIT+, Pozniansky and Schuster (2003). The
 * orders are those of ECMA-262, "Memory Model": synchronizes-with, and the critical
 * sections of lists of waiters.
 *
 * @module
 */

import type { Layout } from "./_state.ts";

/** How a word or an element is touched. */
export const READS = 1, WRITES = 2, BOTH = 3;

const PLAIN_READ = 0, PLAIN_WRITE = 1, ATOMIC_READ = 2, ATOMIC_WRITE = 3;
const HOWS = ["plain read", "plain write", "atomic read", "atomic write"];
/** What conflicts with what. */
const CONFLICTS = [
  [PLAIN_WRITE, ATOMIC_WRITE],
  [PLAIN_READ, PLAIN_WRITE, ATOMIC_READ, ATOMIC_WRITE],
  [PLAIN_WRITE],
  [PLAIN_READ, PLAIN_WRITE],
];

/** A view of the clocks of an execution. */
export class Races {
  readonly #words: Int32Array;
  readonly #n: number;
  readonly #layout: Layout;
  readonly #woken: number;
  readonly #program: number;
  readonly #lists: number;
  /** Where the shadow of each checked view begins. */
  readonly #shadows: number[] = [];

  /** The memory for a program; undefined if nothing of it is checked. */
  static allocate(
    layout: Layout,
    threads: number,
  ): SharedArrayBuffer | undefined {
    if (!layout.regions.some((region) => region.checked >= 0)) return undefined;
    let words = 2 * threads * threads + 2 * layout.length * threads;
    for (const { start, end, size, checked } of layout.regions) {
      if (checked >= 0) words += (end - start) / size * 4 * threads;
    }
    return new SharedArrayBuffer(words * 4);
  }

  constructor(memory: SharedArrayBuffer, layout: Layout, threads: number) {
    this.#words = new Int32Array(memory);
    this.#n = threads;
    this.#layout = layout;
    this.#woken = threads * threads;
    this.#program = 2 * threads * threads;
    this.#lists = this.#program + layout.length * threads;
    let next = this.#lists + layout.length * threads;
    for (const { start, end, size, checked } of layout.regions) {
      if (checked < 0) continue;
      this.#shadows[checked] = next;
      next += (end - start) / size * 4 * threads;
    }
  }

  /** Begins an execution. */
  reset(): void {
    this.#words.fill(0);
    for (let t = 0; t < this.#n; t++) this.#words[t * this.#n + t] = 1;
  }

  /** An atomic access; what races with it, if anything does. */
  atomic(
    thread: number,
    place: number,
    size: number,
    how: number,
  ): string | undefined {
    if (place < 0) return undefined;
    const n = this.#n, clock = thread * n;
    let race: string | undefined;
    for (const region of this.#layout.regions) {
      const { start, end, checked } = region;
      if (checked < 0 || place >= end || place + size <= start) continue;
      const kind = how === READS ? ATOMIC_READ : ATOMIC_WRITE;
      const element = Math.floor((place - start) / region.size);
      race ??= this.#access(thread, checked, element, kind);
    }
    const from = this.#program + place * n;
    const to = this.#program + (place + size) * n;
    for (let word = from; word < to; word += n) {
      if ((how & READS) !== 0) this.#join(clock, word);
      if ((how & WRITES) === 0) continue;
      for (let u = 0; u < n; u++) {
        this.#words[word + u] = this.#words[clock + u]!;
      }
    }
    if ((how & WRITES) !== 0) this.#words[clock + thread]!++;
    return race;
  }

  /** A plain access to an element of a checked view; what races with it. */
  plain(
    thread: number,
    view: number,
    element: number,
    writes: boolean,
  ): string | undefined {
    return this.#access(
      thread,
      view,
      element,
      writes ? PLAIN_WRITE : PLAIN_READ,
    );
  }

  /** A thread waits for a word, or notifies it. */
  queued(thread: number, place: number): void {
    if (place < 0) return;
    const n = this.#n, list = this.#lists + (place & ~3) * n;
    this.#join(thread * n, list);
    this.#join(list, thread * n);
    this.#words[thread * n + thread]!++;
  }

  /** One thread wakes another. */
  woke(waker: number, sleeper: number): void {
    this.#join(this.#woken + sleeper * this.#n, waker * this.#n);
    this.#words[waker * this.#n + waker]!++;
  }

  /** A woken thread goes on. */
  resumed(thread: number): void {
    this.#join(thread * this.#n, this.#woken + thread * this.#n);
  }

  #join(into: number, from: number): void {
    const words = this.#words;
    for (let u = 0; u < this.#n; u++) {
      if (words[from + u]! > words[into + u]!) {
        words[into + u] = words[from + u]!;
      }
    }
  }

  #access(
    thread: number,
    view: number,
    element: number,
    kind: number,
  ): string | undefined {
    const words = this.#words, n = this.#n, clock = thread * n;
    const shadow = this.#shadows[view]! + element * 4 * n;
    words[shadow + kind * n + thread] = words[clock + thread]!;
    for (const other of CONFLICTS[kind]!) {
      for (let u = 0; u < n; u++) {
        if (u === thread) continue;
        if (words[shadow + other * n + u]! > words[clock + u]!) {
          return `a ${HOWS[kind]} races with a ${HOWS[other]} by T${u}`;
        }
      }
    }
    return undefined;
  }
}
