/**
 * The items of an SpscQueue: numbers, each of which is a unit of the ring, and records.
 *
 * @module
 */

import { OWN_FLAG, recordFlags, type Words } from "./_record.ts";
import { damaged, DATA, GET, PUT, RingState, unitsOf } from "./_ring_state.ts";
import { integer, show } from "./_validate.ts";
import { QueueFullError } from "./errors.ts";

/** What an `SpscQueue` can carry: int32 numbers, numbers, or records of bytes. */
export type SpscType = "int32" | "float64" | "bytes";

/** What is put into an `SpscQueue`. */
export type SpscItem<T extends SpscType> = T extends "bytes" ? Uint8Array
  : number;

/** What is got from an `SpscQueue`. */
export type SpscValue<T extends SpscType> = T extends "bytes"
  ? Uint8Array<ArrayBuffer>
  : number;

/** An array of the numbers of an `SpscQueue`; records are put one by one. */
export type SpscNumbers<T extends SpscType> = T extends "int32" ? Int32Array
  : T extends "float64" ? Float64Array
  : never;

/** An array that an `SpscQueue` copies into: numbers, or the bytes of a record. */
export type SpscArray<T extends SpscType> = T extends "bytes" ? Uint8Array
  : SpscNumbers<T>;

/** By type: the bytes of a unit, those of what `capacity` counts, and its bounds. */
const SHAPES = {
  int32: { unit: 4, counted: 4, min: 1, max: 2 ** 27 },
  float64: { unit: 8, counted: 8, min: 1, max: 2 ** 27 },
  bytes: { unit: 4, counted: 1, min: 8, max: 2 ** 30 },
} as const;

const TYPES = Object.keys(SHAPES) as readonly SpscType[];

/** A ring as it is asked for, checked. */
export function ringShape(
  action: string,
  type: SpscType | undefined,
  capacity: number | undefined,
): { flags: number; units: number; byteLength: number } {
  if (!TYPES.includes(type!)) {
    throw new TypeError(
      `Cannot ${action}: 'type' must be ${
        TYPES.map(show).join(" or ")
      }, received ${show(type)}`,
    );
  }
  const { unit, counted, min, max } = SHAPES[type!];
  const least = integer(action, "capacity", capacity, min, max);
  const units = 2 ** Math.ceil(Math.log2(least)) * counted / unit;
  const flags = OWN_FLAG * TYPES.indexOf(type!);
  return { flags, units, byteLength: bytesFor(units, unit) };
}

/** What the items of a ring are. */
export function itemType(words: Words): SpscType {
  const type = TYPES[Math.floor(recordFlags(words) / OWN_FLAG)];
  if (type === undefined) throw damaged();
  return type;
}

/** The ring that stands in a record. */
export function openRing(words: Words): NumberRing | RecordRing {
  const type = itemType(words);
  return type === "bytes"
    ? new RecordRing(words)
    : new NumberRing(words, type === "int32");
}

/** The bytes of a ring. */
export function ringBytes(words: Words): number {
  return bytesFor(unitsOf(words), SHAPES[itemType(words)].unit);
}

/** Of what `capacity` counts, how many are in a unit. */
export function countedPerUnit(type: SpscType): number {
  return SHAPES[type].unit / SHAPES[type].counted;
}

function bytesFor(units: number, unit: number): number {
  return DATA * 4 + units * unit + 63 & ~63;
}

type Numbers = Int32Array | Float64Array;

/** A ring of numbers, each of which is a unit. */
export class NumberRing extends RingState<number, Numbers, number> {
  readonly #data: Int32Array | Float64Array;
  readonly #whole: boolean;
  readonly #tag: string;

  constructor(words: Words, whole: boolean) {
    super(words);
    const { buffer, byteOffset } = words, at = byteOffset + DATA * 4;
    this.#whole = whole;
    this.#tag = whole ? "Int32Array" : "Float64Array";
    this.#data = whole
      ? new Int32Array(buffer, at, this.capacity)
      : new Float64Array(buffer, at, this.capacity);
  }

  override tryPut(item: number): boolean {
    if (this.#whole) {
      // A bigint or a symbol has no bits to compare.
      if (typeof item !== "number" || (item | 0) !== item) {
        integer(PUT, "item", item, -0x80000000);
      }
    } else if (typeof item !== "number") {
      throw new TypeError(
        `Cannot ${PUT}: 'item' must be a number, received ${show(item)}`,
      );
    }
    if (this.room(1) < 1) return false;
    const { tail } = this;
    this.#data[tail & this.mask] = item;
    this.publish(1);
    return true;
  }

  override tryPutMany(items: Numbers, from: number, whole: boolean): number {
    this.#check(PUT, "items", items);
    const wanted = items.length - from;
    const count = wanted === 0 ? 0 : Math.min(wanted, this.room(wanted));
    if (count < 1 || whole && count < wanted) return 0;
    const { tail, mask } = this, data = this.#data;
    for (let i = 0; i < count; i++) data[tail + i & mask] = items[from + i]!;
    this.publish(count);
    return count;
  }

  override tryGet(): number | undefined {
    if (this.filled(1) < 1) return undefined;
    const { head } = this, item = this.#data[head & this.mask]!;
    this.release(1);
    return item;
  }

  /** Gets as many as there are and fit; how many. */
  override tryGetInto(into: Numbers): number | undefined {
    this.#check(GET, "into", into);
    if (into.length === 0) {
      throw new RangeError(
        `Cannot ${GET}: 'into' must have room, received an empty ${this.#tag}`,
      );
    }
    const count = Math.min(into.length, this.filled(into.length));
    if (count < 1) return undefined;
    const { head, mask } = this, data = this.#data;
    for (let i = 0; i < count; i++) into[i] = data[head + i & mask]!;
    this.release(count);
    return count;
  }

  #check(action: string, name: string, array: unknown): void {
    checkArray(action, name, array, this.#tag);
  }
}

/** A ring of records: bytes behind their length. */
export class RecordRing
  extends RingState<Uint8Array, Uint8Array, Uint8Array<ArrayBuffer>> {
  readonly #lengths: Words;
  readonly #bytes: Uint8Array<SharedArrayBuffer>;

  constructor(words: Words) {
    super(words);
    const { buffer, byteOffset } = words, at = byteOffset + DATA * 4;
    this.#lengths = new Int32Array(buffer, at, this.capacity);
    this.#bytes = new Uint8Array(buffer, at, this.capacity * 4);
  }

  override tryPut(item: Uint8Array): boolean {
    checkArray(PUT, "item", item, "Uint8Array");
    const { length } = item, units = unitsFor(length);
    if (units > this.capacity) {
      throw new QueueFullError(
        `Cannot ${PUT}: 'item' must have at most ${
          (this.capacity - 1) * 4
        } bytes to fit ever, received ${length}`,
      );
    }
    if (this.room(units) < units) return false;
    const { tail } = this, bytes = this.#bytes;
    this.#lengths[tail & this.mask] = length;
    const at = this.#firstByte(tail), left = bytes.length - at;
    if (length <= left) {
      bytes.set(item, at);
    } else {
      bytes.set(item.subarray(0, left), at);
      bytes.set(item.subarray(left));
    }
    this.publish(units);
    return true;
  }

  override tryPutMany(): never {
    throw new TypeError(
      `Cannot ${PUT}: 'items' must be numbers, received records, which are put one by one`,
    );
  }

  override tryGet(): Uint8Array<ArrayBuffer> | undefined {
    const length = this.#nextLength();
    if (length === undefined) return undefined;
    const item = new Uint8Array(length);
    this.#move(length, item);
    return item;
  }

  /** Gets one record; how long it is. */
  override tryGetInto(into: Uint8Array): number | undefined {
    checkArray(GET, "into", into, "Uint8Array");
    const length = this.#nextLength();
    if (length === undefined) return undefined;
    if (length > into.length) {
      throw new RangeError(
        `Cannot ${GET}: 'into' must have room for ${length} bytes, received ${into.length}`,
      );
    }
    this.#move(length, into);
    return length;
  }

  #nextLength(): number | undefined {
    const filled = this.filled(1);
    if (filled < 1) return undefined;
    const length = this.#lengths[this.head & this.mask]!;
    if (length < 0 || unitsFor(length) > filled) throw damaged();
    return length;
  }

  #move(length: number, into: Uint8Array): void {
    const { head } = this, bytes = this.#bytes;
    const at = this.#firstByte(head), left = bytes.length - at;
    if (length <= left) {
      into.set(bytes.subarray(at, at + length));
    } else {
      into.set(bytes.subarray(at));
      into.set(bytes.subarray(0, length - left), left);
    }
    this.release(unitsFor(length));
  }

  /** Where the bytes behind a length begin. */
  #firstByte(index: number): number {
    return (index + 1 & this.mask) * 4;
  }
}

/** The units of a record. */
function unitsFor(length: number): number {
  return 1 + Math.ceil(length / 4);
}

function checkArray(
  action: string,
  name: string,
  array: unknown,
  tag: string,
): void {
  if ((array as Uint8Array | null)?.[Symbol.toStringTag] === tag) return;
  throw new TypeError(
    `Cannot ${action}: '${name}' must be ${
      tag === "Int32Array" ? "an" : "a"
    } ${tag}, received ${show(array)}`,
  );
}
