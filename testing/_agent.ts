/**
 * A model thread: the realm in which one thread of a model runs, execution after
 * execution. Before the code under test is imported, `Atomics`, clocks and chance are
 * replaced by ones that the tester controls.
 *
 * @module
 */

import { realm, resetRealm } from "../primitives/_realm.ts";
import { markDead, slotOf } from "../primitives/_roster.ts";
import { packError } from "../workers/_codec.ts";
import { EmulatedAtomics } from "./_atomics.ts";
import {
  ABORT,
  ARRIVED,
  Board,
  type BoardMemory,
  DEAD,
  DELIVER,
  DONE,
  ENDED,
  EXHAUSTED,
  FIRE,
  FLAGS,
  IDLE,
  IDLE_ROUNDS,
  LEAVE,
  ONCE,
  OP,
  PAUSED,
  QUIET,
  READY,
  SOON,
  STATUS,
  THREADS,
  UNWOUND,
} from "./_board.ts";
import { Cycle } from "./_cycle.ts";
import { find, type Wanted } from "./_function.ts";
import { type IntView, Memory } from "./_memory.ts";
import { afterMicrotasks, realNow, workerScope } from "./_native.ts";
import { BOTH, Races } from "./_races.ts";
import { layoutOf, rebuild } from "./_state.ts";
import { Turn } from "./_turn.ts";
import { VirtualTime } from "./_virtual.ts";

/** What a model thread is told first. */
export interface Init {
  /** Whether it waits for another model after this one. */
  readonly keeps: boolean;
  readonly me: number;
  /** Its id, and the roster where those who die are marked; none where nobody looks. */
  readonly id: number;
  readonly roster: IntView | undefined;
  readonly board: BoardMemory;
  readonly races: SharedArrayBuffer | undefined;
  readonly template: unknown;
  readonly module: string;
  readonly imports: readonly string[];
  readonly body: Wanted;
  readonly slice: number;
  readonly cores: number;
  readonly slots: number | undefined;
}

type Body = (state: unknown) => unknown;

let running: Agent | undefined;

/** Adds a line to the record of the execution under way; for bodies of the tester's own. */
export function note(line: string): void {
  running?.turn.board.write(line);
}

/** A scheduling point that no operation follows; for bodies of the tester's own. */
export function point(): void {
  running?.turn.breathe();
}

const imported = new Map<string, Record<string, unknown>>();

/** A module that was imported for bodies of the tester's own. */
export function importedModule(url: string): Record<string, unknown> {
  return imported.get(url)!;
}

/** Whether the execution is over, and this thread is to end. */
export function isUnwinding(): boolean {
  return running!.turn.isOver;
}

/** The number of this thread. */
export function threadNumber(): number {
  return running!.turn.me;
}

/** Begins to serve the tester, when it says how. */
export function serve(): void {
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    running?.note(event.reason);
  });
  workerScope.onmessage = async ({ data }: MessageEvent<Init>) => {
    try {
      const agent = running = new Agent(data);
      const exports = await import(data.module);
      for (const url of data.imports) imported.set(url, await import(url));
      const body = find(exports, data.body);
      workerScope.postMessage("ready");
      await agent.serve(body);
      if (!data.keeps) workerScope.close();
    } catch (error) {
      workerScope.postMessage(packError(error));
    }
  };
}

class Agent {
  readonly turn: Turn;
  readonly #init: Init;
  readonly #board: Board;
  readonly #words: Int32Array;
  readonly #memory: Memory;
  readonly #atomics: EmulatedAtomics;
  readonly #cycle: Cycle;
  readonly #time: VirtualTime;
  #loose: { readonly reason: unknown } | undefined;

  constructor(init: Init) {
    this.#init = init;
    this.#board = new Board(init.board);
    this.#words = this.#board.words;
    const layout = layoutOf(init.template, init.roster);
    const n = this.#words[THREADS]!;
    const races = init.races && new Races(init.races, layout, n);
    this.turn = new Turn(this.#board, init.me, races, init.module);
    this.#memory = new Memory(this.turn, layout);
    this.#atomics = new EmulatedAtomics(this.turn, this.#memory);
    this.#cycle = new Cycle(this.#board, layout, races);
    this.#time = VirtualTime.of(this.#board, () => this.turn.active);
    Object.defineProperty(navigator, "hardwareConcurrency", {
      configurable: true,
      get: () => init.cores,
    });
    this.turn.onDeath = () => this.#die();
    this.#atomics.install();
  }

  /** Notes a rejection that nobody handles. */
  note(reason: unknown): void {
    if (this.turn.active) this.#loose ??= { reason };
  }

  /** Runs the body whenever it is this thread's turn to begin. */
  async serve(body: Body): Promise<void> {
    for (;;) {
      this.#board.take(this.turn.me);
      if (this.#words[ABORT] === LEAVE) break;
      const awaited = this.turn.isOver ? undefined : this.#execute(body);
      if (awaited) await awaited;
      this.#end();
    }
  }

  /** Runs the body; a promise only if it awaits, as tasks that it left behind must not run. */
  #execute(body: Body): Promise<void> | undefined {
    const { turn } = this;
    try {
      const state = this.#prepare();
      turn.active = true;
      const result = body(state);
      if (isThenable(result)) return this.#await(result);
    } catch (error) {
      this.#thrown(error);
    }
    turn.active = false;
    return undefined;
  }

  async #await(result: PromiseLike<unknown>): Promise<void> {
    try {
      await this.#settle(result);
    } catch (error) {
      this.#thrown(error);
    } finally {
      this.turn.active = false;
    }
  }

  /** Marks this thread as dead, in one step with its death: a later mark is only seen later. */
  #die(): void {
    const { id, roster } = this.#init;
    if (roster === undefined) return;
    this.turn.active = false;
    markDead(roster, id);
    const place = this.#memory.placeOf(roster, slotOf(roster, id)!);
    this.turn.active = true;
    this.#memory.touch(place, 4, true);
    // Who sees the mark sees all that the dead thread did.
    this.turn.races?.atomic(this.turn.me, place, 4, BOTH);
  }

  #thrown(error: unknown): void {
    if (!this.turn.isOver) this.turn.fail("exception", error);
  }

  /** Makes the realm as new, and this thread's view of what is shared. */
  #prepare(): unknown {
    this.#time.reset(this.turn.me);
    // What the library draws at random is drawn from the virtual source.
    this.turn.active = true;
    resetRealm();
    this.turn.active = false;
    realm.canBlock = true;
    realm.looks = 1;
    realm.slice = this.#init.slice;
    realm.slots = this.#init.slots;
    realm.threadId = this.#init.id;
    realm.roster = this.#init.roster;
    this.#atomics.reset();
    this.#memory.reset();
    this.#loose = undefined;
    const state = rebuild(
      this.#init.template,
      (view) => this.#memory.checked(view),
    );
    this.#words[this.turn.t + STATUS] = READY;
    return state;
  }

  /** The body is over, or unwound. */
  #end(): void {
    const words = this.#words;
    if (words[this.turn.t + STATUS] !== DEAD) {
      words[this.turn.t + STATUS] = DONE;
    }
    if (words[ABORT]) return this.turn.giveUp(UNWOUND);
    words[QUIET] = words[IDLE_ROUNDS] = 0;
    this.turn.check();
    if (words[ABORT]) return this.turn.giveUp(UNWOUND);
    let next = this.turn.scheduler.next();
    // All have ended: if there is nothing to say to that, the next execution begins.
    while (next === -ENDED && !this.#concernsController()) {
      this.#cycle.count();
      if (realNow() >= this.#board.until) return this.turn.giveUp(PAUSED);
      if (!this.#cycle.advance()) return this.turn.giveUp(EXHAUSTED);
      next = this.turn.scheduler.next();
    }
    this.turn.handOver(next);
  }

  #concernsController(): boolean {
    const words = this.#words;
    if ((words[FLAGS]! & ONCE) !== 0) return true;
    for (let t = 0; t < words[THREADS]!; t++) {
      if (words[this.#board.thread(t) + STATUS] === DEAD) return true;
    }
    return this.#cycle.isNewEnd();
  }

  /** Runs the tasks of a body that awaits: what arrived, what is due, one at a time. */
  async #settle(result: PromiseLike<unknown>): Promise<void> {
    const words = this.#words, t = this.turn.t;
    let settled = false;
    let failed: { readonly error: unknown } | undefined;
    result.then(() => settled = true, (error) => {
      settled = true;
      failed = { error };
    });
    for (;;) {
      await new Promise<void>(afterMicrotasks);
      if (words[ABORT]) return;
      if (this.#loose) throw this.#loose.reason;
      if (failed) throw failed.error;
      if (settled) return;
      const timer = this.#time.next;
      this.#board.times[this.turn.me] = timer?.due ?? Infinity;
      words[t + SOON] = timer && !timer.long ? 1 : 0;
      words[t + STATUS] = IDLE;
      words[t + OP] = DELIVER;
      this.turn.check();
      if (!words[ABORT]) this.turn.away();
      if (words[ABORT]) return;
      words[t + STATUS] = READY;
      const fires = words[t + FIRE] === 1 || words[t + ARRIVED] === 0;
      words[t + FIRE] = 0;
      if (fires) {
        this.turn.trace("timer");
        this.#time.fire();
      } else {
        this.#atomics.deliver();
      }
    }
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value &&
    typeof value.then === "function";
}
