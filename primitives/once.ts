/**
 * Once: a function that one thread runs, once, while the others wait for it.
 *
 * Words, states, invariants and progress are those of `_once_state.ts`; this file
 * is the face of it, with the fast path.
 *
 * *Source* · Go's `sync.Once`, Rust's `Once` with its poisoning (`call_once_force` is
 * `force`), `std::call_once` of C++. Python has none.
 *
 * @module
 */

import type { Sync } from "./_lockable.ts";
import type { AsyncWaitOptions, WaitOptions } from "./_park.ts";
import {
  type AsyncOnceWaitOptions,
  bytesFor,
  type Call,
  DONE,
  flagsOf,
  OnceState,
  type OnceWaitOptions,
  type OnError,
  STATE,
  syncOnly,
  turnOptions,
} from "./_once_state.ts";
import {
  attachedWords,
  attachment,
  createRecord,
  type Handle,
  type Memory,
  openRecord,
  recordFlags,
  SharedObject,
  type Words,
} from "./_record.ts";
import { callable, optionBag, waitOptions } from "./_validate.ts";

export type { AsyncOnceWaitOptions, OnceWaitOptions, OnError };

/** What a {@linkcode Once} can be made with. */
export interface OnceOptions {
  /** What becomes of it if the function throws: it is open again if left out. */
  onError?: OnError;
  /** Where to make it; in memory of its own if left out. */
  memory?: Memory;
}

const RUN: Call = { action: "run Once", instead: "runAsync" };
const WAIT: Call = { action: "wait for Once", instead: "waitAsync" };
const NOTHING = new Uint8Array();

/**
 * A function that one thread runs, once: who comes meanwhile waits until it is over.
 *
 * Use it to set something up that all threads share and none may find half made. If
 * there is a value to hand on, use a OnceCell. A thread that dies in its function
 * leaves the Once open again, or poisoned with `onError: "poison"`: never do two
 * threads run at once.
 *
 * Memory: what the function did is visible to whomever `run` or `wait` lets pass.
 *
 * @example Usage
 * ```ts
 * import { Once } from "@interlock/threading";
 *
 * const ready = new Once(); // pass it to the threads
 * ready.run(() => {
 *   // in one of them only, and before any goes on
 * });
 * ```
 */
export class Once extends SharedObject<"Once"> {
  /** The bytes that it takes in shared memory, if errors are not kept. */
  static readonly byteLength: number = bytesFor(0, 0);
  readonly #words: Words;
  readonly #state: OnceState;

  /** The bytes that a Once made with these options takes in shared memory. */
  static byteLengthFor(options: OnceOptions): number {
    return bytesFor(flagsOf("size Once", options.onError), 0);
  }

  /** Makes one that is open: nothing has run yet. */
  constructor(options?: OnceOptions) {
    const words = attachedWords(options) ?? create(options);
    super("Once", words);
    this.#words = words;
    this.#state = new OnceState(words);
  }

  /** Opens the Once that a handle, or another view, names. */
  static from(handle: Handle<"Once">): Once {
    return new Once(attachment(openRecord(["Once"], handle, bytesOf)));
  }

  /** Whether a function has run to its end without an error; once true, it stays so. */
  get isDone(): boolean {
    return this.#state.isDone;
  }

  /**
   * Calls `fn` if nobody has, and blocks while another thread runs its own; afterwards it is done.
   *
   * If `fn` throws, the caller gets the error. With `onError: "retry"` (the default) the
   * next caller, or one that waits, then calls its own `fn`; with `"poison"` later calls
   * throw a SyncStateError unless they say `force: true`; with `"replay"` they all throw
   * the same error, rebuilt from name, message and code. Costs one atomic load when done.
   *
   * @throws {TimeoutError} if the timeout, in milliseconds, passes first.
   * @throws {DeadlockError} if this very thread is running it.
   * @throws {SyncStateError} if it is poisoned.
   * @throws {TypeError} if `fn` returns a promise; that is a failure of `fn`.
   * @throws {WouldBlockError} where blocking is forbidden; use `runAsync`.
   */
  run<T>(fn: () => Sync<T>, wait?: number | OnceWaitOptions): void {
    if (typeof fn !== "function") callable(RUN.action, "fn", fn);
    if (wait !== undefined) turnOptions(RUN.action, wait, false);
    if (Atomics.load(this.#words, STATE) === DONE) return;
    this.#state.run(RUN, turnOptions(RUN.action, wait, false), () => {
      syncOnly(RUN, "fn", fn());
      return NOTHING;
    });
  }

  /**
   * Does like `run`, without blocking the thread; `fn` may be async, and is awaited.
   *
   * An `fn` that awaits its own Once waits for ever, and others wait for one that never ends.
   */
  async runAsync(
    fn: () => unknown,
    wait?: number | AsyncOnceWaitOptions,
  ): Promise<void> {
    callable(RUN.action, "fn", fn);
    const options = turnOptions(RUN.action, wait, true);
    options.signal?.throwIfAborted();
    if (Atomics.load(this.#words, STATE) === DONE) return;
    await this.#state.runAsync(RUN, options, async () => {
      await fn();
      return NOTHING;
    });
  }

  /**
   * Blocks until it is done; false if the timeout, in milliseconds, passes first. Runs nothing.
   *
   * @throws {SyncStateError} if it is poisoned; the error of the function with `onError: "replay"`.
   * @throws {DeadlockError} if this very thread is running it.
   * @throws {WouldBlockError} where blocking is forbidden; use `waitAsync`.
   */
  wait(wait?: number | WaitOptions): boolean {
    const options = waitOptions(WAIT.action, wait, false);
    return this.isDone || this.#state.wait(WAIT, options);
  }

  /** Waits like `wait`, without blocking the thread. */
  async waitAsync(wait?: number | AsyncWaitOptions): Promise<boolean> {
    const options = waitOptions(WAIT.action, wait, true);
    return await this.#state.waitAsync(WAIT, options);
  }

  /** How it stands: open, running, done, poisoned or failed; a snapshot. */
  override toString(): string {
    return `Once(${this.#state})`;
  }
}

function bytesOf(words: Words): number {
  return bytesFor(recordFlags(words), 0);
}

function create(options?: OnceOptions): Words {
  const action = "create Once";
  const { onError, memory } = optionBag(action, options);
  const flags = flagsOf(action, onError);
  return createRecord("Once", bytesFor(flags, 0), memory, flags, () => {});
}
