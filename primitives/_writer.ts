/**
 * Writes values as bytes; what they look like stands in `_bytes.ts`.
 *
 * @module
 */

import { isShared, keyAt, openShared } from "./_handles.ts";
import type { Packet } from "./_packet.ts";
import { isDOMException, isError } from "./_rebuild.ts";
import type { Handle } from "./_record.ts";
import * as tags from "./_tags.ts";
import { brandOf, DEEPEST, SHORT, VIEWS } from "./_tags.ts";
import { show } from "./_validate.ts";

/** More objects than these are found by a Map. */
const FEW = 16;
/** The bytes of the largest size. */
const SIZE = 5;

const encoder = new TextEncoder();

/** Writes one value at a time. */
export class Writer {
  #packet!: Packet;
  #bytes!: Uint8Array<ArrayBuffer>;
  #at = 0;
  /** What is being written, from the outside in, and the place in each; for messages. */
  readonly #around: (object | undefined)[] = [];
  readonly #places: (string | number)[] = [];
  #depth = 0;
  /** The objects that were met; the number of one is its place. */
  readonly #met: (object | undefined)[] = [];
  #count = 0;
  #numbers: Map<object, number> | undefined;

  /** Writes a value into a packet. */
  write(value: unknown, into: Packet): void {
    this.#packet = into;
    this.#bytes = into.bytes;
    this.#at = 0;
    this.#value(value);
    into.length = this.#at;
  }

  /** Forgets the value, so that it can be used again, also after an error. */
  clear(): void {
    for (let i = 0; i < this.#count && i <= FEW; i++) this.#met[i] = undefined;
    for (; this.#depth > 0; this.#depth--) {
      this.#around[this.#depth] = undefined;
    }
    this.#numbers = undefined;
    this.#count = 0;
  }

  #value(value: unknown): void {
    switch (typeof value) {
      case "number":
        return this.#number(value);
      case "string":
        this.#byte(tags.STRING);
        return this.#text(value);
      case "boolean":
        return this.#byte(value ? tags.TRUE : tags.FALSE);
      case "undefined":
        return this.#byte(tags.UNDEFINED);
      case "bigint":
        return this.#bigint(value);
      case "object":
        if (value === null) return this.#byte(tags.NULL);
        if (!this.#again(value)) this.#object(value);
        return;
      default:
        this.#refuse(`${show(value)} cannot be copied`);
    }
  }

  #number(value: number): void {
    if ((value | 0) === value && (value !== 0 || 1 / value > 0)) {
      this.#room(1 + SIZE);
      this.#bytes[this.#at] = tags.INTEGER;
      const size = (value << 1 ^ value >> 31) >>> 0;
      this.#at = putSize(this.#bytes, this.#at + 1, size);
    } else {
      this.#byte(tags.NUMBER);
      this.#float(value);
    }
  }

  #bigint(value: bigint): void {
    if (BigInt.asIntN(64, value) === value) {
      this.#byte(tags.SMALL_BIGINT);
      const at = this.#take(8);
      this.#packet.view.setBigInt64(at, value, true);
    } else {
      this.#byte(tags.BIGINT);
      this.#byte(value < 0n ? 1 : 0);
      this.#text((value < 0n ? -value : value).toString(16));
    }
  }

  /** Whether the object stands earlier in the value; if not, it has a number from now on. */
  #again(value: object): boolean {
    let number: number | undefined;
    if (this.#numbers !== undefined) {
      number = this.#numbers.get(value);
    } else {
      for (let i = 0; i < this.#count; i++) {
        if (this.#met[i] === value) number = i;
      }
    }
    if (number === undefined) {
      this.#meet(value);
      return false;
    }
    this.#byte(tags.AGAIN);
    this.#size(number);
    return true;
  }

  #meet(value: object): void {
    const number = this.#count++;
    if (number < FEW) {
      this.#met[number] = value;
      return;
    }
    this.#numbers ??= new Map(this.#met.map((met, i) => [met!, i]));
    this.#numbers.set(value, number);
  }

  #object(value: object): void {
    const prototype = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) {
      this.#plain(value as Record<string, unknown>);
    } else if (Array.isArray(value)) {
      this.#list(tags.ARRAY, value, value);
    } else {
      this.#other(value);
    }
  }

  #plain(value: Record<string, unknown>): void {
    const keys = Object.keys(value), n = keys.length;
    if (keys.includes("buffer") && isShared(value)) return this.#shared(value);
    this.#enter(tags.OBJECT, value);
    this.#size(n);
    for (let i = 0; i < n; i++) {
      const key = keys[i]!;
      this.#places[this.#depth] = key;
      this.#text(key);
      this.#value(value[key]);
    }
    this.#leave();
  }

  /** Writes the items, as many as there are now: a getter may add some. */
  #list(tag: number, value: object, items: readonly unknown[]): void {
    const n = items.length;
    this.#enter(tag, value);
    this.#size(n);
    // Each takes a byte at least, so what is too long is refused at once.
    this.#room(n);
    for (let i = 0; i < n; i++) {
      this.#places[this.#depth] = i;
      this.#value(items[i]);
    }
    this.#leave();
  }

  #other(value: object): void {
    const brand = brandOf(value);
    if (ArrayBuffer.isView(value)) return this.#view(value, brand);
    switch (brand) {
      case "Date":
        this.#byte(tags.DATE);
        return this.#float(Date.prototype.getTime.call(value));
      case "RegExp":
        this.#byte(tags.REGEXP);
        this.#text((value as RegExp).source);
        return this.#text((value as RegExp).flags);
      case "Map":
        return this.#list(
          tags.MAP,
          value,
          [...Map.prototype.entries.call(value)].flat(),
        );
      case "Set":
        return this.#list(
          tags.SET,
          value,
          [...Set.prototype.values.call(value)],
        );
      case "ArrayBuffer":
        this.#byte(tags.BUFFER);
        return this.#copy(new Uint8Array(value as ArrayBuffer));
    }
    if (isError(value)) this.#error(value);
    else if (isShared(value)) this.#shared(value);
    else this.#refuseObject(value);
  }

  #view(value: ArrayBufferView, brand: string): void {
    const { buffer, byteOffset, byteLength } = value,
      number = VIEWS.indexOf(brand);
    if (brandOf(buffer) !== "ArrayBuffer") {
      this.#refuse(`${show(value)} of shared memory cannot be copied`);
    }
    if (number < 0) this.#refuseObject(value);
    this.#byte(tags.VIEW);
    this.#byte(number);
    this.#copy(new Uint8Array(buffer, byteOffset, byteLength));
  }

  #error(value: Error): void {
    const { name, message, stack, cause } = value,
      { code, errors } = value as { code?: unknown; errors?: unknown },
      dom = isDOMException(value),
      hasCode = !dom && (typeof code === "string" || typeof code === "number"),
      hasStack = typeof stack === "string",
      hasErrors = Array.isArray(errors);
    this.#enter(tags.ERROR, value);
    this.#byte(
      (dom ? tags.DOM : 0) | (hasCode ? tags.CODE : 0) |
        (hasStack ? tags.STACK : 0) |
        (cause !== undefined ? tags.CAUSE : 0) | (hasErrors ? tags.ERRORS : 0),
    );
    this.#text(String(name));
    this.#text(String(message));
    if (hasCode) this.#value(code);
    if (hasStack) this.#text(stack);
    this.#places[this.#depth] = "cause";
    if (cause !== undefined) this.#value(cause);
    this.#places[this.#depth] = "errors";
    if (hasErrors) this.#value(errors);
    this.#leave();
  }

  #shared(value: Handle): void {
    let object: Handle & { readonly lock?: Handle };
    try {
      object = openShared(value);
    } catch (cause) {
      this.#refuse(
        `it looks like the handle of a shared ${value.kind}, but cannot be opened`,
        cause,
      );
    }
    this.#byte(tags.HANDLE);
    this.#text(object.kind);
    this.#float(keyAt(object));
    this.#float(object.byteOffset);
    // A Condition is opened together with its lock.
    this.#value(object.lock);
  }

  #refuseObject(value: object): never {
    const { notShareable: reason } = value as { notShareable?: unknown };
    this.#refuse(
      typeof reason === "symbol"
        ? `${reason.description} cannot be copied`
        : `${show(value)} cannot be copied`,
    );
  }

  #refuse(problem: string, cause?: unknown): never {
    let path = "value";
    for (let i = 1; i <= this.#depth; i++) {
      path += placeIn(this.#around[i]!, this.#places[i]!);
    }
    throw new TypeError(
      `Cannot encode ${path}: ${problem}`,
      cause === undefined ? undefined : { cause },
    );
  }

  #enter(tag: number, value: object): void {
    if (this.#depth >= DEEPEST) {
      this.#refuse(`it is nested more than ${DEEPEST} deep`);
    }
    this.#around[++this.#depth] = value;
    this.#byte(tag);
  }

  #leave(): void {
    this.#around[this.#depth--] = undefined;
  }

  /** Makes sure that there is room for so many bytes. */
  #room(n: number): void {
    if (this.#at + n > this.#bytes.length) {
      this.#packet.ensure(this.#at + n);
      this.#bytes = this.#packet.bytes;
    }
  }

  /** The place of the next so many bytes, which the caller writes. */
  #take(n: number): number {
    this.#room(n);
    const at = this.#at;
    this.#at += n;
    return at;
  }

  #byte(byte: number): void {
    if (this.#at === this.#bytes.length) this.#room(1);
    this.#bytes[this.#at++] = byte;
  }

  /** An integer from 0 to 2^32 - 1, of 7 bits a byte. */
  #size(n: number): void {
    this.#room(SIZE);
    this.#at = putSize(this.#bytes, this.#at, n);
  }

  #float(n: number): void {
    const at = this.#take(8);
    // There are many NaNs, and equal values are equal bytes.
    this.#packet.view.setFloat64(at, n === n ? n : NaN, true);
  }

  #copy(bytes: Uint8Array): void {
    this.#size(bytes.length);
    const at = this.#take(bytes.length);
    this.#bytes.set(bytes, at);
  }

  #text(text: string): void {
    const n = text.length;
    if (n > SHORT) return this.#longText(text);
    this.#room(SIZE + n);
    const bytes = this.#bytes, start = this.#at;
    let at = start;
    if (n < 0x20) bytes[at++] = n << 2 | tags.LATIN1;
    else at = putSize(bytes, at, n << 2 | tags.LATIN1);
    for (let i = 0; i < n; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0xff) return this.#units(text);
      bytes[at++] = unit;
    }
    this.#at = at;
  }

  #longText(text: string): void {
    if (!text.isWellFormed()) return this.#units(text);
    // The size is not known before. It is as large as that of one byte a unit, or moves.
    const start = this.#at + sizeOf(text.length * 4);
    this.#at = start;
    for (let rest = text, room = text.length;; room = rest.length * 3) {
      this.#room(room);
      const free = this.#bytes.subarray(this.#at);
      const { read, written } = encoder.encodeInto(rest, free);
      this.#at += written;
      if (read === rest.length) break;
      rest = rest.slice(read);
    }
    const length = this.#at - start, size = length * 4 + tags.UTF8;
    const moved = this.#at - length - sizeOf(text.length * 4) + sizeOf(size);
    if (moved > start) {
      this.#room(moved - start);
      this.#bytes.copyWithin(moved, start, this.#at);
      this.#at += moved - start;
    }
    putSize(this.#bytes, moved - sizeOf(size), size);
  }

  /** A text as it is, also with halves of characters. */
  #units(text: string): void {
    this.#size(text.length * 8 + tags.UTF16);
    let at = this.#take(text.length * 2);
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      this.#bytes[at++] = unit;
      this.#bytes[at++] = unit >> 8;
    }
  }
}

/** Writes a size, and tells the place after it. */
function putSize(
  bytes: Uint8Array<ArrayBuffer>,
  at: number,
  size: number,
): number {
  for (; size > 0x7f; size >>>= 7) bytes[at++] = size & 0x7f | 0x80;
  bytes[at++] = size;
  return at;
}

/** The bytes that a size takes. */
function sizeOf(size: number): number {
  let n = 1;
  while ((size >>>= 7) > 0) n++;
  return n;
}

/** A place in what holds it, as a message shows it. */
function placeIn(holder: object, place: string | number): string {
  if (typeof place === "string") return `.${place}`;
  switch (brandOf(holder)) {
    case "Map":
      return `.${place % 2 === 0 ? "keys" : "values"}()[${place >> 1}]`;
    case "Set":
      return `.values()[${place}]`;
    default:
      return `[${place}]`;
  }
}
