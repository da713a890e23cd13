import {
  type AtomicInt32,
  type Barrier,
  type Event,
  type Lock,
  type PriorityQueue,
  type Queue,
  QueueEmptyError,
  QueueFullError,
  QueueShutDownError,
  type SimpleQueue,
  sleepAsync,
  type Task,
  task,
  type WaitOptions,
} from "@interlock/threading";
import { realm } from "../../primitives/_realm.ts";
import { bump, type Face, wait } from "../support/stage.ts";

// A wait that misses its wake must fail its test, and not be saved by the re-check;
// but a thread has to see that the test has ended.
realm.slice = 12_000;

type Body<A extends unknown[], R> = Task<
  (face: Face, ...args: A) => Promise<R>
>;

/** Any class of the family. */
export type AnyQueue = Queue<unknown> | SimpleQueue<unknown>;

/** One call of a method of a queue. */
export type Step = readonly [
  queue: AnyQueue,
  method: string,
  ...args: unknown[],
];

/** Calls a method, or its awaiting twin if the face is async and it has one. */
export async function call(face: Face, ...step: Step): Promise<unknown> {
  const [queue, method, ...args] = step;
  const twin = `${method}Async`;
  const name = face === "async" && twin in queue ? twin : method;
  // deno-lint-ignore no-explicit-any
  return await (queue as any)[name](...args);
}

/** `put` on a face. */
export async function put(
  face: Face,
  queue: AnyQueue,
  item: unknown,
  wait?: number | WaitOptions & { priority?: number },
): Promise<void> {
  await call(face, queue, "put", item, wait);
}

/** `get` on a face. */
export async function get<T>(
  face: Face,
  queue: Queue<T> | SimpleQueue<T>,
  wait?: number | WaitOptions,
): Promise<T> {
  return await call(face, queue as AnyQueue, "get", wait) as T;
}

/** `join` on a face. */
export async function join(
  face: Face,
  queue: AnyQueue,
  wait?: number | WaitOptions,
): Promise<boolean> {
  return await call(face, queue, "join", wait) as boolean;
}

/** What a call returns, or the name of what it throws. */
export async function outcome(face: Face, ...step: Step): Promise<unknown> {
  try {
    return await call(face, ...step);
  } catch (error) {
    const { name, message } = error as Error;
    return /^(Queue|Cancelled)/.test(name) ? name : `${name}: ${message}`;
  }
}

/** Calls one after the other, each when it is told to, and says how each ended. */
export const perform: Body<
  [Step[], AtomicInt32, AtomicInt32, AtomicInt32],
  unknown[]
> = task(import.meta, async function perform(face, steps, go, begun, ended) {
  const outcomes: unknown[] = [];
  for (const [i, step] of steps.entries()) {
    if (face === "sync") void go.wait(i);
    else void await go.waitAsync(i);
    bump(begun);
    outcomes.push(await outcome(face, ...step));
    bump(ended);
  }
  return outcomes;
});

/** Calls once, and says how it ended. */
export const attempt: Body<[Step, AtomicInt32], unknown> = task(
  import.meta,
  async function attempt(face, step, begun) {
    bump(begun);
    return await outcome(face, ...step);
  },
);

/** Waits in a call, or in a loop, until the thread is stopped; says how it ended. */
export const stopped: Task<
  (queue: AnyQueue, begun: AtomicInt32, ...call: unknown[]) => Promise<unknown>
> = task(import.meta, async function stopped(queue, begun, method, ...args) {
  realm.slice = 1000; // that is when it looks whether it is stopped
  bump(begun);
  if (method !== "loop") {
    return await outcome("sync", queue, method as string, ...args);
  }
  try {
    return [...queue as Queue<unknown>];
  } catch (error) {
    return (error as Error).name;
  }
});

/** Adds up what it gets from each queue, and calls each item done, until it gets a negative one. */
export const sumUp: Body<[Queue<number>[], AtomicInt32], void> = task(
  import.meta,
  async function sumUp(face, queues, sum) {
    for (const queue of queues) {
      for (let item = 0; item >= 0;) {
        item = await get(face, queue);
        if (item >= 0) sum.add(item);
        queue.taskDone();
      }
    }
  },
);

/** What a loop over each queue sees, until it ends. */
export const loop: Body<[Queue<number>[], AtomicInt32], number[][]> = task(
  import.meta,
  async function loop(face, queues, seen) {
    const all: number[][] = [];
    for (const queue of queues) {
      const items: number[] = [];
      const see = (item: number) => {
        items.push(item);
        bump(seen);
      };
      if (face === "sync") { for (const item of queue) see(item); }
      else for await (const item of queue) see(item);
      all.push(items);
    }
    return all;
  },
);

/** A queue, and how it will be shut down. */
export interface Round {
  queue: Queue<number>;
  immediate: boolean;
}

/**
 * Puts half of the items, meets the others, and puts the rest; the first writer to
 * come to three quarters shuts down. How many items were taken in, in each round.
 */
export const write: Body<[Round[], Barrier, number, number], number[]> = task(
  import.meta,
  async function write(face, rounds, barrier, writer, n) {
    const counts: number[] = [];
    for (const { queue, immediate } of rounds) {
      let i = 0;
      try {
        for (; i < n / 2; i++) await put(face, queue, writer * n + i);
        await wait(face, barrier);
        for (; i < n; i++) {
          await put(face, queue, writer * n + i);
          if (i === n * 3 / 4) queue.shutdown({ immediate });
        }
        throw new Error("A put after the shutdown was accepted");
      } catch (error) {
        if (!(error instanceof QueueShutDownError)) throw error;
      }
      counts.push(i);
      await wait(face, barrier);
    }
    return counts;
  },
);

/** Gets in all ways, and calls each item done, until it is told of the shutdown. */
export const read: Body<[Round[], Barrier], number[][]> = task(
  import.meta,
  async function read(face, rounds, barrier) {
    const all: number[][] = [];
    for (const { queue } of rounds) {
      const items = [await get(face, queue)];
      queue.taskDone();
      await wait(face, barrier);
      try {
        for (let i = 0;; i++) {
          const got = i % 3 === 0
            ? queue.tryGet()
            : { value: await get(face, queue, i % 3 === 1 ? 5000 : undefined) };
          if (got === undefined) continue;
          items.push(got.value);
          queue.taskDone();
        }
      } catch (error) {
        if (!(error instanceof QueueShutDownError)) throw error;
      }
      all.push(items);
      await wait(face, barrier);
    }
    return all;
  },
);

/** Joins, while others read and write. */
export const joins: Body<[Round[], Barrier], boolean[]> = task(
  import.meta,
  async function joins(face, rounds, barrier) {
    const joined: boolean[] = [];
    for (const { queue } of rounds) {
      await wait(face, barrier);
      joined.push(await join(face, queue, 10_000));
      await wait(face, barrier);
    }
    return joined;
  },
);

/** How a party calls what it may have to wait for. */
export type Mode = "blocking" | "polling" | "impatient";

/** A queue, and how it is filled and emptied. */
export interface Lane {
  queue: AnyQueue;
  mode: Mode;
}

/** So little time that most waits end without success, in milliseconds. */
const TINY = 0.01;

/** Puts its numbers into each queue, and a null behind them. */
export const feed: Body<[Lane[], number, number], void> = task(
  import.meta,
  async function feed(face, lanes, feeder, n) {
    for (const { queue, mode } of lanes) {
      for (let i = 0; i < n; i++) {
        await putBy(face, queue, { feeder, i }, mode);
      }
      await putBy(face, queue, null, "blocking");
    }
  },
);

async function putBy(
  face: Face,
  queue: AnyQueue,
  item: unknown,
  mode: Mode,
): Promise<void> {
  if (queue.kind === "SimpleQueue") return queue.put(item);
  const bounded = queue as Queue<unknown>;
  for (;;) {
    switch (mode) {
      case "blocking":
        return await put(face, queue, item);
      case "polling":
        if (bounded.tryPut(item)) return;
        if (face === "async") await sleepAsync(0);
        break;
      case "impatient":
        try {
          return await put(face, queue, item, TINY);
        } catch (error) {
          if (!(error instanceof QueueFullError)) throw error;
        }
    }
  }
}

/** What it gets from each queue, before a null. */
export const consume: Body<[Lane[]], { feeder: number; i: number }[][]> = task(
  import.meta,
  async function consume(face, lanes) {
    const all: { feeder: number; i: number }[][] = [];
    for (const { queue, mode } of lanes) {
      const items: { feeder: number; i: number }[] = [];
      for (;;) {
        const item = await getBy(face, queue, mode);
        if (item === null) break;
        items.push(item as { feeder: number; i: number });
      }
      all.push(items);
    }
    return all;
  },
);

async function getBy(
  face: Face,
  queue: AnyQueue,
  mode: Mode,
): Promise<unknown> {
  for (;;) {
    switch (mode) {
      case "blocking":
        return await get<unknown>(face, queue);
      case "polling": {
        const got = queue.tryGet();
        if (got !== undefined) return got.value;
        if (face === "async") await sleepAsync(0);
        break;
      }
      case "impatient":
        try {
          return await get<unknown>(face, queue, TINY);
        } catch (error) {
          if (!(error instanceof QueueEmptyError)) throw error;
        }
    }
  }
}

/** Puts what it gets from one queue into another, until it is told to end. */
export const echo: Body<[Queue<unknown>, AnyQueue], void> = task(
  import.meta,
  async function echo(face, from, to) {
    try {
      for (;;) {
        const item = await get(face, from);
        await put(face, to, item, { priority: 0 });
      }
    } catch (error) {
      if (!(error instanceof QueueShutDownError)) throw error;
    }
  },
);

/** Whether the lock that comes through the queue is the one that it was given. */
export const sameLock: Task<
  (lock: Lock, queue: Queue<{ lock: Lock; again: Lock }>) => boolean[]
> = task(import.meta, function sameLock(lock, queue) {
  const arrived = queue.get();
  const before = arrived.lock.locked;
  if (!lock.acquire(5000)) throw new Error("it is held");
  const held = arrived.lock.locked && !arrived.again.tryAcquire();
  arrived.lock.release();
  return [before, held, lock.locked, arrived.lock === arrived.again];
});

/** Gets so many numbers that come in order; the first that does not, or the number of them. */
export const inOrder: Task<
  (queue: Queue<[number, string]>, begun: AtomicInt32, n: number) => number
> = task(import.meta, function inOrder(queue, begun, n) {
  bump(begun);
  for (let i = 0; i < n; i++) {
    const [number, text] = queue.get(10_000);
    if (number !== i || text.length !== i % 100) return i;
  }
  return n;
});

/** Puts so many numbers in order. */
export const putInOrder: Task<
  (queue: Queue<[number, string]>, n: number) => void
> = task(import.meta, function putInOrder(queue, n) {
  for (let i = 0; i < n; i++) queue.put([i, "x".repeat(i % 100)]);
});

/** Waits for an item in a task, and blocks its thread until it may go on; then the item. */
export const awaitThenBlock: Task<
  (queue: AnyQueue, arrived: AtomicInt32, go: Event) => Promise<unknown>
> = task(import.meta, async function awaitThenBlock(queue, arrived, go) {
  const item = queue.getAsync(10_000);
  // It has to be waiting in shared memory before this thread blocks.
  await new Promise((resolve) => setTimeout(resolve, 5));
  bump(arrived);
  go.wait();
  return await item;
});

/** Puts each item when the one before it has been taken, or so it seems. */
export const putOneByOne: Task<
  (queue: AnyQueue, items: unknown[], go: Event, taken: AtomicInt32) => void
> = task(import.meta, function putOneByOne(queue, items, go, taken) {
  go.wait();
  for (const [i, item] of items.entries()) {
    while (taken.load() < i) taken.wait(taken.load(), 10);
    queue.put(item);
  }
});

/** Puts by priority; for a queue that came as an argument, and so has its class. */
export const putPriority: Task<
  (queue: PriorityQueue<string>, items: [string, number][]) => string
> = task(import.meta, function putPriority(queue, items) {
  for (const [item, priority] of items) queue.put(item, { priority });
  return queue.kind;
});
