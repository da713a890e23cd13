/**
 * The judge: what is wrong with an execution, seen from its end.
 *
 * @module
 */

import { unpackError } from "../workers/_codec.ts";
import {
  BLOCKED,
  type Board,
  DEAD,
  DIFFERENT,
  DONE,
  ENDED,
  ENTRIES,
  FAILED,
  FOLLOW,
  LIMIT,
  LIVELOCK,
  MODE,
  MOST_STEPS,
  STATE,
  STATUS,
  STEPS,
  STUCK,
  VALUE,
  WAITER,
  WAITING,
  WORD,
} from "./_board.ts";
import type { Wanted } from "./_function.ts";
import { native } from "./_native.ts";
import { type Layout, nameOf } from "./_state.ts";
import { textOf } from "./_trace.ts";

/** What a model amounts to once its parts are found. */
export interface Program {
  readonly module: string;
  /** The exports that the threads run. */
  readonly bodies: readonly Wanted[];
  readonly state: unknown;
  readonly invariant: ((state: unknown) => unknown) | undefined;
  readonly final: ((state: unknown, run: Ended) => unknown) | undefined;
  readonly stuck: ((state: unknown, run: Ended) => boolean) | undefined;
  /** Names what is held at the end, if it must not be. */
  readonly leftOver: ((state: unknown) => string | undefined) | undefined;
}

/** How an execution ended, for `final` and `stuck`. */
export interface Ended {
  /** The numbers of the threads that died. */
  readonly dead: readonly number[];
  /** The numbers of the threads that can never go on. */
  readonly waiting: readonly number[];
}

/** What an execution must not do. */
export type FailureKind =
  | "invariant"
  | "final"
  | "exception"
  | "deadlock"
  | "lost wake-up"
  | "livelock"
  | "left held"
  | "data race"
  | "not linearizable"
  | "nondeterminism";

/** What is wrong with an execution. */
export interface Fault {
  readonly kind: FailureKind;
  readonly message: string;
  readonly error?: unknown;
  /** The thread that failed. */
  readonly thread?: number;
}

/** A wait that never ended. */
export interface Sleep {
  readonly thread: number;
  readonly place: number;
  /** The value that the thread sleeps on, and what stands there. */
  readonly value: number;
  readonly now: number;
  readonly blocks: boolean;
}

/** Judges executions of a program. */
export class Judge {
  readonly #program: Program;
  readonly #board: Board;
  readonly #layout: Layout;
  readonly #further: ((board: Board) => Fault | undefined) | undefined;

  /** `further` judges what ended without a fault. */
  constructor(
    program: Program,
    board: Board,
    layout: Layout,
    further: ((board: Board) => Fault | undefined) | undefined,
  ) {
    this.#program = program;
    this.#board = board;
    this.#layout = layout;
    this.#further = further;
  }

  #statuses(): number[] {
    const board = this.#board;
    return this.#program.bodies.map((_, t) =>
      board.words[board.thread(t) + STATUS]!
    );
  }

  /** The waits that are still in the list. */
  sleeps(): Sleep[] {
    const board = this.#board,
      layout = this.#layout,
      { words } = board,
      sleeps: Sleep[] = [];
    const statuses = this.#statuses();
    for (let i = 0; i < words[ENTRIES]!; i++) {
      const e = board.entry(i), thread = words[e + WAITER]!;
      if (words[e + STATE] !== WAITING || statuses[thread] === DEAD) continue;
      const place = words[e + WORD]!;
      const b = layout.bases.findLastIndex((base) => base <= place);
      const now = place < 0 ? words[e + VALUE]! : native.load(
        new Int32Array(layout.buffers[b]!),
        (place - layout.bases[b]!) >> 2,
      );
      sleeps.push({
        thread,
        place,
        value: words[e + VALUE]!,
        now,
        blocks: statuses[thread] === BLOCKED,
      });
    }
    return sleeps;
  }

  /** Whether the invariant holds. */
  check(): Fault | undefined {
    const { invariant, state } = this.#program;
    return this.#ask("invariant", () => invariant!(state));
  }

  /** A check fails by throwing, or by returning false. */
  #ask(kind: "invariant" | "final", check: () => unknown): Fault | undefined {
    try {
      const answer = check();
      if (answer === false) {
        return { kind, message: `the ${kind} check is false` };
      }
      if (typeof (answer as PromiseLike<unknown> | null)?.then === "function") {
        const message =
          `the ${kind} check returned a promise: it must not be async`;
        return { kind, message, error: new TypeError(message) };
      }
      return undefined;
    } catch (error) {
      return { kind, message: textOf(error), error };
    }
  }

  /** What is wrong with an execution that ended for this reason. */
  judge(reason: number, sleeps: readonly Sleep[]): Fault | undefined {
    const { state, final, stuck, leftOver } = this.#program;
    const { words } = this.#board;
    const statuses = this.#statuses();
    const numbers = (test: (status: number) => boolean) =>
      [...statuses.keys()].filter((t) => test(statuses[t]!));
    const run: Ended = {
      dead: numbers((status) => status === DEAD),
      waiting: numbers((status) => status < DONE),
    };
    let excused = false;
    if (stuck && (reason === STUCK || reason === LIVELOCK)) {
      const ask = () => void (excused = stuck(state, run));
      const fault = this.#ask("final", ask);
      if (fault) return fault;
    }
    switch (reason) {
      case ENDED: {
        const fault = final && this.#ask("final", () => final(state, run));
        if (fault) return fault;
        const held = run.dead.length === 0 ? leftOver?.(state) : undefined;
        if (held !== undefined) return { kind: "left held", message: held };
        return this.#further?.(this.#board);
      }
      case STUCK: {
        if (excused) return this.#further?.(this.#board);
        const where = sleeps.map((sleep) =>
          `T${sleep.thread} ${sleep.blocks ? "sleeps" : "awaits"} on ${
            nameOf(this.#layout, sleep.place)
          }`
        );
        for (const t of run.waiting) {
          if (sleeps.some(({ thread }) => thread === t)) continue;
          where.push(`T${t} awaits what never comes`);
        }
        return { kind: "deadlock", message: where.join(", ") };
      }
      case LIVELOCK:
        if (excused) return this.#further?.(this.#board);
        return {
          kind: "livelock",
          message: `${run.waiting.map((t) => `T${t}`).join(" and ")} ${
            run.waiting.length > 1 ? "spin" : "spins"
          }, and nothing changes`,
        };
      case LIMIT:
        return {
          kind: "livelock",
          message: `no end after ${
            words[MOST_STEPS]
          } steps; is it a loop, or more work than 'maxSteps' allows?`,
        };
      case DIFFERENT:
        return {
          kind: "nondeterminism",
          message: words[MODE] === FOLLOW
            ? `the schedule does not fit the program at choice ${
              words[STEPS]! + 1
            }; has one of them changed?`
            : `the program did something else at choice ${
              words[STEPS]! + 1
            } than before, by the same choices; does it keep state in its module, or use what the tester does not control?`,
        };
      case FAILED: {
        const line = this.#board.lines().findLast((line) =>
          line.startsWith('{"failure"')
        );
        const { kind, thread, error, place, found } = JSON.parse(line!).failure;
        if (kind === "data race") {
          const message = `${nameOf(this.#layout, place)}: ${found}`;
          return { kind, message: `T${thread}: ${message}`, thread };
        }
        const real = unpackError(error, this.#program.bodies[thread]!.name);
        return {
          kind,
          message: `T${thread}: ${textOf(real)}`,
          error: real,
          thread,
        };
      }
    }
    return undefined;
  }
}
