/**
 * The controller: the threads of a model, and one execution after another.
 *
 * *Invariants*
 * - I1: between executions every thread waits for its turn to begin, and the bytes of
 *   the program are those that `setup` left.
 * - I2: the fleet ends by cooperation: each thread leaves its loop, then its realm.
 *
 * @module
 */

import { comeAlive, createRoster, enlist } from "../primitives/_roster.ts";
import { unpackError } from "../workers/_codec.ts";
import type { Init } from "./_agent.ts";
import { Cycle } from "./_cycle.ts";
import { type Fault, Judge, type Program, type Sleep } from "./_judge.ts";
import {
  ABORT,
  Board,
  BOUND,
  CHECK,
  CHECKED,
  CHOSEN,
  CURRENT,
  DEATHS,
  DEPTH,
  DONE,
  EXECUTIONS,
  EXHAUSTED,
  FLAGS,
  FOLLOW,
  FRESH,
  GREW,
  LEAVE,
  LONGEST,
  MODE,
  MOST_STEPS,
  ONCE,
  PAUSED,
  PREFIX,
  REASON,
  RECORDED,
  REDUNDANT,
  RUN,
  RUNS,
  SEED,
  SPURIOUS,
  STATUS,
  STEPS,
  STEPS_SUM,
  STUCK,
  THREADS,
  UNWIND,
  WANTED,
  ZOMBIES,
} from "./_board.ts";
import { realNow } from "./_native.ts";
import { Races } from "./_races.ts";
import { Scheduler } from "./_scheduler.ts";
import { encode, type Layout, layoutOf } from "./_state.ts";

/** What a fleet is set to. */
export interface Settings {
  readonly maxSteps: number;
  readonly slice: number;
  readonly cores: number;
  readonly deaths: number;
  readonly zombies: number;
  readonly spurious: number;
  /** Slots per wait queue of Interlock, if not its own number. */
  readonly slots: number | undefined;
  /** Whether threads know the roster. */
  readonly roster: boolean;
}

/** How the choices of an execution are made. */
export interface Plan {
  readonly mode: number;
  readonly flags: number;
  readonly bound?: number;
  /** Choices to follow. */
  readonly wanted?: readonly number[];
  /** For the random strategies. */
  readonly seed?: number;
  readonly runs?: number;
  readonly depth?: number;
}

/** What became of executions of a plan. */
export interface Pass {
  /** All executions of the plan are done. */
  readonly exhausted: boolean;
  /** The last one, if it failed. */
  readonly failed: Run | undefined;
}

/** An execution. */
export interface Run {
  readonly reason: number;
  readonly steps: number;
  readonly fault: Fault | undefined;
  readonly sleeps: readonly Sleep[];
}

/** A thread that does not come back in this time runs without end. */
const PATIENCE = 20_000;

/** Threads that wait for their next model, by the modules that they have imported. */
const idle = new Map<string, Worker[]>();

/** Ends the threads that were kept. */
export function endIdle(): void {
  for (const workers of idle.values()) {
    for (const worker of workers) worker.terminate();
  }
  idle.clear();
}

/** A roster of model threads; their ids are always the same. */
function enrol(names: readonly string[]) {
  const slots = names.length + 1;
  const roster = createRoster(0, slots, new Uint32Array(slots));
  const ids = names.map((name) => enlist(roster, name));
  for (const id of ids) comeAlive(roster, id);
  return { ids, roster };
}

/** The threads of a model. */
export class Fleet {
  readonly board: Board;
  readonly layout: Layout;
  readonly #program: Program;
  readonly #settings: Settings;
  readonly #workers: Worker[] = [];
  /** The modules that its threads have imported, if they are kept for others. */
  #kept: string | undefined;
  readonly #scheduler: Scheduler;
  readonly #cycle: Cycle;
  readonly #judge: Judge;
  /** Whether what a thread records is part of how an execution ends. */
  readonly #recorded: boolean;

  /** Starts the threads; resolves when all have imported the module. */
  static async start(
    program: Program,
    settings: Settings,
    { judge, imports = [], keeps = false }: {
      readonly judge?: (board: Board) => Fault | undefined;
      readonly imports?: readonly string[];
      readonly keeps?: boolean;
    } = {},
  ): Promise<Fleet> {
    const n = program.bodies.length;
    const { ids, roster } = enrol(program.bodies.map(({ name }) => name));
    // Who never looks again need not know who is dead.
    const known = settings.roster ? roster : undefined;
    const template = encode(program.state);
    const layout = layoutOf(template, known);
    const board = new Board(Board.allocate(settings.maxSteps, layout.length));
    board.words[THREADS] = n;
    const races = Races.allocate(layout, n);
    const fleet = new Fleet(program, settings, board, layout, races, judge);
    const modules = [program.module, ...imports].join(" ");
    const free = keeps && idle.get(modules) || [];
    try {
      await Promise.all(
        program.bodies.map((body, me) =>
          fleet.#spawn(free.pop(), {
            keeps,
            me,
            id: ids[me]!,
            roster: known,
            board: board.memory,
            races,
            template,
            module: program.module,
            imports,
            body,
            slice: settings.slice,
            cores: settings.cores,
            slots: settings.slots,
          })
        ),
      );
    } catch (error) {
      fleet.end();
      throw error;
    }
    if (keeps) fleet.#kept = modules;
    return fleet;
  }

  private constructor(
    program: Program,
    settings: Settings,
    board: Board,
    layout: Layout,
    races: SharedArrayBuffer | undefined,
    judge: ((board: Board) => Fault | undefined) | undefined,
  ) {
    this.#program = program;
    this.#settings = settings;
    this.board = board;
    this.layout = layout;
    this.#scheduler = new Scheduler(board);
    this.#cycle = new Cycle(
      board,
      layout,
      races && new Races(races, layout, program.bodies.length),
    );
    this.#cycle.remember();
    this.#judge = new Judge(program, board, layout, judge);
    this.#recorded = judge !== undefined;
  }

  #spawn(
    worker = new Worker(new URL("./agent.js", import.meta.url), {
      type: "module",
      name: "model thread",
    }),
    init: Init,
  ): Promise<void> {
    this.#workers.push(worker);
    return new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => {
        if (data === "ready") resolve();
        else reject(unpackError(data, init.body.name));
      };
      worker.onerror = (event) => {
        event.preventDefault();
        reject(
          new Error(`Cannot start a model thread: ${event.message}`),
        );
      };
      worker.postMessage(init);
    });
  }

  /** Ends the threads. */
  end(): void {
    this.board.words[ABORT] = LEAVE;
    for (let t = 0; t < this.#workers.length; t++) this.board.give(t);
    if (this.#kept === undefined) {
      for (const worker of this.#workers) worker.terminate();
    } else {
      const free = idle.get(this.#kept) ?? [];
      idle.set(this.#kept, [...free, ...this.#workers]);
    }
    this.#workers.length = 0;
  }

  /** The choices that the last execution made. */
  choices(): number[] {
    const { words } = this.board;
    return Array.from(
      { length: words[STEPS]! },
      (_, i) => words[this.board.node(i) + CHOSEN]!,
    );
  }

  /** How many threads there are. */
  get size(): number {
    return this.#program.bodies.length;
  }

  /** Runs one execution that follows choices. Blocks. */
  run(plan: Plan): Run {
    this.begin({ ...plan, flags: plan.flags | ONCE });
    this.#cycle.begin();
    return this.#finish();
  }

  /** Changes the bytes that every execution begins with. */
  change(write: () => void): void {
    this.#cycle.begin();
    write();
    // Another program may contend for other words.
    this.board.access.fill(0);
    this.#cycle.remember();
    this.#cycle.forgetEnds();
  }

  /** Puts a plan on the board. */
  begin(plan: Plan): void {
    const { board } = this, { words } = board, settings = this.#settings;
    const { wanted } = plan;
    words[MODE] = plan.mode;
    words[FLAGS] = plan.flags | (this.#program.invariant ? CHECKED : 0) |
      (this.#recorded ? RECORDED : 0);
    words[BOUND] = Math.min(plan.bound ?? Infinity, 0x7fffffff);
    words[PREFIX] = wanted?.length ?? 0;
    words[MOST_STEPS] = settings.maxSteps;
    words[DEATHS] = settings.deaths;
    words[ZOMBIES] = settings.zombies;
    words[SPURIOUS] = settings.spurious;
    words[SEED] = plan.seed ?? 0;
    words[RUN] = -1;
    words[RUNS] = Math.min(plan.runs ?? 0, 0x7fffffff);
    words[DEPTH] = plan.depth ?? 0;
    words[LONGEST] =
      words[EXECUTIONS] =
      words[STEPS_SUM] =
      words[GREW] =
        0;
    wanted?.slice(0, settings.maxSteps).forEach((choice, i) =>
      words[board.node(i) + WANTED] = choice
    );
  }

  /** Runs executions of the plan until one fails, all are done, or the time has come. Blocks. */
  go(until: number): Pass {
    this.board.until = until;
    while (this.#cycle.advance()) {
      const run = this.#finish();
      if (run.fault) return { exhausted: false, failed: run };
      if (run.reason === EXHAUSTED) break;
      const late = realNow() >= until;
      if (late || run.reason === PAUSED) {
        return { exhausted: false, failed: undefined };
      }
    }
    return { exhausted: true, failed: undefined };
  }

  /** Starts what is prepared, and waits until the turn comes back. */
  #finish(): Run {
    const { board } = this, { words } = board, n = this.size;
    const next = this.#scheduler.next();
    let fault: Fault | undefined;
    let checked = -1;
    if (next < 0) words[REASON] = -next;
    else {
      board.give(next);
      for (;;) {
        if (!board.take(n, PATIENCE)) this.#lose();
        if (words[REASON] !== CHECK) break;
        fault = this.#judge.check();
        if (fault) {
          checked = words[CURRENT]!;
          break;
        }
        board.give(words[CURRENT]!);
      }
    }
    const reason = words[REASON]!;
    const steps = words[STEPS]!;
    const over = reason === EXHAUSTED || reason === PAUSED;
    if (over) return { reason, steps, fault: undefined, sleeps: [] };
    if (reason !== REDUNDANT) this.#cycle.count();
    const sleeps = reason === STUCK ? this.#judge.sleeps() : [];
    fault ??= this.#judge.judge(reason, sleeps);
    this.#unwind(checked);
    return { reason, steps, fault, sleeps };
  }

  /** Ends what is left of an execution. */
  #unwind(checked: number): void {
    const { board } = this, { words } = board, n = this.#program.bodies.length;
    words[ABORT] = UNWIND;
    for (let t = 0; t < n; t++) {
      const status = words[board.thread(t) + STATUS]!;
      if (t !== checked && (status === DONE || status === FRESH)) continue;
      board.give(t);
      if (!board.take(n, PATIENCE)) this.#lose();
    }
  }

  /** A thread keeps its turn: nothing can be done about that. */
  #lose(): never {
    this.#kept = undefined;
    throw new Error(
      `A thread of the model ran for ${
        PATIENCE / 1000
      } s without any Atomics operation, or does not end when its operations throw: it cannot be stopped`,
    );
  }
}

/** The plan that follows choices. */
export function following(choices: readonly number[], flags: number): Plan {
  return { mode: FOLLOW, flags, wanted: choices };
}
