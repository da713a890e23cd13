import {
  type AtomicInt32,
  Barrier,
  type Future,
  type Lock,
  type Queue,
  type Task,
  task,
  Thread,
  ThreadPoolExecutor,
} from "@interlock/threading";
import { realm } from "../../primitives/_realm.ts";
import { bump, type Face } from "../support/stage.ts";
import { count, type Gate, outcome, pass, posted } from "./future_bodies.ts";

// A wait that misses its wake must fail its test, and not be saved by the re-check.
realm.slice = 12_000;

// deno-lint-ignore no-explicit-any
type Made<F extends (...args: any[]) => any> = Task<F>;

export const sum: Made<(...numbers: number[]) => number> = task(
  import.meta,
  function sum(...numbers) {
    return numbers.reduce((a, b) => a + b, 0);
  },
);

/** How many arguments arrive. */
export const howMany: Made<(...args: unknown[]) => number> = task(
  import.meta,
  function howMany(...args) {
    return args.length;
  },
);

export const square: Made<(x: number) => number> = task(
  import.meta,
  function square(x) {
    return x * x;
  },
);

export const squareAsync: Made<(x: number) => Promise<number>> = task(
  import.meta,
  async function squareAsync(x) {
    await Promise.resolve();
    return x * x;
  },
);

export const divide: Made<(a: number, b: number) => number> = task(
  import.meta,
  function divide(a, b) {
    if (b === 0) throw new RangeError(`${a} / 0`);
    return a / b;
  },
);

/** Tells which thread ran it, when all have come. */
export const meet: Made<(barrier: Barrier) => [id: number, name: string]> =
  task(import.meta, function meet(barrier) {
    barrier.wait();
    return [Thread.current.id, Thread.current.name];
  });

/** The threads of a pool, so many of them at once. */
export async function crew(
  pool: ThreadPoolExecutor,
  n: number,
): Promise<[id: number, name: string][]> {
  const barrier = new Barrier(n);
  return await Promise.all(
    Array.from({ length: n }, () => pool.submit(meet, barrier)),
  );
}

/** Says that it begins, waits for its gate, and says that it ends. */
export const logAround: Made<
  (n: number, log: Queue<string>, gate: Gate) => number
> = task(import.meta, function logAround(n, log, { begun, open }) {
  log.put(`begin ${n}`);
  bump(begun);
  open.wait();
  log.put(`end ${n}`);
  return n;
});

/** The first waits for the gate; the others do not. */
export const firstWaits: Made<(n: number, gate: Gate) => number> = task(
  import.meta,
  function firstWaits(n, { begun, open }) {
    bump(begun);
    if (n === 0) open.wait();
    return n;
  },
);

export const useShared: Made<
  (
    parts: { lock: Lock; counter: AtomicInt32; queue: Queue<unknown> },
    memory: SharedArrayBuffer,
    view: Int32Array<SharedArrayBuffer>,
  ) => { view: Int32Array<SharedArrayBuffer>; memory: SharedArrayBuffer }
> = task(
  import.meta,
  function useShared({ lock, counter, queue }, memory, view) {
    lock.run(() => counter.store(counter.load() + 1));
    queue.put([counter, "from the task"]);
    Atomics.add(view, 0, 5);
    new Uint8Array(memory)[7] = 9;
    return { view: view.subarray(1), memory };
  },
);

/** Shared memory that the task makes, and that it still sees later. */
let kept: Int32Array | undefined;
export const makeMemory: Made<() => Int32Array<SharedArrayBuffer>> = task(
  import.meta,
  function makeMemory() {
    const made = new Int32Array(new SharedArrayBuffer(64));
    kept = made;
    made[0] = 7;
    return made;
  },
);
export const readMemory: Made<(i: number) => number> = task(
  import.meta,
  function readMemory(i) {
    return kept![i]!;
  },
);

export const text: Made<(length: number) => string> = task(
  import.meta,
  function text(length) {
    return "x".repeat(length);
  },
);

/** Calls a task that it is given. */
export const call: Made<
  (fn: Task<(x: number) => number>, x: number) => number
> = task(import.meta, function call(fn, x) {
  return fn(x);
});

/** What the pool's initializer was given, in this thread, and how often it ran. */
const state = { given: [] as unknown[], runs: 0 };

export const initialise: Made<(...given: unknown[]) => Promise<void>> = task(
  import.meta,
  async function initialise(...given) {
    state.runs++;
    await Promise.resolve();
    state.given = given;
  },
);

export const initialised: Made<() => typeof state> = task(
  import.meta,
  function initialised() {
    return state;
  },
);

/** Fails as an initializer, when the gate opens. */
export const failToInitialise: Made<(gate: Gate) => void> = task(
  import.meta,
  function failToInitialise({ begun, open }) {
    // That it is written to the console would only be noise among the tests.
    console.error = () => {};
    bump(begun);
    open.wait();
    throw new RangeError("not today");
  },
);

/** Whether this runs in a thread of that pool. */
export const isCurrent: Made<(pool: ThreadPoolExecutor) => boolean[]> = task(
  import.meta,
  function isCurrent(pool) {
    const { current } = ThreadPoolExecutor;
    return [current !== undefined, current?.maxWorkers === pool.maxWorkers];
  },
);

/** Shuts its own pool down, without waiting; and then submits. */
export const shutOwn: Made<() => string> = task(
  import.meta,
  function shutOwn() {
    const pool = ThreadPoolExecutor.current!;
    pool.shutdown({ wait: false });
    try {
      pool.submit(sum, 1);
      return "submitted";
    } catch (error) {
      return (error as Error).name;
    }
  },
);

/** Whether its own pool refuses to be shut down and waited for, as that would be for ever. */
export const joinOwn: Made<() => string> = task(
  import.meta,
  function joinOwn() {
    try {
      ThreadPoolExecutor.current!.shutdown();
      return "shut down";
    } catch (error) {
      return (error as Error).name;
    }
  },
);

/** In any thread: submits so many tasks, and adds up what they return. */
export const submitMany: Made<
  (face: Face, pool: ThreadPoolExecutor, n: number) => Promise<number>
> = task(import.meta, async function submitMany(face, pool, n) {
  const futures = Array.from(
    { length: n },
    (_, i) => pool.submit(square, i),
  );
  let sum = 0;
  for (const future of futures) sum += await outcome(face, future) as number;
  return sum;
});

/** In any thread: submits a task, and leaves without waiting for it. */
export const submitAndLeave: Made<
  (pool: ThreadPoolExecutor, gate: Gate) => { future: Future<number> }
> = task(import.meta, function submitAndLeave(pool, gate) {
  return { future: posted(pool.submit(pass, gate, 7)) };
});

/** Waits for a future that is submitted later, behind it. */
export const seeFrom: Made<
  (face: Face, queue: Queue<Future<unknown>>) => Promise<unknown>
> = task(import.meta, async function seeFrom(face, queue) {
  // It is wrapped: a future that is returned to await is awaited.
  const future = queue.get();
  return await outcome(face, future, 10_000);
});

/** Maps over a pool. */
async function squares(
  face: Face,
  pool: ThreadPoolExecutor,
  n: number,
): Promise<number[]> {
  const results = pool.map(square, Array.from({ length: n }, (_, i) => i));
  return face === "sync" ? results.toArray() : await results.toArrayAsync();
}

/** Maps over its own pool. */
export const mapOwn: Made<(face: Face, n: number) => Promise<number[]>> = task(
  import.meta,
  function mapOwn(face, n) {
    return squares(face, ThreadPoolExecutor.current!, n);
  },
);

/** In any thread: maps over a pool. */
export const mapOther: Made<
  (face: Face, pool: ThreadPoolExecutor, n: number) => Promise<number[]>
> = task(import.meta, function mapOther(face, pool, n) {
  return squares(face, pool, n);
});

export const putNumber: Made<(queue: Queue<number>, n: number) => void> = task(
  import.meta,
  function putNumber(queue, n) {
    queue.put(n);
  },
);

/** Puts one number, and then another by a task of its own pool that it waits for. */
export const putNested: Made<
  (face: Face, queue: Queue<number>) => void | Promise<void>
> = task(import.meta, function putNested(face, queue) {
  queue.put(10);
  const nested = ThreadPoolExecutor.current!.submit(putNumber, queue, 11);
  return face === "sync" ? nested.result() : nested;
});

/** Calls it in a thread that looks around often: who waits in vain finds out when it does. */
function lookingAround<T>(fn: () => T): T {
  const { slice } = realm;
  realm.slice = 50;
  try {
    return fn();
  } finally {
    realm.slice = slice;
  }
}

/** Blocks for a task of its own pool that awaits; what comes of it. */
export const blockForAsync: Made<() => string> = task(
  import.meta,
  function blockForAsync() {
    const future = ThreadPoolExecutor.current!.submit(squareAsync, 3);
    return lookingAround(() => blocked(future));
  },
);

/** Blocks for a future that is submitted later, behind it; what comes of it. */
export const blockFor: Made<(queue: Queue<Future<unknown>>) => string> = task(
  import.meta,
  function blockFor(queue) {
    const future = queue.get();
    return lookingAround(() => blocked(future));
  },
);

function blocked(future: Future<unknown>): string {
  try {
    future.result(10_000);
    return "done";
  } catch (error) {
    return (error as Error).name;
  }
}

/** A pool that will be shut down while others submit to it. */
export interface Race {
  readonly pool: ThreadPoolExecutor;
  /** How many tasks ran. */
  readonly counter: AtomicInt32;
  /** How many threads submit. */
  readonly begun: AtomicInt32;
}

/** In any thread: submits to one pool after the other until it is shut down; how many of these tasks ran, and how many were cancelled. */
export const submitUntilShut: Made<
  (races: Race[]) => Promise<[ran: number, cancelled: number][]>
> = task(import.meta, async function submitUntilShut(races) {
  const counts: [number, number][] = [];
  for (const { pool, counter, begun } of races) {
    const futures: Future<number>[] = [];
    try {
      for (let i = 0; i < 1000; i++) {
        futures.push(pool.submit(count, counter));
        if (i === 2) bump(begun);
      }
    } catch (error) {
      if ((error as Error).name !== "SyncStateError") throw error;
    }
    let cancelled = 0;
    for (const future of futures) {
      if (await outcome("async", future) === "CancelledError") cancelled++;
    }
    counts.push([futures.length - cancelled, cancelled]);
  }
  return counts;
});
