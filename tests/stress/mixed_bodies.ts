import {
  type AtomicInt32,
  type Barrier,
  type Condition,
  type Lock,
  type RWLock,
  type Semaphore,
  sleep,
  type Task,
  task,
} from "@interlock/threading";
import { realm } from "../../primitives/_realm.ts";
import { random } from "./random.ts";

// A wait that misses its wake must hang here, and not be saved by the re-check.
realm.slice = 1_000_000;

type Guard = Lock | Semaphore | RWLock["write"];

/**
 * Acquires one permit in one of all the ways; whether it was got. Where several
 * tasks share a thread, one that blocked for the permit could wait for a task of
 * its own thread; there they block in `sleep` instead, with waiters and hand-overs
 * of the thread under way.
 */
async function acquireSomehow(
  guard: Guard,
  next: () => number,
  alone: boolean,
): Promise<boolean> {
  const timeout = next() * 0.2;
  switch (Math.floor(next() * 7)) {
    case 0:
    case 1:
      if (alone) return guard.acquire();
      break;
    case 2:
      if (alone) return guard.acquire(timeout);
      break;
    case 3:
      return guard.tryAcquire();
    case 4:
      return await guard.acquireAsync();
    case 5:
      return await guard.acquireAsync(timeout);
    default: {
      const abort = new AbortController();
      const waiting = guard.acquireAsync({ signal: abort.signal });
      if (next() < 0.5) await Promise.resolve();
      abort.abort();
      return await waiting.catch(() => false);
    }
  }
  sleep(timeout);
  return await guard.acquireAsync();
}

/**
 * Goes through sections under a guard that lets one in at a time, entered in all
 * ways; returns how many. Two counters that only the section touches stay equal.
 */
export const churn: Task<
  (
    seed: number,
    times: number,
    guard: Guard,
    one: AtomicInt32,
    two: AtomicInt32,
    alone: boolean,
  ) => Promise<number>
> = task(
  import.meta,
  async function churn(seed, times, guard, one, two, alone) {
    const next = random(seed);
    let passed = 0;
    for (let i = 0; i < times; i++) {
      if (!await acquireSomehow(guard, next, alone)) continue;
      const value = one.load();
      if (two.load() !== value) throw new Error(`torn at ${i}, seed ${seed}`);
      one.store(value + 1);
      // Half of the tasks await with the guard held.
      if (next() < 0.05) await new Promise((resolve) => setTimeout(resolve));
      two.store(value + 1);
      passed++;
      guard.release();
    }
    return passed;
  },
);

/** Takes mixed numbers of permits in mixed ways; throws if too many are out. */
export const demand: Task<
  (
    seed: number,
    times: number,
    semaphore: Semaphore,
    out: AtomicInt32,
    most: number,
  ) => Promise<void>
> = task(import.meta, async function demand(seed, times, semaphore, out, most) {
  const next = random(seed);
  for (let i = 0; i < times; i++) {
    const permits = 1 + Math.floor(next() * most);
    const timeout = next() < 0.5 ? Infinity : next() * 0.2;
    const options = { permits, timeout };
    const got = next() < 0.5
      ? semaphore.acquire(options)
      : await semaphore.acquireAsync(options);
    if (!got) continue;
    const now = out.add(permits) + permits;
    if (now > most) throw new Error(`${now} of ${most} are out, seed ${seed}`);
    out.sub(permits);
    semaphore.release(permits);
  }
});

/** Crosses a barrier that others abort, reset and time out at; returns how often it passed. */
export const cross: Task<
  (seed: number, times: number, barrier: Barrier) => Promise<number>
> = task(import.meta, async function cross(seed, times, barrier) {
  const next = random(seed);
  let passed = 0;
  for (let i = 0; i < times; i++) {
    const chance = next();
    if (chance < 0.02) barrier.abort();
    try {
      const timeout = chance < 0.1 ? next() * 0.2 : 20;
      if (next() < 0.5) barrier.wait(timeout);
      else await barrier.waitAsync(timeout);
      passed++;
    } catch {
      barrier.reset();
    }
  }
  return passed;
});

/** Puts things down one by one, and notifies one waiter of each. */
export const bring: Task<
  (
    seed: number,
    times: number,
    condition: Condition<Lock>,
    things: AtomicInt32,
  ) => Promise<void>
> = task(import.meta, async function bring(seed, times, condition, things) {
  const next = random(seed);
  for (let i = 0; i < times; i++) {
    if (next() < 0.5) condition.acquire();
    else await condition.acquireAsync();
    things.store(things.load() + 1);
    condition.notify();
    condition.release();
    if (next() < 0.1) await new Promise((resolve) => setTimeout(resolve));
  }
});

/** Takes so many things, waiting for each in one of all the ways. */
export const fetch: Task<
  (
    seed: number,
    times: number,
    condition: Condition<Lock>,
    things: AtomicInt32,
  ) => Promise<void>
> = task(import.meta, async function fetch(seed, times, condition, things) {
  const next = random(seed), isThere = () => things.load() > 0;
  const waitSomehow = async (): Promise<boolean> => {
    const timeout = next() * 0.2, abort = new AbortController();
    switch (Math.floor(next() * 5)) {
      case 0:
        return condition.waitFor(isThere);
      case 1:
        return condition.waitFor(isThere, timeout);
      case 2:
        return await condition.waitForAsync(isThere);
      case 3:
        return await condition.waitForAsync(isThere, timeout);
    }
    setTimeout(() => abort.abort());
    const { signal } = abort;
    return await condition.waitForAsync(isThere, { signal }).catch(isThere);
  };
  for (let taken = 0; taken < times;) {
    await condition.acquireAsync();
    if (await waitSomehow()) {
      const left = things.load() - 1;
      if (left < 0) throw new Error(`nothing there, seed ${seed}`);
      things.store(left);
      taken++;
    }
    condition.release();
  }
});
