import {
  type AtomicBigInt64,
  type AtomicBool,
  type AtomicFloat64,
  type AtomicInt32,
  type LongAdder,
  type Task,
  task,
} from "@interlock/threading";
import { bump, type Face } from "../support/stage.ts";

type Body<A extends unknown[], R> = Task<
  (face: Face, ...args: A) => Promise<R>
>;

/** Adds so many times one. */
export const addMany: Task<(adder: LongAdder, times: number) => void> = task(
  import.meta,
  function addMany(adder, times) {
    for (let i = 0; i < times; i++) adder.increment();
  },
);

/** Adds so many times one, by all ways that there are; the rest is taken away by `drain`. */
export const addAllWays: Task<
  (big: AtomicBigInt64, float: AtomicFloat64, times: number) => void
> = task(import.meta, function addAllWays(big, float, times) {
  for (let i = 0; i < times; i += 4) {
    big.add(1n);
    big.sub(-1n);
    big.update((value) => value + 1n);
    const value = big.load();
    if (big.compareExchange(value, value + 1n) !== value) big.add(1n);
    float.add(0.5);
    float.sub(-0.5);
    float.update((value) => value + 0.5);
    float.add(0.5);
  }
});

/** Takes what is there, until it has taken so much. */
export const drain: Task<(big: AtomicBigInt64, all: bigint) => bigint> = task(
  import.meta,
  function drain(big, all) {
    let taken = 0n;
    while (taken < all) taken += big.exchange(0n);
    return taken;
  },
);

/** Waits while the value is what it is. */
export const untilChanged: Body<
  [AtomicBigInt64 | AtomicBool | AtomicFloat64, AtomicInt32, number],
  boolean
> = task(
  import.meta,
  async function untilChanged(face, atomic, arrived, timeout) {
    const value = atomic.load() as never;
    bump(arrived);
    return face === "sync"
      ? atomic.wait(value, timeout)
      : await atomic.waitAsync(value, timeout);
  },
);

/** Claims once; who was first gets true. */
export const claim: Task<(claimed: AtomicBool) => boolean> = task(
  import.meta,
  function claim(claimed) {
    return !claimed.exchange(true);
  },
);
