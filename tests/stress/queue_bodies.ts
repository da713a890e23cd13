import {
  type AsyncWaitOptions,
  type AtomicInt32,
  CancelledError,
  CancelToken,
  type Channel,
  ChannelClosedError,
  type LifoQueue,
  type PriorityQueue,
  type Queue,
  QueueEmptyError,
  QueueFullError,
  QueueShutDownError,
  type SimpleQueue,
  sleep,
  type Task,
  task,
  TimeoutError,
  type WaitOptions,
} from "@interlock/threading";
import { realm } from "../../primitives/_realm.ts";
import { random } from "./random.ts";

// A wait that misses its wake must hang here, and not be saved by the re-check.
realm.slice = 1_000_000;

/** Any class of the family. */
export type AnyQueue =
  | Queue<unknown>
  | LifoQueue<unknown>
  | PriorityQueue<unknown>
  | SimpleQueue<unknown>
  | Channel<unknown>;

/** What all of them can do; an option that one does not know it does not see. */
interface Face {
  put(item: unknown, options?: WaitOptions & { priority: number }): void;
  putAsync(
    item: unknown,
    options?: AsyncWaitOptions & { priority: number },
  ): Promise<void>;
  tryPut(item: unknown, options?: { priority: number }): boolean;
  get(wait?: number | WaitOptions): unknown;
  getAsync(wait?: number | AsyncWaitOptions): Promise<unknown>;
  tryGet(): { value: unknown } | undefined;
}

/** The methods of a queue, also for a channel. */
export function faceOf(queue: AnyQueue): Face {
  if (queue.kind !== "Channel") return queue as PriorityQueue<unknown>;
  return {
    put: (item, options) => queue.send(item, options),
    putAsync: (item, options) => queue.sendAsync(item, options),
    tryPut: (item) => queue.trySend(item),
    get: (wait) => queue.receive(wait),
    getAsync: (wait) => queue.receiveAsync(wait),
    tryGet: () => queue.tryReceive(),
  };
}

/** The most items that are in a queue at a time; of a SimpleQueue about so many. */
export const MOST = 256;

/** So many producers, or consumers, are one thread: one blocks it while another awaits. */
export const TASKS = 2;

/** The numbers of a producer's items begin at a multiple of that. */
export const STRIDE: number = 2 ** 32;

/** An item is a number, an object or a string, and its number says which. */
export function itemOf(n: number): unknown {
  const text = "abcdefghij".slice(n % 10).repeat(n % 20);
  switch (n % 3) {
    case 0:
      return n;
    case 1:
      return { n, text, more: [n % 7, { even: n % 2 === 0 }] };
  }
  return `${n} ${text}`;
}

/** The number of an item that is exactly as it was made. */
export function numberOf(item: unknown): number {
  const n = typeof item === "number"
    ? item
    : typeof item === "string"
    ? Number.parseInt(item)
    : (item as { n: number }).n;
  const made = itemOf(n);
  const same = typeof made === "object"
    ? JSON.stringify(made) === JSON.stringify(item)
    : made === item;
  if (!same) throw new Error(`altered: ${JSON.stringify(item)}`);
  return n;
}

/** Tells `n` consumers that there is nothing more. */
export function end(queue: AnyQueue, n: number): void {
  if (queue.kind === "Channel") queue.close();
  else if (queue.kind !== "SimpleQueue") queue.shutdown();
  else for (let i = 0; i < n; i++) queue.put(null);
}

/** A queue, and what is known of its items. */
export interface Run {
  queue: AnyQueue;
  /** How many producers have not put in all of theirs. */
  open: AtomicInt32;
  /** A bit for each item that was taken. */
  seen: Int32Array<SharedArrayBuffer>;
}

/**
 * Puts items into each queue, in all ways mixed: this thread is so many producers, and
 * blocks with some of them while others await. The last producer of all ends the queue.
 */
export const produce: Task<
  (
    seed: number,
    runs: Run[],
    thread: number,
    consumers: number,
    each: number,
  ) => Promise<void>
> = task(
  import.meta,
  async function produce(seed, runs, thread, consumers, each) {
    const next = random(seed);
    const putAll = async ({ queue, open }: Run, producer: number) => {
      const face = faceOf(queue);
      for (let i = 0; i < each; i++) {
        const item = itemOf(producer * STRIDE + i);
        if (queue.kind === "SimpleQueue") {
          while (queue.size >= MOST) sleep(0.1);
          queue.put(item);
        } else {
          // Of one producer no item may overtake an earlier one.
          await putSomehow(face, item, i, next);
        }
      }
      if (open.sub(1) === 1) end(queue, consumers);
    };
    for (const run of runs) {
      await Promise.all(
        tasks().map((t) => putAll(run, thread * TASKS + t)),
      );
    }
  },
);

async function putSomehow(
  queue: Face,
  item: unknown,
  priority: number,
  next: () => number,
): Promise<void> {
  for (;;) {
    const chance = next(), timeout = next() * 0.2;
    try {
      if (chance < 0.9) return queue.put(item, { priority });
      if (chance < 0.92) return await queue.putAsync(item, { priority });
      if (chance < 0.94) {
        if (queue.tryPut(item, { priority })) return;
      } else if (chance < 0.96) {
        return queue.put(item, { priority, timeout });
      } else if (chance < 0.98) {
        return await queue.putAsync(item, { priority, timeout });
      } else if (chance < 0.99) {
        const token = cancelled();
        return queue.put(item, { priority, token });
      } else {
        return await aborted(
          next,
          (signal) => queue.putAsync(item, { priority, signal }),
        );
      }
    } catch (error) {
      if (!isLate(error)) refuseOthers(error);
    }
  }
}

/**
 * Gets items in all ways mixed, until each queue is shut down or gives null; how many.
 * Throws if one is altered, doubled, or comes after one that its producer put in later.
 */
export const consume: Task<
  (seed: number, runs: Run[], each: number) => Promise<number[]>
> = task(import.meta, async function consume(seed, runs, each) {
  const next = random(seed), counts: number[] = [];
  const getAll = async ({ queue, seen }: Run) => {
    const last = new Map<number, number>(), face = faceOf(queue);
    for (let count = 0;; count++) {
      const got = await getSomehow(face, next);
      if (got === undefined || got.value === null) return count;
      const n = numberOf(got.value);
      const producer = Math.floor(n / STRIDE), i = n % STRIDE;
      const place = producer * each + i, bit = 1 << (place & 31);
      const what = `${queue.kind}: item ${i} of producer ${producer}`;
      if ((Atomics.or(seen, place >> 5, bit) & bit) !== 0) {
        throw new Error(`${what} came twice`);
      }
      if (queue.kind === "LifoQueue") continue;
      const before = last.get(producer) ?? -1;
      if (i < before) throw new Error(`${what} came after ${before}`);
      last.set(producer, i);
    }
  };
  for (const run of runs) {
    const each = await Promise.all(tasks().map(() => getAll(run)));
    counts.push(each.reduce((a, b) => a + b));
  }
  return counts;
});

/** An item, or undefined if the queue is shut down and empty. */
async function getSomehow(
  queue: Face,
  next: () => number,
): Promise<{ value: unknown } | undefined> {
  for (;;) {
    const chance = next(), timeout = next() * 0.2;
    try {
      if (chance < 0.9) return { value: queue.get() };
      if (chance < 0.92) return { value: await queue.getAsync() };
      if (chance < 0.94) {
        const got = queue.tryGet();
        if (got !== undefined) return got;
      } else if (chance < 0.96) {
        return { value: queue.get(timeout) };
      } else if (chance < 0.98) {
        return { value: await queue.getAsync(timeout) };
      } else if (chance < 0.99) {
        return { value: queue.get({ token: cancelled() }) };
      } else {
        const value = await aborted(
          next,
          (signal) => queue.getAsync({ signal }),
        );
        return { value };
      }
    } catch (error) {
      if (error instanceof QueueShutDownError) return undefined;
      if (error instanceof ChannelClosedError) return undefined;
      if (!isLate(error)) refuseOthers(error);
    }
  }
}

/** The numbers of the tasks of a thread. */
function tasks(): number[] {
  return Array.from({ length: TASKS }, (_, t) => t);
}

function cancelled(): CancelToken {
  const token = new CancelToken();
  token.cancel();
  return token;
}

/** Begins a wait, and aborts it at once, a turn later, or a bit later. */
async function aborted<T>(
  next: () => number,
  wait: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const abort = new AbortController(), when = next();
  const waiting = wait(abort.signal);
  if (when < 0.3) abort.abort();
  else if (when < 0.6) queueMicrotask(() => abort.abort());
  else setTimeout(() => abort.abort());
  return await waiting;
}

function isLate(error: unknown): boolean {
  return error instanceof QueueFullError || error instanceof QueueEmptyError ||
    error instanceof TimeoutError;
}

/** Throws what is neither an abort nor a cancelled token. */
function refuseOthers(error: unknown): void {
  const { name } = error as Error;
  if (name === "AbortError") return;
  const token = "The token was cancelled";
  if (error instanceof CancelledError && error.message === token) return;
  throw error;
}
