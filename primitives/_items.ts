/**
 * Items: a list of pieces of bytes in shared memory.
 *
 * All of it happens in a section (`_section.ts`), so its words are plain but for those
 * that commit. The bytes are in cells: see `_cells.ts`.
 *
 * *Words* · 11 TURNING: 1 while the list is turned around · 16 HEAD: the first item, 0 if
 * there is none · 17 TAIL: the last. Of an item's first cell · 1 NEXT, 2 PREV: the items
 * after and before it, 0 if there is none.
 *
 * *Invariants*
 * - I1: HEAD and the NEXT of the items are the truth, and one store to one of them
 *   commits each change: before it nobody can reach what is put in, after it nobody can
 *   reach what is taken out. While TURNING is 1, TAIL and PREV are the truth.
 * - I2: all other words follow from those: {@linkcode Items.repair} writes them anew.
 * - I3: an item that is reached twice ends the list there: that is how a rotation looks
 *   between its two ends.
 *
 * *Progress* · A step takes as long as its item has cells; a repair, a rotation and a turn
 * as long as there are items.
 *
 * *Source* · a commit by one store is that of crash-consistent lists in persistent memory.
 *
 * @module
 */

import { Cells, damaged } from "./_cells.ts";
import { AFTER_SECTION } from "./_section.ts";

const TURNING = 11, HEAD = AFTER_SECTION, TAIL = HEAD + 1;
/** The first word that is free in a record with items: two are those of the cells. */
export const AFTER_ITEMS: number = HEAD + 4;

const NEXT = 1, PREV = 2;
/** The words of an item's first cell that every list needs; an index has its own after them. */
export const LIST_LINKS = 4;

/** A view of the items of a record. All but the constants is for use in the section. */
export class Items extends Cells {
  /** The first item, 0 if there is none. */
  get head(): number {
    return this.words[HEAD]!;
  }

  /** The last item, 0 if there is none. */
  get tail(): number {
    return this.words[TAIL]!;
  }

  /** The item after an item, 0 if there is none. */
  next(item: number): number {
    return this.view[item + NEXT]!;
  }

  /** The item before an item, 0 if there is none. */
  previous(item: number): number {
    return this.view[item + PREV]!;
  }

  /** Puts an item into the list after another one; as the first if that is 0. */
  insert(item: number, after: number): void {
    const { words, view } = this;
    const next = after === 0 ? words[HEAD]! : view[after + NEXT]!;
    view[item + NEXT] = next;
    view[item + PREV] = after;
    this.#point(after, item);
    if (next === 0) words[TAIL] = item;
    else view[next + PREV] = item;
  }

  /** Takes an item out of the list; its bytes stay until {@linkcode Items.erase}. */
  remove(item: number): void {
    const { words, view } = this;
    const next = view[item + NEXT]!, previous = view[item + PREV]!;
    this.#point(previous, next);
    if (next === 0) words[TAIL] = previous;
    else view[next + PREV] = previous;
  }

  /** Makes an item the first one, in one step: those before it follow the last one. */
  rotate(first: number): void {
    const { words, view } = this;
    const head = words[HEAD]!, tail = words[TAIL]!;
    const last = view[first + PREV]!;
    if (last === 0) return;
    // From here to the last store the list is a ring, which a repair cuts at HEAD (I3).
    this.#point(tail, head);
    view[head + PREV] = tail;
    this.#point(0, first);
    view[first + PREV] = 0;
    this.#point(last, 0);
    words[TAIL] = last;
  }

  /** Puts an item that nobody can reach yet in the place of another one, in one step; that one's bytes stay until {@linkcode Items.erase}. */
  replace(item: number, by: number): void {
    const { words, view } = this;
    const next = view[item + NEXT]!, previous = view[item + PREV]!;
    view[by + NEXT] = next;
    view[by + PREV] = previous;
    this.#point(previous, by);
    if (next === 0) words[TAIL] = by;
    else view[next + PREV] = by;
  }

  /** Turns the list around, in one step; if it does not end, it is done again. */
  reverse(): void {
    const { words, view } = this;
    Atomics.store(words, TURNING, 1);
    let left = this.cells;
    for (let item = words[TAIL]!; item !== 0; item = view[item + PREV]!) {
      if (!this.isCell(item) || left-- === 0) throw damaged();
      this.#point(item, view[item + PREV]!);
    }
    this.#point(0, words[TAIL]!);
    Atomics.store(words, TURNING, 0);
    let last = 0;
    for (let item = words[HEAD]!; item !== 0; item = view[item + NEXT]!) {
      view[item + PREV] = last;
      last = item;
    }
    words[TAIL] = last;
  }

  /** Empties the list, in one step. */
  clear(): void {
    const first = this.head;
    this.#point(0, 0);
    this.words[TAIL] = 0;
    for (let item = first; item !== 0;) {
      const next = this.next(item);
      this.free(item);
      item = next;
    }
  }

  /**
   * Writes anew what follows from the list (I2), which ends after so many items; returns
   * how many there are, and how many cells they take.
   */
  repair(most = Infinity): { size: number; used: number } {
    const { words, view } = this, seen = this.unseen();
    if (words[TURNING] !== 0) this.reverse();
    let size = 0, used = 0, last = 0;
    for (let item = words[HEAD]!; item !== 0; item = view[item + NEXT]!) {
      const ends = size === most || !this.isCell(item) ||
        this.isSeen(item, seen);
      if (ends) {
        this.#point(last, 0);
        break;
      }
      used += this.trace(item, seen);
      view[item + PREV] = last;
      last = item;
      size++;
    }
    words[TAIL] = last;
    this.sweep(seen);
    return { size, used };
  }

  /** Commits: the item after another one, or the first, is this one. */
  #point(after: number, item: number): void {
    if (after === 0) Atomics.store(this.words, HEAD, item);
    else if (this.isCell(after)) Atomics.store(this.view, after + NEXT, item);
    else throw damaged();
  }
}
