// What the threads of parallel calls do.

import {
  type AtomicInt32,
  parallelMap,
  parallelReduceAsync,
  type Task,
  task,
  Thread,
} from "@interlock/threading";
import { bump } from "../support/stage.ts";

/** Counts how often each integer came. */
export const tally: Task<
  (i: number, counts: Uint8Array, from: number) => void
> = task(import.meta, function tally(i, counts, from) {
  Atomics.add(counts, i - from, 1);
});

/** A number that takes some work. */
export const mix: Task<(x: number) => number> = task(
  import.meta,
  function mix(x: number) {
    let h = x ^ 0x9e3779b9;
    h = Math.imul(h ^ h >>> 16, 0x85ebca6b);
    h = Math.imul(h ^ h >>> 13, 0xc2b2ae35);
    return h ^ h >>> 16;
  },
);

export const halve: Task<(x: number) => number> = task(
  import.meta,
  function halve(x: number) {
    return x / 2;
  },
);

export const twice: Task<(x: bigint) => bigint> = task(
  import.meta,
  function twice(x: bigint) {
    return 2n * x;
  },
);

export const plus: Task<(x: number, y: number) => number> = task(
  import.meta,
  function plus(x: number, y: number) {
    return x + y;
  },
);

/** The same for bigints. */
export const plusBig: Task<(x: bigint, y: bigint) => bigint> = task(
  import.meta,
  function plusBig(x: bigint, y: bigint) {
    return x + y;
  },
);

export interface Extremes {
  least: number;
  most: number;
}

export const alone: Task<(x: number, by: number) => Extremes> = task(
  import.meta,
  function alone(x, by) {
    return { least: x * by, most: x * by };
  },
);

export const widest: Task<(a: Extremes, b: Extremes) => Extremes> = task(
  import.meta,
  function widest(a, b) {
    return {
      least: Math.min(a.least, b.least),
      most: Math.max(a.most, b.most),
    };
  },
);

/** Fails at one integer. */
export const failAt: Task<(i: number, at: number, done: AtomicInt32) => void> =
  task(import.meta, function failAt(i, at, done) {
    if (i === at) throw new RangeError(`no ${i}`, { cause: "it" });
    done.add(1);
  });

/** Arrives, and does not end before it is opened. */
export const stand: Task<
  (i: number, arrived: AtomicInt32, opened: AtomicInt32) => void
> = task(import.meta, function stand(_i, arrived, opened) {
  bump(arrived);
  while (opened.load() === 0) opened.wait(0, 1000);
});

export const awaits: Task<(i: number) => Promise<void>> = task(
  import.meta,
  async function awaits(_i: number) {
    await undefined;
  },
);

export const text: Task<(i: number) => number> = task(
  import.meta,
  function text(i: number) {
    return `${i}` as unknown as number;
  },
);

/** Opens when so many have arrived; how many that were. */
export const release: Task<
  (n: number, arrived: AtomicInt32, opened: AtomicInt32) => number
> = task(import.meta, function release(n, arrived, opened) {
  for (let value = arrived.load(); value < n; value = arrived.load()) {
    arrived.wait(value, 1000);
  }
  const there = arrived.load();
  opened.store(1);
  opened.notify();
  return there;
});

/** Ends its worker; the main thread waits until another one is about to. */
export const die: Task<(i: number, arrived: AtomicInt32) => void> = task(
  import.meta,
  function die(_i, arrived) {
    if (Thread.current.name === "main") {
      while (arrived.load() === 0) arrived.wait(0, 1000);
      return;
    }
    bump(arrived);
    close();
    // The task has not returned when its worker ends.
    for (;;);
  },
);

/** Parallel calls from within a task of a pool. */
export const inside: Task<(n: number, awaits: boolean) => Promise<number>> =
  task(import.meta, async function inside(n, awaits) {
    const halves = parallelMap(halve, n);
    if (awaits) return await parallelReduceAsync(plus, halves, { initial: 0 });
    return halves.reduce((a, b) => a + b, 0);
  });
