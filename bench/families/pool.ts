/**
 * Pools of threads: what a task costs, and how much faster two threads are than one.
 *
 * @module
 */

import { loopsFor } from "../support/busy.ts";
import type { Family } from "../support/family.ts";
import { type PoolCase, Pools } from "../support/pools.ts";

const CONTENDERS = [
  "ours",
  "ours, map",
  "postMessage",
  "piscina",
  "tinypool",
  "workerpool",
];
/** As long tasks are no matter of chunks, and what could be at best is known. */
const WORKING = [
  "ours",
  "postMessage",
  "piscina",
  "tinypool",
  "workerpool",
  "ideal",
];
const SINGLE = CONTENDERS.filter((name) => name !== "ours, map");

/** The engine compiles what is called from other threads late. */
const SLOW_START = { longer: 4, warmUp: 3 };
/** Promises of so many tasks are kept at once. */
const MOST = 200_000;

const quick: readonly PoolCase[] = [
  {
    id: "empty",
    group: "empty tasks",
    x: 2,
    calls: "together",
    microseconds: 0,
    size: 2,
    contenders: CONTENDERS,
    ...SLOW_START,
    times: 1000,
    most: MOST,
  },
  {
    id: "50us",
    group: "tasks of 50 µs",
    x: 2,
    calls: "together",
    microseconds: 50,
    size: 2,
    contenders: WORKING,
    ...SLOW_START,
    times: 500,
    most: MOST,
  },
  {
    id: "round trip",
    group: "one task after the other",
    x: 2,
    calls: "one by one",
    microseconds: 0,
    size: 2,
    contenders: SINGLE,
    ...SLOW_START,
    times: 200,
    most: MOST,
  },
  {
    id: "parallel map",
    group: "an element of a map",
    x: 2,
    calls: "map",
    microseconds: 0,
    size: 2,
    contenders: ["ours, parallelMap", "one thread", "two bare workers"],
    times: 100_000,
    most: 2 ** 24,
  },
];

/** The same with other numbers of threads, and tasks of 5 µs. */
const full: readonly PoolCase[] = [
  ...quick,
  ...quick.slice(0, 2).flatMap((item) =>
    [1, 4].map((size) => ({ ...item, id: `${item.id}/${size}`, size, x: size }))
  ),
  { ...quick[1]!, id: "5us", group: "tasks of 5 µs", microseconds: 5 },
];

/** Pools. */
export const pool: Family = {
  name: "pool",
  title: "Pools of threads",
  about:
    "An operation is one task, or one element of a map; K is the tasks of a round, of all " +
    "threads together. Tasks are submitted at once and awaited together, or each is awaited " +
    "before the next (`round trip`). `postMessage` is bare workers that are sent a message for " +
    "each task in turn. `ours, map` takes 64 inputs at a time. Ideal is the time that the tasks " +
    "of ours say they worked, in a round of their own, over the threads that can run at once: " +
    "what threads would need that did nothing else. The map is a picture of the Mandelbrot " +
    "set; `parallelMap` blocks its caller, which takes part beside one more thread, and the " +
    "two bare workers have one half each. How much faster than one thread is a ratio of two " +
    "contenders. Threads are started, and have run some tasks, before a first round.",
  unit: "ns per task",
  axis: "threads",
  open: (grid) => new Pools(grid === "quick" ? quick : full, loopsFor(1)),
};
