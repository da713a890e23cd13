/**
 * A range that threads work through together, by chunks.
 *
 * *Words* · 0 NEXT: how many chunks were claimed, or were tried to be · 1 DONE: how many
 * elements are done · 2 STOPPED: not 0 if nobody is to begin another chunk.
 *
 * *Invariants* · I1: a chunk is claimed by one addition, so it is nobody else's. I2: DONE
 * only grows, and reaches the length if nothing stopped it. I3: of those that fail, the
 * one that moved STOPPED throws.
 *
 * *Progress* · Nobody waits: who finds no chunk left has finished.
 *
 * *Source* · self-scheduling: Tang and Yew, "Processor self-scheduling for multiple-nested
 * parallel loops" (1986); OpenMP's `schedule(dynamic, chunk)`.
 *
 * @module
 */

import type { Words } from "../primitives/_record.ts";

const NEXT = 0, DONE = 1, STOPPED = 2;

/** What a thread must know to take part; it may be sent. */
export interface Plan {
  readonly memory: SharedArrayBuffer;
  /** How many elements there are. */
  readonly length: number;
  /** How many of them a chunk has; the last one may have fewer. */
  readonly size: number;
}

/** A plan for so many elements. */
export function makePlan(length: number, size: number): Plan {
  return { memory: new SharedArrayBuffer(12), length, size };
}

/** A view of a plan. */
export class Chunks {
  readonly length: number;
  readonly #size: number;
  readonly #words: Words;

  constructor({ memory, length, size }: Plan) {
    this.length = length;
    this.#size = size;
    this.#words = new Int32Array(memory);
  }

  /** How many elements are done. */
  get done(): number {
    return Atomics.load(this.#words, DONE);
  }

  /** Lets nobody begin another chunk; true if this is what stopped it. */
  stop(): boolean {
    return Atomics.exchange(this.#words, STOPPED, 1) === 0;
  }

  /**
   * Claims chunks, and works on them, until none is left or something stops it.
   *
   * @param work From an element up to another, which is not in it. If it throws, all is stopped.
   * @param between Called before each chunk.
   */
  each(work: (from: number, to: number) => void, between?: () => void): void {
    const words = this.#words;
    for (;;) {
      between?.();
      if (Atomics.load(words, STOPPED) !== 0) return;
      const from = Atomics.add(words, NEXT, 1) * this.#size;
      if (from >= this.length) return;
      const to = Math.min(from + this.#size, this.length);
      try {
        work(from, to);
      } catch (error) {
        if (this.stop()) throw error;
        return;
      }
      Atomics.add(words, DONE, to - from);
    }
  }
}
