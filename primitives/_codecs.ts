/**
 * What the codecs of `codec.ts` do.
 *
 * @module
 */

import { decodeAny, encodeAny } from "./_bytes.ts";
import type { Packet } from "./_packet.ts";
import { brandOf } from "./_tags.ts";
import { integer, show } from "./_validate.ts";

/**
 * Turns items of one type into bytes, and back; see {@linkcode codecs}.
 *
 * The codecs of one name are the same, also those of different threads.
 */
export abstract class Codec<T> {
  /** What it is, in full: such as `"int32"` or `"struct{x:float64,on:bool}"`. */
  readonly name: string;
  /** The bytes that each item takes; undefined if that depends on the item. */
  readonly byteLength: number | undefined;

  /** For the codecs of this package. */
  constructor(name: string, byteLength?: number) {
    this.name = name;
    this.byteLength = byteLength;
  }

  /** Writes an item; for the structures of this package. */
  abstract encode(item: T, into: Packet): void;

  /** The item that {@linkcode encode} wrote; for the structures of this package. */
  abstract decode(from: Packet): T;
}

const ACTION = "encode item";
/** A key that stands in a name without quotes. */
export const BARE = /^[A-Za-z_$][\w$]*$/;

/** A codec of one number or boolean, which can stand anywhere in a packet that has room. */
abstract class Scalar<T> extends Codec<T> {
  declare readonly byteLength: number;
  readonly alignment: number;
  readonly depth = 0;

  constructor(name: string, byteLength: number) {
    super(name, byteLength);
    this.alignment = byteLength;
  }

  encode(item: T, into: Packet): void {
    this.put(item, into, 0, "item");
    into.length = this.byteLength;
  }

  decode(from: Packet): T {
    if (from.length !== this.byteLength) throw damaged();
    return this.take(from, 0);
  }

  /** Writes a value, which messages call `name`. */
  abstract put(value: T, into: Packet, at: number, name: string): void;
  abstract take(from: Packet, at: number): T;
}

export class Int32Codec extends Scalar<number> {
  put(value: number, into: Packet, at: number, name: string): void {
    if ((value | 0) !== value) integer(ACTION, name, value, -0x80000000);
    into.words[at >> 2] = value;
  }

  take(from: Packet, at: number): number {
    return from.words[at >> 2]!;
  }
}

export class Float64Codec extends Scalar<number> {
  put(value: number, into: Packet, at: number, name: string): void {
    if (typeof value !== "number") throw wrong(name, "a number", value);
    into.view.setFloat64(at, value === value ? value : NaN, true);
  }

  take(from: Packet, at: number): number {
    return from.view.getFloat64(at, true);
  }
}

export class BoolCodec extends Scalar<boolean> {
  put(value: boolean, into: Packet, at: number, name: string): void {
    if (typeof value !== "boolean") throw wrong(name, "a boolean", value);
    into.bytes[at] = value ? 1 : 0;
  }

  take(from: Packet, at: number): boolean {
    return from.bytes[at] !== 0;
  }
}

export type Fields = readonly (readonly [key: string, codec: Fixed])[];
export type Fixed = Scalar<unknown> | StructCodec;
type Item = Record<string, unknown>;

/** A field where it stands: its place, and what messages call it. */
interface Placed {
  readonly key: string;
  readonly path: string;
  readonly at: number;
  readonly codec: Fixed;
  /** The fields of a struct. */
  readonly parts: readonly Placed[] | undefined;
}

export class StructCodec extends Codec<Item> {
  declare readonly byteLength: number;
  /** What its places must be a multiple of. */
  readonly alignment: number;
  /** How deep structs are nested in it. */
  readonly depth: number;
  readonly #fields: Fields;
  readonly #parts: readonly Placed[];
  /** Whether there are bytes that no field writes. */
  readonly #hasGaps: boolean;

  constructor(fields: Fields) {
    let end = 0, used = 0, alignment = 1, depth = 0;
    const names: string[] = [];
    for (const [key, codec] of fields) {
      names.push(`${BARE.test(key) ? key : JSON.stringify(key)}:${codec.name}`);
      end = roundUp(end, codec.alignment) + codec.byteLength;
      used += codec.byteLength;
      alignment = Math.max(alignment, codec.alignment);
      depth = Math.max(depth, codec.depth);
    }
    super(`struct{${names}}`, roundUp(end, alignment));
    this.alignment = alignment;
    this.depth = depth + 1;
    this.#fields = fields;
    this.#parts = this.#place(0, "item");
    this.#hasGaps = used < this.byteLength;
  }

  encode(item: Item, into: Packet): void {
    into.ensure(this.byteLength);
    // So that equal items are equal bytes.
    if (this.#hasGaps) into.bytes.fill(0, 0, this.byteLength);
    putParts(item, into, "item", this.#parts);
    into.length = this.byteLength;
  }

  decode(from: Packet): Item {
    if (from.length !== this.byteLength) throw damaged();
    return takeParts(from, this.#parts);
  }

  #place(start: number, path: string): Placed[] {
    let end = start;
    return this.#fields.map(([key, codec]) => {
      const at = roundUp(end, codec.alignment), own = `${path}.${key}`;
      end = at + codec.byteLength;
      const parts = "put" in codec ? undefined : codec.#place(at, own);
      return { key, path: own, at, codec, parts };
    });
  }
}

function putParts(
  value: unknown,
  into: Packet,
  path: string,
  parts: readonly Placed[],
): void {
  if (typeof value !== "object" || value === null) {
    throw wrong(path, "an object", value);
  }
  for (const { key, path, at, codec, parts: inner } of parts) {
    const field = (value as Item)[key];
    if (inner !== undefined) putParts(field, into, path, inner);
    else (codec as Scalar<unknown>).put(field, into, at, path);
  }
}

function takeParts(from: Packet, parts: readonly Placed[]): Item {
  const value: Item = {};
  for (const { key, at, codec, parts: inner } of parts) {
    value[key] = inner !== undefined
      ? takeParts(from, inner)
      : (codec as Scalar<unknown>).take(from, at);
  }
  return value;
}

export class AnyCodec extends Codec<unknown> {
  encode(item: unknown, into: Packet): void {
    encodeAny(item, into);
  }

  decode(from: Packet): unknown {
    return decodeAny(from);
  }
}

/** A codec of one type of those values that {@linkcode AnyCodec} carries. */
export class TypedCodec<T> extends Codec<T> {
  readonly #is: (item: unknown) => boolean;

  constructor(name: string, is: (item: unknown) => boolean) {
    super(name);
    this.#is = is;
  }

  encode(item: T, into: Packet): void {
    if (!this.#is(item)) throw wrong("item", `a ${this.name}`, item);
    encodeAny(item, into);
  }

  decode(from: Packet): T {
    const item = decodeAny(from);
    if (!this.#is(item)) throw damaged();
    return item as T;
  }
}

export class BytesCodec extends Codec<Uint8Array> {
  encode(item: Uint8Array, into: Packet): void {
    if (brandOf(item) !== "Uint8Array" || !ArrayBuffer.isView(item)) {
      throw wrong("item", "a Uint8Array", item);
    }
    const { length } = item;
    into.ensure(length);
    into.bytes.set(item);
    into.length = length;
  }

  decode(from: Packet): Uint8Array<ArrayBuffer> {
    return from.bytes.slice(0, from.length);
  }
}

function roundUp(n: number, multiple: number): number {
  return Math.ceil(n / multiple) * multiple;
}

function wrong(name: string, wanted: string, value: unknown): TypeError {
  return new TypeError(
    `Cannot ${ACTION}: '${name}' must be ${wanted}, received ${show(value)}`,
  );
}

function damaged(): TypeError {
  return new TypeError("Cannot decode: the bytes are damaged");
}
