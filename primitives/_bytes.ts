/**
 * Values as bytes, for what lives in a record: a tag, then what the tag says.
 *
 * A tag is a place in {@linkcode CODECS} and never changes. Every value takes a byte
 * at least, so reading damaged bytes ends where they end, whatever lengths they say.
 *
 * @module
 */

import { show } from "./_validate.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** How one kind of value is told from those below it, written and read. */
interface Codec {
  readonly is: (value: unknown) => boolean;
  readonly write: (out: Writer, value: never) => void;
  readonly read: (from: Reader) => unknown;
}

const DEEPEST = 200, LARGEST = 2 ** 30;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** The names of views of buffers; the number of one is its place here. */
const VIEWS =
  "Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array Float32Array Float64Array BigInt64Array BigUint64Array DataView Float16Array"
    .split(" ");

const CODECS: readonly Codec[] = [
  ...[undefined, null, false, true].map((constant): Codec => ({
    is: (value) => value === constant,
    write: () => {},
    read: () => constant,
  })),
  {
    is: (value) => typeof value === "number" && Object.is(value, value | 0),
    write: (out, value: number) => out.size((value << 1 ^ value >> 31) >>> 0),
    read: (from) => zigzag(from.size()),
  },
  {
    is: (value) => typeof value === "number",
    write: (out, value: number) => out.number(value),
    read: (from) => from.number(),
  },
  {
    is: (value) => typeof value === "bigint",
    write: (out, value: bigint) => out.text(String(value)),
    read: (from) => BigInt(from.text()),
  },
  {
    is: (value) => typeof value === "string" && !LONE_SURROGATE.test(value),
    write: (out, value: string) => out.text(value),
    read: (from) => from.text(),
  },
  {
    is: (value) => typeof value === "string",
    write: (out, value: string) => {
      out.size(value.length);
      for (let i = 0; i < value.length; i++) out.size(value.charCodeAt(i));
    },
    read: (from) => from.list(() => String.fromCharCode(from.size())).join(""),
  },
  list(
    Array.isArray,
    (value: unknown[]) => Array.from(value),
    (items) => items,
    (i) => `[${i}]`,
  ),
  list(
    isPlain,
    (value: object) => Object.entries(value).flat(),
    (items) => Object.fromEntries(pairs(items)),
    (i, items) => i % 2 === 0 ? "" : `.${items[i - 1]}`,
  ),
  list(
    tagged("Map"),
    (value: Map<unknown, unknown>) => [...value].flat(),
    (items) => new Map(pairs(items)),
    (i) => `.${i % 2 === 0 ? "keys" : "values"}()[${i >> 1}]`,
  ),
  list(
    tagged("Set"),
    (value: Set<unknown>) => [...value],
    (items) => new Set(items),
    (i) => `.values()[${i}]`,
  ),
  {
    is: tagged("Date"),
    write: (out, value: Date) => out.number(value.getTime()),
    read: (from) => new Date(from.number()),
  },
  {
    is: tagged("ArrayBuffer"),
    write: (out, value: ArrayBuffer) => out.bytes(new Uint8Array(value)),
    read: (from) => from.bytes().buffer,
  },
  {
    is: (value) =>
      VIEWS.includes(tagOf(value)) &&
      tagOf((value as DataView).buffer) === "ArrayBuffer",
    write: (out, value: DataView<ArrayBuffer>) => {
      const { buffer, byteOffset, byteLength } = value;
      out.size(VIEWS.indexOf(tagOf(value)));
      out.bytes(new Uint8Array(buffer, byteOffset, byteLength));
    },
    read: (from) => {
      const name = VIEWS[from.size()]!, { buffer } = from.bytes();
      return new (globalThis as unknown as Record<string, typeof DataView>)[
        name
      ]!(buffer);
    },
  },
];

/** The bytes of a value; throws a TypeError that says where something cannot be copied. */
export function encode(value: unknown): Bytes {
  const out = new Writer();
  out.value(value, "value");
  return out.taken;
}

/** The value of what {@linkcode encode} made; throws a TypeError if the bytes are others. */
export function decode(bytes: Bytes): unknown {
  try {
    return new Reader(bytes).whole();
  } catch (cause) {
    throw new TypeError("Cannot decode: the bytes are damaged", { cause });
  }
}

class Writer {
  #bytes = new Uint8Array(64);
  #length = 0;
  readonly #path: string[] = [];
  readonly #around: unknown[] = [];

  get taken(): Bytes {
    return this.#bytes.slice(0, this.#length);
  }

  value(value: unknown, name: string): void {
    this.#path.push(name);
    const around = this.#around,
      tag = CODECS.findIndex((codec) => codec.is(value));
    const problem = isShared(value)
      ? `a ${value.kind} is shared, not copied: pass it to the threads as an argument`
      : tag < 0
      ? `${show(value)}${
        ArrayBuffer.isView(value) ? " of shared memory" : ""
      } cannot be copied`
      : around.length > DEEPEST
      ? `it is nested more than ${DEEPEST} deep`
      : typeof value === "object" && around.includes(value) &&
        "it contains itself";
    if (problem) {
      throw new TypeError(`Cannot encode ${this.#path.join("")}: ${problem}`);
    }
    around.push(value ?? this);
    this.size(tag);
    CODECS[tag]!.write(this, value as never);
    around.pop();
    this.#path.pop();
  }

  /** An integer from 0 to 2^32 - 1. */
  size(n: number): void {
    for (; n > 0x7f; n >>>= 7) this.#append(1)[0] = n & 0x7f | 0x80;
    this.#append(1)[0] = n;
  }

  number(n: number): void {
    const { buffer, byteOffset } = this.#append(8);
    new DataView(buffer, byteOffset).setFloat64(0, n, true);
  }

  text(text: string): void {
    this.bytes(new TextEncoder().encode(text));
  }

  bytes(bytes: Uint8Array): void {
    this.size(bytes.length);
    this.#append(bytes.length).set(bytes);
  }

  #append(n: number): Bytes {
    const start = this.#length, end = this.#length += n, old = this.#bytes;
    if (end > LARGEST) {
      throw new RangeError(
        `Cannot encode value: it takes more than ${LARGEST} bytes`,
      );
    }
    if (end > old.length) (this.#bytes = new Uint8Array(end * 2)).set(old);
    return this.#bytes.subarray(start, end);
  }
}

/** Whatever it throws says that the bytes are damaged. */
class Reader {
  readonly #bytes: Bytes;
  #at = 0;
  #depth = 0;

  constructor(bytes: Bytes) {
    this.#bytes = bytes;
  }

  /** The value, if there is nothing after it. */
  whole(): unknown {
    const value = this.value();
    if (this.#at < this.#bytes.length) throw new RangeError("too long");
    return value;
  }

  value(): unknown {
    if (this.#depth++ > DEEPEST) throw new RangeError("too deep");
    const value = CODECS[this.size()]!.read(this);
    this.#depth--;
    return value;
  }

  size(): number {
    for (let n = 0, scale = 1; scale < 2 ** 35; scale *= 0x80) {
      const byte = this.#take(1)[0]!;
      n += (byte & 0x7f) * scale;
      if (byte <= 0x7f) return n;
    }
    throw new RangeError("too large");
  }

  number(): number {
    const { buffer, byteOffset } = this.#take(8);
    return new DataView(buffer, byteOffset).getFloat64(0, true);
  }

  text(): string {
    const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    return utf8.decode(this.bytes());
  }

  /** A copy of as many bytes as the next size says. */
  bytes(): Bytes {
    return this.#take(this.size()).slice();
  }

  /** As many items as the next size says. */
  list<T>(item: () => T): T[] {
    const n = this.size(), items: T[] = [];
    while (items.length < n) items.push(item());
    return items;
  }

  #take(n: number): Bytes {
    const start = this.#at, end = this.#at += n;
    if (end > this.#bytes.length) throw new RangeError("too short");
    return this.#bytes.subarray(start, end);
  }
}

function list<T>(
  is: (value: unknown) => boolean,
  itemsOf: (value: T) => unknown[],
  make: (items: unknown[]) => T,
  nameOf: (i: number, items: unknown[]) => string,
): Codec {
  return {
    is,
    write: (out, value: T) => {
      const items = itemsOf(value);
      out.size(items.length);
      items.forEach((item, i) => out.value(item, nameOf(i, items)));
    },
    read: (from) => make(from.list(() => from.value())),
  };
}

function pairs(items: unknown[]): [string, unknown][] {
  return items.flatMap((key, i) =>
    i % 2 === 0 ? [[key as string, items[i + 1]]] : []
  );
}

function zigzag(n: number): number {
  return n >>> 1 ^ -(n & 1);
}

function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

function tagged(tag: string): (value: unknown) => boolean {
  return (value) => tagOf(value) === tag;
}

function isPlain(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Whether a value is a shared object, or its handle, of whatever kind. */
function isShared(value: unknown): value is { readonly kind: string } {
  if (typeof value !== "object" || value === null) return false;
  const { kind, buffer } = value as { kind?: unknown; buffer?: unknown };
  return typeof kind === "string" && tagOf(buffer) === "SharedArrayBuffer";
}
