/**
 * RLock: one holder at a time, which may acquire it again.
 *
 * Words, states, invariants and progress are those of `_lock_state.ts`; this file
 * is the face of it, with the fast paths. That the lock is nested is part of its
 * state word, so a release that is the last one finds out by the step that frees it.
 *
 * *Source* · Python's `threading.RLock`; `holdCount` is java.util.concurrent's.
 *
 * @module
 */

import { BYTES, STATE } from "./_lock_state.ts";
import { recover, type Recovered, SyncLockable } from "./_lockable.ts";
import { bytesFor, bytesOf, createLock, Mutex } from "./_mutex.ts";
import { describe, readName } from "./_ownership.ts";
import type { WaitOptions } from "./_park.ts";
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
import { INT32_MAX, waitOptions } from "./_validate.ts";
import { SyncStateError } from "./errors.ts";

/** What an {@linkcode RLock} can be made with. */
export interface RLockOptions {
  /** Hands over in order of arrival; much slower when contended. */
  fair?: boolean;
  /** What messages call it: up to 36 bytes of UTF-8, the rest is cut off. */
  name?: string;
  /** Where to make it; in memory of its own if left out. */
  memory?: Memory;
}

/**
 * Mutual exclusion that a thread may enter again while it is in: for functions that
 * lock, and call others that lock.
 *
 * As often as it was acquired, so often must it be released, and by the same thread.
 * It is the thread that holds it, not one of its async tasks: two tasks of one thread
 * would both get in. So it cannot be awaited, and must not be held across an `await`;
 * for tasks use a Lock. Where nothing is nested a Lock is as fast and simpler.
 *
 * Memory: what a thread did before its last `release()` is visible after the next
 * thread's `acquire()`.
 *
 * @example Usage
 * ```ts
 * import { RLock } from "@interlock/threading";
 *
 * const lock = new RLock();
 * const count = (n: number): number => lock.run(() => n === 0 ? 0 : 1 + count(n - 1));
 * console.log(count(3)); // 3
 * ```
 */
export class RLock extends SyncLockable<"RLock"> {
  /** The bytes that a lock takes in shared memory, if it is not fair. */
  static readonly byteLength: number = BYTES;
  readonly #state: Mutex;
  readonly #words: Words;
  readonly #me: number;

  /** The bytes that a lock made with these options takes in shared memory. */
  static byteLengthFor(options: RLockOptions): number {
    return bytesFor(options);
  }

  /** Makes a lock that is free. */
  constructor(options?: RLockOptions) {
    const words = attachedWords(options) ?? createLock("RLock", options);
    super("RLock", words);
    this.#words = words;
    this.#state = new Mutex(words);
    this.#me = threadId();
  }

  /** Opens the lock that a handle, or another view, names. */
  static from(handle: Handle<"RLock">): RLock {
    return new RLock(attachment(openRecord(["RLock"], handle, bytesOf)));
  }

  /** Whether anybody holds it; it may have changed when you read it. */
  get locked(): boolean {
    return this.#state.owner !== 0;
  }

  /** Whether this thread holds it. */
  get isOwned(): boolean {
    return this.#state.owner === this.#me;
  }

  /** How often this thread has acquired it and not released it; 0 if another thread holds it. */
  get holdCount(): number {
    return this.isOwned ? 1 + this.#state.depth : 0;
  }

  /** What messages call it. */
  get name(): string {
    return readName(this.#words);
  }

  /**
   * Blocks until the lock is acquired; false if the timeout, in milliseconds, passes
   * first. Who holds it gets it at once.
   *
   * @throws {AbandonedLockError} if the thread that held it died; see `recover`.
   * @throws {DeadlockError} if threads wait for each other in a circle.
   * @throws {SyncStateError} if this thread acquired it 2147483648 times.
   * @throws {WouldBlockError} where blocking is forbidden.
   */
  override acquire(wait?: number | WaitOptions): boolean {
    if (wait !== undefined) waitOptions("acquire RLock", wait, false);
    if (Atomics.compareExchange(this.#words, STATE, 0, this.#me) === 0) {
      return true;
    }
    return this.#nest() || this.#state.acquireSlow(wait, "Lock.acquireAsync");
  }

  /**
   * Acquires the lock if it is free, or this thread's. Does not wait.
   *
   * @throws {AbandonedLockError} if the thread that held it died; see `recover`.
   * @throws {SyncStateError} if this thread acquired it 2147483648 times.
   */
  tryAcquire(): boolean {
    if (this.#state.take(1, this.#me, false) || this.#nest()) return true;
    refuseStray(this.#words, "RLock");
    this.#state.refuseAbandoned();
    return false;
  }

  /**
   * Takes back one `acquire` of this thread; after the last one the lock is free. Does
   * not block.
   *
   * @throws {SyncStateError} if this thread does not hold it.
   */
  override release(): void {
    const me = this.#me;
    if (Atomics.compareExchange(this.#words, STATE, me, 0) === me) return;
    const depth = this.isOwned ? this.#state.depth : 0;
    if (depth > 0) this.#state.depth = depth - 1;
    else this.#state.release();
  }

  /**
   * Blocks until the lock is acquired, also when its holder has died: then what it
   * protects may be half changed, and `wasAbandoned` is true. See `Lock.recover`.
   *
   * @throws {TimeoutError} if the timeout, in milliseconds, passes first.
   */
  recover(wait?: number | WaitOptions): Recovered {
    return recover(this, () => this.#state.takeAbandoned(false), wait);
  }

  /** Whether it is held, and its name; a snapshot. */
  override toString(): string {
    return describe(this.#words, this.locked ? "locked" : "unlocked");
  }

  #nest(): boolean {
    if (!this.isOwned) return false;
    const { depth } = this.#state;
    if (depth === INT32_MAX) {
      throw new SyncStateError(
        `Cannot acquire ${this}: this thread acquired it ${depth + 1} times`,
      );
    }
    this.#state.depth = depth + 1;
    return true;
  }
}
