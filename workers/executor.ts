/**
 * ThreadPoolExecutor: threads that run the tasks which are submitted to them.
 *
 * Words, states and invariants are those of `_job_state.ts` and `_crew_state.ts`.
 *
 * *Progress* · A submit writes the task's arguments into shared memory and wakes a
 * thread, if one waits. Outcomes come back the same way, so who waits for one by blocking
 * needs no event loop. Threads are started by the thread that made the pool.
 *
 * *Source* · Python's `concurrent.futures.ThreadPoolExecutor` for the interface, and its
 * ProcessPoolExecutor for what is honest about failures: only tasks and values that can
 * be copied, an error fails one future, a thread that dies is told of. Differences: it
 * is replaced by default; `map` awaits, too; the executor can be passed to other threads.
 *
 * @module
 */

import { openWith } from "../primitives/attach.ts";
import { baseOf } from "../primitives/_cells.ts";
import { block, refuseBlocking, settle } from "../primitives/_park.ts";
import {
  attachedWords,
  attachment,
  type Handle,
  openRecord,
  SharedObject,
} from "../primitives/_record.ts";
import { realm } from "../primitives/_realm.ts";
import { createStore } from "../primitives/_store.ts";
import {
  callable,
  flag,
  integer,
  milliseconds,
  optionBag,
  show,
} from "../primitives/_validate.ts";
import { SyncStateError } from "../primitives/errors.ts";
import { type Client, clientOf, POOL } from "./_client.ts";
import { Crew, type ServeJobs } from "./_crew.ts";
import { afterCrew, fillCrew, type Member } from "./_crew_state.ts";
import { CALL, EACH, EACH_SPREAD } from "./_job_state.ts";
import { JOB_LINKS } from "./_job_layout.ts";
import { PoolWorker, type Settings } from "./_pool_worker.ts";
import { receiveAsync, type WorkerLike } from "./_runtime.ts";
import { Future, futureOf } from "./future.ts";
import { type MapOptions, Results } from "./results.ts";
import { task, taskId, type TaskRef } from "./task.ts";

/** What a {@linkcode ThreadPoolExecutor} can be made with. */
export interface ExecutorOptions {
  /** The most threads, from 1 to 512; as many as the machine runs at once if left out. */
  maxWorkers?: number;
  /** What the names of its threads begin with, before `_0`, `_1` ...; one of its own if left out. */
  namePrefix?: string;
  /** A task that each thread runs before all others; if it fails, so do all futures. */
  initializer?: ((...args: never) => unknown) & TaskRef;
  /** The arguments of the initializer. */
  initArgs?: unknown[];
  /** After so many tasks a thread is replaced; never if left out. */
  maxTasksPerWorker?: number;
  /** After so many milliseconds without a task a thread ends; 10000 if left out. */
  idleTimeout?: number;
  /** Makes the threads' workers, in an application that brings its own entry. */
  worker?: () => WorkerLike;
  /** What a thread that dies does to the others: it is replaced (`"respawn"`, if left out), or all futures fail (`"break"`). */
  onWorkerDeath?: "respawn" | "break";
  /** The bytes that waiting arguments and unread results may take; 256 MiB, taken as needed, if left out. */
  capacity?: number;
}

/** How a pool is shut down. */
export interface ExecutorShutdownOptions {
  /** Whether to wait until all is done and all threads have ended; true if left out. */
  wait?: boolean;
  /** Whether to cancel what no thread has begun; false if left out. */
  cancelFutures?: boolean;
}

const MOST = 512, IDLE_TIMEOUT = 10_000;
/** With it a job is a cache line: 48 bytes are its words. */
const FIRST = 16;

let made = 0;
let current: ThreadPoolExecutor | undefined;

const serveJobs: ServeJobs = task(
  import.meta,
  async function serveJobs(
    ...[port, pool, member, settings]: unknown[]
  ): Promise<void> {
    // Sent right after the arguments, and nothing else is heard there.
    const line = await receiveAsync(port as MessagePort) as MessagePort;
    realm.pool = (pool as ThreadPoolExecutor).handle;
    const client = clientOfPool(pool as ThreadPoolExecutor);
    await new PoolWorker(
      client,
      member as Member,
      settings as Settings,
      line,
    ).serve();
  },
  "@interlock/threading jobs",
);

let clientOfPool: (pool: ThreadPoolExecutor) => Client;

/**
 * Threads that run the tasks which are submitted to them.
 *
 * Threads start when they are needed, up to `maxWorkers`, and are used again. A submit
 * takes about a microsecond. Tasks are begun in the order of their submits; one that
 * returns a promise keeps its thread until that has settled. What a task is given and
 * what it returns is copied; shared objects, shared memory, futures, tasks and executors
 * arrive as such.
 *
 * End it with `using`, `await using` or `shutdown`; the process ends without that too,
 * when all is done and the threads have been idle for a while. The executor can be
 * passed to other threads, and a task finds its own in `ThreadPoolExecutor.current`: so
 * tasks can submit tasks, and wait for them.
 *
 * Memory: what was done before `submit` is visible to the task, and what the task did is
 * visible to who has its result.
 *
 * @example Usage
 * ```ts ignore
 * await using pool = new ThreadPoolExecutor({ maxWorkers: 4 });
 * const one = pool.submit(fibonacci, 40);
 * for await (const n of pool.map(fibonacci, [30, 31, 32])) console.log(n);
 * console.log(await one);
 * ```
 */
export class ThreadPoolExecutor extends SharedObject<"ThreadPoolExecutor"> {
  readonly #client: Client;

  static {
    clientOfPool = (pool) => pool.#client;
  }

  /** Makes a pool; its threads start when they are needed. */
  constructor(options?: ExecutorOptions) {
    const attached = attachedWords(options);
    const words = attached ?? createPool(options);
    super(POOL, words);
    this.#client = clientOf(words);
    if (attached === undefined) {
      this.#client.home = new Crew(crewOptions(this, this.#client, options));
    }
  }

  /**
   * Opens the executor that a handle names, in any thread. Does not block.
   *
   * @throws {TypeError} if the handle is not that of an executor.
   */
  static from(handle: Handle<"ThreadPoolExecutor">): ThreadPoolExecutor {
    return new ThreadPoolExecutor(
      attachment(openRecord([POOL], handle, baseOf)),
    );
  }

  /** The executor whose task this thread runs; undefined in other threads. */
  static get current(): ThreadPoolExecutor | undefined {
    const { pool } = realm;
    if (pool === undefined) return undefined;
    return current ??= ThreadPoolExecutor.from(
      pool as Handle<"ThreadPoolExecutor">,
    );
  }

  /** The most threads that it may have. */
  get maxWorkers(): number {
    return this.#client.crew.most;
  }

  /** How many threads it has; it may have changed when you read it. */
  get workers(): number {
    return this.#client.crew.alive;
  }

  /** How many tasks no thread has begun; it may have changed when you read it. */
  get pending(): number {
    return this.#client.jobs.ring.pending;
  }

  /** Whether it takes no more tasks; it may be so when you read false. */
  get isShutdown(): boolean {
    return this.#client.jobs.ring.isShut;
  }

  /**
   * Submits a call of a task, and returns the future of what it will return. Does not
   * block. An argument that cannot be copied fails the future.
   *
   * @throws {SyncStateError} after a shutdown.
   * @throws {BrokenExecutorError} if it is broken.
   * @throws {QueueFullError} if `capacity` is used up.
   */
  submit<A extends unknown[], R>(
    task: ((...args: A) => R) & TaskRef,
    ...args: A
  ): Future<Awaited<R>> {
    return this.#submit(task, args, CALL);
  }

  /**
   * Submits a call of a task for each input, and returns the results in the order of the
   * inputs: `for` blocks until the next one is there, `for await` awaits it. All inputs are
   * taken at once, unless `bufferSize` says how many. The first error is thrown in its
   * place, and what is pending is cancelled then. Does not block.
   */
  map<T, R>(
    task: ((input: T) => R) & TaskRef,
    inputs: Iterable<T>,
    options?: MapOptions,
  ): Results<Awaited<R>> {
    return this.#map("map task", task, inputs, options, EACH);
  }

  /** Submits like `map` a call for each tuple of arguments. */
  starmap<A extends unknown[], R>(
    task: ((...args: A) => R) & TaskRef,
    inputs: Iterable<A>,
    options?: MapOptions,
  ): Results<Awaited<R>> {
    return this.#map("starmap task", task, inputs, options, EACH_SPREAD);
  }

  /**
   * Takes no more tasks; what was submitted is done still, or cancelled. Blocks until that
   * is so and all threads have ended, unless `wait` is false. May be called again.
   *
   * @throws {SyncStateError} in a thread of its own, which would wait for itself, unless `wait` is false.
   * @throws {WouldBlockError} where blocking is forbidden; use `shutdownAsync`.
   */
  shutdown(options?: ExecutorShutdownOptions): void {
    const action = "shut down ThreadPoolExecutor";
    const bag = optionBag(action, options) as ExecutorShutdownOptions;
    const wait = bag.wait === undefined || flag(action, "wait", bag.wait);
    if (wait) {
      this.#refuseOwn(action);
      refuseBlocking(action, "shutdownAsync");
    }
    this.#shutDown(action, bag);
    if (!wait) return;
    if (this.#client.home !== undefined) return this.#client.home.join(action);
    block(this.#gone(), {}, action, "shutdownAsync");
  }

  /** Shuts down like `shutdown`, without blocking the thread. */
  async shutdownAsync(options?: ExecutorShutdownOptions): Promise<void> {
    const action = "shut down ThreadPoolExecutor";
    const bag = optionBag(action, options) as ExecutorShutdownOptions;
    const wait = bag.wait === undefined || flag(action, "wait", bag.wait);
    if (wait) this.#refuseOwn(action);
    this.#shutDown(action, bag);
    if (!wait) return;
    if (this.#client.home !== undefined) {
      return await this.#client.home.joinAsync();
    }
    await settle(this.#gone(), {});
  }

  /** Shuts down, and blocks until all is done. */
  [Symbol.dispose](): void {
    this.shutdown();
  }

  /** Shuts down, and waits until all is done. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdownAsync();
  }

  /** What this is and how it stands; a snapshot. */
  toString(): string {
    const { workers, maxWorkers, pending, isShutdown } = this;
    return `ThreadPoolExecutor(${workers} of ${maxWorkers} workers, ${pending} pending${
      isShutdown ? ", shut down" : ""
    })`;
  }

  #submit<R>(
    task: unknown,
    args: readonly unknown[],
    mode: number,
  ): Future<R> {
    const client = this.#client;
    const job = client.submit(task, args, mode);
    if (this.#client.home !== undefined) this.#client.home.staff();
    else if (client.crew.wanting) client.crew.call();
    return futureOf<R>(job, client);
  }

  #map<R>(
    action: string,
    task: unknown,
    inputs: Iterable<unknown>,
    options: MapOptions | undefined,
    mode: number,
  ): Results<R> {
    taskId(action, task);
    return new Results<R>(
      action,
      inputs,
      options,
      (chunk, single) => {
        if (mode === EACH_SPREAD) {
          for (const args of chunk) checkTuple(action, args);
        }
        if (!single) return this.#submit(task, chunk, mode);
        const args = mode === EACH ? chunk : chunk[0] as unknown[];
        return this.#submit(task, args, CALL);
      },
    );
  }

  #refuseOwn(action: string): void {
    if (this.#client.helper === undefined) return;
    throw new SyncStateError(
      `Cannot ${action}: this thread is one of its own, and would wait for its own end; pass { wait: false }`,
    );
  }

  #shutDown(action: string, { cancelFutures }: ExecutorShutdownOptions): void {
    this.#client.jobs.shutDown(flag(action, "cancelFutures", cancelFutures));
    if (this.#client.home !== undefined) this.#client.home.chores();
    else this.#client.crew.call();
  }

  #gone() {
    return this.#client.crew.untilGone(() => {});
  }
}

openWith("ThreadPoolExecutor", (handle) => ThreadPoolExecutor.from(handle));
openWith("Future", (handle) => Future.from(handle));

function checkTuple(action: string, args: unknown): void {
  if (Array.isArray(args)) return;
  throw new TypeError(
    `Cannot ${action}: an input must be an array of arguments, received ${
      show(args)
    }`,
  );
}

function createPool(options: ExecutorOptions | undefined) {
  const action = `create ${POOL}`;
  if (realm.loading) {
    throw new SyncStateError(
      `Cannot ${action}: this thread is loading a task's module: guard the program with if (import.meta.main)`,
    );
  }
  const { maxWorkers, capacity } = optionBag(
    action,
    options,
  ) as ExecutorOptions;
  const most = maxWorkers === undefined
    ? Math.max(1, Math.min(MOST, navigator.hardwareConcurrency))
    : integer(action, "maxWorkers", maxWorkers, 1, MOST);
  checked(action, options);
  const words = createStore(
    { kind: POOL, after: afterCrew(most), links: JOB_LINKS, first: FIRST },
    capacity === undefined ? {} : { capacity },
    Infinity,
    (words) => fillCrew(words, most),
  );
  return words;
}

/** The options, checked. */
function checked(action: string, options: ExecutorOptions | undefined) {
  const {
    namePrefix = `${POOL}-${made}`,
    initializer,
    initArgs = [],
    maxTasksPerWorker = Infinity,
    idleTimeout = IDLE_TIMEOUT,
    worker,
    onWorkerDeath = "respawn",
  } = optionBag(action, options) as ExecutorOptions;
  if (typeof namePrefix !== "string") {
    throw new TypeError(
      `Cannot ${action}: 'namePrefix' must be a string, received ${
        show(namePrefix)
      }`,
    );
  }
  if (!Array.isArray(initArgs)) {
    throw new TypeError(
      `Cannot ${action}: 'initArgs' must be an array, received ${
        show(initArgs)
      }`,
    );
  }
  if (maxTasksPerWorker !== Infinity) {
    integer(action, "maxTasksPerWorker", maxTasksPerWorker, 1);
  }
  milliseconds(action, "idleTimeout", idleTimeout);
  if (worker !== undefined) callable(action, "worker", worker);
  if (onWorkerDeath !== "respawn" && onWorkerDeath !== "break") {
    throw new TypeError(
      `Cannot ${action}: 'onWorkerDeath' must be "respawn" or "break", received ${
        show(onWorkerDeath)
      }`,
    );
  }
  return {
    prefix: namePrefix,
    worker,
    breaks: onWorkerDeath === "break",
    settings: {
      initializer: initializer === undefined
        ? undefined
        : taskId(action, initializer, "initializer"),
      initArgs: [...initArgs],
      maxTasks: maxTasksPerWorker,
      idleTimeout,
    },
  };
}

function crewOptions(
  pool: ThreadPoolExecutor,
  client: Client,
  options: ExecutorOptions | undefined,
) {
  const bag = checked(`create ${POOL}`, options);
  made++;
  return { client, pool, serve: serveJobs, ...bag };
}
