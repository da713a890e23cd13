/**
 * ThreadScope: threads that do not outlive a block of code.
 *
 * What its threads share is in `_scope_state.ts`; the rest belongs to the thread that
 * made it.
 *
 * *Progress* · Who leaves a scope waits for all its threads, whatever happens to itself:
 * if it is stopped meanwhile, the threads are cancelled, and it waits on.
 *
 * *Source* · Python's `asyncio.TaskGroup`, Rust's `thread::scope`, Java's
 * `StructuredTaskScope`. Differences: the first failure is thrown as it is, not in a
 * group; like Java's, it has the others in `suppressed`.
 *
 * @module
 */

import {
  type AsyncWaitOptions,
  block,
  settle,
  type WaitOptions,
} from "../primitives/_park.ts";
import type { Sync } from "../primitives/_lockable.ts";
import {
  callable,
  optionBag,
  show,
  waitOptions,
} from "../primitives/_validate.ts";
import type { CancelToken } from "../primitives/cancel_token.ts";
import { CancelledError, SyncStateError } from "../primitives/errors.ts";
import type { ServiceOptions } from "./_protocol.ts";
import type { WorkerLike } from "./_runtime.ts";
import { Members, type Thrown } from "./_scope_members.ts";
import { taskId, type TaskRef } from "./task.ts";
import { Thread } from "./thread.ts";

/** What a {@linkcode ThreadScope} can be made with. */
export interface ThreadScopeOptions {
  /** What the names of its threads begin with; `ThreadScope-N` if left out. */
  name?: string;
  /** Makes their workers, in an application that brings its own entry. */
  worker?: () => WorkerLike;
}

let made = 0;

/**
 * Threads that end with a block of code: who leaves it waits for all of them, and the
 * first failure cancels the others, and is thrown when the block is left.
 *
 * A cancelled scope ends the waits of its threads, as if each had its `token`: within
 * 20 ms they throw CancelledError. Code that does not wait is not ended: pass it the
 * token, to look at. A failure cancels at once, also while the thread that has the scope
 * is blocked; give the token to its waits too, for what a thread that failed will never
 * bring. A thread that was told to end, and ends with a CancelledError, has not failed.
 *
 * If several threads fail, the first failure is thrown, with those that came after it
 * as its `suppressed`, an array. Where the block throws as well, JavaScript makes a
 * SuppressedError of both, whose `error` is the failure; and the scope cannot see that
 * the block threw, so its threads are waited for, not cancelled. `run` knows better:
 * what its function throws is a failure like that of a thread.
 *
 * For work that goes on after the block start a Thread; for many short tasks a pool is
 * cheaper. Memory: as with `Thread.start` and `Thread.join`.
 *
 * @example Usage
 * ```ts ignore
 * {
 *   await using scope = new ThreadScope();
 *   scope.start(readOrders, files, orders);
 *   for (let i = 0; i < 4; i++) scope.start(cook, orders);
 * } // all five have ended, or the first failure is thrown
 * ```
 */
export class ThreadScope {
  /** Makes structured clone refuse, with this sentence. */
  readonly notShareable: symbol = Symbol(
    "A ThreadScope belongs to the thread that made it: share its token instead. It",
  );
  /** Its name. */
  readonly name: string;
  readonly #worker: (() => WorkerLike) | undefined;
  readonly #members: Members = new Members();
  #started = 0;

  /** Makes a scope without threads. */
  constructor(options?: ThreadScopeOptions) {
    const action = "create ThreadScope";
    const { name = `ThreadScope-${made + 1}`, worker } = optionBag(
      action,
      options,
    );
    if (typeof name !== "string") {
      throw new TypeError(
        `Cannot ${action}: 'name' must be a string, received ${show(name)}`,
      );
    }
    if (worker !== undefined) callable(action, "worker", worker);
    made++;
    this.name = name;
    this.#worker = worker;
  }

  /** Is cancelled with the scope: for the waits of the block, and for work between waits. */
  get token(): CancelToken {
    return this.#members.state.token;
  }

  /**
   * Starts a thread in the scope, and returns it. Does not block; that it could not
   * start is a failure of the thread.
   *
   * @throws {CancelledError} if the scope was cancelled.
   * @throws {SyncStateError} if the scope was left, or if this thread is loading a
   * task's module.
   */
  start<A extends unknown[], R>(
    task: ((...args: A) => R) & TaskRef,
    ...args: A
  ): Thread<R, A> {
    const id = taskId("start a thread in ThreadScope", task);
    this.#refuseLeft("start a thread in");
    // Nobody need join them: what is over is let go here too.
    this.#members.look();
    if (this.token.isCancelled) {
      throw new CancelledError(
        `Cannot start a thread in ${this}: it was cancelled`,
      );
    }
    const options: Partial<ServiceOptions> = {
      name: `${this.name}_${this.#started} (${id.name})`,
      scope: this.#members.state.memory,
      ...(this.#worker && { worker: this.#worker }),
    };
    const thread = new Thread(task, args, options).start();
    this.#started++;
    this.#members.add(thread as unknown as Thread);
    return thread;
  }

  /** Tells all its threads to end, and lets no other start. Does not block. */
  cancel(): void {
    this.token.cancel();
  }

  /**
   * Blocks until all its threads have ended; false if the timeout, in milliseconds,
   * passes first. What they threw is thrown when the scope is left, not here.
   *
   * @throws {WouldBlockError} where blocking is forbidden; use `joinAsync`.
   */
  join(wait?: number | WaitOptions): boolean {
    const options = waitOptions(JOIN, wait, false);
    if (this.#members.look() === 0) return true;
    return block(this.#members.untilEnd(), options, JOIN, "joinAsync");
  }

  /** Waits like `join`, without blocking the thread. */
  async joinAsync(wait?: number | AsyncWaitOptions): Promise<boolean> {
    return await settle(
      this.#members.untilEnd(),
      waitOptions(JOIN, wait, true),
    );
  }

  /**
   * Calls `fn` with the scope, leaves the scope by blocking, and returns the result of
   * `fn`; what it throws cancels the threads.
   *
   * @throws what failed first, `fn` or a thread.
   * @throws {TypeError} if `fn` returns a promise; use `runAsync`.
   * @throws {WouldBlockError} where blocking is forbidden; use `runAsync`.
   */
  run<T>(fn: (scope: this) => Sync<T>): T {
    callable("run ThreadScope", "fn", fn);
    this.#refuseLeft("run");
    let result!: T, thrown: Thrown;
    try {
      result = fn(this);
      if (typeof (result as PromiseLike<unknown> | null)?.then === "function") {
        throw new TypeError(
          "Cannot run ThreadScope: 'fn' returned a promise: use runAsync()",
        );
      }
    } catch (error) {
      thrown = this.#members.blockThrew(error);
    }
    this.#members.leave(thrown);
    return result;
  }

  /** Calls and awaits `fn` like `run`, without blocking the thread. */
  async runAsync<T>(
    fn: (scope: this) => T | PromiseLike<T>,
  ): Promise<Awaited<T>> {
    callable("run ThreadScope", "fn", fn);
    this.#refuseLeft("run");
    let result!: Awaited<T>, thrown: Thrown;
    try {
      result = await fn(this);
    } catch (error) {
      thrown = this.#members.blockThrew(error);
    }
    await this.#members.leaveAsync(thrown);
    return result;
  }

  /** Leaves the scope, for `using`: blocks until all its threads have ended. */
  [Symbol.dispose](): void {
    this.#members.leave();
  }

  /** Leaves the scope, for `await using`: waits until all its threads have ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#members.leaveAsync();
  }

  /** Its name, how many threads are alive, and whether it was cancelled or left; a snapshot. */
  toString(): string {
    const cancelled = this.token.isCancelled ? ", cancelled" : "";
    const state = this.#members.left
      ? "left"
      : `alive: ${this.#members.look()}`;
    return `ThreadScope(${show(this.name)}, ${state}${cancelled})`;
  }

  #refuseLeft(action: string): void {
    if (!this.#members.left) return;
    throw new SyncStateError(`Cannot ${action} ${this}: it was left`);
  }
}

const JOIN = "join ThreadScope";
