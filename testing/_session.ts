/**
 * From a model to its fleet, and from a failure to words.
 *
 * @module
 */

import { integer, show } from "../primitives/_validate.ts";
import { type Board, EXPLORE, TRACED } from "./_board.ts";
import { Fleet, following, type Run, type Settings } from "./_fleet.ts";
import { wanted } from "./_function.ts";
import type { Fault, Program } from "./_judge.ts";
import { leftOvers } from "./_left_over.ts";
import { formatSchedule, shrink } from "./_schedule.ts";
import { LONG } from "./_scheduler.ts";
import { type Progress, search } from "./_search.ts";
import { explain, type Row, table } from "./_table.ts";
import { progressLine } from "./_terminal.ts";
import type {
  Exploration,
  ExploreOptions,
  Failure,
  Faults,
  Model,
} from "./model.ts";
import type { Strategy } from "./strategy.ts";

/** What only the tester's own parts and tests ask for. */
export interface Internals {
  /** A further judgement of executions that ended. */
  readonly judge?: (board: Board) => Fault | undefined;
  /** Which executions are left out that others stand for: those with other orders of what is independent, those that give way before a local operation. All if left out. */
  readonly reduce?: { readonly sleepSets?: boolean; readonly local?: boolean };
  /** Modules that the threads need beside the one of their bodies. */
  readonly imports?: readonly string[];
  /** Slots per wait queue of Interlock, so that few waiters are too many. */
  readonly slots?: number;
  /** Whether threads know the roster also if they never look again. */
  readonly roster?: boolean;
  /** Whether threads are kept for the next model of the same module; {@linkcode endIdle} ends them. */
  readonly keeps?: boolean;
}

/** How long a failing schedule is made shorter, in milliseconds. */
const SHRINKING = 1500;

/** A model with its threads running. */
export class Session {
  readonly fleet: Fleet;
  readonly #program: Program;
  readonly #flags: number;
  readonly #rechecks: boolean;
  readonly #reduce: { readonly sleepSets: boolean; readonly local: boolean };

  /** Checks a model and its options, and starts its threads. */
  static async open<S>(
    verb: string,
    model: Model<S>,
    options: ExploreOptions,
    internals: Internals = {},
  ): Promise<Session> {
    const program = programOf(verb, model, options);
    const settings = settingsOf(verb, model, options, internals);
    const fleet = await Fleet.start(program, settings, internals);
    const explores = options.timeouts === "explore";
    return new Session(fleet, program, explores ? EXPLORE : 0, {
      sleepSets: internals.reduce?.sleepSets ?? true,
      // A death before a local operation leaves other bytes than one after it, and so
      // may an invariant see.
      local: (internals.reduce?.local ?? true) && settings.deaths === 0 &&
        model.invariant === undefined,
    }, settings.slice !== Infinity);
  }

  private constructor(
    fleet: Fleet,
    program: Program,
    flags: number,
    reduce: { readonly sleepSets: boolean; readonly local: boolean },
    rechecks: boolean,
  ) {
    this.fleet = fleet;
    this.#program = program;
    this.#flags = flags;
    this.#reduce = reduce;
    this.#rechecks = rechecks;
  }

  /** Runs executions of a strategy; the last one, if it failed. */
  async search(
    strategy: Strategy,
    budget: number,
  ): Promise<{ progress: Progress; failed: Run | undefined }> {
    const terminal = progressLine();
    try {
      return await search({
        fleet: this.fleet,
        flags: this.#flags,
        ...this.#reduce,
        budget,
        report: (progress) => terminal.show(progress),
      }, strategy);
    } finally {
      terminal.clear();
    }
  }

  /** Runs the execution of a schedule. */
  follow(choices: readonly number[]): Run {
    return this.fleet.run(following(choices, this.#flags));
  }

  /** What the last execution, which failed, comes down to. */
  tell(failed: Run): Failure {
    const { fleet } = this, choices = fleet.choices();
    if (failed.fault!.kind === "nondeterminism") {
      return this.#tell(choices, failed);
    }
    const short = shrink(fleet, this.#flags, choices, failed, SHRINKING);
    return this.#tell(short.choices, short.run);
  }

  /** Ends the threads. */
  end(): void {
    this.fleet.end();
  }

  /** Repeats a failure with a record, and puts it into words. */
  #tell(choices: readonly number[], failed: Run): Failure {
    const { fleet } = this;
    const bodies = this.#program.bodies.map(({ name }) => name);
    const schedule = formatSchedule({
      choices,
      explores: (this.#flags & EXPLORE) !== 0,
      rechecks: this.#rechecks,
    });
    const run = fleet.run(following(choices, this.#flags | TRACED));
    const rows = fleet.board.lines().map((line) => JSON.parse(line))
      .filter((row) => "op" in row)
      .map((row, i): Row => ({ ...row, step: i + 1 }));
    let { kind, message, error } = failed.fault!;
    if (kind === "nondeterminism") {
      // What differs once may not differ again: the first account stands.
    } else if (run.fault?.kind !== kind) {
      message = `the same choices led to "${kind}" once, and then to "${
        run.fault?.kind ?? "success"
      }"; does the program keep state in its module, or use what the tester does not control?`;
      kind = "nondeterminism";
    } else {
      ({ message, error } = run.fault);
      if (kind === "deadlock" && run.sleeps.length > 0) {
        const why = explain(rows, run.sleeps, fleet.layout, bodies);
        if (why.lost) kind = "lost wake-up";
        message = why.message;
      }
    }
    return {
      kind,
      message,
      schedule,
      table: table(rows, fleet.layout, bodies),
      ...(error !== undefined && { error }),
    };
  }
}

/** What an exploration resolves to. */
export function exploration(
  { executions, steps, complete, time }: Progress,
  failure: Failure | undefined,
): Exploration {
  return {
    ok: failure === undefined,
    executions,
    steps,
    complete,
    time,
    ...(failure && { failure }),
    assertOk() {
      if (!failure) return;
      const { kind, message, schedule, table, error, history } = failure;
      const repeat = history === undefined
        ? `Replay it: await replay("${schedule}", model)\n`
        : "";
      throw new Error(
        `${kind}, in execution ${executions}\n${message}\n\n${table}\n\n${repeat}`,
        error === undefined ? undefined : { cause: error },
      );
    },
  };
}

/** Finds the parts of a model. */
function programOf<S>(
  verb: string,
  model: Model<S>,
  { mayHold = false }: ExploreOptions,
): Program {
  const { module, threads, setup, invariant, final, stuck } = model;
  if (!Array.isArray(threads) || threads.length < 1 || threads.length > 8) {
    throw new RangeError(
      `Cannot ${verb}: 'threads' must be a list of 1 to 8 functions, received ${
        show(threads)
      }`,
    );
  }
  const bodies = threads.map((thread, i) =>
    wanted(verb, `threads[${i}]`, thread)
  );
  const state = setup?.() as S;
  // deno-lint-ignore no-explicit-any
  type Any = any;
  return {
    module: String(module),
    bodies,
    state,
    invariant: invariant as Any,
    final: final as Any,
    stuck: stuck as Any,
    leftOver: mayHold ? undefined : leftOvers(state),
  };
}

/** Checks the options. */
function settingsOf<S>(
  verb: string,
  { threads }: Model<S>,
  options: ExploreOptions,
  internals: Internals,
): Settings {
  const { timeouts = "virtual", faults = {}, maxSteps = 10_000 } = options;
  const { budgetMs = 20_000, cores } = options;
  integer(verb, "maxSteps", maxSteps, 1, 1_000_000);
  if (typeof budgetMs !== "number" || !(budgetMs > 0)) {
    throw new RangeError(
      `Cannot ${verb}: 'budgetMs' must be more than 0 milliseconds, received ${
        show(budgetMs)
      }`,
    );
  }
  if (timeouts !== "virtual" && timeouts !== "explore") {
    throw new TypeError(
      `Cannot ${verb}: 'timeouts' must be "virtual" or "explore", received ${
        show(timeouts)
      }`,
    );
  }
  const most = (name: keyof Faults) => {
    const n = faults[name] ?? 0;
    if (n !== Infinity) integer(verb, `faults.${name}`, n, 0, 1_000_000);
    return Math.min(n, 1_000_000);
  };
  const deaths = most("death"), zombies = most("zombie");
  if (cores !== undefined) integer(verb, "cores", cores, 1, 1_000_000);
  const recheck = options.recheck ?? (deaths > 0 || zombies > 0);
  return {
    maxSteps,
    slice: recheck ? LONG : Infinity,
    cores: cores ?? threads.length,
    deaths,
    zombies,
    spurious: most("spurious"),
    slots: internals.slots,
    roster: recheck || internals.roster === true,
  };
}
