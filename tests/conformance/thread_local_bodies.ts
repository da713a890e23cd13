import {
  type AtomicBigInt64,
  type AtomicBool,
  type AtomicFloat64,
  type AtomicInt32,
  type Barrier,
  type Event,
  type Latch,
  type Lock,
  SharedLocal,
  SyncStateError,
  type Task,
  task,
  Thread,
  ThreadLocal,
} from "@interlock/threading";
import { acquire, bump, type Face } from "../support/stage.ts";

type Body<A extends unknown[], R> = Task<
  (face: Face, ...args: A) => Promise<R>
>;

// What each thread has for itself.

const kept = new ThreadLocal<number>();

/** Keeps a value while the others keep theirs; whether there was one before, and what is there then and after. */
export const keep: Task<
  (value: number, all: Barrier) => [boolean, number, boolean, boolean]
> = task(import.meta, function keep(value, all) {
  const before = kept.has();
  kept.set(value);
  all.wait();
  const found = kept.get();
  return [before, found, kept.delete(), kept.has()];
});

const scene = new ThreadLocal<{ inside: Barrier; calls: AtomicInt32 }>();
const made = new ThreadLocal(() => {
  const { inside, calls } = scene.get();
  calls.add(1);
  inside.wait();
  return { of: Thread.current.id };
});

/** Makes a value while all others are making theirs; true if it is this thread's, and made once. */
export const make: Task<(inside: Barrier, calls: AtomicInt32) => boolean> =
  task(import.meta, function make(inside, calls) {
    scene.set({ inside, calls });
    const first = made.get();
    return first.of === Thread.current.id && made.get() === first;
  });

// What others can read.

/** Sets a value of this thread, after some others. */
export const leave: Task<(local: SharedLocal<string>, last: string) => void> =
  task(import.meta, function leave(local, last) {
    for (let i = 0; i < 5; i++) local.set(`${i}`);
    local.set(last);
  });

/** Tries to set a value; stays until told, then takes it away. */
export const visit: Task<
  (
    local: SharedLocal<number>,
    value: number,
    arrived: AtomicInt32,
    go: Event,
  ) => boolean
> = task(import.meta, function visit(local, value, arrived, go) {
  try {
    local.set(value);
  } catch (error) {
    if (error instanceof SyncStateError) return false;
    throw error;
  }
  bump(arrived);
  go.wait();
  return local.delete() && !local.has();
});

// deno-lint-ignore interlock/no-module-level-primitive
const stray = new SharedLocal<number>();

/** Sets what this thread made for itself. */
export const setStray: Task<() => void> = task(
  import.meta,
  function setStray() {
    stray.set(1);
  },
);

/** What is whole: all its characters say its length. */
export function textOf(length: number): string {
  return String.fromCharCode(97 + length % 26).repeat(length);
}

/** Sets texts of other lengths all the time, until told to end; how many. */
export const change: Task<
  (local: SharedLocal<string>, begun: Latch, over: AtomicBool) => number
> = task(import.meta, function change(local, begun, over) {
  let sets = 0;
  while (!over.load()) {
    local.set(textOf(1 + (sets * 7) % 90));
    if (sets++ === 0) begun.countDown();
  }
  return sets;
});

// Scalars and arrays.

/** Changes all scalars, each in one step. */
export const changeAll: Body<
  [AtomicInt32, AtomicBigInt64, AtomicBool, AtomicFloat64],
  void
> = task(
  import.meta,
  // deno-lint-ignore require-await
  async function changeAll(_face, int, big, bool, float) {
    int.store(-24);
    big.store(2n ** 40n);
    bool.store(true);
    float.store(3.625);
  },
);

/** Adds to each number the one before it, under a lock, so many times. */
export const addUp: Body<
  [Int32Array<SharedArrayBuffer>, Lock, number],
  void
> = task(import.meta, async function addUp(face, numbers, lock, times) {
  for (let n = 0; n < times; n++) {
    await acquire(face, lock);
    for (let i = 1; i < numbers.length; i++) numbers[i]! += numbers[i - 1]!;
    lock.release();
  }
});
