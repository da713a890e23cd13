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

/** Methods that write, and which elements. */
const WRITERS: Record<
  string,
  // deno-lint-ignore no-explicit-any
  (length: number, args: any[]) => [number, number]
> = {
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
        const range = typeof key === "string" && Object.hasOwn(WRITERS, key)
          ? WRITERS[key]!(target.length, args)
          : undefined;
        const [from, to] = range ?? [0, target.length];
        return all(
          from,
          to,
          range !== undefined,
          () => value.apply(target, args),
        );
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
