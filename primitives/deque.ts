/**
 * Deque: items that are pushed and popped at both ends.
 *
 * Words, states, invariants and progress are those of `_deque_state.ts`; this file is
 * the face of it.
 *
 * *Source* · Python's `collections.deque`. Pops can wait, loops see a copy, and items are
 * equal if their bytes are. It adds `tryPopBack` and `tryPopFront`, and leaves out
 * arithmetic, which is for arrays.
 *
 * @module
 */

import { DequeState } from "./_deque_state.ts";
import { Exchange, queueWording } from "./_exchange.ts";
import { LIST_LINKS } from "./_items.ts";
import { borrowPacket, type Packet, returnPacket } from "./_packet.ts";
import type { AsyncWaitOptions, WaitOptions } from "./_park.ts";
import { mostOf } from "./_queue_record.ts";
import { AFTER_QUEUE, fillQueue, UNBOUNDED } from "./_queue_state.ts";
import {
  attachedWords,
  attachment,
  type Handle,
  SharedObject,
  type Words,
} from "./_record.ts";
import {
  createStore,
  ItemCodec,
  openStore,
  storeBytes,
  type StoreOptions,
} from "./_store.ts";
import { integer, optionBag, show } from "./_validate.ts";
import { QueueFullError } from "./errors.ts";

const STORE = { kind: "Deque", after: AFTER_QUEUE, links: LIST_LINKS };

/** What a {@linkcode Deque} can be made with. */
export interface DequeOptions<T> extends StoreOptions<T> {
  /**
   * The most items there may be, from 0 to 1073741823 or Infinity; no bound if left out. A
   * push onto a full one drops the item at the other end; `capacity` should have room for one more.
   */
  maxlen?: number;
}

/**
 * Items in a row, pushed and popped at both ends by all threads.
 *
 * Use it for the latest so many of something (`maxlen`), for work that goes back to where it
 * came from, and for turns (`rotate`). A Queue has what producers and consumers need: puts
 * that wait, tasks that are reported done, and an end. Items are copied: what you get is
 * not what was pushed.
 *
 * Each method is one step for the others, but `extendBack` and `extendFront`: there each
 * push is. Those that go to an index or look for an item take longer the more items there are.
 * Two items are equal if they are encoded as the same bytes: `0` and `-0` differ, and so do
 * objects, maps and sets whose members are in another order; `NaN` equals itself.
 *
 * If a thread dies in a method, the deque stays usable for the others, and no other item is
 * lost; but if memory has no room for one more, a push onto a full one may have dropped its item.
 *
 * Memory: what a thread did before it pushed an item is visible to who pops or reads it.
 *
 * @example Usage
 * ```ts
 * import { Deque } from "@interlock/threading";
 *
 * const latest = new Deque<string>({ maxlen: 2 }); // pass it to the threads
 * latest.extendBack(["a", "b", "c"]);
 * console.log([...latest], latest.popFront()); // ["b", "c"] "b"
 * ```
 */
export class Deque<T = unknown> extends SharedObject<"Deque"> {
  readonly #state: DequeState;
  readonly #codec: ItemCodec<T>;
  readonly #front: Exchange<T>;
  readonly #back: Exchange<T>;

  /** The bytes that a deque made with these options takes in memory of the caller's. */
  static byteLengthFor<T = unknown>(options?: DequeOptions<T>): number {
    const action = "size Deque", { maxlen } = optionBag(action, options);
    return storeBytes(STORE, options, mostOf(action, maxlen, "maxlen", 0) + 1);
  }

  /** Makes a deque without items. */
  constructor(options?: DequeOptions<T>) {
    const words = attachedWords(options) ?? createDeque(options);
    super("Deque", words);
    const state = this.#state = new DequeState(words);
    const codec = this.#codec = new ItemCodec<T>(words, AFTER_QUEUE);
    const end = (getAsync: string) =>
      new Exchange(state, codec, {
        ...queueWording("Deque"),
        get: "pop from Deque",
        getAsync,
      });
    this.#front = end("popFrontAsync");
    this.#back = end("popBackAsync");
  }

  /** Opens the deque that a handle, or another view, names. */
  static from<T = unknown>(handle: Handle<"Deque">): Deque<T> {
    return new Deque<T>(attachment(openStore(["Deque"], handle)));
  }

  /** How many items there are; it may have changed when you read it. */
  get size(): number {
    // A push onto a full one shows one more for a moment.
    return Math.min(this.#state.size, this.#state.most);
  }

  /** Whether there are no items; it may have changed when you read it. */
  get isEmpty(): boolean {
    return this.size === 0;
  }

  /** Whether there are `maxlen` items, or no memory is left; it may have changed when you read it. */
  get isFull(): boolean {
    return this.#state.isFull;
  }

  /** The most items there may be; Infinity if there is no bound. */
  get maxlen(): number {
    const { most } = this.#state;
    return most === UNBOUNDED ? Infinity : most;
  }

  /** The bytes that all items may take together, with some for each item. */
  get capacity(): number {
    return this.#state.items.byteLength;
  }

  /**
   * Adds a copy of an item behind the last one. Does not wait: if there are `maxlen` items,
   * the first one is dropped in the same step; if `maxlen` is 0, nothing is kept.
   *
   * @throws {QueueFullError} if no memory is left, also when one item is dropped; nothing is.
   * @throws {TypeError} if the item cannot be copied; the deque is as before.
   */
  pushBack(item: T): void {
    this.#push(item, false);
  }

  /** Adds a copy of an item before the first one, like `pushBack`; a full one drops the last. */
  pushFront(item: T): void {
    this.#push(item, true);
  }

  /** Pushes items at the back, one by one: each is a step of its own. If one fails, those before it stay. */
  extendBack(items: Iterable<T>): void {
    for (const item of iterable(items)) this.#push(item, false);
  }

  /** Pushes items in front, one by one like `extendBack`, so that the last of them is the first. */
  extendFront(items: Iterable<T>): void {
    for (const item of iterable(items)) this.#push(item, true);
  }

  /**
   * Takes out the last item; blocks while there is none.
   *
   * @throws {QueueEmptyError} if the timeout, in milliseconds, passes first; at once if it is 0.
   * @throws {TypeError} if the item cannot be read, as its memory was written to by
   * others, or it has a shared object that this thread was not given; it is gone.
   * @throws {WouldBlockError} where blocking is forbidden; use `popBackAsync`.
   */
  popBack(wait?: number | WaitOptions): T {
    return this.#back.get(wait, true);
  }

  /** Takes out the last item like `popBack`, without blocking the thread. */
  async popBackAsync(wait?: number | AsyncWaitOptions): Promise<T> {
    return await this.#back.getAsync(wait, true);
  }

  /** Takes out the last item, if there is one. Does not wait. */
  tryPopBack(): { value: T } | undefined {
    return this.#back.tryGet(true);
  }

  /** Takes out the first item; blocks while there is none. All else is as with `popBack`. */
  popFront(wait?: number | WaitOptions): T {
    return this.#front.get(wait);
  }

  /** Takes out the first item like `popFront`, without blocking the thread. */
  async popFrontAsync(wait?: number | AsyncWaitOptions): Promise<T> {
    return await this.#front.getAsync(wait);
  }

  /** Takes out the first item, if there is one. Does not wait. */
  tryPopFront(): { value: T } | undefined {
    return this.#front.tryGet();
  }

  /** A copy of the item at an index, counted from the end if it is negative; undefined if there is none. */
  at(index: number): T | undefined {
    position("read from Deque", "index", index);
    const packet = borrowPacket();
    try {
      if (!this.#state.at(index, packet)) return undefined;
      return this.#codec.decode(packet);
    } finally {
      returnPacket(packet);
    }
  }

  /**
   * Adds a copy of an item before the one at an index, counted from the end if it is
   * negative; at the nearer end if there is none. Does not wait, and drops nothing.
   *
   * @throws {QueueFullError} if there are `maxlen` items, or no memory is left.
   * @throws {TypeError} if the item cannot be copied.
   */
  insert(index: number, item: T): void {
    const action = "insert into Deque", state = this.#state;
    position(action, "index", index);
    this.#encoded(item, (packet) => {
      state.demandOf(packet, action);
      if (state.insert(packet, index)) return;
      throw new QueueFullError(`Cannot ${action}: it is full`);
    });
  }

  /** Takes out the first item that equals this one; false if there is none. */
  remove(item: T): boolean {
    return this.#encoded(item, (packet) => this.#state.remove(packet));
  }

  /** The index of the first item that equals this one; -1 if there is none. */
  indexOf(item: T): number {
    return this.#encoded(item, (packet) => this.#state.indexOf(packet));
  }

  /** Whether an item equals this one. */
  includes(item: T): boolean {
    return this.indexOf(item) >= 0;
  }

  /** How many items equal this one. */
  count(item: T): number {
    return this.#encoded(item, (packet) => this.#state.count(packet));
  }

  /** Moves the last `n` items to the front, in one step; if `n` is negative, the first ones to the back. */
  rotate(n = 1): void {
    this.#state.rotate(position("rotate Deque", "n", n));
  }

  /** Turns the order of the items around, in one step. */
  reverse(): void {
    this.#state.reverse();
  }

  /** Drops all items, in one step. */
  clear(): void {
    this.#state.clear();
  }

  /** Copies of all items, as they are at one instant; they stay. */
  toArray(): T[] {
    const all = borrowPacket(), one = borrowPacket();
    let start = 0;
    try {
      return this.#state.copy(all).map((length) => {
        one.ensure(length);
        one.bytes.set(all.bytes.subarray(start, start + length));
        one.length = length;
        start += length;
        return this.#codec.decode(one);
      });
    } finally {
      returnPacket(all);
      returnPacket(one);
    }
  }

  /** Goes through what `toArray` returns: what is pushed and popped meanwhile is not seen. */
  [Symbol.iterator](): ArrayIterator<T> {
    return this.toArray().values();
  }

  /** The size and the bound; a snapshot. */
  override toString(): string {
    return `Deque(size: ${this.size}, maxlen: ${this.maxlen})`;
  }

  #push(item: T, front: boolean): void {
    const action = "push onto Deque", state = this.#state;
    this.#encoded(item, (packet) => {
      state.demandOf(packet, action);
      if (state.push(packet, front)) return;
      throw new QueueFullError(`Cannot ${action}: no memory is left`);
    });
  }

  /** Does something with the bytes of an item. */
  #encoded<R>(item: T, run: (packet: Packet) => R): R {
    const packet = borrowPacket();
    try {
      this.#codec.encode(item, packet);
      return run(packet);
    } finally {
      returnPacket(packet);
    }
  }
}

function createDeque<T>(options: DequeOptions<T> | undefined): Words {
  const action = "create Deque", bag = optionBag(action, options);
  const most = mostOf(action, bag.maxlen, "maxlen", 0);
  // One more: a push onto a full one needs room for both items to be one step.
  return createStore(STORE, bag, most + 1, (words, cells) => {
    fillQueue(words, most, cells);
  });
}

/** The number, if it is an integer of any sign. */
function position(action: string, name: string, value: number): number {
  const { MIN_SAFE_INTEGER, MAX_SAFE_INTEGER } = Number;
  return integer(action, name, value, MIN_SAFE_INTEGER, MAX_SAFE_INTEGER);
}

/** The items, if that is what they are. */
function iterable<T>(items: Iterable<T>): Iterable<T> {
  if (typeof items?.[Symbol.iterator] === "function") return items;
  throw new TypeError(
    `Cannot extend Deque: 'items' must be iterable, received ${show(items)}`,
  );
}
