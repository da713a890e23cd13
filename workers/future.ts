/**
 * Future: what a task that was submitted to a pool will have returned.
 *
 * Words and states are those of `_job_state.ts`.
 *
 * *Progress* · `result` and `exception` block on the job's own word in shared memory, so
 * they work while no event loop turns. What awaits is told by the realm's client
 * (`_client.ts`).
 *
 * *Source* · Python's `concurrent.futures.Future`. Differences: it is a promise too; a
 * cancelled future is done at once; callbacks run in the thread that has registered
 * them; it can be handed to other threads.
 *
 * @module
 */

import type { AsyncWaitOptions, WaitOptions } from "../primitives/_park.ts";
import { callable, show, waitOptions } from "../primitives/_validate.ts";
import { TimeoutError } from "../primitives/errors.ts";
import type { Handle } from "../primitives/_record.ts";
import { type Client, openHanded } from "./_client.ts";
import type { Ending, Job } from "./_job.ts";
import { PENDING } from "./_job_state.ts";
import {
  asCompleted,
  type Completed,
  type FutureSets,
  type FutureWait,
  type FutureWaitAsync,
  waitForFutures,
  waitForFuturesAsync,
} from "./_future_wait.ts";

/** How far a {@linkcode Future} is. */
export type FutureState = "pending" | "running" | "finished" | "cancelled";

const NOT_SHAREABLE = Symbol(
  "A Future is shared by its handle: post future.handle, and open it with Future.from(handle). It",
);

let inside: (future: Future<unknown>) => { job: Job; client: Client };

/** For the modules of this package: what is behind a future. */
export function behind(future: Future<unknown>): { job: Job; client: Client } {
  return inside(future);
}

/** For the modules of this package: the future of a job. */
export let futureOf: <T>(job: Job, client: Client) => Future<T>;

/**
 * What a task that was submitted to a pool will have returned, or thrown.
 *
 * It is a promise: `await` it. Or ask for its `result` by blocking, which needs no
 * event loop. If the task throws and nobody asks, nothing happens.
 *
 * It can be an argument of a task, and another thread can open its `handle`. So can the
 * tasks of its pool, which may wait for it even where the pool has no other thread:
 * who waits for a future that nobody runs then runs it.
 *
 * Memory: what was done before `submit` is visible to the task, and what the task did
 * is visible to who has its result.
 *
 * @example Usage
 * ```ts ignore
 * const future = pool.submit(double, 21);
 * console.log(await future); // 42
 * console.log(future.result()); // 42, and blocks if it must
 * ```
 */
export class Future<T = unknown> implements Promise<T> {
  /** Makes structured clone refuse, with this sentence. */
  readonly notShareable: symbol = NOT_SHAREABLE;
  readonly #job: Job;
  readonly #client: Client;
  #promise: Promise<T> | undefined;

  static {
    inside = (future) => ({ job: future.#job, client: future.#client });
    futureOf = <T>(job: Job, client: Client) =>
      new (Future as unknown as new (job: Job, client: Client) => Future<T>)(
        job,
        client,
      );
  }

  private constructor(job: Job, client: Client) {
    this.#job = job;
    this.#client = client;
  }

  /**
   * Opens the future of a handle, in any thread. Does not block.
   *
   * @throws {TypeError} if the handle is not that of a future.
   */
  static from<T = unknown>(handle: Handle<"Future">): Future<T> {
    const { job, client } = openHanded(handle);
    return new Future<T>(job, client);
  }

  /**
   * Blocks until all of them are done, or the first one is, or the first one has failed;
   * says which are done then. If the timeout, in milliseconds, passes first, that is no error.
   *
   * @throws {CancelledError} if the thread is stopped, or the token is cancelled.
   * @throws {WouldBlockError} where blocking is forbidden; use `waitAsync`.
   */
  static wait<T>(
    futures: Iterable<Future<T>>,
    options?: FutureWait,
  ): FutureSets<T> {
    return waitForFutures(futures, options);
  }

  /** Waits like `wait`, without blocking the thread. */
  static async waitAsync<T>(
    futures: Iterable<Future<T>>,
    options?: FutureWaitAsync,
  ): Promise<FutureSets<T>> {
    return await waitForFuturesAsync(futures, options);
  }

  /**
   * The futures as they get done, each once: `for` blocks until the next one is, `for
   * await` awaits it.
   *
   * @param options `timeout`, in milliseconds from this call.
   * @throws {TimeoutError} from the loop, if the timeout passes first.
   */
  static asCompleted<T>(
    futures: Iterable<Future<T>>,
    options?: { timeout?: number },
  ): Completed<T> {
    return asCompleted(futures, options);
  }

  /** The class of the object. */
  get kind(): "Future" {
    return "Future";
  }

  /** The memory it lives in: that of its pool, where it stays for as long as that. */
  get buffer(): SharedArrayBuffer {
    this.#job.pin();
    return this.#client.jobs.words.buffer;
  }

  /** Where in that memory, in bytes. */
  get byteOffset(): number {
    return this.#client.jobs.byteOffsetOf(this.#job.pin());
  }

  /** Plain data that names this future, for `postMessage`; does not block. The pool's memory keeps the outcome from then on. */
  get handle(): Handle<"Future"> {
    const { kind, buffer, byteOffset } = this;
    return { kind, buffer, byteOffset };
  }

  /** How far it is; it may have got further when you read it. */
  get state(): FutureState {
    const job = this.#job;
    if (!job.look()) return job.state === PENDING ? "pending" : "running";
    return job.ending!.type === "cancelled" ? "cancelled" : "finished";
  }

  /** Whether it is finished or cancelled; it may be so when you read false. */
  get done(): boolean {
    return this.#job.look();
  }

  /** Whether it was cancelled; it may be so when you read false. */
  get cancelled(): boolean {
    return this.state === "cancelled";
  }

  /**
   * Keeps the task from running; true if it never will, false if it runs or has run.
   * Does not block, and may be called again.
   */
  cancel(): boolean {
    return this.#client.cancel(this.#job);
  }

  /**
   * Blocks until it is done; returns what the task returned, or throws what it threw,
   * with class, message, code, cause and the stack of its thread.
   *
   * @throws {TimeoutError} if the timeout, in milliseconds, passes first.
   * @throws {CancelledError} if it was cancelled.
   * @throws {BrokenExecutorError} if the thread that ran it died, or the pool broke.
   * @throws {WouldBlockError} where blocking is forbidden; await the future instead.
   */
  result(wait?: number | WaitOptions): T {
    return this.#value(this.#ending("read Future", wait));
  }

  /** Waits like `result`, without blocking the thread. */
  async resultAsync(wait?: number | AsyncWaitOptions): Promise<T> {
    return this.#value(await this.#endingAsync("read Future", wait));
  }

  /**
   * Blocks until it is done; returns what the task threw, undefined if it returned.
   *
   * @throws {TimeoutError} if the timeout, in milliseconds, passes first.
   * @throws {CancelledError} if it was cancelled.
   * @throws {WouldBlockError} where blocking is forbidden; use `exceptionAsync`.
   */
  exception(wait?: number | WaitOptions): unknown {
    return this.#error(this.#ending("read Future", wait));
  }

  /** Waits like `exception`, without blocking the thread. */
  async exceptionAsync(wait?: number | AsyncWaitOptions): Promise<unknown> {
    return this.#error(await this.#endingAsync("read Future", wait));
  }

  /**
   * Calls back in this thread when it is done, at once if it is, in the order of these
   * calls. What a callback throws is told by `console.error`. Does not block.
   */
  onDone(callback: (future: this) => void): void {
    callable("listen to Future", "callback", callback);
    const job = this.#job;
    job.onEnd(() => {
      try {
        callback(this);
      } catch (error) {
        console.error(error);
      }
    });
    if (job.ending === undefined) this.#client.listenTo(job);
  }

  /** As of a promise: what the task returned, or threw, or CancelledError. Does not block. */
  then<A = T, B = never>(
    fulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#asPromise().then(fulfilled, rejected);
  }

  /** As of a promise. Does not block. */
  catch<B = never>(
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<T | B> {
    return this.#asPromise().catch(rejected);
  }

  /** As of a promise. Does not block. */
  finally(settled?: (() => void) | null): Promise<T> {
    return this.#asPromise().finally(settled);
  }

  /** As of a promise: its name. */
  get [Symbol.toStringTag](): string {
    return "Future";
  }

  /** What this is and how far; a snapshot. */
  toString(): string {
    return `Future(${show(this.#job.name)}, ${this.state})`;
  }

  /** Shows the future in `console.log` by its string. */
  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }

  /** Shows the future in Node's `console.log` by its string. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  #asPromise(): Promise<T> {
    return this.#promise ??= this.#makePromise();
  }

  #makePromise(): Promise<T> {
    const job = this.#job;
    const promise = new Promise<T>((resolve, reject) => {
      job.settle(resolve as (value: unknown) => void, reject);
    });
    if (job.ending === undefined) this.#client.listenTo(job);
    return promise;
  }

  #ending(action: string, wait: number | WaitOptions | undefined): Ending {
    const options = waitOptions(action, wait, false);
    if (!this.#client.wait(this.#job, options, action)) throw this.#late();
    // Also where another look has found the ending: callbacks come before the result.
    this.#job.tell();
    return this.#job.ending!;
  }

  async #endingAsync(
    action: string,
    wait: number | AsyncWaitOptions | undefined,
  ): Promise<Ending> {
    const options = waitOptions(action, wait, true);
    const ended = await this.#client.settle(this.#job, options);
    if (!ended) throw this.#late();
    return this.#job.ending!;
  }

  #value(ending: Ending): T {
    if (ending.type === "value") return ending.value as T;
    throw ending.error;
  }

  #error(ending: Ending): unknown {
    if (ending.type === "cancelled") throw ending.error;
    return ending.type === "error" ? ending.error : undefined;
  }

  #late(): TimeoutError {
    return new TimeoutError(`${this} is not done: the timeout passed`);
  }
}
