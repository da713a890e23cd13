/**
 * Queue: items go from thread to thread, first in, first out.
 *
 * Words, states, invariants and progress are those of `_queue_state.ts`; this file is
 * the face of it.
 *
 * *Source* · Python's `queue.Queue`, with `shutdown` of 3.13.
 *
 * @module
 */

import { Exchange, queueWording } from "./_exchange.ts";
import { Heap } from "./_heap.ts";
import {
  type AsyncWaitOptions,
  block,
  settle,
  type WaitOptions,
} from "./_park.ts";
import {
  createQueue,
  mostOf,
  queueBytes,
  type QueueOptions,
} from "./_queue_record.ts";
import { AFTER_QUEUE, QueueState, UNBOUNDED } from "./_queue_state.ts";
import {
  attachedWords,
  attachment,
  type Handle,
  recordKind,
  SharedObject,
} from "./_record.ts";
import { ItemCodec, openStore, type StoreOptions } from "./_store.ts";
import { flag, integer, optionBag, waitOptions } from "./_validate.ts";
import { SyncStateError } from "./errors.ts";

export type { QueueOptions, StoreOptions };

/** The classes that are queues with tasks and a shutdown. */
export type QueueKind = "Queue" | "LifoQueue" | "PriorityQueue";

/** How a {@linkcode Queue} is shut down. */
export interface ShutdownOptions {
  /** Whether the items that are left are dropped, and count as done. False if left out. */
  immediate?: boolean;
}

/**
 * Items that go from thread to thread: who puts one in waits while the queue is full, who
 * gets one waits while it is empty. First in, first out.
 *
 * Use it to hand work to threads, and to be told of results. An item is copied: what you
 * get is not what was put in. It costs about as much as to encode and decode it; for a stream of
 * numbers or bytes between two threads use an SpscQueue.
 *
 * If a thread dies while it puts or gets, the queue stays usable for the others; an item
 * that it had taken is gone with it.
 *
 * Memory: what a thread did before it put an item in is visible to who gets it.
 *
 * @example Usage
 * ```ts
 * import { Queue } from "@interlock/threading";
 *
 * const orders = new Queue<{ id: number }>({ maxSize: 100 }); // pass it to the threads
 * orders.put({ id: 1 });
 * orders.shutdown();
 * for (const order of orders) console.log(order.id);
 * ```
 */
export class Queue<T = unknown> extends SharedObject<QueueKind> {
  readonly #state: QueueState;
  readonly #exchange: Exchange<T>;
  readonly #front: boolean;

  /** The bytes that a queue made with these options takes in memory of the caller's. */
  static byteLengthFor<T = unknown>(options?: QueueOptions<T>): number {
    return queueBytes("Queue", options);
  }

  /** Makes a queue without items. */
  constructor(options?: QueueOptions<T>) {
    const words = attachedWords(options) ?? createQueue("Queue", options);
    const kind = recordKind(words) as QueueKind;
    super(kind, words);
    const ranked = kind === "PriorityQueue";
    const state = this.#state = new QueueState(
      words,
      ranked ? (items) => new Heap(items) : undefined,
    );
    const codec = new ItemCodec<T>(words, AFTER_QUEUE);
    this.#exchange = new Exchange(state, codec, queueWording(kind));
    this.#front = kind === "LifoQueue";
  }

  /** Opens the queue that a handle, or another view, names. */
  static from<T = unknown>(handle: Handle<QueueKind>): Queue<T> {
    return new Queue<T>(attachment(openStore(["Queue"], handle)));
  }

  /** How many items there are; it may have changed when you read it. */
  get size(): number {
    return this.#state.size;
  }

  /** Whether there are no items; it may have changed when you read it. */
  get isEmpty(): boolean {
    return this.#state.size === 0;
  }

  /** Whether there are as many items as there may be, or no memory is left; it may have changed when you read it. */
  get isFull(): boolean {
    return this.#state.isFull;
  }

  /**
   * The most items there may be; Infinity if there is no bound. A lower one keeps the items
   * that are there; a higher one does not change `capacity`.
   */
  get maxSize(): number {
    const { most } = this.#state;
    return most === UNBOUNDED ? Infinity : most;
  }

  set maxSize(maxSize: number) {
    const action = `change ${this.kind}`;
    // Left out is for options only.
    if (maxSize === undefined) integer(action, "maxSize", maxSize, 1);
    this.#state.most = mostOf(action, maxSize);
  }

  /** The bytes that all items may take together, with some for each item. */
  get capacity(): number {
    return this.#state.items.byteLength;
  }

  /** How many items are in it, or were got and not reported by `taskDone`. */
  get unfinishedTasks(): number {
    return this.#state.unfinished;
  }

  /** Whether it is shut down. */
  get isShutDown(): boolean {
    return this.#state.isShut;
  }

  /**
   * Puts in a copy of an item; blocks while the queue is full.
   *
   * @throws {QueueFullError} if the timeout, in milliseconds, passes first; at once, if
   * the item takes more bytes than `capacity`.
   * @throws {QueueShutDownError} if it is shut down, also while this waits.
   * @throws {TypeError} if the item cannot be copied; the queue is as before.
   * @throws {WouldBlockError} where blocking is forbidden; use `putAsync`.
   */
  put(item: T, wait?: number | WaitOptions): void {
    const rank = this.priorityOf(item, wait);
    this.#exchange.put(item, wait, this.#front, rank);
  }

  /** Puts in like `put`, without blocking the thread. */
  async putAsync(item: T, wait?: number | AsyncWaitOptions): Promise<void> {
    const rank = this.priorityOf(item, wait);
    await this.#exchange.putAsync(item, wait, this.#front, rank);
  }

  /**
   * Puts in a copy of an item if the queue is not full. Does not wait.
   *
   * @throws {QueueFullError} if the item takes more bytes than `capacity`.
   * @throws {QueueShutDownError} if it is shut down.
   * @throws {TypeError} if the item cannot be copied.
   */
  tryPut(item: T): boolean {
    return this.putNow(item, undefined);
  }

  /**
   * Takes an item out; blocks while there is none.
   *
   * @throws {QueueEmptyError} if the timeout, in milliseconds, passes first.
   * @throws {QueueShutDownError} if it is shut down and empty, also while this waits.
   * @throws {TypeError} if the item cannot be read, as its memory was written to by
   * others, or it has a shared object that this thread was not given; it is gone.
   * @throws {WouldBlockError} where blocking is forbidden; use `getAsync`.
   */
  get(wait?: number | WaitOptions): T {
    return this.#exchange.get(wait);
  }

  /** Takes an item out like `get`, without blocking the thread. */
  async getAsync(wait?: number | AsyncWaitOptions): Promise<T> {
    return await this.#exchange.getAsync(wait);
  }

  /**
   * Takes an item out, if there is one. Does not wait.
   *
   * @throws {QueueShutDownError} if it is shut down and empty.
   */
  tryGet(): { value: T } | undefined {
    return this.#exchange.tryGet();
  }

  /**
   * Reports that the work on one item that was got is done; see `join`. Does not block.
   *
   * @throws {SyncStateError} if there were more reports than items that were got.
   */
  taskDone(): void {
    if (this.#state.taskDone()) return;
    throw new SyncStateError(
      `Cannot report a task of ${this.kind} done: all that were got are`,
    );
  }

  /**
   * Blocks until the queue is empty and all that was got is reported done; false if the
   * timeout, in milliseconds, passes first. A thread that dies before it reports keeps it waiting.
   *
   * @throws {WouldBlockError} where blocking is forbidden; use `joinAsync`.
   */
  join(wait?: number | WaitOptions): boolean {
    const options = waitOptions(this.#joining, wait, false);
    const body = this.#state.untilFinished();
    return block(body, options, this.#joining, "joinAsync");
  }

  /** Waits like `join`, without blocking the thread. */
  async joinAsync(wait?: number | AsyncWaitOptions): Promise<boolean> {
    const options = waitOptions(this.#joining, wait, true);
    return await settle(this.#state.untilFinished(), options);
  }

  /**
   * Shuts the queue down, for good: nothing is put in any more, and who waits to put gets
   * a QueueShutDownError; so does who gets, once it is empty. With `immediate` it is empty
   * at once. Can be called again. Does not block.
   */
  shutdown(options?: ShutdownOptions): void {
    const action = `shut down ${this.kind}`;
    const { immediate } = optionBag(action, options);
    this.#state.shutDown(flag(action, "immediate", immediate));
  }

  /** Gets items until the queue is shut down and empty; blocks while there is none. */
  [Symbol.iterator](): Generator<T, void, undefined> {
    return this.#exchange.items();
  }

  /** Gets items until the queue is shut down and empty; awaits while there is none. */
  [Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    return this.#exchange.itemsAsync();
  }

  /** The size and whether it is shut down; a snapshot. */
  override toString(): string {
    const state = this.isShutDown ? ", shut down" : "";
    return `${this.kind}(size: ${this.size}${state})`;
  }

  /** Puts in an item, which may have a priority, if the queue is not full. */
  protected putNow(item: T, options: unknown): boolean {
    const rank = this.priorityOf(item, options);
    return this.#exchange.tryPut(item, this.#front, rank);
  }

  /** The rank of an item; the order of arrival is enough here. */
  protected priorityOf(_item: T, _wait: unknown): number {
    return 0;
  }

  get #joining(): string {
    return `join ${this.kind}`;
  }
}
