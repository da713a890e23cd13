/**
 * Channel: items go from those who send to those who receive, and an end.
 *
 * Words, states, invariants and progress are those of `_channel_state.ts`; this file is
 * the face of it.
 *
 * *Source* · channels of Go and of Rust's crossbeam. Python has none.
 *
 * @module
 */

import { AFTER_CHANNEL, CHANNEL_LINKS, fillChannel } from "./_channel_state.ts";
import { ended, Port, RECEIVE, Receiving, SEND } from "./_channel_port.ts";
import type { AsyncWaitOptions, WaitOptions } from "./_park.ts";
import { mostOf } from "./_queue_record.ts";
import { SHUT_DOWN, UNBOUNDED } from "./_queue_state.ts";
import {
  attachedWords,
  attachment,
  type Handle,
  SharedObject,
  type Words,
} from "./_record.ts";
import {
  createStore,
  openStore,
  storeBytes,
  type StoreOptions,
} from "./_store.ts";
import { optionBag, waitOptions } from "./_validate.ts";

/** What a {@linkcode Channel} can be made with. */
export interface ChannelOptions<T> extends StoreOptions<T> {
  /**
   * The most items that it keeps, from 0 to 1073741823 or Infinity. 0 if left out: then each
   * send waits until a receive takes its item.
   */
  maxSize?: number;
}

const STORE = { kind: "Channel", after: AFTER_CHANNEL, links: CHANNEL_LINKS };
/** So many senders may wait at once at a channel that keeps nothing, if its items are of one size. */
const OFFERS = 64;

/** How a select gets at what is behind a channel. */
export let portOf: <T>(channel: Channel<T>) => Port<T>;

/**
 * Items go from those who send to those who receive, first in, first out, until the
 * channel is closed.
 *
 * Made without options it keeps nothing: a send ends when a receive takes the item, so both
 * know how far the other is. With `maxSize` it keeps so many items, and a send waits only
 * while it is full. Use it for the stages of a pipeline, and with `select` to wait for
 * several at once; a Queue has tasks that are reported done. An item is copied: what you
 * receive is not what was sent.
 *
 * If a thread dies while it sends or receives, the channel stays usable for the others; an
 * item that it was about to take may go with it. Then a send may have ended that nobody received.
 *
 * Memory: what a thread did before it sent an item is visible to who receives it.
 *
 * @example Usage
 * ```ts
 * import { Channel } from "@interlock/threading";
 *
 * const orders = new Channel<{ id: number }>({ maxSize: 10 }); // pass it to the threads
 * orders.send({ id: 1 });
 * orders.close();
 * for (const order of orders) console.log(order.id);
 * ```
 */
export class Channel<T = unknown> extends SharedObject<"Channel"> {
  readonly #port: Port<T>;

  static {
    portOf = (channel) =>
      #port in channel ? channel.#port : Channel.from(channel).#port as never;
  }

  /** The bytes that a channel made with these options takes in memory of the caller's. */
  static byteLengthFor<T = unknown>(options?: ChannelOptions<T>): number {
    const most = boundOf("size Channel", options) || OFFERS;
    return storeBytes(STORE, options, most);
  }

  /** Makes an open channel without items. */
  constructor(options?: ChannelOptions<T>) {
    const words = attachedWords(options) ?? create(options);
    super("Channel", words);
    this.#port = new Port(words);
  }

  /** Opens the channel that a handle, or another view, names. */
  static from<T = unknown>(handle: Handle<"Channel">): Channel<T> {
    return new Channel<T>(attachment(openStore(["Channel"], handle)));
  }

  /** How many items it keeps now, 0 always if it keeps none; it may have changed when you read it. */
  get size(): number {
    return this.#port.state.kept;
  }

  /** The most items that it keeps; Infinity if there is no bound. */
  get maxSize(): number {
    const { bound } = this.#port.state;
    return bound === UNBOUNDED ? Infinity : bound;
  }

  /** The bytes that all items may take together, with some for each item. */
  get capacity(): number {
    return this.#port.state.items.byteLength;
  }

  /** Whether it is closed; items that were sent before may be left. */
  get isClosed(): boolean {
    return this.#port.state.isShut;
  }

  /**
   * Sends a copy of an item; blocks while the channel is full, or, if it keeps none, until
   * a receive takes the item.
   *
   * @throws {ChannelClosedError} if it is closed, also while this waits: nobody gets the item.
   * @throws {TimeoutError} if the timeout, in milliseconds, passes first: nobody gets the item.
   * @throws {QueueFullError} if the item takes more bytes than `capacity`.
   * @throws {TypeError} if the item cannot be copied; the channel is as before.
   * @throws {WouldBlockError} where blocking is forbidden; use `sendAsync`.
   */
  send(item: T, wait?: number | WaitOptions): void {
    this.#port.send(item, waitOptions(SEND, wait, false));
  }

  /** Sends like `send`, without blocking the thread. */
  async sendAsync(item: T, wait?: number | AsyncWaitOptions): Promise<void> {
    await this.#port.sendAsync(item, waitOptions(SEND, wait, true));
  }

  /**
   * Sends a copy of an item if the channel is not full, or, if it keeps none, if somebody
   * waits in `receive`. Does not wait.
   *
   * @throws {ChannelClosedError} if it is closed.
   * @throws {QueueFullError} if the item takes more bytes than `capacity`.
   * @throws {TypeError} if the item cannot be copied.
   */
  trySend(item: T): boolean {
    return this.#port.trySend(item);
  }

  /**
   * Receives an item; blocks while there is none.
   *
   * @throws {ChannelClosedError} if it is closed and no item is left, also while this waits.
   * @throws {TimeoutError} if the timeout, in milliseconds, passes first.
   * @throws {TypeError} if the item cannot be read; see `Queue.get`.
   * @throws {WouldBlockError} where blocking is forbidden; use `receiveAsync`.
   */
  receive(wait?: number | WaitOptions): T {
    const options = waitOptions(RECEIVE, wait, false);
    return received(this.#port.receive(options));
  }

  /** Receives like `receive`, without blocking the thread. */
  async receiveAsync(wait?: number | AsyncWaitOptions): Promise<T> {
    const options = waitOptions(RECEIVE, wait, true);
    return received(await this.#port.receiveAsync(options));
  }

  /**
   * Receives an item, if there is one, or somebody waits to send one. Does not wait.
   *
   * @throws {ChannelClosedError} if it is closed and no item is left.
   */
  tryReceive(): { value: T } | undefined {
    const receiving = new Receiving(this.#port);
    return receiving.run() ? { value: received(receiving) } : undefined;
  }

  /**
   * Closes the channel, for good: whoever sends, or waits to send, gets a ChannelClosedError;
   * so does whoever receives, once no item is left. Can be called again. Does not block.
   */
  close(): void {
    this.#port.state.close();
  }

  /** Receives items until the channel is closed and empty; blocks while there is none. */
  *[Symbol.iterator](): Generator<T, void, undefined> {
    for (;;) {
      const receiving = this.#port.receive({});
      if (receiving.outcome === SHUT_DOWN) return;
      yield receiving.item;
    }
  }

  /** Receives items until the channel is closed and empty; awaits while there is none. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      const receiving = await this.#port.receiveAsync({});
      if (receiving.outcome === SHUT_DOWN) return;
      yield receiving.item;
    }
  }

  /** The size and whether it is closed; a snapshot. */
  override toString(): string {
    return `Channel(size: ${this.size}${this.isClosed ? ", closed" : ""})`;
  }
}

function received<T>(receiving: Receiving<T>): T {
  ended(receiving, true, RECEIVE);
  return receiving.item;
}

function boundOf<T>(action: string, options?: ChannelOptions<T>): number {
  const { maxSize = 0 } = optionBag(action, options);
  return mostOf(action, maxSize, "maxSize", 0);
}

function create<T>(options?: ChannelOptions<T>): Words {
  const bound = boundOf("create Channel", options);
  const bag = optionBag("create Channel", options);
  return createStore(STORE, bag, bound || OFFERS, (words, cells) => {
    fillChannel(words, bound, cells);
  });
}
