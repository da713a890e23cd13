import {
  type AtomicInt32,
  type Deque,
  QueueEmptyError,
  sleep,
  type Task,
  task,
} from "@interlock/threading";
import { itemOf, MOST, numberOf, STRIDE } from "./queue_bodies.ts";
import { random } from "./random.ts";

/** Pushes the items of one producer at either end, and moves what is there meanwhile. */
export const produce: Task<
  (seed: number, deque: Deque, producer: number, n: number) => void
> = task(import.meta, function produce(seed, deque, producer, n) {
  const next = random(seed);
  for (let i = 0; i < n; i++) {
    while (deque.size >= MOST) sleep(0.1);
    const item = itemOf(producer * STRIDE + i), chance = next();
    if (chance < 0.4) deque.pushBack(item);
    else if (chance < 0.8) deque.pushFront(item);
    else deque.insert(Math.floor(next() * 20) - 10, item);
    if (chance < 0.02) deque.rotate(Math.floor(next() * 99) - 49);
    else if (chance < 0.03) deque.reverse();
  }
});

/**
 * Pops items at either end in all ways mixed until it gets null; how many. Throws if one
 * is altered or doubled. Who takes the last
 * item of all wakes who waits for `taken`.
 */
export const consume: Task<
  (
    seed: number,
    deque: Deque,
    seen: Int32Array<SharedArrayBuffer>,
    perProducer: number,
    taken: AtomicInt32,
    total: number,
  ) => Promise<number>
> = task(
  import.meta,
  async function consume(seed, deque, seen, perProducer, taken, total) {
    const next = random(seed);
    for (let count = 0;; count++) {
      const item = await popSomehow(deque, next);
      if (item === null) return count;
      const n = numberOf(item);
      const place = Math.floor(n / STRIDE) * perProducer + n % STRIDE;
      const bit = 1 << (place & 31);
      if ((Atomics.or(seen, place >> 5, bit) & bit) !== 0) {
        throw new Error(`doubled: ${JSON.stringify(item)}`);
      }
      if (taken.add(1) === total - 1) taken.notify();
    }
  },
);

async function popSomehow(deque: Deque, next: () => number): Promise<unknown> {
  for (;;) {
    const chance = next();
    try {
      if (chance < 0.4) return deque.popFront();
      if (chance < 0.8) return deque.popBack();
      if (chance < 0.84) return await deque.popFrontAsync();
      if (chance < 0.88) return await deque.popBackAsync();
      if (chance < 0.92) {
        const got = deque.tryPopBack();
        if (got !== undefined) return got.value;
        continue;
      }
      const timeout = next() * 0.2;
      if (chance < 0.96) return deque.popFront(timeout);
      return await deque.popBackAsync(timeout);
    } catch (error) {
      if (!(error instanceof QueueEmptyError)) throw error;
    }
  }
}

/** Pushes the items of one producer at the back, as fast as it can. */
export const report: Task<(deque: Deque, producer: number, n: number) => void> =
  task(import.meta, function report(deque, producer, n) {
    for (let i = 0; i < n; i++) deque.pushBack(itemOf(producer * STRIDE + i));
  });

/**
 * Looks at what is there and takes some of it, until it finds null; how often it looked.
 * Throws if there is too much, or an item is altered or before one that was pushed earlier.
 */
export const watch: Task<(deque: Deque, takes: boolean) => number> = task(
  import.meta,
  function watch(deque, takes) {
    const popped = new Map<number, number>();
    for (let looks = 1;; looks++) {
      const items = deque.toArray();
      if (items.length > deque.maxlen || deque.size > deque.maxlen) {
        throw new Error(`${items.length} items`);
      }
      if (items.at(-1) === null) return looks;
      inOrder(items, new Map(popped));
      const got = takes ? deque.tryPopFront() : undefined;
      // Others want to find null too.
      if (got?.value === null) deque.pushBack(null);
      else if (got !== undefined) inOrder([got.value], popped);
    }
  },
);

/** Checks that items come in the order of their producers. */
function inOrder(items: unknown[], last: Map<number, number>): void {
  for (const item of items) {
    const n = numberOf(item), producer = Math.floor(n / STRIDE);
    if (n <= (last.get(producer) ?? -1)) {
      throw new Error(
        `${JSON.stringify(item)} came after ${last.get(producer)}`,
      );
    }
    last.set(producer, n);
  }
}
