/**
 * Lock: one holder at a time.
 *
 * Words, states, invariants and progress are those of `_lock_state.ts`; this file
 * is the face of it, with the fast paths.
 *
 * *Source* · Python's `threading.Lock`. Differences: a release by another thread
 * than the holder can be forbidden (`ownerCheck`), waiters can be served in order
 * (`fair`), it can be awaited, and what a dead thread held can be recovered.
 *
 * @module
 */

import { BYTES, STATE } from "./_lock_state.ts";
import {
  Lockable,
  recover,
  recoverAsync,
  type Recovered,
} from "./_lockable.ts";
import { bytesFor, bytesOf, createLock, Mutex } from "./_mutex.ts";
import { describe, readName } from "./_ownership.ts";
import type { AsyncWaitOptions, WaitOptions } from "./_park.ts";
import {
  attachedWords,
  attachment,
  type Handle,
  type Memory,
  openRecord,
  refuseStray,
  type Words,
} from "./_record.ts";
import { threadId } from "./_thread_id.ts";
import { waitOptions } from "./_validate.ts";

/** What a {@linkcode Lock} can be made with. */
export interface LockOptions {
  /** Hands over in order of arrival; much slower when contended. */
  fair?: boolean;
  /** Makes a release by another thread than the holder's an error. */
  ownerCheck?: boolean;
  /** What messages call it: up to 36 bytes of UTF-8, the rest is cut off. */
  name?: string;
  /** Where to make it; in memory of its own if left out. */
  memory?: Memory;
}

/**
 * Mutual exclusion: between `acquire` and `release` no other thread is.
 *
 * Any thread may release it, and none may acquire it twice without a release in
 * between, as in Python. Prefer `run` or `hold`, which release whatever happens.
 * For one number an AtomicInt32 does.
 *
 * Memory: what a thread did before `release()` is visible after the next `acquire()`.
 *
 * @example Usage
 * ```ts
 * import { Lock } from "@interlock/threading";
 *
 * const lock = new Lock({ name: "seats" });
 * lock.acquire();
 * try {
 *   // one thread at a time
 * } finally {
 *   lock.release();
 * }
 * ```
 */
export class Lock extends Lockable<"Lock"> {
  /** The bytes that a lock takes in shared memory, if it is not fair. */
  static readonly byteLength: number = BYTES;
  readonly #state: Mutex;
  readonly #words: Words;
  readonly #me: number;

  /** The bytes that a lock made with these options takes in shared memory. */
  static byteLengthFor(options: LockOptions): number {
    return bytesFor(options);
  }

  /** Makes a lock that is free. */
  constructor(options?: LockOptions) {
    const words = attachedWords(options) ?? createLock("Lock", options);
    super("Lock", words);
    this.#words = words;
    this.#state = new Mutex(words);
    this.#me = threadId();
  }

  /** Opens the lock that a handle, or another view, names. */
  static from(handle: Handle<"Lock">): Lock {
    return new Lock(attachment(openRecord(["Lock"], handle, bytesOf)));
  }

  /** Whether it is held; it may have changed when you read it. */
  get locked(): boolean {
    return this.#state.owner !== 0;
  }

  /** What messages call it. */
  get name(): string {
    return readName(this.#words);
  }

  /**
   * Blocks until the lock is acquired; false if the timeout, in milliseconds, passes first.
   *
   * @throws {AbandonedLockError} if the thread that held it died; see `recover`.
   * @throws {DeadlockError} if an async task of this very thread holds it, or, of a lock
   * with `ownerCheck`, if this thread does, or threads wait for each other in a circle.
   * @throws {WouldBlockError} where blocking is forbidden; use `acquireAsync`.
   */
  override acquire(wait?: number | WaitOptions): boolean {
    if (wait !== undefined) waitOptions(ACQUIRE, wait, false);
    if (Atomics.compareExchange(this.#words, STATE, 0, this.#me) === 0) {
      return true;
    }
    return this.#state.acquireSlow(wait, "acquireAsync");
  }

  /** Waits like `acquire`, without blocking the thread. */
  override async acquireAsync(
    wait?: number | AsyncWaitOptions,
  ): Promise<boolean> {
    const options = waitOptions(ACQUIRE, wait, true);
    options.signal?.throwIfAborted();
    return await this.#state.acquireAsync(options);
  }

  /**
   * Acquires the lock if it is free. Does not wait, and gets in before a fair lock's waiters.
   *
   * @throws {AbandonedLockError} if the thread that held it died; see `recover`.
   */
  tryAcquire(): boolean {
    if (this.#state.take(1, this.#me, false)) return true;
    refuseStray(this.#words, "Lock");
    this.#state.refuseAbandoned();
    return false;
  }

  /**
   * Frees the lock; any thread may, unless it was made with `ownerCheck`. Does not block.
   *
   * @throws {SyncStateError} if it is not held, or held by another where that counts.
   */
  override release(): void {
    if (
      Atomics.compareExchange(this.#words, STATE, this.#me, 0) !== this.#me
    ) this.#state.release();
  }

  /**
   * Blocks until the lock is acquired, also when its holder has died: then what it
   * protects may be half changed, `wasAbandoned` is true, and everybody else got an
   * AbandonedLockError. Mend it, and release it, and the lock is as any other.
   *
   * That a thread died is seen within two seconds after it can run no more. A thread
   * that was terminated may run on, and one that the library did not start is never
   * seen to die.
   *
   * @throws {TimeoutError} if the timeout, in milliseconds, passes first.
   *
   * @example Usage
   * ```ts
   * import { AbandonedLockError, Lock } from "@interlock/threading";
   *
   * const lock = new Lock();
   * try {
   *   lock.acquire();
   * } catch (error) {
   *   if (!(error instanceof AbandonedLockError)) throw error;
   *   const held = lock.recover();
   *   if (held.wasAbandoned) console.log("mend what the lock protects");
   * }
   * lock.release();
   * ```
   */
  recover(wait?: number | WaitOptions): Recovered {
    return recover(this, () => this.#state.takeAbandoned(false), wait);
  }

  /** Waits like `recover`, without blocking the thread. */
  recoverAsync(wait?: number | AsyncWaitOptions): Promise<Recovered> {
    return recoverAsync(this, () => this.#state.takeAbandoned(true), wait);
  }

  /** Whether it is held, and its name; a snapshot. */
  override toString(): string {
    return describe(this.#words, this.locked ? "locked" : "unlocked");
  }
}

const ACQUIRE = "acquire Lock";
