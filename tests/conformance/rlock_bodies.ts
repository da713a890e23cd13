import {
  type AtomicInt32,
  type CancelToken,
  type RLock,
  type Task,
  task,
} from "@interlock/threading";
import { bump, type Face } from "../support/stage.ts";

type Body<A extends unknown[], R> = Task<
  (face: Face, ...args: A) => Promise<R>
>;

/** What a thread sees of a lock, and whether it may try it. */
export const see: Body<
  [RLock],
  { locked: boolean; isOwned: boolean; holdCount: number; got: boolean }
> = task(
  import.meta,
  // deno-lint-ignore require-await
  async function see(_face, lock) {
    const { locked, isOwned, holdCount } = lock, got = lock.tryAcquire();
    if (got) lock.release();
    return { locked, isOwned, holdCount, got };
  },
);

/** Releases twice what it does not hold; the messages. */
export const releaseForeign: Body<[RLock], string[]> = task(
  import.meta,
  // deno-lint-ignore require-await
  async function releaseForeign(_face, lock) {
    const messages: string[] = [];
    for (let i = 0; i < 2; i++) {
      try {
        lock.release();
        messages.push("released");
      } catch (error) {
        messages.push((error as Error).message);
      }
    }
    return messages;
  },
);

/** Acquires, and writes where in the order it came. */
export const inTurn: Body<[RLock, AtomicInt32, AtomicInt32], number> = task(
  import.meta,
  // deno-lint-ignore require-await
  async function inTurn(_face, lock, arrived, turns) {
    bump(arrived);
    lock.acquire();
    const turn = turns.add(1);
    lock.release();
    return turn;
  },
);

/** Acquires until it is cancelled; what it got instead of the lock. */
export const cancelled: Body<
  [RLock, AtomicInt32, CancelToken, number | undefined],
  string
> = task(
  import.meta,
  // deno-lint-ignore require-await
  async function cancelled(_face, lock, arrived, token, timeout) {
    bump(arrived);
    try {
      const got = lock.acquire(
        timeout === undefined ? { token } : { token, timeout },
      );
      if (got) lock.release();
      return String(got);
    } catch (error) {
      return (error as Error).name;
    }
  },
);

/** Adds to plain words under nested holds, with as many releases before the last word. */
export const addNested: Body<
  [RLock, Int32Array<SharedArrayBuffer>, number],
  number
> = task(
  import.meta,
  // deno-lint-ignore require-await
  async function addNested(_face, lock, words, times) {
    const add = (depth: number): number =>
      lock.run(() => {
        words[depth]!++;
        const reached = depth === 0 ? lock.holdCount : add(depth - 1);
        words[words.length - 1 - depth]!++;
        return reached;
      });
    let deepest = 0;
    for (let i = 0; i < times; i++) deepest = add(3);
    return deepest;
  },
);

/** Holds it twice until it is told not to. */
export const holdUntil: Body<[RLock, AtomicInt32, AtomicInt32], void> = task(
  import.meta,
  // deno-lint-ignore require-await
  async function holdUntil(_face, lock, arrived, release) {
    lock.acquire();
    lock.acquire();
    bump(arrived);
    release.wait(0);
    lock.release();
    lock.release();
  },
);
