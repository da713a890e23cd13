import {
  type SpscArray,
  type SpscItem,
  type SpscNumbers,
  type SpscQueue,
  type SpscType,
  type Task,
  task,
} from "@interlock/threading";
import { realm } from "../../primitives/_realm.ts";
import { random } from "./random.ts";

// A wait that misses its wake must hang here, and not be saved by the re-check.
realm.slice = 1_000_000;

const MANY = 50, LONGEST = 100;

/** The item with that number; each has other bits, and each record another length. */
export function itemOf(type: SpscType, n: number): number | Uint8Array {
  if (type === "int32") return Math.imul(n, 0x9e3779b1);
  if (type === "float64") return n / 7;
  const length = (Math.imul(n, 0x9e3779b1) >>> 16) % LONGEST;
  const record = new Uint8Array(length);
  for (let i = 0; i < length; i++) record[i] = n + i;
  return record;
}

function same(one: number | Uint8Array, other: number | Uint8Array): boolean {
  if (typeof one === "number" || typeof other === "number") {
    return one === other;
  }
  return one.length === other.length &&
    one.every((byte, i) => byte === other[i]);
}

/** Does it unless the time is up. */
function inTime<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "ERR_QUEUE_FULL" || code === "ERR_QUEUE_EMPTY") {
      return undefined;
    }
    throw error;
  }
}

/** Puts the items from 0 to `times`, in all ways. */
export const send: Task<
  (seed: number, times: number, queue: SpscQueue) => Promise<void>
> = task(import.meta, async function send(seed, times, queue) {
  const next = random(seed), { type } = queue;
  for (let n = 0; n < times;) {
    const item = itemOf(type, n) as SpscItem<SpscType>;
    const way = Math.floor(next() * 60);
    if (way === 0) {
      await queue.putAsync(item);
      n++;
    } else if (way < 10) {
      if (queue.tryPut(item)) n++;
    } else if (way === 10) {
      const put = inTime(() => (queue.put(item, next() * 0.2), true));
      if (put) n++;
    } else if (way < 20 && type !== "bytes") {
      const length = Math.min(times - n, Math.floor(next() * MANY));
      const many = new (type === "int32" ? Int32Array : Float64Array)(length);
      for (let i = 0; i < length; i++) many[i] = itemOf(type, n + i) as number;
      const wait = way < 18 ? undefined : next() * 0.2;
      n += queue.putMany(many as SpscNumbers<SpscType>, wait);
    } else {
      queue.put(item);
      n++;
    }
  }
  queue.close();
});

/** Gets in all ways until it is closed; how many came, and the first that was wrong. */
export const receive: Task<
  (seed: number, queue: SpscQueue) => Promise<{ count: number; wrong: number }>
> = task(import.meta, async function receive(seed, queue) {
  const next = random(seed), { type } = queue;
  const into = type === "bytes"
    ? new Uint8Array(LONGEST)
    : new (type === "int32" ? Int32Array : Float64Array)(MANY);
  let count = 0, wrong = -1;
  const look = (item: number | Uint8Array) => {
    if (!same(item, itemOf(type, count)) && wrong < 0) wrong = count;
    count++;
  };
  const lookInto = (got: number | undefined) => {
    if (got === undefined) return;
    if (type === "bytes") look((into as Uint8Array).subarray(0, got));
    else into.subarray(0, got).forEach(look);
  };
  try {
    for (;;) {
      const way = Math.floor(next() * 60);
      if (way === 0) look(await queue.getAsync());
      else if (way === 1) {
        const got = await queue.getAsync(next() * 0.2).catch((error) => error);
        if (typeof got === "number" || got instanceof Uint8Array) look(got);
        else {inTime(() => {
            throw got;
          });}
      } else if (way === 2) {
        const got = inTime(() => queue.get(next() * 0.2));
        if (got !== undefined) look(got);
      } else if (way < 10) {
        const got = queue.tryGet();
        if (got !== undefined) look(got.value);
      } else if (way < 20) {
        lookInto(queue.getInto(into as SpscArray<SpscType>));
      } else if (way < 25) {
        lookInto(queue.tryGetInto(into as SpscArray<SpscType>));
      } else look(queue.get());
    }
  } catch (error) {
    if ((error as { code?: string }).code !== "ERR_QUEUE_SHUT_DOWN") {
      throw error;
    }
    return { count, wrong };
  }
});
