/**
 * Timer: a task that runs later, on time even while the thread that made it blocks.
 *
 * Words, states and invariants are those of `_timer_service.ts`.
 *
 * *Progress* · `join` and `result` block on shared memory only, so they work while no
 * event loop turns; that the service has died they find within a second.
 *
 * *Source* · Python's `threading.Timer`. Differences: one thread serves all timers of
 * a thread, as in java.util.Timer; `cancel` says whether it came in time; `result`
 * returns what the task returned or throws what it threw.
 *
 * @module
 */

import type { AsyncWaitOptions, WaitOptions } from "../primitives/_park.ts";
import { milliseconds, show } from "../primitives/_validate.ts";
import { AtomicInt32 } from "../primitives/atomic_int32.ts";
import { CancelledError, DeadlockError } from "../primitives/errors.ts";
import { Errand } from "./_errand.ts";
import type { ServiceOptions } from "./_protocol.ts";
import type { WorkerLike } from "./_runtime.ts";
import { readProblem } from "./_runtime_start.ts";
import {
  CANCELLED,
  enter,
  FIRED,
  type Instant,
  LOST,
  type Message,
  ownSchedule,
  type Schedule,
  serveTimers,
  WAITING,
} from "./_timer_service.ts";
import type { Task, TaskRef } from "./task.ts";
import { Thread } from "./thread.ts";

/** What a {@linkcode Timer} can be made with. */
export interface TimerOptions {
  /** Its name, for messages; `Timer-N (task)` if left out. */
  name?: string;
  /** Makes the worker of the service, if it must be started, in an application that brings its own entry. */
  worker?: () => WorkerLike;
}

/** The service of a thread's timers, seen from that thread. */
interface Service {
  /** The service's thread; undefined if it is this one. */
  readonly thread?: Thread<unknown>;
  /** Counts one more timer; false if it has ended. */
  enter(): boolean;
  /** Where it hears each {@linkcode Message}. */
  readonly port: MessagePort;
}

type ServeWithoutPort = (pending: AtomicInt32, then: Instant) => Promise<void>;

let posted = 0;
let service: Service | undefined, own: Service | undefined;

/**
 * A task that runs once, so many milliseconds after `start()`, unless it is cancelled.
 *
 * It runs in a thread that serves all timers of the one that starts them: on time
 * even while that one blocks, never early, and late by the time that a turn of the
 * event loop takes. That thread starts with the first timer, which takes as long as
 * any thread takes to start and delays nothing that is due later, and ends with the
 * last one; `Thread.enumerate` lists it as "timers". A timer that is pending keeps the
 * process alive, and ends with the thread that started it.
 *
 * Timers run in the order of their deadlines, one at a time where they block: one
 * that computes or waits for long delays the others, and should start a Thread.
 * Those that await overlap. For something that the thread itself does later, without
 * blocking meanwhile, use `setTimeout`.
 *
 * Memory: what was done before `start()` is visible to the task, and what the task
 * did is visible after `join()`.
 *
 * @example Usage
 * ```ts ignore
 * const timer = new Timer(5000, warn, ["still running"]).start();
 * compute(); // blocks
 * timer.cancel(); // true if it took less than five seconds
 * ```
 */
export class Timer<R = unknown, A extends unknown[] = never> {
  /** Makes structured clone refuse, with this sentence. */
  readonly notShareable: symbol = Symbol(
    "A Timer belongs to the thread that made it: share an Event or a Latch instead. It",
  );
  /** Its name. */
  readonly name: string;
  readonly #errand: Errand;
  readonly #ms: number;
  #id = 0;
  #service: Service | undefined;

  /** Makes a timer for a task without arguments. */
  constructor(ms: number, task: (() => R) & TaskRef);
  /** Makes a timer for a task with these arguments; `start` starts it. */
  constructor(
    ms: number,
    task: ((...args: A) => R) & TaskRef,
    args: A,
    options?: TimerOptions,
  );
  /** Makes a timer for a task with these arguments; `start` starts it. */
  constructor(
    ms: number,
    task: ((...args: A) => R) & TaskRef,
    args: unknown[] = [],
    options?: TimerOptions,
  ) {
    // Left out is not for ever here.
    this.#ms = milliseconds("create Timer", "ms", ms ?? NaN);
    const look = () => this.#look();
    this.#errand = new Errand("Timer", this, look, task, args, options);
    this.name = this.#errand.name;
  }

  /** Whether it has run to its end, or never will; it may be so by the time you read false. */
  get finished(): boolean {
    return this.#errand.ended;
  }

  /**
   * Starts the time, and returns the timer. Does not block; that the task cannot run
   * is told by `join` and `result`. A timer that was cancelled before does nothing.
   *
   * @throws {SyncStateError} if it has been started before, or if this thread is
   * loading a task's module: guard the program with `if (import.meta.main)`.
   */
  start(): this {
    const due = performance.now() + this.#ms;
    const errand = this.#errand;
    const port = errand.begin();
    if (port === undefined) return this;
    const { task, control } = errand;
    const problem = readProblem(task.url);
    if (problem !== undefined) {
      port.close();
      this.#lose(new Error(problem));
      return this;
    }
    this.#service = serviceFor(errand.makeWorker);
    this.#id = ++posted;
    const message: Message = {
      id: this.#id,
      task,
      due,
      control: control.memory,
      port,
    };
    this.#service.port.postMessage(message, [port]);
    this.#look();
    return this;
  }

  /**
   * Keeps the task from running; true if it never will on account of that, false if
   * it runs, has run or could not. Does not block, and may be called again.
   */
  cancel(): boolean {
    const { status } = this.#errand.control;
    if (status.compareExchange(WAITING, CANCELLED) === WAITING) {
      this.#errand.fail(
        new CancelledError(`Timer(${show(this.name)}) was cancelled`),
      );
      this.#service?.port.postMessage(this.#id satisfies Message);
    }
    return status.load() === CANCELLED;
  }

  /**
   * Blocks until the task has run or was cancelled; false if the timeout, in
   * milliseconds, passes first. What it threw is thrown by `result`, not here.
   *
   * @throws {ThreadStartError} if the task could not be loaded, or the service not started.
   * @throws {DeadlockError} in the function of a timer, for a timer that it has started.
   * @throws {WouldBlockError} where blocking is forbidden; use `joinAsync`.
   */
  join(wait?: number | WaitOptions): boolean {
    this.#refuseOwn();
    return this.#errand.join(wait);
  }

  /** Waits like `join`, without blocking the thread. */
  async joinAsync(wait?: number | AsyncWaitOptions): Promise<boolean> {
    return await this.#errand.joinAsync(wait);
  }

  /**
   * Blocks until the task has run; returns what it returned, or throws what it threw,
   * with class, message, code, cause and the stack of its thread.
   *
   * @throws {CancelledError} if it was cancelled.
   * @throws {TimeoutError} if the timeout, in milliseconds, passes first.
   * @throws {ThreadStartError} if the task could not be loaded, or the service not started.
   * @throws {DeadlockError} in the function of a timer, for a timer that it has started.
   * @throws {WouldBlockError} where a result only comes to a thread that does not block.
   */
  result(wait?: number | WaitOptions): Awaited<R> {
    this.#refuseOwn();
    return this.#errand.result(wait) as Awaited<R>;
  }

  /** Waits like `result`, without blocking the thread. */
  async resultAsync(wait?: number | AsyncWaitOptions): Promise<Awaited<R>> {
    return await this.#errand.resultAsync(wait) as Awaited<R>;
  }

  /** Its name, and whether it is new, pending, running, finished or cancelled; a snapshot. */
  toString(): string {
    return `Timer(${show(this.name)}, ${this.#state()})`;
  }

  #state(): string {
    const errand = this.#errand;
    if (!errand.begun && !errand.ended) return "new";
    const status = errand.control.status.load();
    if (status === CANCELLED) return "cancelled";
    if (errand.ended) return "finished";
    return status === FIRED ? "running" : "pending";
  }

  #refuseOwn(): void {
    if (this.#service === undefined || this.#service.thread !== undefined) {
      return;
    }
    if (this.finished) return;
    throw new DeadlockError(
      `Cannot join ${this} by blocking: it runs in this thread; await joinAsync() instead`,
    );
  }

  /** Looks whether the service has ended without it. */
  #look(): void {
    const thread = this.#service?.thread;
    if (thread === undefined || thread.isAlive || this.finished) return;
    let cause: unknown = new Error("its service has ended");
    try {
      thread.result();
    } catch (error) {
      cause = error;
    }
    this.#lose(cause);
  }

  /** Nobody will run it to its end. */
  #lose(cause: unknown): void {
    const { status } = this.#errand.control;
    if (status.compareExchange(WAITING, LOST) === WAITING) {
      this.#errand.failToStart(cause);
    } else {
      this.#errand.fail(cause);
    }
  }
}

/** A service that has counted one more timer. */
function serviceFor(worker: (() => WorkerLike) | undefined): Service {
  if (ownSchedule?.enter()) return own ??= ownService(ownSchedule);
  if (!service?.enter()) {
    service = startService(worker);
    service.enter();
  }
  return service;
}

/** For the timers that the functions of timers start. */
function ownService(schedule: Schedule): Service {
  const { port1, port2 } = new MessageChannel();
  schedule.listen(port2, 0);
  return { enter: () => schedule.enter(), port: port1 };
}

function startService(worker: (() => WorkerLike) | undefined): Service {
  const pending = new AtomicInt32();
  let port: MessagePort | undefined;
  const options: Partial<ServiceOptions> = {
    name: "timers",
    serve: (opened) => port = opened,
    ...(worker && { worker }),
  };
  const then = { now: performance.now(), wall: Date.now() };
  // The port comes first among the task's arguments, from within the thread.
  const run = serveTimers as unknown as Task<ServeWithoutPort>;
  const thread = new Thread(run, [pending, then], options).start();
  return {
    thread,
    enter: () => thread.isAlive && enter(pending),
    port: port!,
  };
}
