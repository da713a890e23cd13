import {
  type AtomicInt32,
  type Event,
  Lock,
  sleep,
  type Task,
  task,
  Thread,
  Timer,
} from "@interlock/threading";
import type { gate } from "../support/slow.ts";
import { bump } from "../support/stage.ts";

// deno-lint-ignore no-explicit-any
type Made<F extends (...args: any[]) => any> = Task<F>;

/** The clock that all threads have in common, as long as nobody sets it. */
export function clock(): number {
  return performance.timeOrigin + performance.now();
}

export const count: Made<(counter: AtomicInt32) => void> = task(
  import.meta,
  function count(counter) {
    bump(counter);
  },
);

/** Adds to its argument, and tells what that was. */
export const tally: Made<(list?: number[]) => number[]> = task(
  import.meta,
  function tally(list: number[] = []) {
    list.push(list.length);
    return list;
  },
);

export const when: Made<() => number> = task(import.meta, function when() {
  return clock();
});

export const who: Made<() => [id: number, name: string]> = task(
  import.meta,
  function who() {
    return [Thread.current.id, Thread.current.name];
  },
);

/** Writes its number into the next place. */
export const write: Made<
  (order: Int32Array, place: AtomicInt32, n: number) => void
> = task(import.meta, function write(order, place, n) {
  Atomics.store(order, place.add(1), n);
});

export const set: Made<(event: Event) => Event> = task(
  import.meta,
  function set(event) {
    event.set();
    return event;
  },
);

/** Whether others ran while it blocked, or awaited. */
export const overlap: Made<
  (inside: AtomicInt32, most: AtomicInt32, blocks: boolean) => Promise<void>
> = task(import.meta, async function overlap(inside, most, blocks) {
  const now = inside.add(1) + 1;
  most.update((value) => Math.max(value, now));
  most.notify();
  if (blocks) sleep(5);
  else await inside.waitAsync(now, 5000);
  inside.sub(1);
  inside.notify();
});

export const until: Made<(event: Event, started?: Event) => void> = task(
  import.meta,
  function until(event, started) {
    started?.set();
    event.wait();
  },
);

export const fail: Made<() => never> = task(import.meta, function fail() {
  throw new RangeError("too far", { cause: new TypeError("no map") });
});

/** Makes what nobody catches. */
export const stray: Made<() => void> = task(import.meta, function stray() {
  // What is written here would only be noise among the tests.
  console.error = () => {};
  setTimeout(() => {
    throw new RangeError("in a timeout");
  });
  Promise.reject(new RangeError("nobody caught"));
});

/** Ends the service, with a lock in its hands. */
export const die: Made<(lock: Lock) => void> = task(
  import.meta,
  function die(lock) {
    lock.acquire();
    (globalThis as unknown as { close(): void }).close();
  },
);

/** Starts itself again, as a periodic timer does; then tells who ran it. */
export const again: Made<(n: number) => Promise<number[]>> = task(
  import.meta,
  async function onceMore(n: number): Promise<number[]> {
    const id = Thread.current.id;
    if (n === 0) return [id];
    const next = new Timer(1, again, [n - 1]).start();
    return [id, ...await next.resultAsync()];
  },
);

/** What a blocking join of a timer of one's own service throws. */
export const joinOwn: Made<() => [name: string, ran: boolean]> = task(
  import.meta,
  function joinOwn() {
    const next = new Timer(60_000, when).start();
    try {
      next.join();
    } catch (error) {
      return [(error as Error).name, !next.cancel()];
    }
    return ["nothing", true];
  },
);

/** Makes and uses a lock, and starts a timer, while a module is being loaded. */
export const whileLoading: Made<() => Promise<boolean>> = task(
  import.meta,
  async function whileLoading() {
    const lock = new Lock();
    const held = lock.acquire();
    await new Timer(0, when).start().resultAsync();
    (globalThis as typeof gate).goOn = true;
    return held;
  },
);

/** In a thread: joins a timer that is far away. */
export const joinFar: Made<(arrived: Event) => string> = task(
  import.meta,
  function joinFar(arrived) {
    const timer = new Timer(60_000, when).start();
    arrived.set();
    try {
      timer.join();
      return "joined";
    } catch (error) {
      timer.cancel();
      return (error as Error).name;
    }
  },
);
