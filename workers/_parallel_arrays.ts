/**
 * What parallel calls work on: ranges of integers, and arrays of numbers in shared memory.
 *
 * @module
 */

import { INT32_MAX, integer, show } from "../primitives/_validate.ts";

/** The integers from 0 up to a number, or `from` one up to another; the last one is not in it. */
export type ParallelRange = number | {
  /** The first one; 0 if left out. */
  readonly from?: number;
  /** The one after the last. */
  readonly to: number;
};

/** The arrays of numbers, by the names of their types. */
export interface NumberArrays<B extends ArrayBufferLike = ArrayBufferLike> {
  /** Integers from -128 to 127. */
  int8: Int8Array<B>;
  /** Integers from 0 to 255. */
  uint8: Uint8Array<B>;
  /** The same, where what is too small or too large is cut off. */
  uint8Clamped: Uint8ClampedArray<B>;
  /** Integers from -32768 to 32767. */
  int16: Int16Array<B>;
  /** Integers from 0 to 65535. */
  uint16: Uint16Array<B>;
  /** Integers from -2147483648 to 2147483647. */
  int32: Int32Array<B>;
  /** Integers from 0 to 4294967295. */
  uint32: Uint32Array<B>;
  /** Numbers of 32 bits. */
  float32: Float32Array<B>;
  /** All numbers. */
  float64: Float64Array<B>;
  /** Signed bigints of 64 bits. */
  bigInt64: BigInt64Array<B>;
  /** Unsigned bigints of 64 bits. */
  bigUint64: BigUint64Array<B>;
}

/** The name of a type of numbers. */
export type NumberType = keyof NumberArrays;

/** An array of numbers. */
export type NumberArray<B extends ArrayBufferLike = ArrayBufferLike> =
  NumberArrays<B>[NumberType];

/** An array of the same type in shared memory; float64 for a range. */
export type SharedArrayOf<T> = T extends
  { readonly [Symbol.toStringTag]: infer N } ? Extract<
    NumberArray<SharedArrayBuffer>,
    { readonly [Symbol.toStringTag]: N }
  >
  : Float64Array<SharedArrayBuffer>;

/** An element of an array, or of a range. */
export type ElementOf<T> = T extends
  BigInt64Array<ArrayBufferLike> | BigUint64Array<ArrayBufferLike> ? bigint
  : number;

/** What an element can be. */
export type Value = number | bigint;

/** The elements of a call: of an array in shared memory, or from a number on. */
export type Elements = number | NumberArray<SharedArrayBuffer>;

type Class<K extends NumberType> = {
  new (
    buffer: SharedArrayBuffer,
  ): NumberArrays<SharedArrayBuffer>[K];
  readonly BYTES_PER_ELEMENT: number;
};

const CLASSES: { readonly [K in NumberType]: Class<K> } = {
  int8: Int8Array,
  uint8: Uint8Array,
  uint8Clamped: Uint8ClampedArray,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
  bigInt64: BigInt64Array,
  bigUint64: BigUint64Array,
};

/** What a value is called by its engine, such as `Int8Array`. */
function brandOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

/** The type of an array, if it is one of numbers, of whatever realm. */
function typeOf(value: unknown): NumberType | undefined {
  if (!ArrayBuffer.isView(value)) return undefined;
  const name = brandOf(value);
  return (Object.keys(CLASSES) as NumberType[]).find((type) =>
    `${type.toLowerCase()}array` === name.toLowerCase()
  );
}

/** Whether the elements of an array are bigints. */
export function isBig(array: NumberArray): boolean {
  return brandOf(array).startsWith("Big");
}

/** A new array in shared memory. */
function allocate(
  type: NumberType,
  length: number,
): NumberArray<SharedArrayBuffer> {
  const Class = CLASSES[type];
  return new Class(new SharedArrayBuffer(length * Class.BYTES_PER_ELEMENT));
}

function isShared(
  array: NumberArray,
): array is NumberArray<SharedArrayBuffer> {
  return brandOf(array.buffer) === "SharedArrayBuffer";
}

/** The integers of a range: the first one, and how many. */
export function rangeOf(
  action: string,
  range: unknown,
): { elements: number; length: number } {
  if (typeof range !== "object" || range === null) {
    return {
      elements: 0,
      length: integer(action, "range", range, 0),
    };
  }
  const { from = 0, to } = range as { from?: unknown; to?: unknown };
  const most = Number.MAX_SAFE_INTEGER;
  const first = integer(action, "from", from, -most, most);
  const last = Math.min(most, first + INT32_MAX);
  return {
    elements: first,
    length: integer(action, "to", to, first, last) - first,
  };
}

/** The elements of an array, which is copied if it is not shared, or of a range. */
export function elementsOf(
  action: string,
  input: unknown,
): { elements: Elements; length: number; type: NumberType } {
  const type = typeOf(input);
  if (type !== undefined) {
    const array = input as NumberArray, { length } = array;
    integer(action, "input.length", length, 0);
    if (isShared(array)) return { elements: array, length, type };
    const copy = allocate(type, length);
    copy.set(array as never);
    return { elements: copy, length, type };
  }
  const isRange = typeof input === "number" ||
    brandOf(input) === "Object" && "to" in (input as object);
  if (!isRange) {
    throw new TypeError(
      `Cannot ${action}: 'input' must be a typed array or a range, received ${
        show(input)
      }; for other values use pool.map()`,
    );
  }
  return { ...rangeOf(action, input), type: "float64" };
}

/** Where a map writes: a new array, or the one that is given. */
export function outputOf(
  action: string,
  output: unknown,
  length: number,
): NumberArray<SharedArrayBuffer> {
  if (typeof output === "string" && Object.hasOwn(CLASSES, output)) {
    return allocate(output as NumberType, length);
  }
  const array = output as NumberArray;
  if (typeOf(output) === undefined || !isShared(array)) {
    throw new TypeError(
      `Cannot ${action}: 'output' must be one of ${
        Object.keys(CLASSES).map(show).join(", ")
      } or a typed array over a SharedArrayBuffer, received ${show(output)}`,
    );
  }
  if (array.length !== length) {
    throw new RangeError(
      `Cannot ${action}: 'output' must have a length of ${length}, as the input has, received one of ${array.length}`,
    );
  }
  return array;
}
