/**
 * The state machine of a Channel: that of a queue, and what it takes to meet.
 *
 * A channel that keeps items is a queue (`_queue_state.ts`). One that keeps none lets a
 * send and a receive meet: whoever comes first waits in a way that the other can see. A
 * receiver makes a *request*: it is bound to take an item. A sender makes an *offer*: its
 * item is in the list, and it waits until somebody takes it.
 *
 * *Words*, after those of a queue · 0 BOUND: how many items it keeps · 1 NUMBER: of the
 * latest item, even · 2 TAKEN: moves when an offer is taken, and PARKED in bit 31 · then
 * the parties (`_parties.ts`). Of an item, after those of the list · NUMBER, and OFFERED in bit 0.
 *
 * *States* of a channel that keeps none
 *
 * | requests | items | means |
 * | --- | --- | --- |
 * | 0 | 0 | nobody waits, or a select that receives |
 * | r | < r | receivers wait: a sender puts its item in and goes on |
 * | r | ≥ r | every receiver has its item; a sender makes an offer |
 * | 0 | n | senders wait: any receiver takes the first offer |
 *
 * *Invariants*
 * - I1: an item that is no offer had fewer items before it than there were requests, and a
 *   request is withdrawn only with an item, or when there is none: so its sender may go, and
 *   only the death of a receiver leaves its item behind.
 * - I2: an offer ends in the section: it is taken, or its sender takes it back. When the
 *   channel is closed nobody takes it.
 * - I3: numbers rise along the list, and items are taken in front; so an offer is still
 *   there if its cell has its number and no first item has a higher one. Its cell alone
 *   may be a part of another item by now.
 * - I4: a request of a thread that died is withdrawn before a sender relies on it. The
 *   offer of one that died is there for whoever wants it.
 *
 * *Progress* · Receivers wait as in a queue. A sender that made an offer is woken when
 * one is taken, with all the others, and looks for its own. Whoever changes something
 * that selects wait for tells them.
 *
 * *Source* · channels of Go, whose `select` has no meeting between two that do not wait;
 * Hoare, "Communicating sequential processes" (1978).
 *
 * @module
 */

import { moves, untilMoved } from "./_broadcast.ts";
import { LIST_LINKS } from "./_items.ts";
import type { Packet } from "./_packet.ts";
import { type Body, wake } from "./_park.ts";
import { Parties, RECEIVES, REQUESTS, type Role, SENDS } from "./_parties.ts";
import {
  AFTER_QUEUE,
  DONE,
  fillQueue,
  NOT_NOW,
  type Outcome,
  QueueState,
  SHUT_DOWN,
  UNBOUNDED,
} from "./_queue_state.ts";
import type { Words } from "./_record.ts";

const BOUND = AFTER_QUEUE, NUMBER = BOUND + 1, TAKEN = BOUND + 2;
const PARTIES = BOUND + 4;
/** The first word that is free in a record with this state. */
export const AFTER_CHANNEL: number = PARTIES + Parties.length;

/** The word of an item with its number. */
const MARK = LIST_LINKS, OFFERED = 1;
/** The words of an item's first cell that are not its bytes. */
export const CHANNEL_LINKS: number = MARK + 1;

/** Writes the words of a new channel that keeps so many items. */
export function fillChannel(words: Words, bound: number, cells: number): void {
  fillQueue(words, bound === 0 ? UNBOUNDED : bound, cells);
  Atomics.store(words, BOUND, bound);
}

/** A request, once it is made. */
export interface Request {
  made: boolean;
}

/** What a sender offers: nothing if `item` is 0. */
export interface Offer {
  item: number;
  mark: number;
  /** How many arms the sender's own select has that receive here. */
  readonly own: number;
  /** How often its own thread was told of it. */
  echoes: number;
}

/** The state machine, as a channel and a select see it. */
export class ChannelState extends QueueState {
  readonly parties: Parties;
  /** How many items it keeps; none if a send and a receive meet. */
  readonly bound: number;

  constructor(words: Words) {
    super(words);
    this.parties = new Parties(words, PARTIES);
    this.bound = Atomics.load(words, BOUND);
  }

  /** How many items it has that were sent; it may have changed when you read it. */
  get kept(): number {
    return this.bound === 0 ? 0 : this.size;
  }

  /** Sends an item now if that is possible; else offers it, if it may. */
  send(packet: Packet, offer?: Offer): Outcome {
    if (this.bound === 0) return this.#meetReceiver(packet, offer);
    const outcome = this.put(packet, false, 0);
    if (outcome === DONE) this.#tell(RECEIVES);
    return outcome;
  }

  /** Receives an item now if there is one; withdraws the request if that ends it, or if it `quits`. */
  receive(into: Packet, request?: Request, quits = false): Outcome {
    if (this.bound === 0) return this.#meetSender(into, request, quits);
    const outcome = this.take(into, false);
    if (outcome === DONE) this.#tell(SENDS);
    return outcome;
  }

  /** Binds a receiver to take an item. */
  request(request: Request): void {
    if (this.bound > 0 || request.made) return;
    this.enter(REQUESTS, SENDS);
    request.made = true;
  }

  /** What became of an offer: taken; still there, or taken back if it is to be; refused. */
  look(offer: Offer, withdraws: boolean): Outcome {
    let before = 0;
    const outcome = this.section.run((): Outcome => {
      const { isShut } = this, there = this.#isThere(offer);
      if (there && !withdraws && !isShut) return NOT_NOW;
      if (there) before = this.drop(offer.item);
      offer.item = 0;
      return !there ? DONE : isShut ? SHUT_DOWN : NOT_NOW;
    });
    if (before < 0) this.putters.ring();
    return outcome;
  }

  /** Waits until it is done, which it may be when an offer was taken. */
  untilTaken(done: () => boolean): Body<boolean> {
    return untilMoved(this.words, TAKEN, done);
  }

  /** Closes it: nothing is sent any more. */
  close(): void {
    const { words, section } = this;
    this.shutDown(false);
    const moved = section.run(() => moves(words, TAKEN));
    if (moved) wake(words, TAKEN);
    this.#tell(RECEIVES);
    this.#tell(SENDS);
  }

  /** This thread gets a role, and others are told; false if there is no place where they find it. */
  enter(role: Role, tells?: Role): boolean {
    const placed = this.section.run(() => this.parties.enter(role));
    if (tells !== undefined) this.#tell(tells);
    return placed;
  }

  /** This thread loses a role, and others are told. */
  leave(role: Role, tells?: Role): void {
    this.section.run(() => this.parties.leave(role));
    if (tells !== undefined) this.#tell(tells);
  }

  /** Takes from dead threads what they waited as. */
  bury(): void {
    this.section.run(() => this.parties.bury());
  }

  #meetReceiver(packet: Packet, offer: Offer | undefined): Outcome {
    const { words, items, section, parties } = this;
    const need = items.cellsFor(packet.length);
    let before: number, outcome: Outcome;
    section.enter();
    try {
      if (this.isShut) return SHUT_DOWN;
      if (parties.total(REQUESTS) > this.size) parties.bury();
      outcome = parties.total(REQUESTS) > this.size ? DONE : NOT_NOW;
      if (outcome === NOT_NOW && offer === undefined) return NOT_NOW;
      if (this.space < need) return NOT_NOW;
      before = this.add(packet, need, items.tail);
      words[NUMBER] = words[NUMBER]! + 2;
      // Who dies before this leaves an item that nobody waits for.
      const item = items.tail;
      const mark = words[NUMBER]! + (outcome === NOT_NOW ? OFFERED : 0);
      items.view[item + MARK] = mark;
      if (outcome === NOT_NOW) {
        offer!.item = item;
        offer!.mark = mark;
      }
    } catch (error) {
      section.mend();
      throw error;
    } finally {
      section.leave();
    }
    if (before < 0) this.takers.ring();
    const echoes = this.#tell(RECEIVES, offer?.own);
    if (offer !== undefined) offer.echoes += echoes;
    return outcome;
  }

  #meetSender(
    into: Packet,
    request: Request | undefined,
    quits: boolean,
  ): Outcome {
    const { words, section, items } = this;
    let before: number, moved = false;
    section.enter();
    try {
      const shut = this.isShut, item = this.#first(shut);
      if (item !== 0) {
        const offered = (items.view[item + MARK]! & OFFERED) !== 0;
        before = this.drop(item, into);
        moved = offered && moves(words, TAKEN);
      }
      if (item !== 0 || quits || shut) this.#withdraw(request);
      if (item === 0) return shut ? SHUT_DOWN : NOT_NOW;
    } catch (error) {
      section.mend();
      throw error;
    } finally {
      section.leave();
    }
    if (moved) wake(words, TAKEN);
    if (before! < 0) this.putters.ring();
    this.#tell(SENDS);
    return DONE;
  }

  /** In the section: the item that is received next, 0 if there is none (I2). */
  #first(shut: boolean): number {
    const { items } = this;
    let item = items.head;
    if (!shut) return item;
    while (item !== 0 && (items.view[item + MARK]! & OFFERED) !== 0) {
      item = items.next(item);
    }
    return item;
  }

  /** In the section: whether an offer was not taken (I3). */
  #isThere({ item, mark }: Offer): boolean {
    const { items } = this, { view, head } = items;
    if (head === 0 || view[item + MARK] !== mark) return false;
    return ((view[head + MARK]! & ~OFFERED) - (mark & ~OFFERED) | 0) <= 0;
  }

  #withdraw(request: Request | undefined): void {
    if (!request?.made) return;
    this.parties.leave(REQUESTS);
    request.made = false;
  }

  /** Tells threads that select; this one only if it has so many arms and another. Returns how often it was told. */
  #tell(role: Role, own = 0): number {
    const { section, parties } = this;
    if (parties.total(role) === 0) return 0;
    return parties.tell(section.run(() => parties.having(role, own)));
  }
}
