/**
 * The index of a Counter and a SharedMap: a tree over the hashes of keys, whose nodes
 * are the items of a list.
 *
 * All of it happens in a section, and all of it can be made anew from the list: so its
 * words are plain.
 *
 * *Words* · of the record: ROOT: the item on top, 0 if there is none. Of an item, after
 * those of the list · CHILDREN: the items right below it, one for each value of two bits
 * of a hash · HASH: that of its key · KEY: the bytes of its key. These come first; those
 * of its value, if it has one, begin at the next word.
 *
 * *Invariants*
 * - I1: an item hangs where the bits of its hash lead to from the top, two at each link,
 *   the lowest first; after the last ones the first ones come again, so that items with
 *   the same hash are in a chain.
 * - I2: HASH and KEY are written before the item is in the list, and never again.
 *
 * *Progress* · A key is found in about log4(n) steps, in n at worst.
 *
 * *Source* · the digital search tree of Coffman and Eve (1970), by hashes as in Bagwell,
 * "Ideal Hash Trees" (2001); the hash is Appleby's MurmurHash3. There is no table that would have to
 * grow, and none to be moved while others wait.
 *
 * @module
 */

import { damaged } from "./_cells.ts";
import { type Items, LIST_LINKS } from "./_items.ts";
import type { Packet } from "./_packet.ts";

const BITS = 2, WAYS = 1 << BITS;
const CHILDREN = LIST_LINKS, HASH = CHILDREN + WAYS, KEY = HASH + 1;
/** The words of an item's first cell that are not its bytes. */
export const TRIE_LINKS: number = KEY + 1;

/** A key as it is looked for. */
export interface Sought {
  /** The key, and what follows it; padded with zeros to the next word. */
  readonly packet: Packet;
  /** The bytes of the key. */
  readonly length: number;
  /** That of the key. */
  readonly hash: number;
}

/**
 * The hash of the first so many bytes, and of the zeros that fill their last word. The
 * seed is a record's own, or else strangers could choose keys that all have the same.
 */
export function hashOf(
  { words }: Packet,
  length: number,
  seed: number,
): number {
  let hash = seed;
  for (let i = 0; i << 2 < length; i++) {
    const word = Math.imul(words[i]!, 0xcc9e2d51);
    hash ^= Math.imul(word << 15 | word >>> 17, 0x1b873593);
    hash = Math.imul(hash << 13 | hash >>> 19, 5) + 0xe6546b64 | 0;
  }
  hash = Math.imul(hash ^ length ^ (hash ^ length) >>> 16, 0x85ebca6b);
  hash = Math.imul(hash ^ hash >>> 13, 0xc2b2ae35);
  return hash ^ hash >>> 16;
}

/** A view of the tree over the items of a record. */
export class Trie {
  readonly #items: Items;
  readonly #root: number;

  /** `root` is the index of ROOT. */
  constructor(items: Items, root: number) {
    this.#items = items;
    this.#root = root;
  }

  /** The item of a key, 0 if there is none. */
  find({ packet, length, hash }: Sought): number {
    const { view, cells, words } = this.#items;
    let item = words[this.#root]!;
    for (let depth = 0; depth <= cells; depth++) {
      if (item === 0) return 0;
      if (
        view[item + HASH] === hash && view[item + KEY] === length &&
        this.#items.startsWith(item, packet.words, length)
      ) return item;
      item = view[childOf(item, hash, depth)]!;
    }
    throw damaged();
  }

  /** Writes what says where an item belongs; it is not in the list yet (I2). */
  label(item: number, { length, hash }: Sought): void {
    const { view } = this.#items;
    view[item + HASH] = hash;
    view[item + KEY] = length;
  }

  /** The bytes of the key of an item. */
  keyLength(item: number): number {
    return this.#items.view[item + KEY]!;
  }

  /** Adds an item that is in the list; its key is not here. */
  add(item: number): void {
    const { view } = this.#items;
    this.#point(this.#linkTo(0, view[item + HASH]!), item);
  }

  /** Takes an item out. */
  remove(item: number): void {
    const { view, cells } = this.#items;
    let leaf = item, link = 0;
    for (let left = cells, next; (next = this.#linkBelow(leaf)) !== 0;) {
      if (left-- === 0) throw damaged();
      link = next;
      leaf = view[link]!;
    }
    if (leaf === item) {
      this.#point(this.#linkTo(item, view[item + HASH]!), 0);
    } else {
      // What hangs below an item can hang in its place as well (I1).
      view[link] = 0;
      this.replace(item, leaf);
    }
  }

  /** Puts an item in the place of another one, to which its hash leads too. */
  replace(item: number, by: number): void {
    const { view } = this.#items;
    this.#point(this.#linkTo(item, view[item + HASH]!), by);
    for (let i = CHILDREN; i < CHILDREN + WAYS; i++) {
      view[by + i] = view[item + i]!;
    }
  }

  /** Makes the tree anew from the list. */
  rebuild(): void {
    const { words, view, head } = this.#items;
    words[this.#root] = 0;
    for (let item = head; item !== 0; item = this.#items.next(item)) {
      view.fill(0, item + CHILDREN, item + CHILDREN + WAYS);
      this.add(item);
    }
  }

  /** The place of the link, on the way of a hash, that leads to an item, or to none if that is 0; itself 0 if it is ROOT. */
  #linkTo(item: number, hash: number): number {
    const { view, cells, words } = this.#items;
    let link = 0, at = words[this.#root]!;
    for (let depth = 0; depth <= cells; depth++) {
      if (at === item) return link;
      link = childOf(at, hash, depth);
      at = view[link]!;
    }
    throw damaged();
  }

  /** The place of a link from an item to one below it, 0 if there is none. */
  #linkBelow(item: number): number {
    const { view } = this.#items, end = item + CHILDREN + WAYS;
    for (let link = item + CHILDREN; link < end; link++) {
      if (view[link] !== 0) return link;
    }
    return 0;
  }

  #point(link: number, item: number): void {
    if (link === 0) this.#items.words[this.#root] = item;
    else this.#items.view[link] = item;
  }
}

/** The place of the link from an item at a depth to the next on the way of a hash. */
function childOf(item: number, hash: number, depth: number): number {
  // A shift by 32 and more bits begins anew.
  return item + CHILDREN + (hash >>> depth * BITS & WAYS - 1);
}
