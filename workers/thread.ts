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
import { drawThreadId, threadId } from "../primitives/_thread_id.ts";
import {
  callable,
  optionBag,
  show,
  waitOptions,
} from "../primitives/_validate.ts";
import {
  CancelledError,
  SyncStateError,
  ThreadStartError,
  TimeoutError,
  WouldBlockError,
} from "../primitives/errors.ts";
import { revive, unpackError } from "./_codec.ts";
import {
  type Control,
  createControl,
  FAILED,
  type Outcome,
  type Start,
  STARTING,
} from "./_protocol.ts";
import {
  canReceive,
  entryUrl,
  readProblem,
  receive,
  receiveAsync,
  scopeName,
  startWorker,
} from "./_runtime.ts";
import { type TaskId, taskId, type TaskRef } from "./task.ts";

/** What a {@linkcode Thread} can be made with. */
export interface ThreadOptions {
  /** Its name, for messages; `Thread-N (task)` if left out. */
  name?: string;
  /** Makes its worker, in an application that brings its own entry. */
  worker?: () => Worker;
}

/** What a thread knows of itself. */
export interface CurrentThread {
  /** Its id, a positive integer. */
  readonly id: number;
  /** Its name. */
  readonly name: string;
}

let made = 0;

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
  readonly #task: TaskId;
  readonly #args: unknown[];
  readonly #makeWorker: (() => Worker) | undefined;
  #id: number | undefined;
  #control: Control | undefined;
  #worker: Worker | undefined;
  #port: MessagePort | undefined;
  #lifeSign = Infinity;
  /** Gives or throws what the thread ended with, once that is known. */
  #outcome: (() => unknown) | undefined;
  #startError: ThreadStartError | undefined;

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
    const action = "create Thread";
    this.#task = taskId(action, task);
    if (!Array.isArray(args)) {
      throw new TypeError(
        `Cannot ${action}: 'args' must be an array, received ${show(args)}`,
      );
    }
    const { worker, name = `Thread-${++made} (${this.#task.name})` } =
      optionBag(action, options);
    if (typeof name !== "string") {
      throw new TypeError(
        `Cannot ${action}: 'name' must be a string, received ${show(name)}`,
      );
    }
    if (worker !== undefined) callable(action, "worker", worker);
    this.name = name;
    this.#args = [...args];
    this.#makeWorker = worker;
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
      if (!thread.isAlive) threads.delete(thread);
    }
    return [...threads];
  }

  /** Its id, a positive integer that is its own; undefined before it starts. */
  get id(): number | undefined {
    return this.#id;
  }

  /** Whether it has started and not ended; it may have ended when you read it. */
  get isAlive(): boolean {
    return this.#control !== undefined && this.#control.ended.count > 0;
  }

  /**
   * Starts it, and returns it. Does not block; that it could not start is told by
   * `join` and `result`.
   *
   * @throws {SyncStateError} if it has been started before, or if this thread is
   * loading a task's module: guard the program with `if (import.meta.main)`.
   */
  start(): this {
    if (this.#control !== undefined) {
      throw new SyncStateError(`Cannot start ${this}: it has been started`);
    }
    if (realm.loading) {
      throw new SyncStateError(
        `Cannot start ${this} while a thread loads this module: guard the program with if (import.meta.main)`,
      );
    }
    const { port1, port2 } = new MessageChannel();
    try {
      port1.postMessage(this.#args);
    } catch (cause) {
      port1.close();
      throw new TypeError(
        `Cannot start ${this}: 'args' cannot be sent to a thread: ${
          (cause as Error).message
        }`,
        { cause },
      );
    }
    const control = createControl();
    this.#control = control;
    this.#port = port1;
    this.#id = drawThreadId();
    this.#lifeSign = performance.now() + realm.lifeSign;
    // Nobody need join a thread: those that have ended are let go here too.
    Thread.enumerate();
    realm.threads.add(this);
    try {
      const own = this.#makeWorker === undefined;
      const problem = (own ? readProblem(entryUrl()) : undefined) ??
        readProblem(this.#task.url);
      if (problem !== undefined) throw new Error(problem);
      const worker = this.#makeWorker?.() ?? startWorker(this.name);
      this.#worker = worker;
      worker.addEventListener("error", (event) => {
        event.preventDefault();
        this.#crash(new Error(event.message || "its worker failed to load"));
      });
      const start: Start = {
        interlock: 1,
        name: this.name,
        id: this.#id,
        task: this.#task,
        control: control.memory,
        port: port2,
      };
      worker.postMessage(start, [port2]);
    } catch (error) {
      port2.close();
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
    const { ended } = this.#started("join");
    for (const phase of this.#phases(waitOptions(JOIN, wait, false))) {
      if (ended.wait(phase as WaitOptions)) {
        if (canReceive()) this.#take(receive);
        return this.#joined();
      }
      this.#expectLife();
    }
    return false;
  }

  /** Waits like `join`, without blocking the thread. */
  async joinAsync(wait?: number | AsyncWaitOptions): Promise<boolean> {
    const { ended } = this.#started("join");
    for (const phase of this.#phases(waitOptions(JOIN, wait, true))) {
      if (await ended.waitAsync(phase)) {
        if (this.#outcome === undefined) {
          const message = await receiveAsync(this.#port!);
          this.#take(() => message);
        }
        return this.#joined();
      }
      this.#expectLife();
    }
    return false;
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
    if (!this.join(wait)) throw this.#late();
    if (this.#outcome === undefined) {
      throw new WouldBlockError(
        `Cannot read the result of ${this} by blocking: await resultAsync() instead`,
      );
    }
    return this.#outcome() as Awaited<R>;
  }

  /** Waits like `result`, without blocking the thread. */
  async resultAsync(wait?: number | AsyncWaitOptions): Promise<Awaited<R>> {
    if (!await this.joinAsync(wait)) throw this.#late();
    return this.#outcome!() as Awaited<R>;
  }

  /**
   * Asks the thread to end: its next wait that would sleep, or the one it is in,
   * throws CancelledError, `sleep` at once and others within a second. Code that
   * never waits is not stopped. Does not block.
   */
  stop(): void {
    const { stop } = this.#started("stop");
    Atomics.store(stop, 0, 1);
    wake(stop, 0);
  }

  /**
   * Ends the worker by force, after a `stop`. Locks that the thread holds stay held.
   * `join` returns at once, and `result` throws CancelledError; whether the thread
   * runs on depends on the runtime: Deno stops an idle worker, but not one that is
   * busy, and a blocked one only at its next wake-up. Prefer `stop`.
   */
  terminate(): void {
    const { ended } = this.#started("terminate");
    this.stop();
    this.#worker?.terminate();
    if (ended.count === 0) return;
    this.#end(() => {
      throw new CancelledError(`${this} was terminated`);
    });
    ended.countDown();
  }

  /** Its name, and whether it is new, alive or ended; a snapshot. */
  toString(): string {
    const state = this.#control === undefined
      ? "new"
      : this.isAlive
      ? "alive"
      : "ended";
    return `Thread(${show(this.name)}, ${state})`;
  }

  #started(action: string): Control {
    if (this.#control !== undefined) return this.#control;
    throw new SyncStateError(
      `Cannot ${action} ${this}: it has not been started`,
    );
  }

  /** The wait in two parts, if the worker's sign of life is due in between. */
  #phases(options: AsyncWaitOptions): AsyncWaitOptions[] {
    const { timeout = Infinity } = options;
    const due = Math.max(0, this.#lifeSign - performance.now());
    const waits = this.#control!.status.load() === STARTING && due < timeout;
    if (!waits) return [options];
    const first = { ...options, timeout: due };
    return [first, { ...options, timeout: timeout - due }];
  }

  #expectLife(): void {
    if (performance.now() < this.#lifeSign) return;
    if (this.#control!.status.load() !== STARTING) return;
    this.#crash(new Error(`no sign of life in ${realm.lifeSign / 1000} s`));
  }

  /** The worker cannot go on, or never began. */
  #crash(error: unknown): void {
    const { ended, status } = this.#control!;
    if (ended.count === 0) return;
    if (status.compareExchange(STARTING, FAILED) === STARTING) {
      this.#failToStart(error);
    } else {
      this.#end(() => {
        throw error;
      });
    }
    ended.countDown();
  }

  #failToStart(cause: unknown): void {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const error = new ThreadStartError(
      `Cannot start Thread(${show(this.name)}): ${reason}`,
      { cause },
    );
    this.#startError = error;
    this.#end(() => {
      throw error;
    });
  }

  /** Takes the outcome from the port. */
  #take(receive: (port: MessagePort) => unknown): void {
    if (this.#outcome !== undefined) return;
    const outcome = receive(this.#port!) as Outcome;
    if (outcome.type === "value") {
      const value = revive(outcome.value);
      return this.#end(() => value);
    }
    const error = unpackError(outcome.error, this.name);
    if (outcome.type === "start") return this.#failToStart(error);
    this.#end(() => {
      throw error;
    });
  }

  #end(outcome: () => unknown): void {
    this.#outcome = outcome;
    this.#port!.close();
    this.#worker = undefined;
  }

  #joined(): true {
    realm.threads.delete(this);
    if (this.#startError !== undefined) throw this.#startError;
    return true;
  }

  #late(): TimeoutError {
    return new TimeoutError(`${this} has not ended: the timeout passed`);
  }
}

const JOIN = "join Thread";
