/**
 * The turn of one model thread: how it stops at its points, gives way and comes back.
 *
 * *Invariants*
 * - I1: the program runs only while its thread has the turn; whatever it does from one
 *   point to the next is one step.
 * - I2: when an execution is over, threads that have not ended are unwound: each of
 *   their operations throws, and touches nothing.
 *
 * @module
 */

import {
  ABORT,
  type Board,
  CHECK,
  CHECKED,
  FAILED,
  FLAGS,
  OP,
  PLACE,
  REASON,
  RESUME,
  SIZE,
  THREADS,
  TRACED,
} from "./_board.ts";
import type { Races } from "./_races.ts";
import { Scheduler } from "./_scheduler.ts";
import { carried, type Row, whereabouts } from "./_trace.ts";

/** Thrown by every operation of a thread that is unwound. */
const unwind = { toString: () => "the execution is over" };

/** The turn of a thread. */
export class Turn {
  readonly board: Board;
  readonly words: Int32Array;
  /** The number of the thread, and the first word of its block. */
  readonly me: number;
  readonly t: number;
  readonly scheduler: Scheduler;
  readonly races: Races | undefined;
  /** Whether the program under test runs, and its operations are scheduled. */
  active = false;
  /** Called when this thread dies. */
  onDeath: (() => void) | undefined;
  readonly #module: string;

  constructor(
    board: Board,
    me: number,
    races: Races | undefined,
    module: string,
  ) {
    this.board = board;
    this.words = board.words;
    this.me = me;
    this.t = board.thread(me);
    this.races = races;
    this.#module = module;
    this.scheduler = new Scheduler(board, {
      woken: (sleeper) => races?.woke(me, sleeper),
      died: () => this.died("dies"),
    });
  }

  /** This thread never runs again in this execution. */
  died(how: string): void {
    this.trace(how);
    this.onDeath?.();
  }

  /** Whether the execution is over, and this thread is to end. */
  get isOver(): boolean {
    return this.words[ABORT] !== 0;
  }

  /** Throws if the execution is over. */
  goOn(): void {
    if (this.words[ABORT]) throw unwind;
  }

  /** Ends the execution, as the scheduler cannot go on. */
  leave(reason: number): never {
    this.giveUp(reason);
    this.board.take(this.me);
    throw unwind;
  }

  /** Stops before an operation, until it is to happen. */
  stop(op: number, place: number, size: number): void {
    const words = this.words, t = this.t;
    this.goOn();
    words[t + OP] = op;
    words[t + PLACE] = place;
    words[t + SIZE] = size;
    this.check();
    this.goOn();
    const next = this.scheduler.next();
    if (next === this.me) return;
    this.handOver(next);
    this.board.take(this.me);
    this.goOn();
  }

  /** A point that no operation follows. */
  breathe(): void {
    if (this.active) this.stop(RESUME, 0, 0);
  }

  /** Lets others run, until this thread is chosen. */
  away(): void {
    const next = this.scheduler.next();
    if (next === this.me) return;
    this.handOver(next);
    this.board.take(this.me);
  }

  /** Hands the turn over to a thread, or to the controller if it is minus a reason. */
  handOver(next: number): void {
    if (next < 0) this.giveUp(-next);
    else this.board.give(next);
  }

  /** Gives the turn to the controller. */
  giveUp(reason: number): void {
    this.words[REASON] = reason;
    this.board.give(this.words[THREADS]!);
  }

  /** Lets the controller look at the state. */
  check(): void {
    if ((this.words[FLAGS]! & CHECKED) === 0) return;
    this.giveUp(CHECK);
    this.board.take(this.me);
  }

  /** Ends the execution with a failure. */
  fail(kind: string, error: unknown): void {
    const tell = (error: unknown) => {
      const failure = { kind, thread: this.me, error };
      return this.board.write(JSON.stringify({ failure }), true);
    };
    if (!tell(carried(error))) tell({ value: "an error too large to tell" });
    this.giveUp(FAILED);
    this.board.take(this.me);
  }

  /** Ends the execution if a data race was found. */
  race(place: number, found: string | undefined): void {
    if (found === undefined) return;
    const failure = { kind: "data race", thread: this.me, place, found };
    this.board.write(JSON.stringify({ failure }), true);
    this.leave(FAILED);
  }

  /** Adds a row to the record, if one is kept. */
  trace(
    op: string,
    place = -1,
    args: readonly unknown[] = [],
    before: unknown = "",
    after: unknown = "",
    result: unknown = "",
  ): void {
    if ((this.words[FLAGS]! & TRACED) === 0) return;
    const row: Row = {
      thread: this.me,
      op,
      place,
      args: args.map(String),
      before: String(before),
      after: String(after),
      result: String(result),
      at: whereabouts(this.#module),
    };
    this.board.write(JSON.stringify(row));
  }
}
