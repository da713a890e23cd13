import {
  AtomicInt32,
  BoundedSemaphore,
  Event,
  Lock,
  type Semaphore,
  sleep,
  type Task,
  task,
  Thread,
} from "@interlock/threading";

// deno-lint-ignore no-explicit-any
type Made<F extends (...args: any[]) => any> = Task<F>;

export const visitor: Made<
  (semaphore: Semaphore, inside: AtomicInt32, most: AtomicInt32) => void
> = task(import.meta, function visitor(semaphore, inside, most) {
  semaphore.run(() => {
    const now = inside.add(1) + 1;
    most.update((value) => Math.max(value, now));
    sleep(2);
    inside.sub(1);
  });
});

export const whoAmI: Made<() => { id: number; name: string }> = task(
  import.meta,
  function whoAmI() {
    const { id, name } = Thread.current;
    return { id, name };
  },
);

/** Holds a lock in a loop that nothing but a flag ends. */
export const holdBusily: Made<
  (lock: Lock, arrived: Event, flag: AtomicInt32) => void
> = task(import.meta, function holdBusily(lock, arrived, flag) {
  lock.acquire();
  arrived.set();
  while (flag.load() === 0);
  lock.release();
});

export const untilSet: Made<(event: Event) => string> = task(
  import.meta,
  function untilSet(event) {
    event.wait();
    return "set";
  },
);

export const echo: Made<(value: unknown) => unknown> = task(
  import.meta,
  function echo(value) {
    return value;
  },
);

export class OwnError extends Error {
  override name = "OwnError";
  code = "OWN";
  detail = { a: 1 };
}

export const fail: Made<(how: string) => unknown> = task(
  import.meta,
  function fail(how) {
    switch (how) {
      case "range":
        throw new RangeError("too far", { cause: new TypeError("no map") });
      case "aggregate":
        throw new AggregateError(
          [new Error("one"), new RangeError("two")],
          "both",
        );
      case "own":
        throw new OwnError("mine");
      case "ours":
        new Lock().release();
        return;
      case "dom":
        throw new DOMException("gone", "AbortError");
      case "value":
        throw { plain: 7 };
      case "later":
        setTimeout(() => {
          throw new RangeError("in a timer");
        });
        return new Promise(() => setTimeout(() => {}, 60_000));
      case "rejection":
        Promise.reject(new RangeError("nobody caught"));
        return new Promise(() => setTimeout(() => {}, 60_000));
      case "function":
        return () => {};
      case "held":
        return new Lock().hold();
    }
  },
);

/** Starts a thread of its own, and takes its result. */
export const nest: Made<(depth: number) => number> = task(
  import.meta,
  function nestAgain(depth: number): number {
    if (depth === 0) return 0;
    return 1 + new Thread(nest, [depth - 1]).start().result();
  },
);

/** What happened to a wait that was stopped, and to the next one. */
export const stopped: Made<
  (how: string, lock: Lock, arrived: Event) => Promise<string[]>
> = task(import.meta, async function stopped(how, lock, arrived) {
  const log: string[] = [];
  for (const step of [how, "sleep"]) {
    try {
      arrived.set();
      if (step === "sleep") sleep(60_000);
      if (step === "acquire") lock.acquire();
      if (step === "acquireAsync") await lock.acquireAsync();
      if (step === "wait") await new Event().waitAsync();
      log.push("passed");
    } catch (error) {
      log.push((error as Error).name);
    }
  }
  // What need not wait still works.
  const free = new Lock();
  log.push(String(free.acquire() && new BoundedSemaphore().acquire()));
  return log;
});

export const spinUntil: Made<(stop: AtomicInt32) => void> = task(
  import.meta,
  function spinUntil(stop) {
    while (
      stop.load() === 0
    ) { /* busy on purpose: nothing here can be stopped */ }
  },
);

export const own: Made<() => { lock: Lock; counter: AtomicInt32 }> = task(
  import.meta,
  function own() {
    return {
      lock: new Lock({ name: "made there" }),
      counter: new AtomicInt32(7),
    };
  },
);
