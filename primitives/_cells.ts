/**
 * Cells: memory for items of any size, in pieces of one size.
 *
 * All of it happens in a section (`_section.ts`), so its words are plain.
 *
 * *Words* · 7 CELL: the words of a cell · 8 CELLS: how many there may be · 9 BASE: where
 * they begin, in bytes from the record on · 10 LINKS: the words of an item's first cell
 * that are not its own bytes; these four are the maker's · 18 FREE: the first free cell,
 * 0 if there is none · 19 FRESH: where the cells begin that were never used. A cell is
 * named by its place in words, and there is none at 0.
 *
 * Words of an item's first cell · 0 REST: the next cell of the item · 1 and 2 are those of
 * the list, see `_items.ts` · 3 LENGTH: in bytes · then up to LINKS those of an index over
 * the items, then bytes. Of its other cells · 0 REST, then bytes. Of a free cell · 0 REST:
 * the next free one; the others are 0.
 *
 * *Invariants* · I1: FREE, and which cells are free, follow from the items that the list
 * reaches: {@linkcode Cells.sweep} writes them anew. I2: bytes that are not an item's are 0.
 * I3: what is read is not trusted: a place that is none, or a chain without an end, is an
 * error and never a loop.
 *
 * *Progress* · Every step takes as long as its item has cells; a sweep as long as there
 * are cells. Memory grows by what there is, up to CELLS, and never shrinks.
 *
 * *Source* · cells of one size for all are those of slab allocators (Bonwick, 1994).
 *
 * @module
 */

import type { Packet } from "./_packet.ts";
import type { Words } from "./_record.ts";
import { AFTER_SECTION } from "./_section.ts";

const CELL = 7, CELLS = 8, BASE = 9, LINKS = 10;
const FREE = AFTER_SECTION + 2, FRESH = AFTER_SECTION + 3;
const REST = 0, LENGTH = 3;

/** The least by which memory grows, and what a cell has room for if sizes differ; in bytes. */
const CHUNK = 16_384, ITEM = 48;

/** How the cells of a record are laid out. */
export interface CellLayout {
  /** The words of an item's first cell that are not its bytes. */
  readonly links: number;
  /** The words of a cell; even. */
  readonly cell: number;
  /** How many cells there may be. */
  readonly cells: number;
}

/** The layout of cells for items of a size, or of any size, that take so many bytes together. */
export function layoutCells(
  links: number,
  itemBytes: number = ITEM,
  capacity: number,
  most: number,
): CellLayout {
  const cell = links + (itemBytes + 3 >> 2) + 1 & ~1;
  const fit = Math.max(1, Math.floor(capacity / (cell * 4)));
  return { links, cell, cells: Math.min(fit, most) };
}

/** The bytes of all cells, with the place 0. */
export function bytesOfCells({ cell, cells }: CellLayout): number {
  return (cells + 1) * cell * 4;
}

/** Writes the words of new cells, which begin so many bytes after the record does. */
export function fillCells(
  words: Words,
  { links, cell, cells }: CellLayout,
  base: number,
): void {
  Atomics.store(words, CELL, cell);
  Atomics.store(words, CELLS, cells);
  Atomics.store(words, BASE, base);
  Atomics.store(words, LINKS, links);
  Atomics.store(words, FRESH, cell);
}

/** Where the cells of a record begin, in bytes: what comes before has a fixed size. */
export function baseOf(words: Words): number {
  return Atomics.load(words, BASE);
}

/** The error for memory in which something else was written. */
export function damaged(): TypeError {
  return new TypeError("Cannot read an item: its memory is damaged");
}

/** A view of the cells of a record. All but the constants is for use in the section. */
export class Cells {
  readonly words: Words;
  /** How many cells there may be. */
  readonly cells: number;
  readonly #cell: number;
  readonly #links: number;
  readonly #base: number;
  /** The bytes of an item that fit into its first cell, and into each other one. */
  readonly #first: number;
  readonly #other: number;
  #view: Words;

  constructor(words: Words) {
    this.words = words;
    this.cells = Atomics.load(words, CELLS);
    this.#cell = Atomics.load(words, CELL);
    this.#links = Atomics.load(words, LINKS);
    this.#base = words.byteOffset + Atomics.load(words, BASE);
    this.#first = (this.#cell - this.#links) * 4;
    this.#other = (this.#cell - 1) * 4;
    this.#view = this.#open();
  }

  /** How many cells an item of so many bytes takes. */
  cellsFor(byteLength: number): number {
    const rest = byteLength - this.#first;
    return rest <= 0 ? 1 : 1 + Math.ceil(rest / this.#other);
  }

  /** The bytes that all items may take together. */
  get byteLength(): number {
    return this.cells * this.#cell * 4;
  }

  /** The words of all cells that are used now; other threads may have made memory grow. */
  get view(): Words {
    if (this.words[FRESH]! > this.#view.length) {
      this.#view = this.#open();
      if (this.words[FRESH]! > this.#view.length) throw damaged();
    }
    return this.#view;
  }

  /** Writes an item that nobody can reach yet; 0, and nothing done, if memory does not grow. */
  write({ words, length }: Packet): number {
    let item = 0, last = 0, from = this.#links, done = 0;
    const end = length + 3 >> 2;
    do {
      const cell = this.#claim();
      if (cell === 0) {
        if (item !== 0) this.free(item);
        return 0;
      }
      const view = this.view, stop = Math.min(this.#cell, from + end - done);
      view[cell + REST] = 0;
      for (let i = from; i < stop; i++) view[cell + i] = words[done++]!;
      if (item === 0) {
        item = cell;
        view[cell + LENGTH] = length;
      } else {
        view[last + REST] = cell;
      }
      last = cell;
      from = 1;
    } while (done < end);
    return item;
  }

  /** Writes other bytes in the place of an item's own, whoever has the item, also outside of the section; false, and nothing done, if they do not fit into its first cell. */
  rewrite(item: number, { words, length }: Packet): boolean {
    if (length > this.#first) return false;
    const { view } = this, from = item + this.#links;
    for (let i = 0, end = length + 3 >> 2; i < end; i++) {
      view[from + i] = words[i]!;
    }
    view[item + LENGTH] = length;
    return true;
  }

  /** How many bytes an item has. */
  lengthOf(item: number): number {
    const length = this.view[this.checked(item) + LENGTH]!;
    if (length >= 0 && length <= this.byteLength) return length;
    throw damaged();
  }

  /** Makes room for the bytes of an item. */
  makeRoom(item: number, into: Packet): void {
    into.ensure(this.lengthOf(item));
  }

  /** Copies the bytes of an item. */
  read(item: number, into: Packet): void {
    const { view } = this, cell = this.#cell, length = this.lengthOf(item);
    into.ensure(length);
    const { words } = into, end = length + 3 >> 2;
    let from = this.#links, done = 0;
    for (let part = item; done < end; part = this.checked(view[part + REST]!)) {
      const stop = Math.min(cell, from + end - done);
      for (let i = from; i < stop; i++) words[done++] = view[part + i]!;
      if (done === end) break;
      from = 1;
    }
    into.length = length;
  }

  /** Whether these are the first so many bytes of an item, which has as many. */
  startsWith(
    item: number,
    words: Int32Array<ArrayBuffer>,
    length: number,
  ): boolean {
    const { view } = this, cell = this.#cell;
    const end = length + 3 >> 2, spare = end * 4 - length << 3;
    let from = this.#links, done = 0;
    for (let part = item; done < end; part = view[part + REST]!) {
      if (!this.isCell(part)) throw damaged();
      const stop = Math.min(cell, from + end - done);
      for (let i = from; i < stop; i++) {
        const differs = view[part + i]! ^ words[done++]!;
        // The last word may have bytes that are nobody's.
        if ((done < end ? differs : differs << spare) !== 0) return false;
      }
      from = 1;
    }
    return true;
  }

  /** Whether an item has these bytes. */
  equals(item: number, { words, length }: Packet): boolean {
    return this.lengthOf(item) === length &&
      this.startsWith(item, words, length);
  }

  /** Copies the bytes of an item that is out of the list, and frees its cells (I2). Returns how many. */
  erase(item: number, into?: Packet): number {
    if (into) this.read(item, into);
    return this.free(item);
  }

  /** Whether an item has one cell. */
  isSingle(item: number): boolean {
    return this.view[item + REST] === 0;
  }

  /** Frees the cells of an item but for the first one, and its bytes with them. */
  trim(item: number): void {
    const { view } = this, rest = view[this.checked(item) + REST]!;
    view[item + LENGTH] = 0;
    view[item + REST] = 0;
    if (rest !== 0) this.free(rest);
  }

  /** Frees the cells of an item, and returns how many. */
  protected free(item: number): number {
    const { words, view } = this, cell = this.#cell;
    let freed = 0;
    for (let part = item; part !== 0; freed++) {
      if (freed === this.cells) throw damaged();
      const rest = view[this.checked(part) + REST]!;
      for (let i = 1; i < cell; i++) view[part + i] = 0;
      view[part + REST] = words[FREE]!;
      words[FREE] = part;
      part = rest;
    }
    return freed;
  }

  /** Whether a place is that of a cell that was used. */
  isCell(place: number): boolean {
    return place > 0 && place < this.words[FRESH]! && place % this.#cell === 0;
  }

  /** Notes which cells an item has, and returns how many; throws if another has one of them. */
  protected trace(item: number, seen: Uint8Array): number {
    const { view } = this;
    let used = 0;
    for (let part = item; part !== 0; part = view[part + REST]!) {
      if (!this.isCell(part) || this.isSeen(part, seen)) throw damaged();
      seen[part / this.#cell] = 1;
      used++;
    }
    return used;
  }

  /** Where {@linkcode Cells.trace} makes its notes. */
  protected unseen(): Uint8Array {
    return new Uint8Array(Math.ceil(this.view.length / this.#cell));
  }

  /** Whether an item has this cell. */
  protected isSeen(cell: number, seen: Uint8Array): boolean {
    return seen[cell / this.#cell] === 1;
  }

  /** Frees all cells that no item has (I1). */
  protected sweep(seen: Uint8Array): void {
    const { words, view } = this, cell = this.#cell;
    words[FREE] = 0;
    for (let free = words[FRESH]! - cell; free > 0; free -= cell) {
      if (this.isSeen(free, seen)) continue;
      view.fill(0, free, free + cell);
      view[free + REST] = words[FREE]!;
      words[FREE] = free;
    }
  }

  /** The place, if it is that of a cell (I3). */
  checked(place: number): number {
    if (this.isCell(place)) return place;
    throw damaged();
  }

  #claim(): number {
    const { words } = this, free = words[FREE]!;
    if (free !== 0) {
      words[FREE] = this.view[this.checked(free) + REST]!;
      return free;
    }
    const fresh = words[FRESH]!, end = fresh + this.#cell;
    if (end > this.#view.length && !this.#grow(end)) return 0;
    words[FRESH] = end;
    return fresh;
  }

  /** Makes memory grow, so that so many words of cells are there; false if it cannot. */
  #grow(end: number): boolean {
    if ((this.#view = this.#open()).length >= end) return true;
    const { buffer } = this.words, most = (this.cells + 1) * this.#cell * 4;
    const now = this.#view.length * 4;
    if (!buffer.growable || now >= most) return false;
    try {
      const more = Math.max(now, CHUNK, end * 4 - now);
      buffer.grow(this.#base + Math.min(most, now + more));
    } catch (error) {
      if (error instanceof RangeError) return false;
      throw error;
    }
    return (this.#view = this.#open()).length >= end;
  }

  /** A view of a fixed length: one that follows its buffer is many times slower. */
  #open(): Words {
    const { buffer } = this.words, cell = this.#cell * 4;
    const there = Math.floor((buffer.byteLength - this.#base) / cell);
    const count = Math.min(there, this.cells + 1);
    return new Int32Array(buffer, this.#base, count * this.#cell);
  }
}
