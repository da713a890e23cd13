import {
  type AsyncWaitOptions,
  type AtomicInt32,
  type Latch,
  type SpscItem,
  type SpscQueue,
  type SpscType,
  type SpscValue,
  type Task,
  task,
  type WaitOptions,
} from "@interlock/threading";
import { bump, type Face, wait } from "../support/stage.ts";

type Body<A extends unknown[], R> = Task<
  (face: Face, ...args: A) => Promise<R>
>;

/** `put` on a face. */
export async function put<T extends SpscType>(
  face: Face,
  queue: SpscQueue<T>,
  item: SpscItem<T>,
  wait?: number | WaitOptions,
): Promise<void> {
  if (face === "sync") queue.put(item, wait);
  else await queue.putAsync(item, wait as AsyncWaitOptions);
}

/** `get` on a face. */
export async function get<T extends SpscType>(
  face: Face,
  queue: SpscQueue<T>,
  wait?: number | WaitOptions,
): Promise<SpscValue<T>> {
  return face === "sync"
    ? queue.get(wait)
    : await queue.getAsync(wait as AsyncWaitOptions);
}

/** Puts the numbers from 0 on, and closes. */
export const produce: Body<
  [SpscQueue<"int32" | "float64">, AtomicInt32, number],
  void
> = task(import.meta, async function produce(face, queue, arrived, times) {
  bump(arrived);
  for (let i = 0; i < times; i++) await put(face, queue, i);
  queue.close();
});

/** Gets until it is closed; all that it got. */
export const drain: Body<[SpscQueue, AtomicInt32], (number | Uint8Array)[]> =
  task(import.meta, async function drain(face, queue, arrived) {
    bump(arrived);
    const got: (number | Uint8Array)[] = [];
    if (face === "sync") { for (const item of queue) got.push(item); }
    else for await (const item of queue) got.push(item);
    return got;
  });

/** Puts one item, or gets one, and lives on until `end`; the code of the error if there was one. */
export const attempt: Body<
  [SpscQueue<"int32">, "put" | "get", AtomicInt32, Latch],
  string
> = task(import.meta, async function attempt(face, queue, method, done, end) {
  let code = "none";
  try {
    if (method === "put") await put(face, queue, 1, 0);
    else await get(face, queue, 0);
  } catch (error) {
    code = (error as { code: string }).code;
  }
  bump(done);
  await wait(face, end);
  return code;
});

/** Puts one item and gives up the side. */
export const putAndLeave: Body<[SpscQueue<"int32">, number], void> = task(
  import.meta,
  async function putAndLeave(face, queue, item) {
    await put(face, queue, item);
    queue.leave();
  },
);
