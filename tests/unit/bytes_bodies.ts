/** What runs in other threads in `bytes_test.ts`. */

import { Lock, type OnceCell, type Task, task } from "@interlock/threading";
import { decode, encode } from "../../primitives/_bytes.ts";
import { meetBuffer } from "../../primitives/_record.ts";

type Swap = (
  from: OnceCell,
  to: OnceCell,
  lock: Lock,
  made: boolean,
) => string;

/** Tells the name of a lock that it got as bytes, and sends one: that of its argument, or its own. */
export const swap: Task<Swap> = task(
  import.meta,
  function swap(from, to, lock, made) {
    to.set(made ? new Lock() : lock);
    return (from.tryGet()!.value as Lock).name;
  },
);

/** Adds to the first number of a view that it gets as bytes, and sends the view back. */
export const add: Task<
  (
    bytes: Uint8Array,
    key: number,
    memory: SharedArrayBuffer,
    n: number,
  ) => Uint8Array
> = task(import.meta, function add(bytes, key, memory, n) {
  meetBuffer(key, memory);
  const view = decode(bytes) as Int32Array<SharedArrayBuffer>;
  Atomics.add(view, 0, n);
  return encode(view);
});
