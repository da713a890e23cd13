/**
 * What a Channel and a select do behind their faces: how an item of the user's is sent
 * and received, by blocking, by awaiting, or at once.
 *
 * An item becomes bytes before anything is touched, and bytes become an item after the
 * section is left.
 *
 * @module
 */

import { AFTER_CHANNEL, ChannelState, type Offer } from "./_channel_state.ts";
import { Operation } from "./_exchange.ts";
import { borrowPacket, type Packet, returnPacket } from "./_packet.ts";
import { type AsyncWaitOptions, block, type Body } from "./_park.ts";
import { NOT_NOW, type Outcome, SHUT_DOWN } from "./_queue_state.ts";
import { RealmQueue, type Source } from "./_realm_queue.ts";
import type { Words } from "./_record.ts";
import { ItemCodec } from "./_store.ts";
import type { Place } from "./_wait_queue.ts";
import { ChannelClosedError, TimeoutError } from "./errors.ts";

/** A send or a receive, which may have to wait. */
export interface Move extends Operation {
  /** Waits from here on in a way that the other side can see; true if it is over. */
  begin(): boolean;
  /** Waits; true if it is over. */
  untilDone(awaits: boolean, place?: Place): Body<boolean>;
  /** Waits no more: true if it is over, else nothing of it is left. */
  quit(): boolean;
}

/** An item on its way in; its packet goes back by `end`. */
export class Sending extends Operation implements Move {
  readonly #state: ChannelState;
  readonly #packet: Packet;
  readonly #offer: Offer;
  #offers = false;

  /** `own` is how many arms the same select has that receive from the channel. */
  constructor(
    state: ChannelState,
    packet: Packet,
    demand: number,
    own: number,
  ) {
    super(state.section, demand, () => this.#send());
    this.#state = state;
    this.#packet = packet;
    this.#offer = { item: 0, mark: 0, own, echoes: 0 };
  }

  /** Makes bytes of an item, and touches nothing else. */
  static of<T>(
    { state, codec }: Port<T>,
    action: string,
    item: T,
    own = 0,
  ): Sending {
    const packet = borrowPacket();
    try {
      codec.encode(item, packet);
      const demand = state.demandOf(packet, action);
      return new Sending(state, packet, demand, own);
    } catch (error) {
      returnPacket(packet);
      throw error;
    }
  }

  begin(): boolean {
    this.#offers = true;
    return this.run();
  }

  *untilDone(awaits: boolean, place?: Place): Body<boolean> {
    const { demand } = this, state = this.#state;
    const run = () => this.begin() || this.isOffered;
    if (!run()) {
      const begun = yield* state.putters.wait({ demand, run }, awaits, place);
      if (begun !== true) return begun;
    }
    if (!this.isOffered) return true;
    return yield* state.untilTaken(() => this.run());
  }

  quit(): boolean {
    this.#offers = false;
    if (this.outcome === NOT_NOW && this.isOffered) {
      this.outcome = this.#state.look(this.#offer, true);
      return this.outcome !== NOT_NOW;
    }
    return this.run();
  }

  end(): void {
    returnPacket(this.#packet);
  }

  /** Whether the item waits for a receiver. */
  get isOffered(): boolean {
    return this.#offer.item !== 0;
  }

  /** How many arms the same select has that receive from the channel. */
  get own(): number {
    return this.#offer.own;
  }

  /** How often the offers told this thread. */
  get echoes(): number {
    return this.#offer.echoes;
  }

  #send(): Outcome {
    if (this.isOffered) return this.#state.look(this.#offer, false);
    return this.#state.send(
      this.#packet,
      this.#offers ? this.#offer : undefined,
    );
  }
}

/** An item on its way out. */
export class Receiving<T> extends Operation implements Move {
  readonly #state: ChannelState;
  readonly #codec: ItemCodec<T>;
  readonly #request = { made: false };
  #quits = false;
  #item: T | undefined;

  constructor({ state, codec }: Port<T>) {
    super(state.section, 1, () => this.#receive());
    this.#state = state;
    this.#codec = codec;
  }

  begin(): boolean {
    this.#state.request(this.#request);
    return false;
  }

  untilDone(awaits: boolean, place?: Place): Body<boolean> {
    return this.#state.takers.wait(this, awaits, place);
  }

  quit(): boolean {
    this.#quits = true;
    return this.run();
  }

  /** What was received; throws if it could not be read. */
  get item(): T {
    this.check();
    return this.#item as T;
  }

  #receive(): Outcome {
    const packet = borrowPacket();
    try {
      const state = this.#state;
      const outcome = state.receive(packet, this.#request, this.#quits);
      if (outcome === 0) this.#item = this.#codec.decode(packet);
      return outcome;
    } finally {
      returnPacket(packet);
    }
  }
}

/** One side of a channel, for the tasks of a realm. */
class Lane implements Source<Move> {
  readonly key: number | string;

  constructor(key: number | string) {
    this.key = key;
  }

  take(move: Move): boolean {
    return move.run();
  }

  wait(move: Move, awaits: boolean, place?: Place): Body<boolean> {
    return move.untilDone(awaits, place);
  }

  quit(move: Move): boolean {
    return move.quit();
  }

  block(
    move: Move,
    options: AsyncWaitOptions,
    action: string,
    instead: string,
  ): boolean {
    if (move.run()) return true;
    if (options.timeout === 0) return false;
    return block(this.#blocking(move), options, action, instead);
  }

  async settle(move: Move, options: AsyncWaitOptions): Promise<boolean> {
    options.signal?.throwIfAborted();
    const first = options.timeout === 0 ||
      RealmQueue.find(this.key) === undefined;
    if (first && move.run()) return true;
    if (options.timeout === 0) return false;
    if (move.begin()) return true;
    return await RealmQueue.of(this).wait(move, options);
  }

  *#blocking(move: Move): Body<boolean> {
    if (move.begin()) return true;
    const result = yield* move.untilDone(false);
    return result === true || move.quit() ? true : result;
  }
}

/** The state of a channel, and how its items become bytes. */
export class Port<T> {
  readonly state: ChannelState;
  readonly codec: ItemCodec<T>;
  readonly #senders: Lane;
  readonly #receivers: Lane;

  constructor(words: Words) {
    const state = this.state = new ChannelState(words);
    this.codec = new ItemCodec<T>(words, AFTER_CHANNEL);
    this.#senders = new Lane(state.putters.key);
    this.#receivers = new Lane(state.takers.key);
  }

  send(item: T, options: AsyncWaitOptions): void {
    const sending = Sending.of(this, SEND, item);
    try {
      ended(
        sending,
        this.#senders.block(sending, options, SEND, "sendAsync"),
        SEND,
      );
    } finally {
      sending.end();
    }
  }

  async sendAsync(item: T, options: AsyncWaitOptions): Promise<void> {
    const sending = Sending.of(this, SEND, item);
    try {
      ended(sending, await this.#senders.settle(sending, options), SEND);
    } finally {
      sending.end();
    }
  }

  trySend(item: T): boolean {
    const sending = Sending.of(this, SEND, item);
    try {
      if (!sending.run()) return false;
      ended(sending, true, SEND);
      return true;
    } finally {
      sending.end();
    }
  }

  receive(options: AsyncWaitOptions): Receiving<T> {
    const receiving = new Receiving(this), lane = this.#receivers;
    const inTime = lane.block(receiving, options, RECEIVE, "receiveAsync");
    if (!inTime) ended(receiving, false, RECEIVE);
    return receiving;
  }

  async receiveAsync(options: AsyncWaitOptions): Promise<Receiving<T>> {
    const receiving = new Receiving(this);
    const inTime = await this.#receivers.settle(receiving, options);
    if (!inTime) ended(receiving, false, RECEIVE);
    return receiving;
  }
}

/** What is done, for messages. */
export const SEND = "send to Channel", RECEIVE = "receive from Channel";

/** Throws if it did not come about. */
export function ended(
  move: Operation,
  inTime: boolean,
  action: string,
): void {
  if (move.outcome === SHUT_DOWN) {
    throw new ChannelClosedError(`Cannot ${action}: it is closed`);
  }
  if (!inTime) throw new TimeoutError(`Cannot ${action}: the time is up`);
  move.check();
}
