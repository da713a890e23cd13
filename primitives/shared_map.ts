/**
 * SharedMap: values by key, which threads share.
 *
 * Words, states, invariants and progress are those of `_dictionary_state.ts`; this file
 * is the face of it.
 *
 * *Source* · Java's `ConcurrentHashMap` and Go's `sync.Map` for what is one step, the Map
 * of JavaScript for the names and the order. Iterations are over a snapshot.
 *
 * @module
 */

import { AFTER_DICTIONARY, DictionaryState } from "./_dictionary_state.ts";
import { withPacket } from "./_entries.ts";
import type { Packet } from "./_packet.ts";
import {
  attachedWords,
  attachment,
  type Handle,
  SharedObject,
} from "./_record.ts";
import {
  createStore,
  ItemCodec,
  openStore,
  storeBytes,
  type StoreOptions,
} from "./_store.ts";
import { TRIE_LINKS } from "./_trie.ts";
import { callable, optionBag } from "./_validate.ts";

/** What a {@linkcode SharedMap} can be made with. */
export interface SharedMapOptions<V> extends StoreOptions<V> {
  /**
   * The bytes that all entries may take together, from 1 to 1073741824: each takes one or
   * more cells of about 90 bytes. If left out: 256 MiB, taken as needed, or 64 KiB at a
   * place of yours.
   */
  capacity?: number;
}

/** What a short key takes beside its value. */
const KEY = 24;
const KIND = {
  kind: "SharedMap",
  after: AFTER_DICTIONARY,
  links: TRIE_LINKS,
  more: KEY,
};

/**
 * Values by key, in the order in which the keys came: a Map that threads share.
 *
 * Keys are strings. Values are copied: what you get is not what was set, and to change
 * it changes nothing here; use `update`. Two values are the same if they become the same
 * bytes: objects, if their fields are the same and in the same order. Each method is one
 * step for the other threads, and waits for nothing but for them to end theirs.
 *
 * If a thread dies in one, the map stays usable, and each key has its value before or
 * after. To change several keys in one step, use a Lock; to count, a Counter.
 *
 * Memory: all operations of all threads are in one order, and what a thread did before
 * one of them is visible after the later ones.
 *
 * @example Usage
 * ```ts
 * import { SharedMap } from "@interlock/threading";
 *
 * const cache = new SharedMap<{ title: string }>(); // pass it to the threads
 * cache.set("/", { title: "Home" });
 * const page = cache.getOrInsertComputed("/about", () => ({ title: "About" }));
 * console.log(page.title, [...cache.keys()]);
 * ```
 */
export class SharedMap<V = unknown> extends SharedObject<"SharedMap"> {
  readonly #state: DictionaryState;
  readonly #codec: ItemCodec<V>;

  /** The bytes that a map made with these options takes in memory of the caller's. */
  static byteLengthFor<V = unknown>(options?: SharedMapOptions<V>): number {
    return storeBytes(KIND, options, Infinity);
  }

  /** Makes a map without entries. */
  constructor(options?: SharedMapOptions<V>) {
    const words = attachedWords(options) ??
      createStore(KIND, bagOf(options), Infinity, () => {});
    super("SharedMap", words);
    this.#state = new DictionaryState(words);
    this.#codec = new ItemCodec<V>(words, AFTER_DICTIONARY);
  }

  /** Opens the map that a handle, or another view, names. */
  static from<V = unknown>(handle: Handle<"SharedMap">): SharedMap<V> {
    return new SharedMap<V>(attachment(openStore(["SharedMap"], handle)));
  }

  /** How many entries there are; it may have changed when you read it. */
  get size(): number {
    return this.#state.size;
  }

  /** The bytes that all entries may take together, with some for each entry. */
  get capacity(): number {
    return this.#state.items.byteLength;
  }

  /** The value of a key, undefined if there is none. */
  get(key: string): V | undefined {
    return withPacket((found) =>
      this.#read("get from SharedMap", key, found)
        ? this.#codec.decode(found)
        : undefined
    );
  }

  /** Whether a key has a value. */
  has(key: string): boolean {
    return this.#state.at("look into SharedMap", key, (item) => item !== 0);
  }

  /**
   * Makes `value` the value of a key.
   *
   * @throws {RangeError} if there is no room for it; the key has its old value then.
   * @throws {TypeError} if the value cannot be copied.
   */
  set(key: string, value: V): void {
    withPacket((packet) => {
      this.#codec.encode(value, packet);
      this.#write("set SharedMap", key, packet, () => true);
    });
  }

  /** Takes a key and its value out; false if it was not here. */
  delete(key: string): boolean {
    return this.#state.at("delete from SharedMap", key, (item) => {
      if (item !== 0) this.#state.remove(item);
      return item !== 0;
    });
  }

  /** The value of a key; if there is none, `value` becomes it. Throws like `set`. */
  getOrInsert(key: string, value: V): V {
    return withPacket((packet) => {
      this.#codec.encode(value, packet);
      this.#write("insert into SharedMap", key, packet, (item) => {
        if (item !== 0) this.#state.readValue(item, packet);
        return item === 0;
      });
      return this.#codec.decode(packet);
    });
  }

  /**
   * The value of a key; if there is none, what `compute` returns becomes it, unless
   * another thread was faster: then theirs is returned. Several may compute at once; for
   * a value that must be computed once only use a OnceCell. Throws like `set`.
   */
  getOrInsertComputed(key: string, compute: (key: string) => V): V {
    const action = "insert into SharedMap";
    callable(action, "compute", compute);
    return withPacket((found) =>
      this.#read(action, key, found)
        ? this.#codec.decode(found)
        : this.getOrInsert(key, compute(key))
    );
  }

  /**
   * Makes what `change` returns the value of a key, and returns it. `change` is given the
   * value, undefined if there is none; it is called again if another thread has changed
   * it meanwhile, so it should have no effects. It may use the map. Throws like `set`.
   */
  update(key: string, change: (value: V | undefined) => V): V {
    const action = "update SharedMap";
    callable(action, "change", change);
    return withPacket((before) =>
      withPacket((after) => {
        for (;;) {
          const there = this.#read(action, key, before);
          const value = there ? this.#codec.decode(before) : undefined;
          this.#codec.encode(change(value), after);
          const isSame = (item: number) =>
            there ? this.#state.holds(item, before) : item === 0;
          if (this.#write(action, key, after, isSame)) {
            return this.#codec.decode(after);
          }
        }
      })
    );
  }

  /** Makes `value` the value of a key whose value is `expected`; false, and nothing done, if it is another one or there is none. Throws like `set`. */
  compareAndSet(key: string, expected: V, value: V): boolean {
    const action = "set SharedMap", state = this.#state;
    return withPacket((before) =>
      withPacket((after) => {
        this.#codec.encode(expected, before);
        this.#codec.encode(value, after);
        const isSame = (item: number) => state.holds(item, before);
        return this.#write(action, key, after, isSame);
      })
    );
  }

  /** Takes out a key whose value is `expected`; false, and nothing done, if it is another one or there is none. */
  compareAndDelete(key: string, expected: V): boolean {
    return withPacket((before) => {
      this.#codec.encode(expected, before);
      return this.#state.at("delete from SharedMap", key, (item) => {
        if (!this.#state.holds(item, before)) return false;
        this.#state.remove(item);
        return true;
      });
    });
  }

  /** Takes all entries out. */
  clear(): void {
    this.#state.within(() => this.#state.clear());
  }

  /** All entries of one moment, in order. */
  snapshot(): Map<string, V> {
    const entries = this.#state.within(() => this.#state.copy());
    const snapshot = new Map<string, V>();
    entries.forEach((key, value) => {
      snapshot.set(key, this.#codec.decode(value));
    });
    return snapshot;
  }

  /** The keys of a snapshot. */
  keys(): MapIterator<string> {
    const entries = this.#state.within(() => this.#state.keys());
    const keys = new Map<string, undefined>();
    entries.forEach((key) => keys.set(key, undefined));
    return keys.keys();
  }

  /** The values of a snapshot. */
  values(): MapIterator<V> {
    return this.snapshot().values();
  }

  /** Keys with their values, of a snapshot. */
  entries(): MapIterator<[key: string, value: V]> {
    return this.snapshot().entries();
  }

  /** Keys with their values, of a snapshot. */
  [Symbol.iterator](): MapIterator<[key: string, value: V]> {
    return this.entries();
  }

  /** The size; a snapshot. */
  override toString(): string {
    return `SharedMap(size: ${this.size})`;
  }

  /** Copies the value of a key, and tells whether there is one. */
  #read(action: string, key: string, into: Packet): boolean {
    const state = this.#state;
    return state.at(action, key, (item) => {
      if (item !== 0) state.readValue(item, into);
      return item !== 0;
    });
  }

  /** Makes a value that of a key, if the item of the key, 0 if there is none, is as wanted. */
  #write(
    action: string,
    key: string,
    value: Packet,
    isWanted: (item: number) => boolean,
  ): boolean {
    const state = this.#state;
    return state.at(action, key, (item, entry) => {
      if (!isWanted(item)) return false;
      const written = state.write(action, entry);
      if (item === 0) state.insert([written]);
      else state.replace(item, written);
      return true;
    }, value);
  }
}

function bagOf<V>(options?: SharedMapOptions<V>): Partial<SharedMapOptions<V>> {
  return optionBag("create SharedMap", options);
}
