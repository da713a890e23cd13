/**
 * OnceCell: a value that is decided once, for all threads.
 *
 * Words, states, invariants and progress are those of `_once_state.ts`; this file
 * is the face of it, and keeps what it has decoded. The value is bytes: see `_bytes.ts`.
 *
 * *Source* · Rust's `OnceLock` and `LazyLock`, Go's `sync.OnceValue`. Python has
 * `functools.cache` on a function without arguments, which may run twice.
 *
 * @module
 */

import { decode, encode } from "./_bytes.ts";
import type { Sync } from "./_lockable.ts";
import type { AsyncWaitOptions, WaitOptions } from "./_park.ts";
import {
  type AsyncOnceWaitOptions,
  bytesFor,
  type Call,
  CAPACITY,
  flagsOf,
  OnceState,
  type OnceWaitOptions,
  type OnError,
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
import { callable, integer, optionBag, waitOptions } from "./_validate.ts";

/** What a {@linkcode OnceCell} can be made with. */
export interface OnceCellOptions {
  /** What becomes of it if the initialiser throws: it is open again if left out. */
  onError?: OnError;
  /** The bytes that the value may take, from 1 to 1073741824; 960 if left out. */
  capacity?: number;
  /** Where to make it; in memory of its own if left out. */
  memory?: Memory;
}

const GET: Call = { action: "get OnceCell", instead: "getAsync" };
const SET: Call = { action: "set OnceCell", instead: "getAsync" };
const WAIT: Call = { action: "wait for OnceCell", instead: "waitAsync" };
const DEFAULT_CAPACITY = 960, MAX_CAPACITY = 2 ** 30;

/**
 * A value that one thread decides, once, and all threads see.
 *
 * Use it for what is costly to compute and never changes: a configuration, a table. It
 * holds a copy: what `codecs.any` carries. A shared object in it, such as a Lock, arrives
 * opened in threads that have it already, as an argument. Every view of the cell
 * decodes it once, so do not change what you get: other threads would not see it. For a
 * value that changes use an atomic or a Lock.
 *
 * Memory: what the initialiser did, or the thread before `set()`, is visible to
 * whomever gets the value.
 *
 * @example Usage
 * ```ts
 * import { OnceCell } from "@interlock/threading";
 *
 * const primes = new OnceCell<number[]>(); // pass it to the threads
 * console.log(primes.get(() => [2, 3, 5, 7])); // one of them computes
 * ```
 */
export class OnceCell<T = unknown> extends SharedObject<"OnceCell"> {
  /** The bytes that it takes in shared memory, if made without options. */
  static readonly byteLength: number = bytesFor(0, DEFAULT_CAPACITY);
  readonly #words: Words;
  readonly #state: OnceState;
  #decoded: { readonly value: T } | undefined;

  /** The bytes that a OnceCell made with these options takes in shared memory. */
  static byteLengthFor(options: OnceCellOptions): number {
    const { flags, capacity } = shapeOf("size OnceCell", options);
    return bytesFor(flags, capacity);
  }

  /** Makes a cell without a value. */
  constructor(options?: OnceCellOptions) {
    const words = attachedWords(options) ?? create(options);
    super("OnceCell", words);
    this.#words = words;
    this.#state = new OnceState(words);
  }

  /** Opens the cell that a handle, or another view, names. */
  static from<T = unknown>(handle: Handle<"OnceCell">): OnceCell<T> {
    const words = openRecord(["OnceCell"], handle, bytesOf);
    return new OnceCell<T>(attachment(words));
  }

  /** The bytes that the value may take. */
  get capacity(): number {
    return Atomics.load(this.#words, CAPACITY);
  }

  /**
   * The value, made by `init` if there is none; blocks while another thread makes it.
   *
   * If `init` throws, or its result cannot be copied or is too large, the caller gets the
   * error, and there is no value. With `onError: "retry"` (the default) the next caller, or
   * one that waits, then calls its own `init`; with `"poison"` later calls throw a
   * SyncStateError unless they say `force: true`; with `"replay"` they all throw the same
   * error, rebuilt from name, message and code. Costs one atomic load at most when there is a value.
   *
   * @throws {TimeoutError} if the timeout, in milliseconds, passes first.
   * @throws {DeadlockError} if this very thread is making the value.
   * @throws {SyncStateError} if it is poisoned.
   * @throws {TypeError} if `init` returns a promise, or what cannot be copied.
   * @throws {RangeError} if the result takes more bytes than `capacity`.
   * @throws {WouldBlockError} where blocking is forbidden; use `getAsync`.
   */
  get(init: () => Sync<T>, wait?: number | OnceWaitOptions): T {
    if (typeof init !== "function") callable(GET.action, "init", init);
    if (wait !== undefined) turnOptions(GET.action, wait, false);
    return (this.tryGet() ?? this.#make(init, wait)).value;
  }

  /** Gets like `get`, without blocking the thread; `init` may be async, and is awaited. */
  async getAsync(
    init: () => T | PromiseLike<T>,
    wait?: number | AsyncOnceWaitOptions,
  ): Promise<T> {
    callable(GET.action, "init", init);
    const options = turnOptions(GET.action, wait, true);
    options.signal?.throwIfAborted();
    if (this.tryGet() === undefined) {
      await this.#state.runAsync(
        GET,
        options,
        async () => this.#encode(GET, await init()),
      );
    }
    return this.tryGet()!.value;
  }

  /** The value, if there is one: never a part of it. Does not wait, and never throws a failure of an initialiser. */
  tryGet(): { value: T } | undefined {
    return this.#decoded ??= this.#state.isDone
      ? { value: decode(this.#state.payload) as T }
      : undefined;
  }

  /**
   * Makes `value` the value, if there is none; false if there is one, or another thread
   * is making it. Does not wait.
   *
   * @throws {TypeError} if the value cannot be copied.
   * @throws {RangeError} if it takes more bytes than `capacity`.
   * @throws {SyncStateError} if it is poisoned; the error of the initialiser with `onError: "replay"`.
   */
  set(value: T): boolean {
    const bytes = this.#encode(SET, value);
    if (this.#state.take(SET, "turn") !== "mine") return false;
    this.#state.finish(bytes);
    return true;
  }

  /**
   * Blocks until there is a value; false if the timeout, in milliseconds, passes first. Makes none.
   *
   * @throws {SyncStateError} if it is poisoned; the error of the initialiser with `onError: "replay"`.
   * @throws {DeadlockError} if this very thread is making the value.
   * @throws {WouldBlockError} where blocking is forbidden; use `waitAsync`.
   */
  wait(wait?: number | WaitOptions): boolean {
    const options = waitOptions(WAIT.action, wait, false);
    return this.#state.isDone || this.#state.wait(WAIT, options);
  }

  /** Waits like `wait`, without blocking the thread. */
  async waitAsync(wait?: number | AsyncWaitOptions): Promise<boolean> {
    const options = waitOptions(WAIT.action, wait, true);
    return await this.#state.waitAsync(WAIT, options);
  }

  /** How it stands: open, running, done, poisoned or failed; a snapshot. */
  override toString(): string {
    return `OnceCell(${this.#state})`;
  }

  #make(init: () => Sync<T>, wait?: number | OnceWaitOptions): { value: T } {
    this.#state.run(
      GET,
      turnOptions(GET.action, wait, false),
      () => this.#encode(GET, syncOnly(GET, "init", init())),
    );
    return this.tryGet()!;
  }

  #encode({ action }: Call, value: unknown): Uint8Array<ArrayBuffer> {
    const bytes = encode(value), { capacity } = this;
    if (bytes.length <= capacity) return bytes;
    throw new RangeError(
      `Cannot ${action}: the value takes ${bytes.length} bytes, and its 'capacity' is ${capacity}`,
    );
  }
}

function bytesOf(words: Words): number {
  return bytesFor(recordFlags(words), Atomics.load(words, CAPACITY));
}

function shapeOf(
  action: string,
  { onError, capacity = DEFAULT_CAPACITY }: Partial<OnceCellOptions>,
): { flags: number; capacity: number } {
  integer(action, "capacity", capacity, 1, MAX_CAPACITY);
  return { flags: flagsOf(action, onError), capacity };
}

function create(options?: OnceCellOptions): Words {
  const action = "create OnceCell", bag = optionBag(action, options);
  const { flags, capacity } = shapeOf(action, bag), { memory } = bag;
  const bytes = bytesFor(flags, capacity);
  return createRecord("OnceCell", bytes, memory, flags, (words) => {
    Atomics.store(words, CAPACITY, capacity);
  });
}
