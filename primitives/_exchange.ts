/**
 * What Queue and its like share behind their faces: how an item of the user's is put in
 * and taken out, by blocking, by awaiting, or at once.
 *
 * An item becomes bytes before anything is touched, and bytes become an item after the
 * section is left.
 *
 * @module
 */

import { borrowPacket, type Packet, returnPacket } from "./_packet.ts";
import type { AsyncWaitOptions, WaitOptions } from "./_park.ts";
import {
  type Attempt,
  DONE,
  NOT_NOW,
  type Outcome,
  type QueueState,
  SHUT_DOWN,
} from "./_queue_state.ts";
import type { Section } from "./_section.ts";
import type { ItemCodec } from "./_store.ts";
import { waitOptions } from "./_validate.ts";
import {
  QueueEmptyError,
  QueueFullError,
  QueueShutDownError,
} from "./errors.ts";

/** What {@linkcode Exchange} says of the structure in messages, and the names of its methods that await. */
export interface Wording {
  /** Such as "put into Queue". */
  readonly put: string;
  /** Such as "get from Queue". */
  readonly get: string;
  /** The method that puts by awaiting. */
  readonly putAsync: string;
  /** The method that gets by awaiting. */
  readonly getAsync: string;
  /** The error of what is shut down. */
  readonly closed: (action: string) => Error;
}

/** The wording of queues, and of what has the same methods. */
export function queueWording(kind: string): Wording {
  return {
    put: `put into ${kind}`,
    get: `get from ${kind}`,
    putAsync: "putAsync",
    getAsync: "getAsync",
    closed: (action) =>
      new QueueShutDownError(`Cannot ${action}: it is shut down`),
  };
}

/** What somebody waits for: an attempt that succeeds once. */
export class Operation implements Attempt {
  readonly demand: number;
  outcome: Outcome = NOT_NOW;
  readonly #section: Section;
  readonly #attempt: () => Outcome;
  #running = false;
  #error: { readonly thrown: unknown } | undefined;

  constructor(section: Section, demand: number, attempt: () => Outcome) {
    this.#section = section;
    this.demand = demand;
    this.#attempt = attempt;
  }

  run(): boolean {
    // A success rings, and that lets tasks of this realm try, of which this may be one.
    if (!this.#running && this.outcome === NOT_NOW) {
      this.#running = true;
      try {
        this.outcome = this.#attempt();
      } catch (thrown) {
        // It is over: nothing may be thrown into a wait.
        this.outcome = DONE;
        this.#error = { thrown };
      }
      this.#running = false;
    }
    return this.outcome !== NOT_NOW;
  }

  /** Throws what an attempt has thrown. */
  check(): void {
    if (this.#error === undefined) return;
    this.#section.rescue();
    throw this.#error.thrown;
  }
}

/** An item on its way out, once it is there. */
class Getting<T> extends Operation {
  item: T | undefined;

  constructor(section: Section, take: (getting: Getting<T>) => Outcome) {
    super(section, 1, () => take(this));
  }
}

/** Puts in and takes out, for the face of a structure. */
export class Exchange<T> {
  readonly #state: QueueState;
  readonly #codec: ItemCodec<T>;
  readonly #wording: Wording;

  constructor(state: QueueState, codec: ItemCodec<T>, wording: Wording) {
    this.#state = state;
    this.#codec = codec;
    this.#wording = wording;
  }

  put(
    item: T,
    wait: number | WaitOptions | undefined,
    front = false,
    priority = 0,
  ): void {
    const { put, putAsync } = this.#wording, { putters } = this.#state;
    if (wait !== undefined) waitOptions(put, wait, false);
    const packet = this.#pack(item);
    try {
      if (this.#puts(packet, front, priority)) return;
      const options = waitOptions(put, wait, false);
      const putting = this.#putting(packet, front, priority);
      const ended = putters.block(putting, options, put, putAsync);
      this.#checkPut(putting, ended);
    } finally {
      returnPacket(packet);
    }
  }

  async putAsync(
    item: T,
    wait: number | AsyncWaitOptions | undefined,
    front = false,
    priority = 0,
  ): Promise<void> {
    const options = waitOptions(this.#wording.put, wait, true);
    const packet = this.#pack(item);
    try {
      const putting = this.#putting(packet, front, priority);
      const ended = await this.#state.putters.settle(putting, options);
      this.#checkPut(putting, ended);
    } finally {
      returnPacket(packet);
    }
  }

  tryPut(item: T, front = false, priority = 0): boolean {
    const packet = this.#pack(item);
    try {
      return this.#puts(packet, front, priority);
    } finally {
      returnPacket(packet);
    }
  }

  get(wait: number | WaitOptions | undefined, back = false): T {
    const { get, getAsync } = this.#wording, { takers } = this.#state;
    if (wait !== undefined) waitOptions(get, wait, false);
    const packet = borrowPacket();
    const outcome = this.#takes(packet, back);
    if (outcome === DONE) return this.#unpack(packet);
    returnPacket(packet);
    if (outcome === SHUT_DOWN) throw this.#wording.closed(get);
    const options = waitOptions(get, wait, false);
    const getting = this.#getting(back);
    return this.#got(getting, takers.block(getting, options, get, getAsync));
  }

  async getAsync(
    wait: number | AsyncWaitOptions | undefined,
    back = false,
  ): Promise<T> {
    const options = waitOptions(this.#wording.get, wait, true);
    const getting = this.#getting(back), { takers } = this.#state;
    return this.#got(getting, await takers.settle(getting, options));
  }

  tryGet(back = false): { value: T } | undefined {
    const packet = borrowPacket();
    const outcome = this.#takes(packet, back);
    if (outcome === DONE) return { value: this.#unpack(packet) };
    returnPacket(packet);
    if (outcome === NOT_NOW) return undefined;
    throw this.#wording.closed(this.#wording.get);
  }

  /** The items as they come, by blocking, until it is shut down and empty. */
  *items(): Generator<T, void, undefined> {
    const { takers } = this.#state, { get, getAsync } = this.#wording;
    for (;;) {
      const getting = this.#getting(false);
      takers.block(getting, {}, get, getAsync);
      if (getting.outcome === SHUT_DOWN) return;
      yield this.#got(getting, true);
    }
  }

  /** The items as they come, by awaiting, until it is shut down and empty. */
  async *itemsAsync(): AsyncGenerator<T, void, undefined> {
    for (;;) {
      const getting = this.#getting(false);
      await this.#state.takers.settle(getting, {});
      if (getting.outcome === SHUT_DOWN) return;
      yield this.#got(getting, true);
    }
  }

  #pack(item: T): Packet {
    const packet = borrowPacket();
    try {
      this.#codec.encode(item, packet);
      this.#state.demandOf(packet, this.#wording.put);
      return packet;
    } catch (error) {
      returnPacket(packet);
      throw error;
    }
  }

  #unpack(packet: Packet): T {
    const item = this.#codec.decode(packet);
    returnPacket(packet);
    return item;
  }

  /** Whether it is put in, at once. */
  #puts(packet: Packet, front: boolean, priority: number): boolean {
    const state = this.#state;
    let outcome: Outcome;
    try {
      outcome = state.put(packet, front, priority);
    } catch (error) {
      state.section.rescue();
      throw error;
    }
    if (outcome !== SHUT_DOWN) return outcome === DONE;
    throw this.#wording.closed(this.#wording.put);
  }

  #takes(packet: Packet, back: boolean): Outcome {
    const state = this.#state;
    try {
      return state.take(packet, back);
    } catch (error) {
      state.section.rescue();
      throw error;
    }
  }

  #putting(packet: Packet, front: boolean, priority: number): Operation {
    const state = this.#state;
    return new Operation(
      state.section,
      state.items.cellsFor(packet.length),
      () => state.put(packet, front, priority),
    );
  }

  #getting(back: boolean): Getting<T> {
    return new Getting(this.#state.section, (getting) => {
      const packet = borrowPacket();
      const outcome = this.#takes(packet, back);
      if (outcome === DONE) getting.item = this.#unpack(packet);
      else returnPacket(packet);
      return outcome;
    });
  }

  #checkPut(putting: Operation, inTime: boolean): void {
    const { put, closed } = this.#wording;
    putting.check();
    if (putting.outcome === SHUT_DOWN) throw closed(put);
    if (inTime) return;
    throw new QueueFullError(`Cannot ${put}: it is full, and the time is up`);
  }

  #got(getting: Getting<T>, inTime: boolean): T {
    const { get, closed } = this.#wording;
    getting.check();
    if (getting.outcome === SHUT_DOWN) throw closed(get);
    if (inTime) return getting.item as T;
    throw new QueueEmptyError(`Cannot ${get}: it is empty, and the time is up`);
  }
}
