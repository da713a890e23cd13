/**
 * From one execution to the next, by whoever has the turn when one is over.
 *
 * The controller is asked only where it has something to say: for most executions
 * the last thread that ends puts the program's memory back and begins the next.
 *
 * *Invariants*
 * - I1: an execution begins with the bytes that `setup` left, and a board that depends
 *   on the plan and the number of the execution alone.
 * - I2: what an execution leaves is judged once: ends with the same bytes (and the same
 *   record, where one is kept) are the same end. They are told apart by 64 bits.
 *
 * @module
 */

import {
  type Board,
  CHANGE_POINTS,
  CHANGES,
  CHOSEN,
  COMPARED,
  DEPTH,
  DFS,
  ENDS,
  EXECUTIONS,
  FLAGS,
  LONGEST,
  MODE,
  MOST_CHANGES,
  MOST_ENDS,
  OPTIONS,
  PCT,
  PREFIX,
  PRIORITY,
  RANDOM,
  RECORDED,
  RUN,
  RUNS,
  SEED,
  STEPS,
  STEPS_SUM,
  TEXT,
  THREADS,
  TRIED,
} from "./_board.ts";
import type { Races } from "./_races.ts";
import { Random, seedFor } from "./_random.ts";
import type { Layout } from "./_state.ts";

/** The passage from one execution to the next. */
export class Cycle {
  readonly #board: Board;
  readonly #races: Races | undefined;
  readonly #bytes: readonly Uint8Array[];
  readonly #first: readonly Uint8Array[];
  readonly #ends: Int32Array;

  constructor(board: Board, layout: Layout, races: Races | undefined) {
    this.#board = board;
    this.#races = races;
    const { first } = board.memory;
    this.#bytes = layout.buffers.map((buffer) => new Uint8Array(buffer));
    this.#first = layout.buffers.map(({ byteLength }, i) =>
      new Uint8Array(first, layout.bases[i]!, byteLength)
    );
    this.#ends = new Int32Array(first, layout.length, MOST_ENDS * 2);
  }

  /** Remembers the bytes of the program as those that every execution begins with. */
  remember(): void {
    this.#first.forEach((bytes, i) => bytes.set(this.#bytes[i]!));
  }

  /** Counts an execution. */
  count(): void {
    const { words } = this.#board;
    words[EXECUTIONS]!++;
    words[STEPS_SUM]! += words[STEPS]!;
    words[LONGEST] = Math.max(words[LONGEST]!, words[STEPS]!);
  }

  /** Begins the next execution of the plan; false if there is none. */
  advance(): boolean {
    const { words } = this.#board;
    const dfs = words[MODE] === DFS, run = ++words[RUN]!;
    if (dfs && run > 0 && !this.#backtrack()) return false;
    if (!dfs && run >= words[RUNS]!) return false;
    this.begin();
    return true;
  }

  /** Puts everything to the beginning of an execution. */
  begin(): void {
    const { words } = this.#board;
    this.#bytes.forEach((bytes, i) => bytes.set(this.#first[i]!));
    this.#races?.reset();
    this.#board.reset();
    words[CHANGES]!++;
    words[FLAGS] = words[FLAGS]! | (words[MODE] === DFS ? COMPARED : 0);
    words[RANDOM] = seedFor(words[SEED]!, ~words[RUN]!);
    if (words[MODE] === PCT) this.#drawPriorities();
  }

  /** Whether this end has not been seen. */
  isNewEnd(): boolean {
    const board = this.#board, { words } = board, ends = this.#ends;
    if (words[ENDS]! >= MOST_ENDS / 2) return true;
    let a = 0x811c9dc5, b = 0x9747b28c;
    const mix = (value: number) => {
      a = Math.imul(a ^ value, 0x01000193);
      b = Math.imul(b ^ value, 0x5bd1e995);
      b ^= b >>> 15;
    };
    for (const bytes of this.#bytes) for (const byte of bytes) mix(byte);
    if (words[FLAGS]! & RECORDED) {
      for (const byte of board.record(words[TEXT]!)) mix(byte);
    }
    // 0, 0 stands for nothing.
    a |= 1;
    for (let i = (a >>> 1) % MOST_ENDS;; i = (i + 1) % MOST_ENDS) {
      if (ends[2 * i] === a && ends[2 * i + 1] === b) return false;
      if (ends[2 * i] !== 0) continue;
      ends[2 * i] = a;
      ends[2 * i + 1] = b;
      words[ENDS]!++;
      return true;
    }
  }

  /** Forgets the ends, for a judge of another mind. */
  forgetEnds(): void {
    this.#ends.fill(0);
    this.#board.words[ENDS] = 0;
  }

  /** Takes the last choice back that had another. */
  #backtrack(): boolean {
    const board = this.#board, { words } = board;
    for (let i = words[STEPS]! - 1; i >= 0; i--) {
      const node = board.node(i);
      const left = words[node + OPTIONS]! & ~words[node + TRIED]!;
      if (left === 0) continue;
      const choice = 31 - Math.clz32(left & -left);
      words[node + TRIED]! |= 1 << choice;
      words[node + CHOSEN] = choice;
      words[PREFIX] = i + 1;
      return true;
    }
    return false;
  }

  #drawPriorities(): void {
    const board = this.#board, { words } = board, n = words[THREADS]!;
    const random = new Random(words[SEED]!, words[RUN]!);
    for (let t = 0; t < n; t++) {
      // The inside-out shuffle.
      const other = random.int(0, t);
      words[board.thread(t) + PRIORITY] =
        words[board.thread(other) + PRIORITY]!;
      words[board.thread(other) + PRIORITY] = t + 1;
    }
    const changes = Math.min(words[DEPTH]! - 1, MOST_CHANGES);
    for (let i = 0; i < changes; i++) {
      words[CHANGE_POINTS + i] = random.int(1, Math.max(1, words[LONGEST]!));
    }
  }
}
