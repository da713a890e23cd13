/**
 * Condition: wait, with a lock held, until another thread has changed something.
 *
 * Words, states, invariants and progress are those of `_condition_state.ts`; this file
 * is the face of it.
 *
 * *Source* · Python's `threading.Condition`. Differences: `notify` returns how many it
 * reached, and none is spent on a waiter that reports false.
 *
 * @module
 */

import {
  BYTES,
  ConditionState,
  createCondition,
  lockKey,
} from "./_condition_state.ts";
import { Lockable, type Sync } from "./_lockable.ts";
import { bytesOf, Mutex } from "./_mutex.ts";
import {
  type AsyncWaitOptions,
  block,
  countdown,
  refuseBlocking,
  settle,
  type WaitOptions,
} from "./_park.ts";
import {
  attachedWords,
  attachment,
  type Handle,
  type Memory,
  openRecord,
  recordKey,
  refuseStray,
  type Words,
} from "./_record.ts";
import { threadId } from "./_thread_id.ts";
import {
  callable,
  INT32_MAX,
  integer,
  optionBag,
  show,
  waitOptions,
} from "./_validate.ts";
import { SyncStateError } from "./errors.ts";
import { Lock } from "./lock.ts";
import { RLock } from "./rlock.ts";

/** What a {@linkcode Condition} can be made with. */
export interface ConditionOptions {
  /** Where to make it; in memory of its own if left out. */
  memory?: Memory;
}

/** Plain data that names a Condition, and its lock. */
export interface ConditionHandle<K extends "Lock" | "RLock" = "Lock" | "RLock">
  extends Handle<"Condition"> {
  /** Names its lock. */
  readonly lock: Handle<K>;
}

/**
 * A lock with a waiting room: who holds the lock can wait until another thread, which
 * then holds it, notifies.
 *
 * `wait` frees the lock, and has it again when it returns. What was waited for may be
 * gone by then: use `waitFor`, which looks again. For something that happens once use an
 * Event or a Latch, to pass things on a Queue. Over a Lock, which can be awaited, it has
 * both faces; over an RLock (the default) it blocks only.
 *
 * A notification is given to one waiter for good. An awaiting task whose thread is
 * blocked may be that one, so do not wait by both in one thread.
 *
 * Memory: what a thread did before it freed the lock is visible after `wait`.
 *
 * @example Usage
 * ```ts
 * import { AtomicInt32, Condition } from "@interlock/threading";
 *
 * const condition = new Condition(), items = new AtomicInt32(1);
 * condition.run(() => { // in a consumer
 *   condition.waitFor(() => items.load() > 0);
 *   items.sub(1);
 * });
 * condition.run(() => { // in a producer
 *   items.add(1);
 *   condition.notify();
 * });
 * ```
 */
export class Condition<L extends Lock | RLock = RLock>
  extends Lockable<"Condition"> {
  /** The bytes that it takes in shared memory, without its lock. */
  static readonly byteLength: number = BYTES;
  /** Its lock. */
  readonly lock: L;
  readonly #words: Words;
  readonly #state: ConditionState;
  readonly #lock: Mutex;

  /** Makes a condition over a lock, or over an RLock of its own. */
  constructor(lock: L = new RLock() as L, options?: ConditionOptions) {
    if (!/^R?Lock$/.test(lock?.kind) || typeof lock.acquire !== "function") {
      throw new TypeError(
        `Cannot create Condition: 'lock' must be a Lock or an RLock, and no handle, received ${
          show(lock)
        }`,
      );
    }
    const lockWords = openLock(lock);
    const words = attachedWords(options) ??
      createCondition(lockWords, optionBag("create Condition", options).memory);
    super("Condition", words);
    this.lock = lock;
    this.#words = words;
    this.#lock = new Mutex(lockWords);
    this.#state = new ConditionState(words, this.#lock);
  }

  /** Opens the condition that a handle, or another view, names. */
  static from<K extends "Lock" | "RLock">(
    handle: ConditionHandle<K>,
  ): Condition<K extends "Lock" ? Lock : RLock> {
    const words = openRecord(["Condition"], handle, () => BYTES);
    const key = recordKey(openLock(handle.lock));
    if (lockKey(words) !== key) {
      throw new TypeError(
        "Cannot open Condition: 'lock' must be the handle of its own lock, received another's",
      );
    }
    const lock = handle.lock.kind === "Lock"
      ? Lock.from(handle.lock as Handle<"Lock">)
      : RLock.from(handle.lock as Handle<"RLock">);
    return new Condition(lock as never, attachment(words));
  }

  /** Plain data that names it and its lock, for `postMessage`; does not block. */
  override get handle(): ConditionHandle {
    return { ...super.handle, lock: this.lock.handle };
  }

  /** Whether its lock is held; it may have changed when you read it. */
  get locked(): boolean {
    return this.lock.locked;
  }

  /** How many wait to be notified; it may have changed when you read it. */
  get waiting(): number {
    return this.#state.waiting;
  }

  /** Acquires its lock, see there. */
  override acquire(wait?: number | WaitOptions): boolean {
    return this.lock.acquire(wait);
  }

  /**
   * Acquires its lock, see there.
   *
   * @throws {SyncStateError} if that is an RLock, which cannot be awaited.
   */
  override async acquireAsync(
    wait?: number | AsyncWaitOptions,
  ): Promise<boolean> {
    return await this.#awaitable("acquire").acquireAsync(wait);
  }

  /** Acquires its lock, if that does not take waiting, see there. */
  tryAcquire(): boolean {
    return this.lock.tryAcquire();
  }

  /** Releases its lock, see there. */
  override release(): void {
    this.lock.release();
  }

  /**
   * Frees the lock, blocks until notified, and gets the lock back; false if the
   * timeout, in milliseconds, passed before it was notified.
   *
   * @throws {SyncStateError} if this thread does not hold the lock.
   * @throws {CancelledError} if the token or `stop()` of the thread ended it, with the lock held.
   * @throws {AbandonedLockError} if who held the lock meanwhile died. Then this thread has
   * it, and releasing it abandons it again, unless it calls `lock.recover()` before.
   * @throws {WouldBlockError} where blocking is forbidden; use `waitAsync`, over a Lock.
   */
  wait(wait?: number | WaitOptions): boolean {
    const options = this.#terms(wait, false);
    // Whatever the timeout: to have the lock back may take waiting.
    refuseBlocking(WAIT, "waitAsync");
    const depths: number[] = [];
    try {
      const body = this.#state.untilNotified(false, depths);
      return block(body, options, WAIT, "waitAsync");
    } finally {
      for (const depth of depths) this.#lock.resume(depth);
    }
  }

  /** Waits like `wait`, without blocking the thread; over a Lock only. */
  async waitAsync(wait?: number | AsyncWaitOptions): Promise<boolean> {
    const options = this.#terms(wait, true);
    const depths: number[] = [];
    try {
      return await settle(this.#state.untilNotified(true, depths), options);
    } finally {
      if (depths.length > 0) await this.#lock.resumeAsync();
    }
  }

  /**
   * Waits until the predicate, called with the lock held, returns something truthy, and
   * returns that; or what it returned last, if the timeout, in milliseconds, passes.
   * Blocks; the errors are those of `wait`.
   */
  waitFor<T>(predicate: () => Sync<T>, wait?: number | WaitOptions): T {
    const waits = until(predicate, this.#terms(wait, false));
    for (;;) {
      const { done, value } = waits.next();
      if (done) return value;
      this.wait(value as WaitOptions);
    }
  }

  /** Waits like `waitFor`, without blocking the thread; over a Lock only. */
  async waitForAsync<T>(
    predicate: () => Sync<T>,
    wait?: number | AsyncWaitOptions,
  ): Promise<T> {
    const waits = until(predicate, this.#terms(wait, true));
    for (;;) {
      const { done, value } = waits.next();
      if (done) return value;
      await this.waitAsync(value);
    }
  }

  /**
   * Notifies up to `n` waiters, those first that wait longest, and returns how many
   * that are. They go on when they get the lock. Does not block.
   *
   * @throws {SyncStateError} if this thread does not hold the lock.
   */
  notify(n: number = 1): number {
    integer("notify Condition", "n", n, 1);
    this.#check("notify");
    return this.#state.notify(n);
  }

  /** Notifies all waiters, and returns how many that are. Does not block. */
  notifyAll(): number {
    return this.notify(INT32_MAX);
  }

  /** Its lock, and how many wait; a snapshot. */
  override toString(): string {
    return `Condition(${this.lock}, waiting: ${this.waiting})`;
  }

  /** How to wait, if that may be. */
  #terms(
    wait: number | WaitOptions | AsyncWaitOptions | undefined,
    awaits: boolean,
  ): AsyncWaitOptions {
    const options = waitOptions(WAIT, wait, awaits);
    if (awaits) this.#awaitable("wait for");
    this.#check("wait for");
    return options;
  }

  #check(verb: string): void {
    refuseStray(this.#words, "Condition");
    if (this.#lock.owner === threadId()) return;
    throw new SyncStateError(
      `Cannot ${verb} Condition: this thread does not hold its lock, ${this.lock}`,
    );
  }

  #awaitable(verb: string): Lock {
    if (this.lock.kind === "Lock") return this.lock;
    throw new SyncStateError(
      `Cannot ${verb} Condition by awaiting: an RLock cannot be awaited, make it over a Lock`,
    );
  }
}

const WAIT = "wait for Condition";

function openLock(lock: Handle): Words {
  return openRecord(["Lock", "RLock"], lock, bytesOf);
}

/** The waits that it takes until the predicate is true, or the time is up; then its result. */
function* until<T>(
  predicate: () => Sync<T>,
  options: AsyncWaitOptions,
): Generator<AsyncWaitOptions, T, void> {
  callable(WAIT, "predicate", predicate);
  options.signal?.throwIfAborted();
  const left = countdown(options.timeout);
  for (;;) {
    const result: unknown = predicate();
    if (typeof (result as PromiseLike<unknown> | null)?.then === "function") {
      throw new TypeError(
        `Cannot ${WAIT}: 'predicate' returned a promise, which is always truthy`,
      );
    }
    if (result || left() === 0) return result as T;
    yield { ...options, timeout: left() };
  }
}
