/**
 * Reads values from bytes; what they look like stands in `_bytes.ts`.
 *
 * @module
 */

import { keyAt, MissingError, openShared, openTask } from "./_handles.ts";
import type { Packet } from "./_packet.ts";
import { define, rebuildError } from "./_rebuild.ts";
import { type Handle, metBuffer } from "./_record.ts";
import * as tags from "./_tags.ts";
import { brandOf, DEEPEST, SHORT } from "./_tags.ts";
import { show } from "./_validate.ts";
import { viewClass, VIEWS } from "./_views.ts";

/** More objects than these take their list with them when they are forgotten. */
const FEW = 16;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A longer array grows while it is read. */
const AT_ONCE = 1024;

/** The units of a short text, by its length. */
const units: number[][] = Array.from(
  { length: SHORT + 1 },
  (_, n) => Array(n).fill(0),
);

/** Keys of objects that were read, by a hash: they come again and again. */
const keys: string[] = Array(512).fill("");

/** Finds memory that was not met, by its key. */
export type MissingFinder = (key: number) => SharedArrayBuffer | undefined;

/** Reads one value at a time. */
export class Reader {
  #packet!: Packet;
  #bytes!: Uint8Array<ArrayBuffer>;
  #at = 0;
  #end = 0;
  #depth = 0;
  /** The objects that were read; the number of one is its place. */
  readonly #met: unknown[] = [];
  #count = 0;
  #onMissing: MissingFinder | undefined;

  /** The value in a packet, if there is nothing after it. */
  read(from: Packet, onMissing?: MissingFinder): unknown {
    this.#onMissing = onMissing;
    this.#packet = from;
    this.#bytes = from.bytes;
    this.#at = 0;
    this.#end = from.length;
    try {
      const value = this.#value();
      if (this.#at < this.#end) throw new RangeError("too long");
      return value;
    } catch (cause) {
      if (cause instanceof MissingError) throw cause;
      throw new TypeError("Cannot decode: the bytes are damaged", { cause });
    }
  }

  /** Forgets the value, so that it can be used again, also after an error. */
  clear(): void {
    if (this.#count > FEW) this.#met.length = 0;
    else for (let i = 0; i < this.#count; i++) this.#met[i] = undefined;
    this.#count = this.#depth = 0;
    this.#onMissing = undefined;
  }

  #value(): unknown {
    switch (this.#byte()) {
      case tags.UNDEFINED:
        return undefined;
      case tags.NULL:
        return null;
      case tags.FALSE:
        return false;
      case tags.TRUE:
        return true;
      case tags.INTEGER: {
        const n = this.#size();
        return n >>> 1 ^ -(n & 1);
      }
      case tags.NUMBER:
        return this.#float();
      case tags.STRING:
        return this.#text();
      case tags.ARRAY:
        return this.#array();
      case tags.OBJECT:
        return this.#object();
      default:
        this.#at--;
        return this.#other();
    }
  }

  #other(): unknown {
    switch (this.#byte()) {
      case tags.AGAIN: {
        const number = this.#size();
        if (number < this.#count) return this.#met[number];
        throw new RangeError("no such object");
      }
      case tags.SMALL_BIGINT: {
        const at = this.#take(8);
        return this.#packet.view.getBigInt64(at, true);
      }
      case tags.BIGINT: {
        const negative = this.#byte() === 1;
        const n = BigInt(`0x${this.#text()}`);
        return negative ? -n : n;
      }
      case tags.DATE:
        return this.#meet(new Date(this.#float()));
      case tags.REGEXP: {
        const source = this.#text();
        return this.#meet(new RegExp(source, this.#text()));
      }
      case tags.MAP: {
        const map = this.#meet(new Map());
        const items = this.#fill([], this.#enter());
        for (let i = 0; i < items.length; i += 2) {
          map.set(items[i], items[i + 1]);
        }
        return map;
      }
      case tags.SET: {
        const set = this.#meet(new Set());
        for (const item of this.#fill([], this.#enter())) set.add(item);
        return set;
      }
      case tags.BUFFER:
        return this.#meet(this.#copy().buffer);
      case tags.VIEW: {
        const name = VIEWS[this.#byte()]!, bytes = this.#copy();
        if (name === "Uint8Array") return this.#meet(bytes);
        return this.#meet(new (viewClass(name))(bytes.buffer));
      }
      case tags.ERROR:
        return this.#error();
      case tags.HANDLE:
        return this.#handle();
      case tags.SHARED_BUFFER:
        return this.#meet(this.#memory(this.#float(), "SharedArrayBuffer"));
      case tags.SHARED_VIEW:
        return this.#sharedView();
      case tags.TASK:
        return this.#meet(this.#task());
      default:
        throw new RangeError("no such tag");
    }
  }

  /** Gives an object its number, before what it holds is read. */
  #meet<T>(object: T): T {
    this.#met[this.#count++] = object;
    return object;
  }

  #array(): unknown[] {
    const n = this.#enter();
    return this.#fill(this.#meet(n > AT_ONCE ? [] : Array(n)), n);
  }

  /** Reads so many items, and leaves what they are in. */
  #fill(items: unknown[], n: number): unknown[] {
    for (let i = 0; i < n; i++) items[i] = this.#value();
    this.#depth--;
    return items;
  }

  #object(): unknown {
    const object: Record<string, unknown> = this.#meet({}), n = this.#enter();
    for (let i = 0; i < n; i++) {
      const key = this.#key(), value = this.#value();
      if (key === "__proto__") {
        Object.defineProperty(object, key, {
          value,
          writable: true,
          enumerable: true,
          configurable: true,
        });
      } else object[key] = value;
    }
    this.#depth--;
    return object;
  }

  #error(): Error {
    const parts = this.#byte(), name = this.#text(), message = this.#text();
    const error = this.#meet(
      rebuildError(name, message, (parts & tags.DOM) !== 0),
    );
    if (++this.#depth > DEEPEST) throw new RangeError("too deep");
    if (parts & tags.CODE) define(error, "code", this.#value());
    if (parts & tags.STACK) define(error, "stack", this.#text());
    if (parts & tags.CAUSE) define(error, "cause", this.#value());
    if (parts & tags.ERRORS) define(error, "errors", this.#value());
    this.#depth--;
    return error;
  }

  #handle(): Handle {
    const number = this.#count;
    this.#meet(undefined);
    const kind = this.#text(), key = this.#float(), byteOffset = this.#float();
    const lock = this.#value();
    const buffer = this.#memory(key, `shared ${kind.slice(0, 40)}`);
    const handle = { kind, buffer, byteOffset, lock };
    const object = openShared(handle);
    if (keyAt(object) !== key) throw new RangeError("another record");
    this.#met[number] = object;
    return object;
  }

  /** The memory of a key, which is that of what a message calls so. */
  #memory(key: number, what: string): SharedArrayBuffer {
    const buffer = metBuffer(key) ?? this.#onMissing?.(key);
    if (buffer !== undefined) return buffer;
    throw new MissingError(
      `it holds a ${what}, and this thread has not met it, or nothing uses it any more: pass it to the thread as an argument, and keep it`,
      { key },
    );
  }

  #sharedView(): unknown {
    const number = this.#count;
    this.#meet(undefined);
    const name = VIEWS[this.#byte()]!, buffer = this.#value();
    if (brandOf(buffer) !== "SharedArrayBuffer") {
      throw new RangeError("no shared memory");
    }
    const byteOffset = this.#float(), length = this.#float();
    return this.#met[number] = new (viewClass(name))(
      buffer as SharedArrayBuffer,
      byteOffset,
      length === tags.TRACKS ? undefined : length,
    );
  }

  #task(): unknown {
    const url = this.#text(), name = this.#text(), hash = this.#text();
    const found = openTask({ url, name, hash });
    if (found !== undefined) return found;
    throw new MissingError(
      `it holds the task ${
        show(name)
      }, and this thread has not loaded its module as it is there: ${url}`,
      { url },
    );
  }

  /** How many items the next size says: each takes a byte at least. */
  #enter(): number {
    const n = this.#size();
    if (n > this.#end - this.#at) throw new RangeError("too short");
    if (++this.#depth > DEEPEST) throw new RangeError("too deep");
    return n;
  }

  /** The place of the next so many bytes. */
  #take(n: number): number {
    const at = this.#at, end = at + n;
    if (end > this.#end) throw new RangeError("too short");
    this.#at = end;
    return at;
  }

  #byte(): number {
    if (this.#at >= this.#end) throw new RangeError("too short");
    return this.#bytes[this.#at++]!;
  }

  #size(): number {
    const first = this.#byte();
    if (first <= 0x7f) return first;
    let n = first & 0x7f;
    for (let shift = 7; shift < 35; shift += 7) {
      const byte = this.#byte();
      n |= (byte & 0x7f) << shift;
      if (byte <= 0x7f) return n >>> 0;
    }
    throw new RangeError("too large");
  }

  #float(): number {
    const at = this.#take(8);
    return this.#packet.view.getFloat64(at, true);
  }

  /** A copy of as many bytes as the next size says. */
  #copy(): Uint8Array<ArrayBuffer> {
    const at = this.#take(this.#size());
    return this.#bytes.slice(at, this.#at);
  }

  #text(): string {
    const size = this.#size(), at = this.#take(size >>> 2);
    return this.#textAt(at, size & 3);
  }

  /** The text from a place to here. */
  #textAt(at: number, form: number): string {
    switch (form) {
      case tags.LATIN1:
        return latin1(this.#bytes, at, this.#at);
      case tags.UTF16:
        return utf16(this.#bytes, at, this.#at);
      case tags.UTF8:
        return decoder.decode(this.#bytes.subarray(at, this.#at));
      default:
        throw new RangeError("no such form");
    }
  }

  /** A text that is the key of an object. */
  #key(): string {
    const size = this.#size(), n = size >>> 2, at = this.#take(n);
    if ((size & 3) !== tags.LATIN1 || n > SHORT) {
      return this.#textAt(at, size & 3);
    }
    const bytes = this.#bytes, end = this.#at;
    let hash = n;
    for (let i = at; i < end; i++) hash = Math.imul(hash, 31) + bytes[i]! | 0;
    const known = keys[hash & keys.length - 1]!;
    if (known.length === n) {
      let i = 0;
      while (i < n && known.charCodeAt(i) === bytes[at + i]) i++;
      if (i === n) return known;
    }
    // The engine's own copy of the key, which is compared at once.
    const [key] = Object.keys({ [latin1(this.#bytes, at, this.#at)]: 0 });
    return keys[hash & keys.length - 1] = key!;
  }
}

/** The text of a byte a unit, which is a short one. */
function latin1(
  bytes: Uint8Array<ArrayBuffer>,
  at: number,
  end: number,
): string {
  const n = end - at, list = units[n]!;
  for (let i = 0; i < n; i++) list[i] = bytes[at + i]!;
  return String.fromCharCode(...list);
}

/** The text of two bytes a unit. */
function utf16(
  bytes: Uint8Array<ArrayBuffer>,
  at: number,
  end: number,
): string {
  const n = end - at >> 1;
  let text = "";
  for (let from = 0; from < n; from += SHORT) {
    const list = units[Math.min(SHORT, n - from)]!;
    for (let i = 0; i < list.length; i++, at += 2) {
      list[i] = bytes[at]! | bytes[at + 1]! << 8;
    }
    text += String.fromCharCode(...list);
  }
  return text;
}
