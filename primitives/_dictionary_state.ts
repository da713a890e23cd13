/**
 * The state machine of Counter and SharedMap: entries in the order in which they came,
 * found by their keys, which are strings.
 *
 * *Words*, beside those of `_section.ts` and `_items.ts` · 20 SIZE: how many entries there
 * are · 21 ROOT: see `_trie.ts`. Both are written in the section.
 *
 * *States* · Any entries are as good as any others.
 *
 * *Invariants*
 * - I1: the list of items says which entries there are; each comes, goes, or gets another
 *   value by one store. SIZE and the tree follow from it, and are made anew after the death
 *   of a thread in the section.
 * - I2: no two items have the same key.
 * - I3: an item that is not in the list is nobody's: a repair frees it.
 *
 * *Progress* · Everybody waits for the section only, whose holder waits for nothing. What
 * is done to one entry takes about log4(n) steps in it; a snapshot, `clear` and a repair take n.
 *
 * *Source* · Python's `dict` for the order; the section over a list that a single store
 * commits is this project's.
 *
 * @module
 */

import { append, Entries, Entry, roundUp, withPacket } from "./_entries.ts";
import { damaged } from "./_cells.ts";
import { AFTER_ITEMS, Items } from "./_items.ts";
import type { Packet } from "./_packet.ts";
import { recordKey, type Words } from "./_record.ts";
import { Section } from "./_section.ts";
import { type Sought, Trie } from "./_trie.ts";

const SIZE = AFTER_ITEMS, ROOT = SIZE + 1;
/** The first word that is free in a record with this state. */
export const AFTER_DICTIONARY: number = ROOT + 1;

/** The state machine, as the structures see it. */
export class DictionaryState {
  readonly items: Items;
  /** The seed of the hashes: a number that nobody knows who is not given the record. */
  readonly seed: number;
  readonly #words: Words;
  readonly #trie: Trie;
  readonly #section: Section;

  constructor(words: Words) {
    const items = this.items = new Items(words);
    const trie = this.#trie = new Trie(items, ROOT);
    this.#words = words;
    this.seed = recordKey(words) | 0;
    this.#section = new Section(words, () => {
      const { size } = items.repair();
      trie.rebuild();
      Atomics.store(words, SIZE, size);
    });
  }

  /** How many entries there are; it may have changed when you read it. */
  get size(): number {
    return Atomics.load(this.#words, SIZE);
  }

  /** Does a step in the section at the item of a key, which is 0 if there is none; the entry has the value that is given. */
  at<R>(
    action: string,
    key: string,
    step: (item: number, entry: Entry) => R,
    value?: Packet,
  ): R {
    const entry = new Entry(this.seed);
    try {
      entry.open(action, key);
      if (value !== undefined) append(entry.packet, value);
      return this.within(() => step(this.find(entry), entry));
    } finally {
      entry.end();
    }
  }

  /** Does a step in the section: all that follows here is for use in one. */
  within<R>(step: () => R): R {
    try {
      return this.#section.run(step);
    } catch (error) {
      this.#section.rescue();
      throw error;
    }
  }

  /** The item of a key, 0 if there is none. */
  find(sought: Sought): number {
    return this.#trie.find(sought);
  }

  /** Writes the item of an entry, which is not in the list yet (I3); if there is no room, frees those that were written before, and throws. */
  write(action: string, entry: Entry, before: readonly number[] = []): number {
    const { items } = this, item = items.write(entry.packet);
    if (item === 0) {
      for (const other of before) items.erase(other);
      throw new RangeError(
        `Cannot ${action}: there is no room left for ${entry.packet.length} bytes, and its 'capacity' is ${items.byteLength}`,
      );
    }
    this.#trie.label(item, entry);
    return item;
  }

  /** Puts in items that were written, whose keys are not here. */
  insert(written: readonly number[]): void {
    const { items } = this;
    for (const item of written) {
      items.insert(item, items.tail);
      this.#trie.add(item);
    }
    // At once: whoever reads the size sees all of them or none.
    this.#count(written.length);
  }

  /** Puts an item that was written in the place of another one with the same key. */
  replace(item: number, by: number): void {
    this.items.replace(item, by);
    this.#trie.replace(item, by);
    this.items.erase(item);
  }

  /** Takes an item out. */
  remove(item: number): void {
    this.items.remove(item);
    this.#trie.remove(item);
    this.#count(-1);
    this.items.erase(item);
  }

  /** Takes all items out, in one step. */
  clear(): void {
    this.items.clear();
    this.#trie.rebuild();
    Atomics.store(this.#words, SIZE, 0);
  }

  /** Copies the bytes of the value of an item. */
  readValue(item: number, into: Packet): void {
    const { items } = this, start = roundUp(this.#trie.keyLength(item));
    items.read(item, into);
    if (!(start <= into.length)) throw damaged();
    into.bytes.copyWithin(0, start, into.length);
    into.length -= start;
  }

  /** Whether an item, 0 if there is none, has this value. */
  holds(item: number, value: Packet): boolean {
    return item !== 0 && withPacket((packet) => {
      this.items.read(item, packet);
      // Its own key with that value.
      packet.length = this.#trie.keyLength(item);
      append(packet, value);
      return this.items.equals(item, packet);
    });
  }

  /** Shows each item, in order. */
  forEach(see: (item: number) => void): void {
    const { items } = this;
    let left = items.cells;
    for (let item = items.head; item !== 0; item = items.next(item)) {
      if (left-- === 0) throw damaged();
      see(item);
    }
  }

  /** Copies all entries, in order. */
  copy(): Entries {
    const entries = new Entries();
    withPacket((packet) =>
      this.forEach((item) => {
        this.items.read(item, packet);
        entries.push(packet, this.#trie.keyLength(item));
      })
    );
    return entries;
  }

  /** The keys of all entries, in order. */
  keys(): Entries {
    const entries = new Entries();
    withPacket((packet) =>
      this.forEach((item) => {
        const length = this.#trie.keyLength(item);
        this.items.read(item, packet);
        packet.length = Math.min(packet.length, roundUp(length));
        entries.push(packet, length);
      })
    );
    return entries;
  }

  #count(more: number): void {
    Atomics.store(this.#words, SIZE, this.size + more);
  }
}
