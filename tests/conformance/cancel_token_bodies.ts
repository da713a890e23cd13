import {
  type AtomicBigInt64,
  type AtomicBool,
  type AtomicFloat64,
  type AtomicInt32,
  type AtomicValue,
  type Barrier,
  type BoundedSemaphore,
  type CancelToken,
  type Event,
  type Latch,
  type Lock,
  type Semaphore,
  sleep,
  sleepAsync,
  type Task,
  task,
  type WaitOptions,
} from "@interlock/threading";
import { acquire, bump, type Face, wait } from "../support/stage.ts";

type Body<A extends unknown[], R> = Task<
  (face: Face, ...args: A) => Promise<R>
>;

/** What can be waited for, by one of its methods. */
export type Waited =
  | Lock
  | Semaphore
  | BoundedSemaphore
  | Event
  | Latch
  | Barrier
  | CancelToken
  | AtomicInt32
  | AtomicBigInt64
  | AtomicBool
  | AtomicFloat64;

/** Waits for it, whatever it is: a value until it is not what it was made with. */
export async function await_(
  face: Face,
  object: Waited,
  options?: WaitOptions,
): Promise<unknown> {
  if ("acquire" in object) return await acquire(face, object, options);
  if (!("compareExchange" in object)) {
    return await wait<unknown>(face, object, options);
  }
  const atomic = object as unknown as AtomicValue<string, unknown>;
  const first = firstOf(atomic);
  return face === "sync"
    ? atomic.wait(first, options)
    : await atomic.waitAsync(first, options);
}

/** The value that a value is made with. */
export function firstOf({ kind }: AtomicValue<string, unknown>): unknown {
  if (kind === "AtomicBool") return false;
  return kind === "AtomicBigInt64" ? 0n : 0;
}

/** Waits, and says how it ended; what it acquired it gives back. */
export const attempt: Body<
  [Waited, CancelToken | undefined, AtomicInt32],
  string
> = task(
  import.meta,
  async function attempt(face, object, token, arrived) {
    bump(arrived);
    try {
      const result = await await_(face, object, token && { token });
      if ("release" in object) object.release();
      return String(result);
    } catch (error) {
      return `${(error as Error).name}: ${(error as Error).message}`;
    }
  },
);

/** Sleeps, and says how it ended. */
export const doze: Body<[CancelToken, AtomicInt32], string> = task(
  import.meta,
  async function doze(face, token, arrived) {
    bump(arrived);
    try {
      if (face === "sync") sleep(20_000, { token });
      else await sleepAsync(20_000, { token });
      return "slept to the end";
    } catch (error) {
      return `${(error as Error).name}: ${(error as Error).message}`;
    }
  },
);

/** Cancels, when it is told to. */
export const cancelAfter: Task<(token: CancelToken, go: Event) => void> = task(
  import.meta,
  function cancelAfter(token, go) {
    void go.wait(10_000);
    token.cancel();
  },
);

/** Works until the token that it was passed is cancelled. */
export const work: Task<(token: CancelToken, arrived: AtomicInt32) => string> =
  task(import.meta, function work(token, arrived) {
    bump(arrived);
    try {
      for (;;) token.throwIfCancelled();
    } catch (error) {
      return `${token}, ${(error as Error).name}`;
    }
  });
