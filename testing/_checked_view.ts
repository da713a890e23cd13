/**
 * A typed array that tells of its plain accesses.
 *
 * @module
 */

import type { SharedView } from "./_state.ts";

/** The arrays behind the views that tell. */
const behind = new WeakMap<object, SharedView>();

/** The array behind a view that tells; else the view itself. */
export function unwrap<T>(view: T): T {
  return (behind.get(view as object) as T | undefined) ?? view;
}

/** Which elements a method touches: from, to. */
type Range = (
  length: number,
  // deno-lint-ignore no-explicit-any
  args: any[],
) => [number, number];

/** Methods that read less than all. */
const READERS: Record<string, Range> = {
  at: (length, [i = 0]) => {
    const at = i < 0 ? length + i : i;
    return at >= 0 && at < length ? [at, at + 1] : [0, 0];
  },
  slice: (length, [from, to]) => slice(length, from, to),
  keys: () => [0, 0],
};

/** Methods that write. */
const WRITERS: Record<string, Range> = {
  fill: (length, [, from, to]) => slice(length, from, to),
  set: (_length, [source, offset = 0]) => [offset, offset + source.length],
  copyWithin: (length) => [0, length],
  reverse: (length) => [0, length],
  sort: (length) => [0, length],
};

function slice(length: number, from = 0, to = length): [number, number] {
  const at = (x: number) => x < 0 ? Math.max(0, length + x) : x;
  return [at(from), Math.min(length, at(to))];
}

/**
 * A view on the same memory that calls `touch(element, writes)` before each plain
 * read, and after each plain write. Methods read all of it.
 */
export function checkedView<V extends SharedView>(
  view: V,
  touch: (element: number, writes: boolean, access: () => unknown) => unknown,
  first = 0,
): V {
  const all = (
    from: number,
    to: number,
    writes: boolean,
    access: () => unknown,
  ) => {
    if (from >= to) return access();
    for (let i = from; i < to - 1; i++) {
      touch(first + i, writes, () => undefined);
    }
    return touch(first + to - 1, writes, access);
  };
  const proxy = new Proxy(view, {
    get(target, key) {
      const index = indexOf(key);
      if (index >= 0) {
        if (index >= target.length) return undefined;
        return touch(first + index, false, () => target[index]);
      }
      // deno-lint-ignore no-explicit-any
      const value = (target as any)[key];
      if (typeof value !== "function" || key === "constructor") return value;
      if (key === "subarray") {
        return (from?: number, to?: number) => {
          const [start] = slice(target.length, from, to);
          const part = target.subarray(from, to) as V;
          return checkedView(part, touch, first + start);
        };
      }
      // deno-lint-ignore no-explicit-any
      return (...args: any[]) => {
        const name = String(key), writes = Object.hasOwn(WRITERS, name);
        const range = writes
          ? WRITERS[name]
          : Object.hasOwn(READERS, name)
          ? READERS[name]
          : undefined;
        const [from, to] = range?.(target.length, args) ?? [0, target.length];
        return all(from, to, writes, () => value.apply(target, args));
      };
    },
    set(target, key, value) {
      const index = indexOf(key);
      if (index >= 0 && index < target.length) {
        touch(first + index, true, () => target[index] = value);
      }
      return true;
    },
  });
  behind.set(proxy, view);
  return proxy;
}

function indexOf(key: string | symbol): number {
  if (typeof key !== "string" || !/^\d+$/.test(key)) return -1;
  return Number(key);
}
