/**
 * SimpleQueue: items go from thread to thread, without a bound, tasks or a shutdown.
 *
 * Words, states, invariants and progress are those of `_queue_state.ts`; this file is
 * the face of it.
 *
 * *Source* · Python's `queue.SimpleQueue`.
 *
 * @module
 */

import { Exchange, queueWording } from "./_exchange.ts";
import type { AsyncWaitOptions, WaitOptions } from "./_park.ts";
import { createQueue, queueBytes } from "./_queue_record.ts";
import { AFTER_QUEUE, QueueState } from "./_queue_state.ts";
import {
  attachedWords,
  attachment,
  type Handle,
  SharedObject,
} from "./_record.ts";
import { ItemCodec, openStore, type StoreOptions } from "./_store.ts";
import { QueueFullError } from "./errors.ts";

/**
 * Items that go from thread to thread, first in, first out: to put one in never waits.
 *
 * Use it for messages of which there are never too many; a {@linkcode Queue} with `maxSize`
 * keeps producers from running ahead, and can be shut down. Items are copied.
 *
 * Memory: what a thread did before it put an item in is visible to who gets it.
 *
 * @example Usage
 * ```ts
 * import { SimpleQueue } from "@interlock/threading";
 *
 * const messages = new SimpleQueue<string>(); // pass it to the threads
 * messages.put("hello");
 * console.log(messages.get());
 * ```
 */
export class SimpleQueue<T = unknown> extends SharedObject<"SimpleQueue"> {
  readonly #state: QueueState;
  readonly #exchange: Exchange<T>;

  /** The bytes that a queue made with these options takes in memory of the caller's. */
  static byteLengthFor<T = unknown>(options?: StoreOptions<T>): number {
    return queueBytes("SimpleQueue", options);
  }

  /** Makes a queue without items. */
  constructor(options?: StoreOptions<T>) {
    const words = attachedWords(options) ?? createQueue("SimpleQueue", options);
    super("SimpleQueue", words);
    const state = this.#state = new QueueState(words);
    const codec = new ItemCodec<T>(words, AFTER_QUEUE);
    this.#exchange = new Exchange(state, codec, queueWording("SimpleQueue"));
  }

  /** Opens the queue that a handle, or another view, names. */
  static from<T = unknown>(handle: Handle<"SimpleQueue">): SimpleQueue<T> {
    return new SimpleQueue<T>(attachment(openStore(["SimpleQueue"], handle)));
  }

  /** How many items there are; it may have changed when you read it. */
  get size(): number {
    return this.#state.size;
  }

  /** Whether there are no items; it may have changed when you read it. */
  get isEmpty(): boolean {
    return this.#state.size === 0;
  }

  /**
   * Puts in a copy of an item. Does not wait.
   *
   * @throws {QueueFullError} if no memory is left: there is only so much, see `capacity`.
   * @throws {TypeError} if the item cannot be copied.
   */
  put(item: T): void {
    if (this.#exchange.tryPut(item)) return;
    throw new QueueFullError("Cannot put into SimpleQueue: no memory is left");
  }

  /**
   * Takes an item out; blocks while there is none.
   *
   * @throws {QueueEmptyError} if the timeout, in milliseconds, passes first.
   * @throws {TypeError} if the item cannot be read; see {@linkcode Queue.get}.
   * @throws {WouldBlockError} where blocking is forbidden; use `getAsync`.
   */
  get(wait?: number | WaitOptions): T {
    return this.#exchange.get(wait);
  }

  /** Takes an item out like `get`, without blocking the thread. */
  async getAsync(wait?: number | AsyncWaitOptions): Promise<T> {
    return await this.#exchange.getAsync(wait);
  }

  /** Takes an item out, if there is one. Does not wait. */
  tryGet(): { value: T } | undefined {
    return this.#exchange.tryGet();
  }

  /** The size; a snapshot. */
  override toString(): string {
    return `SimpleQueue(size: ${this.size})`;
  }
}
