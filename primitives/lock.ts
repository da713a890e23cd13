/**
 * Lock: one holder at a time.
 *
 * Words, states, invariants and progress are those of `_lock_state.ts`; this file
 * is the face of it, with the fast paths.
 *
 * *Source* · Python's `threading.Lock`. Differences: a release by another thread
 * than the holder can be forbidden (`ownerCheck`), waiters can be served in order
 * (`fair`), and it can be awaited.
 *
 * @module
 */

import {
  ASYNC,
  BYTES,
  FAIR,
  FAIR_BYTES,
  LockState,
  NAME_BYTE,
  OWNER_CHECK,
  STATE,
  TAKEN,
} from "./_lock_state.ts";
import { Lockable } from "./_lockable.ts";
import { type AsyncWaitOptions, block, type WaitOptions } from "./_park.ts";
import { realm } from "./_realm.ts";
import { awaitGrant, RealmQueue } from "./_realm_queue.ts";
import {
  attachedWords,
  attachment,
  createRecord,
  type Handle,
  type Memory,
  openRecord,
  recordFlags,
  refuseStray,
  type Words,
} from "./_record.ts";
import { ABANDONED, ID_MASK, threadId } from "./_thread_id.ts";
import { flag, optionBag, show, waitOptions } from "./_validate.ts";
import { DeadlockError, SyncStateError } from "./errors.ts";

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
  readonly #state: LockState;
  readonly #words: Words;
  readonly #me: number;

  /** The bytes that a lock made with these options takes in shared memory. */
  static byteLengthFor(options: LockOptions): number {
    return options.fair ? FAIR_BYTES : BYTES;
  }

  /** Makes a lock that is free. */
  constructor(options?: LockOptions) {
    const words = attachedWords(options) ?? create(options);
    super("Lock", words);
    this.#words = words;
    this.#state = new LockState(words);
    this.#me = threadId();
  }

  /** Opens the lock that a handle, or another view, names. */
  static from(handle: Handle<"Lock">): Lock {
    return new Lock(attachment(openRecord(["Lock"], handle, bytesOf)));
  }

  /** Whether it is held; it may have changed when you read it. */
  get locked(): boolean {
    return (Atomics.load(this.#words, STATE) & ID_MASK) !== 0;
  }

  /** What messages call it. */
  get name(): string {
    const bytes = new Uint8Array(this.buffer, this.byteOffset, BYTES);
    const text = new TextDecoder().decode(bytes.slice(NAME_BYTE));
    return text.slice(0, text.indexOf("\0") >>> 0);
  }

  /**
   * Blocks until the lock is acquired; false if the timeout, in milliseconds, passes first.
   *
   * @throws {DeadlockError} if an async task of this very thread holds it.
   * @throws {WouldBlockError} where blocking is forbidden; use `acquireAsync`.
   */
  override acquire(wait?: number | WaitOptions): boolean {
    if (wait !== undefined) waitOptions(ACQUIRE, wait, false);
    if (Atomics.compareExchange(this.#words, STATE, 0, this.#me) === 0) {
      return true;
    }
    return this.#acquireSlow(wait);
  }

  /** Waits like `acquire`, without blocking the thread. */
  override async acquireAsync(
    wait?: number | AsyncWaitOptions,
  ): Promise<boolean> {
    const options = waitOptions(ACQUIRE, wait, true);
    options.signal?.throwIfAborted();
    const state = this.#state, owner = this.#me | ASYNC;
    if (Atomics.compareExchange(this.#words, STATE, 0, owner) === 0) {
      state.delivered();
      return true;
    }
    refuseStray(this.#words, "Lock");
    if (options.timeout === 0) return false;
    return state.fair
      ? await awaitGrant(state, 1, options)
      : await RealmQueue.of(state).wait(1, options);
  }

  /** Acquires the lock if it is free. Does not wait, and gets in before a fair lock's waiters. */
  tryAcquire(): boolean {
    if (this.#state.take(1, this.#me, false)) return true;
    refuseStray(this.#words, "Lock");
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
    ) this.#releaseSlow();
  }

  /** Whether it is held, and its name; a snapshot. */
  override toString(): string {
    const { name } = this, state = this.locked ? "locked" : "unlocked";
    return `Lock(${name === "" ? "" : `${show(name)}, `}${state})`;
  }

  #acquireSlow(wait?: number | WaitOptions): boolean {
    const state = this.#state, words = this.#words;
    refuseStray(words, "Lock");
    const options = waitOptions(ACQUIRE, wait, false);
    if (options.timeout === 0) return false;
    if (state.isTasks) {
      throw new DeadlockError(
        `Cannot acquire ${this} by blocking: an async task of this thread holds it, and cannot run meanwhile. Use acquireAsync()`,
      );
    }
    const body = state.wait(1, false);
    return block(body, options, ACQUIRE, "acquireAsync");
  }

  #releaseSlow(): void {
    const state = this.#state, words = this.#words;
    refuseStray(words, "Lock");
    for (;;) {
      const value = Atomics.load(words, STATE), owner = value & ID_MASK;
      if (owner === 0 || owner !== this.#me && state.ownerCheck) {
        throw new SyncStateError(
          `Cannot release ${this}: ${
            owner === 0 ? "it is not held" : "another thread holds it"
          }`,
        );
      }
      if ((value & ASYNC) !== 0) {
        if (owner !== this.#me) Atomics.add(words, TAKEN, 1);
        else {
          realm.asyncHolds.delete(state.key);
          if (RealmQueue.find(state.key)?.handOver(true)) return;
        }
      }
      if (state.free(value)) return;
    }
  }
}

const ACQUIRE = "acquire Lock";

function bytesOf(words: Words): number {
  return recordFlags(words) & FAIR ? FAIR_BYTES : BYTES;
}

function create(options?: LockOptions): Words {
  const action = "create Lock";
  const { fair, ownerCheck, name = "", memory } = optionBag(action, options);
  const flags = (flag(action, "fair", fair) ? FAIR : 0) |
    (flag(action, "ownerCheck", ownerCheck) ? OWNER_CHECK : 0);
  if (typeof name !== "string") {
    throw new TypeError(
      `Cannot ${action}: 'name' must be a string, received ${show(name)}`,
    );
  }
  const bytes = flags & FAIR ? FAIR_BYTES : BYTES;
  return createRecord("Lock", bytes, memory, flags, (words, stray) => {
    // A stray lock looks held, so that its first use takes the slow path.
    if (stray) Atomics.store(words, STATE, ABANDONED);
    const text = new Uint8Array(BYTES - NAME_BYTE);
    new TextEncoder().encodeInto(name, text);
    const target = new Uint8Array(words.buffer, words.byteOffset, BYTES);
    target.set(text, NAME_BYTE);
  });
}
