/**
 * The state machine of everything that items are put into and taken out of: Queue,
 * LifoQueue, PriorityQueue, SimpleQueue, Deque and Channel.
 *
 * *Words*, beside those of `_section.ts` and `_items.ts` · 20 MOST: how many items there
 * may be · 21 TASKS: items that were taken and not reported done · 22 JOINS: a number
 * that moves when nothing is left to do, and PARKED in bit 31 · 23 SEQUENCE, 24 ROOT: see
 * `_heap.ts` · 32 SIZE: FLAG in bit 31, SHUT in bit 30, how many items there are · 33
 * SPACE: FLAG, SHUT, how many cells are left · from 48 on two wait queues: of those who
 * take and of those who put. FLAG is written by the wait queues, PARKED by those who
 * join, MOST by anybody; the rest in the section.
 *
 * *States* of SIZE, and likewise of SPACE
 *
 * | FLAG | SHUT | n | means |
 * | --- | --- | --- | --- |
 * | 0 | 0 | n | n items, nobody waits for one |
 * | 1 | 0 | n | n items, and somebody may wait: whoever adds one rings |
 * | * | 1 | n | shut down: n items can be had, and nobody waits any more |
 *
 * *Invariants*
 * - I1: what is available to those who take stands in SIZE, for those who put in SPACE
 *   and MOST. A take lowers SIZE before it raises SPACE: who reads them the other way
 *   round, with FLAG set in SPACE, misses nothing, as the raise then sees FLAG.
 * - I2: SIZE and SPACE follow from the items. After the death of a thread in the section
 *   they are counted anew, and both wait queues are rung.
 * - I3: a full queue is one where MOST items are, or the cells that are left are too few
 *   for the item; then it waits for cells, and those behind it wait too.
 * - I4: TASKS rises after the item is out of the list: of an item that went with its
 *   thread before that, nobody waits for a report.
 *
 * *Progress* · As in `_wait_queue.ts`: first in, first woken; newcomers may get in before
 * those who wake. Who joins is woken when nothing is left to do, and looks again.
 *
 * *Source* · Python's `queue` (3.13, with `shutdown`) for what it does; the section over a
 * list that a single store commits is this project's.
 *
 * @module
 */

import { moves, untilMoved } from "./_broadcast.ts";
import { AFTER_ITEMS, Items } from "./_items.ts";
import type { Packet } from "./_packet.ts";
import {
  type AsyncWaitOptions,
  block,
  type Body,
  PROMPT,
  wake,
} from "./_park.ts";
import { recordKey, type Words } from "./_record.ts";
import { RealmQueue, type Source } from "./_realm_queue.ts";
import { Section } from "./_section.ts";
import { type Gate, type Place, WaitQueue } from "./_wait_queue.ts";
import { INT32_MAX } from "./_validate.ts";
import { QueueFullError } from "./errors.ts";

const MOST = AFTER_ITEMS, TASKS = MOST + 1, JOINS = MOST + 2, INDEX = MOST + 3;
/** The first words of an index over the items. */
export const INDEX_WORDS: number = INDEX;
const SIZE = 32, SPACE = 33, TAKERS = 48;
const SLOTS = 32;
const PUTTERS = TAKERS + WaitQueue.length(SLOTS);
/** The first word that is free in a record with this state. */
export const AFTER_QUEUE: number = PUTTERS + WaitQueue.length(SLOTS);
const FLAG = 1 << 31, SHUT = 1 << 30, COUNT = SHUT - 1;

/** The most items there may be if there is no bound. */
export const UNBOUNDED: number = COUNT;

/** Writes the words of a new structure for so many items in so many cells. */
export function fillQueue(words: Words, most: number, cells: number): void {
  Atomics.store(words, MOST, most);
  Atomics.store(words, SPACE, cells);
}

/** What came of an attempt: it did; the structure is full, or empty; it is shut down. */
export type Outcome = 0 | 1 | 2;
/** It did. */
export const DONE = 0;
/** It is full, or empty. */
export const NOT_NOW = 1;
/** It is shut down. */
export const SHUT_DOWN = 2;

/** What somebody wants who may have to wait. */
export interface Attempt {
  /** How much must be available before it is worth a try. */
  readonly demand: number;
  /** Tries; true if there is nothing to wait for any more. */
  run(): boolean;
}

/** An order of its own over the items. */
export interface Index {
  /** Writes what the order of an item follows from, before the item is in the list. */
  prepare(item: number, priority: number): void;
  /** Adds an item that is in the list. */
  push(item: number): void;
  /** Takes the next item out of the order; there is one. */
  pop(): number;
  /** Orders all items of the list anew. */
  rebuild(): void;
}

/** Those who wait at one side of a structure. */
export class Side implements Gate, Source<Attempt> {
  readonly index: number;
  readonly key: string;
  readonly available: (value: number) => number;
  readonly room: () => number;
  readonly #words: Words;
  readonly #queue: WaitQueue;

  constructor(
    words: Words,
    index: number,
    queue: number,
    available: (value: number) => number,
    room: () => number = () => Infinity,
  ) {
    this.#words = words;
    this.index = index;
    this.key = `${recordKey(words)} ${index}`;
    this.available = available;
    this.room = room;
    this.#queue = new WaitQueue(words, queue, SLOTS, this);
  }

  get raised(): boolean {
    return Atomics.load(this.#words, this.index) < 0;
  }

  raise(): number {
    return this.available(Atomics.or(this.#words, this.index, FLAG));
  }

  lower(): void {
    Atomics.and(this.#words, this.index, ~FLAG);
  }

  take(attempt: Attempt): boolean {
    return attempt.run();
  }

  wait(attempt: Attempt, awaits: boolean, place?: Place): Body<boolean> {
    const run = () => attempt.run();
    // A task that was nudged goes on before its realm blocks: what it takes it keeps.
    return this.#queue.untilDone(attempt.demand, run, awaits, place, PROMPT);
  }

  /** Lets those who wait try; the tasks of this realm come first, as they cost no switch of threads. */
  ring(): void {
    const tasks = RealmQueue.find(this.key);
    while (tasks?.handOver(false));
    this.nudge();
  }

  /** Lets those who wait try, and tries nothing itself: for use in the section. */
  nudge(): void {
    this.#queue.ring();
  }

  /** Blocks until the attempt has succeeded; false if the time is up. */
  block(
    attempt: Attempt,
    options: AsyncWaitOptions,
    action: string,
    instead: string,
  ): boolean {
    if (attempt.run()) return true;
    if (options.timeout === 0) return false;
    return block(this.wait(attempt, false), options, action, instead);
  }

  /** Waits like `block`, without blocking the thread, and after the tasks of this realm that wait. */
  async settle(attempt: Attempt, options: AsyncWaitOptions): Promise<boolean> {
    options.signal?.throwIfAborted();
    const first = options.timeout === 0 ||
      RealmQueue.find(this.key) === undefined;
    if (first && attempt.run()) return true;
    if (options.timeout === 0) return false;
    return await RealmQueue.of(this).wait(attempt, options);
  }
}

/** The state machine, as the structures see it. */
export class QueueState {
  readonly words: Words;
  readonly items: Items;
  readonly section: Section;
  /** Those who wait for an item, and those who wait for room. */
  readonly takers: Side;
  readonly putters: Side;
  readonly #index: Index | undefined;

  constructor(words: Words, indexOf?: (items: Items) => Index) {
    this.words = words;
    this.items = new Items(words);
    this.#index = indexOf?.(this.items);
    this.section = new Section(words, () => this.#repair());
    this.takers = new Side(
      words,
      SIZE,
      TAKERS,
      (size) => (size & SHUT) !== 0 ? INT32_MAX : size & COUNT,
    );
    this.putters = new Side(
      words,
      SPACE,
      PUTTERS,
      (space) => {
        if ((space & SHUT) !== 0) return INT32_MAX;
        return this.size < this.most ? space & COUNT : 0;
      },
      () => this.isShut ? Infinity : this.most - this.size,
    );
  }

  /** How many items there are; it may have changed when you read it. */
  get size(): number {
    return Atomics.load(this.words, SIZE) & COUNT;
  }

  /** How many items there may be. */
  get most(): number {
    return Atomics.load(this.words, MOST);
  }

  set most(most: number) {
    Atomics.store(this.words, MOST, most);
    if (this.putters.raised) this.putters.ring();
  }

  /** Whether nothing can be put in; it may have changed when you read it. */
  get isFull(): boolean {
    const space = Atomics.load(this.words, SPACE) & COUNT;
    return this.size >= this.most || space === 0;
  }

  /** Whether it is shut down, for good. */
  get isShut(): boolean {
    return (Atomics.load(this.words, SIZE) & SHUT) !== 0;
  }

  /** How many cells an item takes; throws if there are not so many. */
  demandOf({ length }: Packet, action: string): number {
    const { items } = this, need = items.cellsFor(length);
    if (need <= items.cells) return need;
    throw new QueueFullError(
      `Cannot ${action}: the item takes ${length} bytes, and 'capacity' allows for ${items.byteLength} in all`,
    );
  }

  /** Puts in an item, at the back or in front. */
  put(packet: Packet, front: boolean, priority: number): Outcome {
    const { words, items, section } = this;
    const need = items.cellsFor(packet.length);
    let before: number;
    section.enter();
    try {
      const size = Atomics.load(words, SIZE);
      if ((size & SHUT) !== 0) return SHUT_DOWN;
      if ((size & COUNT) >= this.most || this.space < need) return NOT_NOW;
      before = this.add(packet, need, front ? 0 : items.tail, priority);
    } catch (error) {
      section.mend();
      throw error;
    } finally {
      section.leave();
    }
    if (before < 0) this.takers.ring();
    return DONE;
  }

  /** Takes out an item, in front or at the back. */
  take(into: Packet, back: boolean): Outcome {
    const { words, items, section } = this;
    let before: number;
    section.enter();
    try {
      const size = Atomics.load(words, SIZE);
      if ((size & COUNT) === 0) {
        return (size & SHUT) !== 0 ? SHUT_DOWN : NOT_NOW;
      }
      const item = this.#index?.pop() ?? (back ? items.tail : items.head);
      before = this.drop(item, into);
      words[TASKS] = words[TASKS]! + 1;
    } catch (error) {
      section.mend();
      throw error;
    } finally {
      section.leave();
    }
    if (before < 0) this.putters.ring();
    return DONE;
  }

  /** In the section: puts an item after another one. Returns SIZE as it was. */
  add(packet: Packet, need: number, after: number, priority = 0): number {
    const { words, items } = this, item = items.write(packet);
    if (item === 0) {
      throw new QueueFullError("Cannot put item: there is no memory left");
    }
    this.#index?.prepare(item, priority);
    items.insert(item, after);
    this.#index?.push(item);
    Atomics.sub(words, SPACE, need);
    return Atomics.add(words, SIZE, 1);
  }

  /** In the section: takes an item out. Returns SPACE as it was. */
  drop(item: number, into?: Packet): number {
    const { words, items } = this;
    // What may fail comes before what cannot be taken back.
    if (into !== undefined) items.makeRoom(item, into);
    items.remove(item);
    Atomics.sub(words, SIZE, 1);
    return Atomics.add(words, SPACE, items.erase(item, into));
  }

  /** Reports one item that was taken done; false if all were. */
  taskDone(): boolean {
    const { words } = this;
    let ended = false;
    const reported = this.section.run(() => {
      if (words[TASKS] === 0) return false;
      words[TASKS] = words[TASKS]! - 1;
      ended = this.#movesJoins();
      return true;
    });
    if (ended) wake(words, JOINS);
    return reported;
  }

  /** How many items are in it, or were taken and not reported done. */
  get unfinished(): number {
    return this.section.run(() => this.size + (this.words[TASKS]! >>> 0));
  }

  /** Waits until nothing is left to do; false if the time is up. */
  untilFinished(): Body<boolean> {
    return untilMoved(this.words, JOINS, () => this.unfinished === 0);
  }

  /** Shuts it down: nothing is put in any more; and what it has is dropped, if that is to be. */
  shutDown(immediate: boolean): void {
    const { words, items } = this;
    const ended = this.section.run(() => {
      Atomics.or(words, SIZE, SHUT);
      Atomics.or(words, SPACE, SHUT);
      if (!immediate) return false;
      items.clear();
      this.#index?.rebuild();
      this.tally(0, 0);
      return this.#movesJoins();
    });
    this.takers.ring();
    this.putters.ring();
    if (ended) wake(words, JOINS);
  }

  /** How many cells are left. */
  protected get space(): number {
    return Atomics.load(this.words, SPACE) & COUNT;
  }

  /** In the section: if nothing is left to do, moves JOINS; true if somebody sleeps on it. */
  #movesJoins(): boolean {
    const { words } = this;
    if (words[TASKS] !== 0 || this.size !== 0) return false;
    return moves(words, JOINS);
  }

  /** In the section: says how many items there are, and how many cells they take (I2). */
  protected tally(size: number, used: number): void {
    const { words, items } = this;
    Atomics.add(words, SIZE, size - this.size);
    Atomics.add(words, SPACE, items.cells - used - this.space);
  }

  /** In the section: makes the list whole; returns how many items there are, and how many cells they take. */
  protected mend(): { size: number; used: number } {
    return this.items.repair();
  }

  #repair(): void {
    const { words } = this, { size, used } = this.mend();
    this.#index?.rebuild();
    this.tally(size, used);
    if (this.isShut) Atomics.or(words, SPACE, SHUT);
    // What the dead thread would have rung for.
    this.takers.nudge();
    this.putters.nudge();
    if (this.#movesJoins()) wake(words, JOINS);
  }
}
