import {
  type AtomicInt32,
  type CancelToken,
  type Condition,
  type Lock,
  type RLock,
  type Task,
  task,
} from "@interlock/threading";
import { acquire, bump, type Face, wait } from "../support/stage.ts";

/** A condition over any lock; only one over a Lock is used on the async face. */
export type AnyCondition = Condition<Lock | RLock>;

type Body<A extends unknown[], R> = Task<
  (face: Face, ...args: A) => Promise<R>
>;

/** Waits once; says under the lock that it is about to, and that it has. */
export const waitOnce: Body<
  [AnyCondition, AtomicInt32, AtomicInt32, number | undefined],
  { got: boolean; elapsed: number; turn: number }
> = task(
  import.meta,
  async function waitOnce(face, condition, arrived, passed, timeout) {
    await acquire(face, condition);
    bump(arrived);
    const start = performance.now();
    const got = await wait(face, condition, timeout);
    const elapsed = performance.now() - start, turn = passed.load();
    bump(passed);
    condition.release();
    return { got, elapsed, turn };
  },
);

/** Waits several times. */
export const waitTimes: Body<
  [AnyCondition, AtomicInt32, AtomicInt32, number],
  boolean
> = task(
  import.meta,
  async function waitTimes(face, condition, arrived, passed, times) {
    let all = true;
    await acquire(face, condition);
    for (let i = 0; i < times; i++) {
      bump(arrived);
      all = await wait(face, condition) && all;
      bump(passed);
    }
    condition.release();
    return all;
  },
);

/** Waits until a counter is so high; what it returned, how long that took, how often it looked. */
export const waitUntil: Body<
  [AnyCondition, AtomicInt32, AtomicInt32, number, number | undefined],
  { found: number; elapsed: number; looks: number }
> = task(
  import.meta,
  async function waitUntil(face, condition, arrived, value, least, timeout) {
    let looks = 0;
    const predicate = () => {
      looks++;
      return value.load() >= least ? value.load() : 0;
    };
    await acquire(face, condition);
    bump(arrived);
    const start = performance.now();
    const found = face === "sync"
      ? condition.waitFor(predicate, timeout)
      : await condition.waitForAsync(predicate, timeout);
    const elapsed = performance.now() - start;
    condition.release();
    return { found, elapsed, looks };
  },
);

/** Waits until it is cancelled; what was thrown, with the lock held. */
export const waitCancelled: Body<
  [AnyCondition, AtomicInt32, CancelToken | undefined],
  string
> = task(
  import.meta,
  async function waitCancelled(face, condition, arrived, token) {
    await acquire(face, condition);
    bump(arrived);
    try {
      return `waited: ${await wait(face, condition, token && { token })}`;
    } catch (error) {
      return (error as Error).name;
    } finally {
      condition.release(); // Throws if the lock is not held.
    }
  },
);

/** Waits with an RLock held so often; how often it is held then. */
export const waitNested: Body<
  [Condition<RLock>, AtomicInt32, number],
  number
> = task(
  import.meta,
  // deno-lint-ignore require-await
  async function waitNested(_face, condition, arrived, depth) {
    const { lock } = condition;
    for (let i = 0; i < depth; i++) lock.acquire();
    bump(arrived);
    condition.wait();
    const { holdCount } = lock;
    for (let i = 0; i < depth; i++) lock.release();
    return holdCount;
  },
);

/** Waits, and then notifies the next one. */
export const chain: Body<[AnyCondition, AtomicInt32], boolean> = task(
  import.meta,
  async function chain(face, condition, arrived) {
    await acquire(face, condition);
    bump(arrived);
    const got = await wait(face, condition, 10_000);
    condition.notify();
    condition.release();
    return got;
  },
);

/** Misuses it again and again, without its lock; how often it was refused. */
export const misuse: Body<[AnyCondition, number], number> = task(
  import.meta,
  async function misuse(face, condition, times) {
    let refused = 0;
    for (let i = 0; i < times; i++) {
      try {
        if (i % 3 === 0) condition.notify();
        else await wait(face, condition, i % 3 === 1 ? 10 : undefined);
      } catch (error) {
        if ((error as Error).name === "SyncStateError") refused++;
      }
    }
    return refused;
  },
);

/** Adds one and hands on, when the counter shows that it is this one's turn. */
export const relay: Body<
  [AnyCondition, AtomicInt32, number, number, number],
  boolean
> = task(
  import.meta,
  async function relay(face, condition, counter, me, parties, times) {
    for (let i = 0; i < times; i++) {
      await acquire(face, condition);
      const mine = () => counter.load() % parties === me;
      const found = face === "sync"
        ? condition.waitFor(mine, 10_000)
        : await condition.waitForAsync(mine, 10_000);
      if (found) counter.store(counter.load() + 1);
      condition.notifyAll();
      condition.release();
      if (!found) return false;
    }
    return true;
  },
);

/** Notifies by a view that it was given, and gives it back. */
export const notifyAndReturn: Task<
  (condition: AnyCondition) => { condition: AnyCondition; notified: number }
> = task(import.meta, function notifyAndReturn(condition) {
  const notified = condition.run(() => condition.notify());
  return { condition, notified };
});

/** Notifies, and ends with the lock held. */
export const notifyAndEnd: Task<(condition: AnyCondition) => number> = task(
  import.meta,
  function notifyAndEnd(condition) {
    condition.acquire();
    return condition.notify();
  },
);
