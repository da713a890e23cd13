/** What runs in the threads of the pool in `pool_test.ts`. */

import {
  type Task,
  task,
  Thread,
  ThreadPoolExecutor,
} from "@interlock/threading";
import { realm } from "../../primitives/_realm.ts";

// Who sleeps finds out that somebody died when it looks around: here that is soon.
realm.slice = 100;

/** What a task does. */
export type Way =
  | ("value" | "text" | "throw" | "await")
  | ("turn" | "nested" | "shared" | "made" | "die");

type Memory = Int32Array<SharedArrayBuffer>;

/** What tasks mark. */
export interface Marks {
  /** Of each task, how often it ran. */
  readonly ran: Uint8Array<SharedArrayBuffer>;
  /** The ids of threads that have run a task; that of one stands at its {@linkcode placeOf}. */
  readonly threads: Memory;
}

let marks: Marks, isMarked = false;

/** Where the id of a thread is marked; not many have the same place. */
export function placeOf(id: number): number {
  return id % 1024;
}

/** Says where a thread's tasks mark what they do. */
export const begin: Task<(places: Marks) => void> = task(
  import.meta,
  function begin(places) {
    marks = places;
  },
);

export const double: Task<(n: number) => number> = task(
  import.meta,
  function double(n) {
    return 2 * n;
  },
);

/** Marks that it ran, and does something. */
export const work: Task<
  (i: number, way: Way, memory?: Memory) => unknown
> = task(import.meta, function work(i, way, memory) {
  Atomics.add(marks.ran, i, 1);
  if (!isMarked) {
    const { id } = Thread.current;
    Atomics.store(marks.threads, placeOf(id), id);
    isMarked = true;
  }
  switch (way) {
    case "value":
      return 2 * i;
    case "text":
      return textOf(i);
    case "throw":
      throw new RangeError(`${i}`, { cause: i });
    case "await":
      return Promise.resolve(2 * i);
    case "turn":
      return new Promise((resolve) => setTimeout(() => resolve(2 * i)));
    case "nested":
      return ThreadPoolExecutor.current!.submit(double, i).result();
    case "shared":
      memory![0] = i;
      return memory;
    case "made": {
      const made = new Int32Array(new SharedArrayBuffer(4));
      made[0] = i;
      return made;
    }
    case "die":
      (globalThis as unknown as { close(): void }).close();
      return 2 * i;
  }
});

/** A text of any length. */
export function textOf(i: number): string {
  return `${i} `.repeat(i % 100);
}
