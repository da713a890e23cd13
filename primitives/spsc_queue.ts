/**
 * SpscQueue: a queue from one thread to one other, without a lock.
 *
 * Words, states, invariants and progress are those of `_ring_state.ts`; this file
 * is the face of it.
 *
 * *Source* · the rings of real-time audio and of kernels. Python has none; its
 * `queue.SimpleQueue` is ours for any number of threads.
 *
 * @module
 */

import {
  type AsyncWaitOptions,
  block,
  settle,
  type WaitOptions,
} from "./_park.ts";
import {
  attachedWords,
  attachment,
  createRecord,
  type Handle,
  type Memory,
  openRecord,
  SharedObject,
  type Words,
} from "./_record.ts";
import {
  countedPerUnit,
  itemType,
  openRing,
  ringBytes,
  ringShape,
  type SpscArray,
  type SpscItem,
  type SpscNumbers,
  type SpscType,
  type SpscValue,
} from "./_ring_items.ts";
import { fillRing, GET, PUT, type RingState } from "./_ring_state.ts";
import { optionBag, waitOptions } from "./_validate.ts";

export type { SpscArray, SpscItem, SpscNumbers, SpscType, SpscValue };

/** What an {@linkcode SpscQueue} can be made with. */
export interface SpscQueueOptions<T extends SpscType = SpscType> {
  /** What the items are. */
  type: T;
  /**
   * How many numbers it holds, from 1 to 134217728; or how many bytes, from 8 to
   * 1073741824: a record takes 4 more than it has, rounded up to a multiple of 4. It is
   * rounded up to a power of two.
   */
  capacity: number;
  /** Where to make it; in memory of its own if left out. */
  memory?: Memory;
}

type RingOf<T extends SpscType> = RingState<
  SpscItem<T>,
  SpscArray<T>,
  SpscValue<T>
>;

const FOREVER = {};

/**
 * A queue from one thread to one other: the fast lane for audio, telemetry, codecs.
 *
 * The first thread that puts is its producer, and the first that gets its consumer, until
 * it dies or calls `leave`. Items are numbers, or records: a `Uint8Array` is copied, and
 * comes out as a fresh one. `putMany` and `getInto` move many numbers at a time, which
 * takes a fraction of the time. For more threads, or other items, use a Queue.
 *
 * When `put` returns the consumer can get the item: nothing is held back. Await one
 * `putAsync` before the next, or their order is open; so with `getAsync`.
 *
 * Memory: what the producer did before it put an item is visible to who gets it.
 *
 * @example Usage
 * ```ts
 * import { SpscQueue } from "@interlock/threading";
 *
 * const samples = new SpscQueue({ type: "float64", capacity: 1024 });
 * samples.put(0.5); // in one thread
 * samples.close();
 * for (const sample of samples) console.log(sample); // in another one
 * ```
 */
export class SpscQueue<T extends SpscType = SpscType>
  extends SharedObject<"SpscQueue"> {
  readonly #type: SpscType;
  readonly #ring: RingOf<T>;

  /** The bytes that a queue made with these options takes in shared memory. */
  static byteLengthFor(options: SpscQueueOptions): number {
    const action = "size SpscQueue", bag = optionBag(action, options);
    return ringShape(action, bag.type, bag.capacity).byteLength;
  }

  /** Makes an empty queue. */
  constructor(options: SpscQueueOptions<T>) {
    const words = attachedWords(options) ?? create(options);
    super("SpscQueue", words);
    this.#type = itemType(words);
    this.#ring = openRing(words) as unknown as RingOf<T>;
  }

  /** Opens the queue that a handle, or another view, names. */
  static from<T extends SpscType = SpscType>(
    handle: Handle<"SpscQueue">,
  ): SpscQueue<T> {
    return new SpscQueue<T>(
      attachment(openRecord(["SpscQueue"], handle, ringBytes)),
    );
  }

  /** What the items are. */
  get type(): T {
    return this.#type as T;
  }

  /** How many numbers it holds, or bytes of records with their lengths. */
  get capacity(): number {
    return this.#ring.capacity * countedPerUnit(this.#type);
  }

  /** How much of the capacity is in use; it may have changed when you read it. */
  get size(): number {
    return this.#ring.used * countedPerUnit(this.#type);
  }

  /** Whether nothing is there to get; it may have changed when you read it. */
  get isEmpty(): boolean {
    return this.#ring.used === 0;
  }

  /** Whether nothing can be put, not even an empty record; it may have changed when you read it. */
  get isFull(): boolean {
    return this.#ring.used === this.#ring.capacity;
  }

  /** Whether the producer has closed it. */
  get isClosed(): boolean {
    return this.#ring.isClosed;
  }

  /**
   * Puts an item; blocks while there is no room.
   *
   * @throws {QueueFullError} if the timeout, in milliseconds, passes first; at once if a record can never fit.
   * @throws {QueueShutDownError} if it is closed.
   * @throws {SyncStateError} if another thread is its producer.
   * @throws {WouldBlockError} where blocking is forbidden; use `putAsync`.
   */
  put(item: SpscItem<T>, wait?: number | WaitOptions): void {
    const options = wait === undefined
      ? FOREVER
      : waitOptions(PUT, wait, false);
    if (this.#ring.tryPut(item)) return;
    block(this.#ring.untilPut(item), options, PUT, "putAsync");
  }

  /** Puts like `put`, without blocking the thread; do not change a record before it is put. */
  async putAsync(
    item: SpscItem<T>,
    wait?: number | AsyncWaitOptions,
  ): Promise<void> {
    await settle(this.#ring.untilPut(item), waitOptions(PUT, wait, true));
  }

  /** Puts an item if there is room. Does not wait; throws like `put`. */
  tryPut(item: SpscItem<T>): boolean {
    return this.#ring.tryPut(item);
  }

  /**
   * Puts numbers, in order; blocks until all are put, and returns how many. That is less
   * than all if the timeout, in milliseconds, passes first, or if the wait is cancelled
   * after the first ones.
   *
   * Throws like `put`, but no QueueFullError.
   */
  putMany(items: SpscNumbers<T>, wait?: number | WaitOptions): number {
    const options = waitOptions(PUT, wait, false);
    const ring = this.#ring, all = items as SpscArray<T>;
    // All or nothing: where blocking is forbidden, a part must not be put.
    if (ring.tryPutMany(all, 0, true) === all.length) return all.length;
    return block(ring.untilAllPut(all), options, PUT, "putManyAsync");
  }

  /** Puts like `putMany`, without blocking the thread; do not change the array before it is done. */
  async putManyAsync(
    items: SpscNumbers<T>,
    wait?: number | AsyncWaitOptions,
  ): Promise<number> {
    return await settle(
      this.#ring.untilAllPut(items as SpscArray<T>),
      waitOptions(PUT, wait, true),
    );
  }

  /** Puts as many numbers as there is room for, and returns how many. Does not wait; throws like `put`. */
  tryPutMany(items: SpscNumbers<T>): number {
    return this.#ring.tryPutMany(items as SpscArray<T>, 0, false);
  }

  /**
   * Gets the oldest item; blocks while there is none.
   *
   * @throws {QueueEmptyError} if the timeout, in milliseconds, passes first.
   * @throws {QueueShutDownError} if it is closed, and empty.
   * @throws {SyncStateError} if another thread is its consumer.
   * @throws {WouldBlockError} where blocking is forbidden; use `getAsync`.
   */
  get(wait?: number | WaitOptions): SpscValue<T> {
    const options = wait === undefined
      ? FOREVER
      : waitOptions(GET, wait, false);
    return this.#ring.tryGet() ??
      block(this.#ring.untilGot(), options, GET, "getAsync");
  }

  /** Gets like `get`, without blocking the thread. */
  async getAsync(wait?: number | AsyncWaitOptions): Promise<SpscValue<T>> {
    return await settle(this.#ring.untilGot(), waitOptions(GET, wait, true));
  }

  /** Gets the oldest item if there is one. Does not wait; throws like `get`. */
  tryGet(): { value: SpscValue<T> } | undefined {
    const value = this.#ring.tryGet();
    return value === undefined ? undefined : { value };
  }

  /**
   * Gets as many numbers as are there and fit, or one record, into an array from its
   * start; blocks while there is nothing. Returns how many numbers, or the length of the
   * record. Makes no garbage with numbers. Throws like `get`.
   *
   * @throws {RangeError} if the record does not fit, or no number does; it stays.
   */
  getInto(into: SpscArray<T>, wait?: number | WaitOptions): number {
    const options = wait === undefined
      ? FOREVER
      : waitOptions(GET, wait, false);
    return this.#ring.tryGetInto(into) ??
      block(this.#ring.untilGotInto(into), options, GET, "getIntoAsync");
  }

  /** Gets like `getInto`, without blocking the thread. */
  async getIntoAsync(
    into: SpscArray<T>,
    wait?: number | AsyncWaitOptions,
  ): Promise<number> {
    return await settle(
      this.#ring.untilGotInto(into),
      waitOptions(GET, wait, true),
    );
  }

  /** Gets like `getInto`; undefined if nothing is there. Does not wait. */
  tryGetInto(into: SpscArray<T>): number | undefined {
    return this.#ring.tryGetInto(into);
  }

  /**
   * Says that nothing will be put any more: the consumer gets what is there, and then a
   * QueueShutDownError. For the producer; once is enough, and again does nothing. Does not block.
   *
   * @throws {SyncStateError} if another thread is its producer.
   */
  close(): void {
    this.#ring.close();
  }

  /** Gives up the sides that this thread has: another thread may be the producer, or the consumer. Does not block. */
  leave(): void {
    this.#ring.leave();
  }

  /** Gets until it is closed and empty; blocks while there is nothing. */
  *[Symbol.iterator](): Generator<SpscValue<T>, void> {
    for (;;) {
      let item: SpscValue<T>;
      try {
        item = this.get();
      } catch (error) {
        return ended(error);
      }
      yield item;
    }
  }

  /** Gets until it is closed and empty, without blocking the thread. */
  async *[Symbol.asyncIterator](): AsyncGenerator<SpscValue<T>, void> {
    for (;;) {
      let item: SpscValue<T>;
      try {
        item = await this.getAsync();
      } catch (error) {
        return ended(error);
      }
      yield item;
    }
  }

  /** The type, the size and the capacity; a snapshot. */
  override toString(): string {
    const closed = this.isClosed ? ", closed" : "";
    return `SpscQueue(${this.type}, ${this.size} of ${this.capacity}${closed})`;
  }
}

/** The end of an iteration; any other error goes on. */
function ended(error: unknown): void {
  if ((error as { code?: string }).code !== "ERR_QUEUE_SHUT_DOWN") throw error;
}

function create<T extends SpscType>(options: SpscQueueOptions<T>): Words {
  const action = "create SpscQueue", bag = optionBag(action, options);
  const shape = ringShape(action, bag.type, bag.capacity);
  const { byteLength, flags, units } = shape;
  return createRecord("SpscQueue", byteLength, bag.memory, flags, (words) => {
    fillRing(words, units);
  });
}
