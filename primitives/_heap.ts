/**
 * The order of a PriorityQueue: a pairing heap over the items of a list.
 *
 * All of it happens in a section, and all of it can be made anew from the list: so its
 * words are plain.
 *
 * *Words* · of the record: SEQUENCE: how many items there ever were · ROOT: the item that
 * comes first, 0 if there is none. Of an item, after those of the list · CHILD: the first
 * item below it · SIBLING: the next one beside it · ORDER: SEQUENCE when it came · a
 * spare one · PRIORITY: a float64.
 *
 * *Invariants* · I1: an item comes before all below it: its priority is smaller, or the
 * same and it came earlier.
 *
 * *Progress* · A push is one comparison, a pop about log2(n), and n at worst.
 *
 * *Source* · Fredman, Sedgewick, Sleator and Tarjan, "The pairing heap" (1986); Python's
 * `heapq`, whose ties are in no order.
 *
 * @module
 */

import { damaged } from "./_cells.ts";
import { type Items, LIST_LINKS } from "./_items.ts";
import { type Index, INDEX_WORDS } from "./_queue_state.ts";

const SEQUENCE = INDEX_WORDS, ROOT = INDEX_WORDS + 1;
const CHILD = LIST_LINKS, SIBLING = CHILD + 1, ORDER = CHILD + 2;
const PRIORITY = CHILD + 4;

/** The words of an item's first cell that are not its bytes. */
export const HEAP_LINKS: number = PRIORITY + 2;

const bits = new Float64Array(1), halves = new Int32Array(bits.buffer);

/** A view of the heap over the items of a record. */
export class Heap implements Index {
  readonly #items: Items;

  constructor(items: Items) {
    this.#items = items;
  }

  prepare(item: number, priority: number): void {
    const { view, words } = this.#items;
    words[SEQUENCE] = words[SEQUENCE]! + 1;
    view[item + ORDER] = words[SEQUENCE]!;
    // -0 and 0 are the same priority.
    bits[0] = priority + 0;
    view[item + PRIORITY] = halves[0]!;
    view[item + PRIORITY + 1] = halves[1]!;
  }

  push(item: number): void {
    const { view, words } = this.#items;
    view[item + CHILD] = 0;
    view[item + SIBLING] = 0;
    words[ROOT] = words[ROOT] === 0 ? item : this.#meld(words[ROOT]!, item);
  }

  pop(): number {
    const items = this.#items, { view, words } = items;
    const first = items.checked(words[ROOT]!);
    words[ROOT] = this.#meldAll(view[first + CHILD]!);
    return first;
  }

  rebuild(): void {
    const items = this.#items;
    items.words[ROOT] = 0;
    for (let item = items.head; item !== 0; item = items.next(item)) {
      this.push(item);
    }
  }

  /** Makes the later of two items the first one below the other. */
  #meld(one: number, other: number): number {
    const { view } = this.#items;
    const [first, later] = this.#precedes(one, other)
      ? [one, other]
      : [other, one];
    view[later + SIBLING] = view[first + CHILD]!;
    view[first + CHILD] = later;
    return first;
  }

  /** Melds siblings two by two, and then all of these, the last first; 0 if there are none. */
  #meldAll(first: number): number {
    const items = this.#items, { view } = items;
    let pairs = 0, left = items.cells;
    for (let one = first; one !== 0;) {
      const other = view[items.checked(one) + SIBLING]!;
      // What is read is not trusted: a ring of links would have no end.
      if (left-- === 0) throw damaged();
      const rest = other === 0 ? 0 : view[items.checked(other) + SIBLING]!;
      const pair = other === 0 ? one : this.#meld(one, other);
      view[pair + SIBLING] = pairs;
      pairs = pair;
      one = rest;
    }
    let root = 0;
    for (let pair = pairs; pair !== 0;) {
      const rest = view[pair + SIBLING]!;
      view[pair + SIBLING] = 0;
      root = root === 0 ? pair : this.#meld(root, pair);
      pair = rest;
    }
    return root;
  }

  #precedes(one: number, other: number): boolean {
    const mine = this.#priority(one), its = this.#priority(other);
    if (mine !== its) return mine < its;
    const { view } = this.#items;
    return (view[one + ORDER]! - view[other + ORDER]! | 0) < 0;
  }

  #priority(item: number): number {
    const { view } = this.#items;
    halves[0] = view[item + PRIORITY]!;
    halves[1] = view[item + PRIORITY + 1]!;
    return bits[0]!;
  }
}
