/**
 * Thread: a task that runs in a worker of its own.
 *
 * Words, states and invariants are those of `_protocol.ts`.
 *
 * *Progress* · `join` and `result` block on shared memory only, so they work while
 * no event loop turns; what a blocked starter cannot be told (that the worker never
 * came to life) it finds by a deadline.
 *
 * *Source* · Python's `threading.Thread`. Differences: it runs a task, not any
 * function; `result` returns what it returned or throws what it threw; it can be
 * asked to stop; there are no daemons.
 *
 * @module
 */

import {
  type AsyncWaitOptions,
  type WaitOptions,
  wake,
} from "../primitives/_park.ts";
import { realm } from "../primitives/_realm.ts";
import { enlist, giveUp, isDead, openRoster } from "../primitives/_roster.ts";
import { threadId } from "../primitives/_thread_id.ts";
import { show } from "../primitives/_validate.ts";
import { CancelledError } from "../primitives/errors.ts";
import { Errand } from "./_errand.ts";
import { FAILED, type Start, STARTING } from "./_protocol.ts";
import {
  onFailure,
  openLifeline,
  scopeName,
  type WorkerLike,
} from "./_runtime.ts";
import { readProblem, startSupervisor, startWorker } from "./_runtime_start.ts";
import { introduce, superviseBy, tellSupervisor } from "./_supervisor.ts";
import type { TaskRef } from "./task.ts";

export type { WorkerLike };

/** What a {@linkcode Thread} can be made with. */
export interface ThreadOptions {
  /** Its name, for messages; `Thread-N (task)` if left out. */
  name?: string;
  /** Makes its worker, and if need be the supervisor's, in an application that brings its own entry. */
  worker?: () => WorkerLike;
}

/** What a thread knows of itself. */
export interface CurrentThread {
  /** Its id, a positive integer. */
  readonly id: number;
  /** Its name. */
  readonly name: string;
}

/**
 * A task that runs in a worker of its own, with its arguments.
 *
 * Shared objects among the arguments and in the result are opened on arrival; all
 * else is copied, as by `postMessage`. The thread ends when what the task returns
 * has settled. For many short tasks a pool is cheaper: a thread takes 10 ms to start.
 *
 * Memory: what was done before `start()` is visible to the task, and what the task
 * did is visible after `join()`.
 *
 * @example Usage
 * ```ts ignore
 * const thread = new Thread(double, [21]).start();
 * console.log(thread.result()); // 42
 * ```
 */
export class Thread<R = unknown, A extends unknown[] = never> {
  /** Makes structured clone refuse, with this sentence. */
  readonly notShareable: symbol = Symbol(
    "A Thread belongs to the thread that made it: share an Event or a Latch instead. It",
  );
  /** Its name. */
  readonly name: string;
  readonly #errand: Errand;
  #id: number | undefined;
  #worker: WorkerLike | undefined;
  #lifeSign = Infinity;

  /** Makes a thread for a task without arguments. */
  constructor(task: (() => R) & TaskRef);
  /** Makes a thread for a task with these arguments; `start` starts it. */
  constructor(
    task: ((...args: A) => R) & TaskRef,
    args: A,
    options?: ThreadOptions,
  );
  /** Makes a thread for a task with these arguments; `start` starts it. */
  constructor(
    task: ((...args: A) => R) & TaskRef,
    args: unknown[] = [],
    options?: ThreadOptions,
  ) {
    const look = () => this.#look();
    this.#errand = new Errand("Thread", this, look, task, args, options);
    this.name = this.#errand.name;
  }

  /** The running thread: in a Thread its id and name, else those of the program or worker. */
  static get current(): CurrentThread {
    return realm.current ??= {
      id: threadId(),
      name: scopeName(),
    };
  }

  /** The threads that this thread has started and that have not ended; a snapshot. */
  static enumerate(): Thread[] {
    const threads: Set<Thread> = realm.threads;
    for (const thread of threads) {
      if (thread.isAlive) continue;
      threads.delete(thread);
      // Another copy of the library looks after its own.
      if (#errand in thread) thread.#errand.collect();
    }
    return [...threads];
  }

  /** Its id, a positive integer that is its own; undefined before it starts. */
  get id(): number | undefined {
    return this.#id;
  }

  /** Whether it has started and not ended; it may have ended when you read it. */
  get isAlive(): boolean {
    if (!this.#errand.begun) return false;
    this.#look();
    return !this.#errand.ended;
  }

  /**
   * Starts it, and returns it. Does not block; that it could not start is told by
   * `join` and `result`.
   *
   * @throws {SyncStateError} if it has been started before, or if this thread is
   * loading a task's module: guard the program with `if (import.meta.main)`.
   */
  start(): this {
    const errand = this.#errand;
    const roster = openRoster(Thread.current.name);
    const port = errand.begin()!;
    this.#id = enlist(roster, this.name);
    this.#lifeSign = performance.now() + realm.lifeSign;
    // Nobody need join a thread: those that have ended are let go here too.
    Thread.enumerate();
    realm.threads.add(this);
    try {
      const { task, control, serves, scope, makeWorker } = errand;
      const problem = readProblem(task.url);
      if (problem !== undefined) throw new Error(problem);
      const worker = makeWorker?.() ?? startWorker(this.name);
      this.#worker = worker;
      onFailure(worker, (error) => this.#crash(error));
      const line = openLifeline(), life = line?.port2;
      const start: Start = {
        interlock: 1,
        name: this.name,
        id: this.#id,
        roster,
        task,
        control: control.memory,
        port,
        life,
        serves,
        scope,
      };
      worker.postMessage(start, life === undefined ? [port] : [port, life]);
      superviseBy(
        roster,
        makeWorker === undefined
          ? [startSupervisor]
          : [startSupervisor, makeWorker],
      );
      introduce(this.#id, line?.port1);
    } catch (error) {
      port.close();
      this.#crash(error);
    }
    return this;
  }

  /**
   * Blocks until the thread has ended; false if the timeout, in milliseconds, passes first.
   * What it threw is thrown by `result`, not here.
   *
   * @throws {ThreadStartError} if it could not start.
   * @throws {WouldBlockError} where blocking is forbidden; use `joinAsync`.
   */
  join(wait?: number | WaitOptions): boolean {
    return this.#errand.join(wait);
  }

  /** Waits like `join`, without blocking the thread. */
  async joinAsync(wait?: number | AsyncWaitOptions): Promise<boolean> {
    return await this.#errand.joinAsync(wait);
  }

  /**
   * Blocks until the thread has ended; returns what its task returned, or throws
   * what it threw, with class, message, code, cause and the stack of its thread.
   *
   * @throws {TimeoutError} if the timeout, in milliseconds, passes first.
   * @throws {ThreadStartError} if it could not start.
   * @throws {WouldBlockError} where a result only comes to a thread that does not block.
   */
  result(wait?: number | WaitOptions): Awaited<R> {
    return this.#errand.result(wait) as Awaited<R>;
  }

  /** Waits like `result`, without blocking the thread. */
  async resultAsync(wait?: number | AsyncWaitOptions): Promise<Awaited<R>> {
    return await this.#errand.resultAsync(wait) as Awaited<R>;
  }

  /**
   * Asks the thread to end: its next wait that would sleep, or the one it is in,
   * throws CancelledError, `sleep` at once and others within a second. Code that
   * never waits is not stopped. Does not block.
   */
  stop(): void {
    const { stop } = this.#errand.expectBegun("stop");
    Atomics.store(stop, 0, 1);
    wake(stop, 0);
  }

  /**
   * Ends the worker by force, after a `stop`. Locks that the thread holds are abandoned
   * once it has really ended (see `Lock.recover`), and stay held until then.
   * `join` returns at once, and `result` throws CancelledError; whether the thread
   * runs on depends on the runtime: Deno stops an idle worker, but not one that is
   * busy, and a blocked one only at its next wake-up. Prefer `stop`.
   */
  terminate(): void {
    this.#errand.expectBegun("terminate");
    this.stop();
    this.#worker?.terminate();
    this.#neverAlive();
    if (this.#errand.ended) return;
    this.#errand.fail(new CancelledError(`${this} was terminated`));
  }

  /** Its name, and whether it is new, alive or ended; a snapshot. */
  toString(): string {
    const state = !this.#errand.begun
      ? "new"
      : this.#errand.ended
      ? "ended"
      : "alive";
    return `Thread(${show(this.name)}, ${state})`;
  }

  /** Looks whether it never came to life, or has ended without a word. */
  #look(): void {
    const { control, ended } = this.#errand;
    if (ended) return;
    if (isDead(this.#id!)) {
      this.#crash(new Error("its worker ended before its task"));
    } else if (performance.now() >= this.#lifeSign) {
      if (control.status.load() !== STARTING) return;
      this.#worker?.terminate();
      this.#crash(new Error(`no sign of life in ${realm.lifeSign / 1000} s`));
    }
  }

  /** The worker cannot go on, or never began. */
  #crash(error: unknown): void {
    const errand = this.#errand, { status } = errand.control;
    this.#neverAlive();
    this.#worker = undefined;
    if (errand.ended) return;
    if (status.compareExchange(STARTING, FAILED) === STARTING) {
      errand.failToStart(error);
    } else {
      errand.fail(error);
    }
  }

  /** If it has not come to life so far, it never will. */
  #neverAlive(): void {
    if (giveUp(realm.roster!, this.#id!)) tellSupervisor(realm.roster!);
  }
}
