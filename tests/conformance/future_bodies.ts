import {
  type AsyncWaitOptions,
  AtomicInt32,
  Event,
  Future,
  type Task,
  task,
  Thread,
  ThreadPoolExecutor,
  type WaitOptions,
} from "@interlock/threading";
import { realm } from "../../primitives/_realm.ts";
import { bump, type Face } from "../support/stage.ts";

// A wait that misses its wake must fail its test, and not be saved by the re-check.
realm.slice = 12_000;

// deno-lint-ignore no-explicit-any
type Made<F extends (...args: any[]) => any> = Task<F>;

/** Where a task says that it runs, and waits until it may go on. */
export interface Gate {
  readonly begun: AtomicInt32;
  readonly open: Event;
}

/** A gate that is closed. */
export function newGate(): Gate {
  return { begun: new AtomicInt32(), open: new Event() };
}

/** Returns its argument when the gate opens; it blocks until then. */
export const pass: Made<(gate: Gate, value: number) => number> = task(
  import.meta,
  function pass({ begun, open }, value) {
    bump(begun);
    open.wait();
    return value;
  },
);

/** Returns its argument when the gate opens; it awaits that. */
export const passAsync: Made<(gate: Gate, value: number) => Promise<number>> =
  task(import.meta, async function passAsync({ begun, open }, value) {
    bump(begun);
    await open.waitAsync();
    return value;
  });

/** Fails when the gate opens. */
export const failAt: Made<(gate: Gate) => number> = task(
  import.meta,
  function failAt({ begun, open }) {
    bump(begun);
    open.wait();
    throw new RangeError("too far");
  },
);

/** Counts how often it ran. */
export const count: Made<(counter: AtomicInt32) => number> = task(
  import.meta,
  function count(counter) {
    const before = counter.add(1);
    counter.notify();
    return before;
  },
);

/** A future on its way to or from a Thread, which opens it on arrival. */
export function posted<T>(future: Future<T>): Future<T> {
  return future.handle as unknown as Future<T>;
}

/** What a future gives, or the name of what it throws. */
export async function outcome(
  face: Face,
  future: Future<unknown>,
  wait?: number | WaitOptions,
): Promise<unknown> {
  try {
    return face === "sync"
      ? future.result(wait)
      : await future.resultAsync(wait as AsyncWaitOptions);
  } catch (error) {
    return (error as Error).name;
  }
}

/** What a future failed with, or what is thrown instead, by its name. */
export async function failure(
  face: Face,
  future: Future<unknown>,
  wait?: number | WaitOptions,
): Promise<unknown> {
  try {
    const error = face === "sync"
      ? future.exception(wait)
      : await future.exceptionAsync(wait as AsyncWaitOptions);
    return error === undefined ? undefined : `${(error as Error).name}!`;
  } catch (error) {
    return (error as Error).name;
  }
}

/** `Future.wait` on a face: how many are done, and how many are not. */
export async function waited<T>(
  face: Face,
  futures: Iterable<Future<T>>,
  options?: Parameters<typeof Future.wait>[1],
): Promise<{ done: Set<Future<T>>; notDone: Set<Future<T>> }> {
  return face === "sync"
    ? Future.wait(futures, options)
    : await Future.waitAsync(futures, options as object);
}

/** `Future.asCompleted` on a face. */
export async function eachCompleted<T>(
  face: Face,
  futures: Iterable<Future<T>>,
  use: (future: Future<T>) => void,
  options?: { timeout?: number },
): Promise<void> {
  const all = Future.asCompleted(futures, options);
  if (face === "sync") { for (const { future } of all) use(future); }
  else for await (const { future } of all) use(future);
}

/** In another thread: what a future gives. */
export const see: Made<
  (face: Face, future: Future<unknown>, begun?: AtomicInt32) => Promise<unknown>
> = task(import.meta, async function see(face, future, begun) {
  if (begun !== undefined) bump(begun);
  return await outcome(face, future, 10_000);
});

/** In another thread: what several futures give, by each way to wait for them. */
export const seeAll: Made<
  (
    face: Face,
    futures: Future<number>[],
  ) => Promise<[done: number, notDone: number, sum: number]>
> = task(import.meta, async function seeAll(face, futures) {
  let sum = 0;
  await eachCompleted(face, futures, (future) => sum += future.result());
  const { done, notDone } = await waited(face, futures);
  return [done.size, notDone.size, sum];
});

/** In another thread: cancels a future. */
export const cancelIt: Made<(future: Future<unknown>) => [boolean, string]> =
  task(import.meta, function cancelIt(future) {
    return [future.cancel(), future.state];
  });

/** In another thread: calls back when a future is done. */
export const hear: Made<(future: Future<number>) => Promise<number>> = task(
  import.meta,
  function hear(future) {
    return new Promise((resolve) =>
      future.onDone((same) => resolve(same.result()))
    );
  },
);

/** The ways to wait by blocking for a task that is submitted to one's own pool. */
export const BLOCKING = [
  "result",
  "exception",
  "wait",
  "asCompleted",
  "map",
] as const;

/** The ways to await one. */
export const AWAITING = [
  "await",
  "resultAsync",
  "exceptionAsync",
  "waitAsync",
  "asCompleted",
  "map",
  "all",
  "then",
  "onDone",
] as const;

/** Submits itself again to its own pool, and blocks until that is done; which threads ran it, from here on down. */
export const nest: Made<
  (way: typeof BLOCKING[number], depth: number) => number[]
> = task(import.meta, function nest(way, depth): number[] {
  const mine = Thread.current.id;
  return depth === 0 ? [mine] : [mine, ...below(way, depth - 1)];
});

function below(way: typeof BLOCKING[number], depth: number): number[] {
  const pool = ThreadPoolExecutor.current!;
  if (way === "map") return pool.starmap(nest, [[way, depth]]).toArray()[0]!;
  const future = pool.submit(nest, way, depth);
  if (way === "exception") future.exception();
  if (way === "wait") Future.wait([future]);
  if (way === "asCompleted") {
    for (const done of Future.asCompleted([future])) {
      return done.future.result(0);
    }
  }
  return future.result(way === "result" ? undefined : 0);
}

/** The same, by awaiting. */
export const nestAsync: Made<
  (way: typeof AWAITING[number], depth: number) => Promise<number[]>
> = task(import.meta, async function nestAsync(way, depth): Promise<number[]> {
  const mine = Thread.current.id;
  return depth === 0 ? [mine] : [mine, ...await belowAsync(way, depth - 1)];
});

async function belowAsync(
  way: typeof AWAITING[number],
  depth: number,
): Promise<number[]> {
  const pool = ThreadPoolExecutor.current!;
  if (way === "map") {
    return (await pool.starmap(nestAsync, [[way, depth]]).toArrayAsync())[0]!;
  }
  const future = pool.submit(nestAsync, way, depth);
  switch (way) {
    case "exceptionAsync":
      await future.exceptionAsync();
      break;
    case "waitAsync":
      await Future.waitAsync([future]);
      break;
    case "asCompleted":
      for await (const done of Future.asCompleted([future])) {
        return done.future.result(0);
      }
      break;
    case "all":
      return (await Promise.all([future]))[0];
    case "then":
      return await future.then((ids) => ids);
    case "resultAsync":
      return await future.resultAsync();
    case "onDone":
      await new Promise<void>((resolve) => future.onDone(() => resolve()));
      return future.result(0);
  }
  return await future;
}

/** Returns a future of its own pool inside of its result. */
export const giveFuture: Made<(value: number) => { inner: Future<number> }> =
  task(import.meta, function giveFuture(value) {
    const pool = ThreadPoolExecutor.current!;
    return { inner: pool.submit(count, new AtomicInt32(value)) };
  });

/** Returns a future of its own pool: its own future takes that one's outcome. */
export const adopt: Made<(value: number) => Future<number>> = task(
  import.meta,
  function adopt(value) {
    return ThreadPoolExecutor.current!.submit(count, new AtomicInt32(value));
  },
);
