// Ten threads count to 100,000 together: without a lock they lose most of it, with a
// Lock nothing, and an AtomicInt32 needs no lock.
//
//     deno run -R=. examples/counter.ts

import {
  AtomicInt32,
  Barrier,
  Lock,
  type Task,
  task,
  Thread,
} from "@interlock/threading";

const THREADS = 10, TIMES = 10_000;

type Counting = Task<
  (count: AtomicInt32, start: Barrier, lock: Lock) => void
>;

/** A load and a store: what another thread adds in between is lost. */
function addOne(count: AtomicInt32, pause: number): void {
  const value = count.load();
  // Makes the gap wider, so that the loss shows on every machine: by about 100 ns.
  for (let i = 0; i < pause; i++) count.load();
  count.store(value + 1);
}

export const withoutLock: Counting = task(
  import.meta,
  function withoutLock(count, start) {
    start.wait(); // All begin together.
    for (let i = 0; i < TIMES; i++) addOne(count, 20);
  },
);

export const withLock: Counting = task(
  import.meta,
  function withLock(count, start, lock) {
    start.wait();
    for (let i = 0; i < TIMES; i++) lock.run(() => addOne(count, 20));
  },
);

export const withAtomic: Counting = task(
  import.meta,
  function withAtomic(count, start) {
    start.wait();
    for (let i = 0; i < TIMES; i++) count.add(1);
  },
);

/** Counts with ten threads, and prints how far they came. */
function count(what: string, counting: Counting): void {
  const counter = new AtomicInt32(), lock = new Lock();
  const start = new Barrier(THREADS);
  const threads = Array.from(
    { length: THREADS },
    () => new Thread(counting, [counter, start, lock]).start(),
  );
  for (const thread of threads) thread.result();
  const [counted, all] = [counter.load(), THREADS * TIMES].map((n) =>
    n.toLocaleString("en")
  );
  console.log(`${what}: ${counted} of ${all}`);
}

if (import.meta.main) {
  count("without a lock", withoutLock);
  count("with a Lock", withLock);
  count("with an AtomicInt32", withAtomic);
}
