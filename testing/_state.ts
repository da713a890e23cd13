/**
 * What the threads of a model share: how it travels, and what its words are called.
 *
 * A state is plain data with shared memory and Interlock's objects in it. It is sent
 * once; before each execution the bytes of its memory are put back, and each
 * thread builds its own view of it anew, so nothing of one execution is left in the next.
 *
 * @module
 */

import { attach, isHandle } from "../primitives/attach.ts";
import { show } from "../primitives/_validate.ts";

/** An array over shared memory whose plain accesses can be checked. */
export type SharedView =
  | Int8Array<SharedArrayBuffer>
  | Uint8Array<SharedArrayBuffer>
  | Uint8ClampedArray<SharedArrayBuffer>
  | Int16Array<SharedArrayBuffer>
  | Uint16Array<SharedArrayBuffer>
  | Int32Array<SharedArrayBuffer>
  | Uint32Array<SharedArrayBuffer>
  | Float32Array<SharedArrayBuffer>
  | Float64Array<SharedArrayBuffer>
  | BigInt64Array<SharedArrayBuffer>
  | BigUint64Array<SharedArrayBuffer>;

/** Part of the program's memory that has a name. */
export interface Region {
  readonly name: string;
  /** Where it begins and ends, in bytes of the program's memory. */
  readonly start: number;
  readonly end: number;
  /** Bytes of an element; words in an object of ours. */
  readonly size: number;
  /** What it is, such as `Lock` or `Int32Array`. */
  readonly kind: string;
  /** Its number among the checked views, or -1. */
  readonly checked: number;
}

/** The memory of a state. */
export interface Layout {
  readonly buffers: readonly SharedArrayBuffer[];
  /** Where each buffer begins in the program's memory. */
  readonly bases: readonly number[];
  /** The sum of their lengths. */
  readonly length: number;
  readonly regions: readonly Region[];
}

const CHECKED = "@interlock/testing/shared";
const checkedViews = new WeakSet<object>();

/**
 * Marks a view on shared memory: in the threads of a model its plain reads and
 * writes are checked for data races. Returns the same view. Does not block.
 *
 * Two accesses race if they touch the same element, one of them writes, one of them is
 * plain, and nothing orders them: no Atomics operation of one thread that another
 * one read, no wake. Such programs may see torn, old or reordered values.
 *
 * Use it in `setup`. Elements are compared within a view, not between two views of
 * the same bytes.
 *
 * @example Usage
 * ```ts
 * import { shared } from "@interlock/threading/testing";
 *
 * const setup = () => ({
 *   flag: new Int32Array(new SharedArrayBuffer(4)),
 *   data: shared(new Float64Array(new SharedArrayBuffer(8))),
 * });
 * ```
 *
 * @throws {TypeError} If `view` is not a typed array over shared memory.
 */
export function shared<V extends SharedView>(view: V): V {
  if (!isView(view) || !isShared(view.buffer) || view instanceof DataView) {
    throw new TypeError(
      `Cannot check accesses: 'view' must be a typed array over a SharedArrayBuffer, received ${
        show(view)
      }`,
    );
  }
  checkedViews.add(view);
  return view;
}

/** Makes what can be posted to the threads. */
export function encode(
  value: unknown,
  path = "state",
  around: readonly unknown[] = [],
): unknown {
  if (typeof value === "function" || typeof value === "symbol") {
    throw refusal(value, path);
  }
  if (typeof value !== "object" || value === null) return value;
  const { buffer } = isView(value) || isHandle(value)
    ? value
    : { buffer: value };
  if (isShared(buffer) && buffer.growable) {
    throw new TypeError(
      `Cannot share '${path}': its memory must not be growable, as its bytes are put back before each execution`,
    );
  }
  if (isHandle(value)) {
    const { kind, buffer, byteOffset, ...more } = value;
    // A condition's handle has that of its lock in it.
    const parts = encode(more, path, [...around, value]) as object;
    return { kind, buffer, byteOffset, ...parts };
  }
  if (isView(value) || isShared(value) || value instanceof ArrayBuffer) {
    return checkedViews.has(value) ? { [CHECKED]: value } : value;
  }
  if (value instanceof Date || value instanceof RegExp) return value;
  const parts = contents(value);
  if (!parts) throw refusal(value, path);
  if (around.includes(value)) {
    throw new TypeError(`Cannot share '${path}': it is part of itself`);
  }
  return parts((part, key) =>
    encode(part, `${path}.${key}`, [...around, value])
  );
}

function refusal(value: unknown, path: string): TypeError {
  const what = typeof value === "object"
    ? `an instance of ${value!.constructor?.name ?? "a class"}`
    : `a ${typeof value}`;
  return new TypeError(
    `Cannot share '${path}': setup must return shared memory, objects of Interlock and plain data, received ${what}; let each thread make it from what it shares`,
  );
}

/** A thread's own view of what was posted. */
export function rebuild(
  value: unknown,
  check: (view: SharedView) => unknown,
): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (isHandle(value)) return attach(value);
  if (isShared(value)) return value;
  if (isView(value)) {
    // deno-lint-ignore no-explicit-any
    const view = value as any;
    return isShared(view.buffer)
      ? new view.constructor(
        view.buffer,
        view.byteOffset,
        view.length ?? view.byteLength,
      )
      : structuredClone(view);
  }
  const checked = (value as Record<string, unknown>)[CHECKED];
  if (checked) return check(rebuild(checked, check) as SharedView);
  const parts = contents(value);
  return parts ? parts((part) => rebuild(part, check)) : structuredClone(value);
}

/** Finds the memory in what {@linkcode encode} made, and a roster's; the same in every thread. */
export function layoutOf(template: unknown, roster?: SharedView): Layout {
  const buffers: SharedArrayBuffer[] = [], bases: number[] = [];
  const found: Region[] = [];
  let length = 0, views = 0;
  const place = (buffer: SharedArrayBuffer) => {
    let i = buffers.indexOf(buffer);
    if (i < 0) {
      i = buffers.push(buffer) - 1;
      bases.push(length);
      length += (buffer.byteLength + 7) & ~7;
    }
    return bases[i]!;
  };
  const walk = (value: unknown, name: string, checked = -1): void => {
    if (typeof value !== "object" || value === null) return;
    const add = (
      buffer: SharedArrayBuffer,
      from: number,
      bytes: number,
      size: number,
      kind: string,
    ) => {
      const start = place(buffer) + from;
      found.push({ name, start, end: start + bytes, size, kind, checked });
    };
    if (isHandle(value)) {
      const { buffer, byteOffset, kind } = value;
      add(buffer, byteOffset, buffer.byteLength - byteOffset, 4, kind);
      const { buffer: _, ...more } = value;
      walk(more, name);
    } else if (isShared(value)) add(value, 0, value.byteLength, 4, "");
    else if (isView(value)) {
      // deno-lint-ignore no-explicit-any
      const view = value as any;
      if (!isShared(view.buffer)) return;
      const { buffer, byteOffset, byteLength, BYTES_PER_ELEMENT = 1 } = view;
      const kind = view.constructor.name;
      add(buffer, byteOffset, byteLength, BYTES_PER_ELEMENT, kind);
    } else if (CHECKED in value) walk(value[CHECKED], name, views++);
    else {
      contents(value)?.((part, key) => {
        walk(part, name === "" ? String(key) : `${name}.${key}`);
        return part;
      });
    }
  };
  walk(template, "");
  walk(roster, "roster");
  // The smallest region that has a word names it.
  found.sort((a, b) => (a.end - a.start) - (b.end - b.start));
  return { buffers, bases, length, regions: found };
}

/** What a place in the program's memory is called. */
export function nameOf(layout: Layout, place: number): string {
  let best: Region | undefined;
  for (const region of layout.regions) {
    if (place < region.start || place >= region.end) continue;
    // Of objects in one buffer the last that begins before the place.
    const better = !best || region.size !== 0 && best.start < region.start;
    if (better) best = region;
  }
  if (!best) return "private";
  const { name, start, size } = best;
  return `${name}[${Math.floor((place - start) / size)}]`;
}

type Parts = (
  map: (part: unknown, key: string | number) => unknown,
) => unknown;

/** The parts of a plain object, an array, a Map or a Set. */
function contents(value: object): Parts | undefined {
  if (Array.isArray(value)) return (map) => value.map(map);
  if (value instanceof Map) {
    return (map) =>
      new Map([...value].map(([k, v]) => [map(k, "key"), map(v, String(k))]));
  }
  if (value instanceof Set) {
    return (map) => new Set([...value].map((v, i) => map(v, i)));
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return undefined;
  return (map) =>
    Object.fromEntries(
      Object.entries(value).map(([key, part]) => [key, map(part, key)]),
    );
}

function isView(value: unknown): value is ArrayBufferView {
  return ArrayBuffer.isView(value);
}

function isShared(value: unknown): value is SharedArrayBuffer {
  return Object.prototype.toString.call(value) === "[object SharedArrayBuffer]";
}
