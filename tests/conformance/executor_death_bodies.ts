import {
  type AtomicInt32,
  type Future,
  type Task,
  task,
  Thread,
  ThreadPoolExecutor,
} from "@interlock/threading";
import { realm } from "../../primitives/_realm.ts";
import { bump } from "../support/stage.ts";
import { count, type Gate, posted } from "./future_bodies.ts";

// Who sleeps finds out that somebody died when it looks around: here that is soon.
realm.slice = 100;

// deno-lint-ignore no-explicit-any
type Made<F extends (...args: any[]) => any> = Task<F>;

/** Returns its argument when the gate opens; it blocks until then. */
export const hold: Made<(gate: Gate, value: number) => number> = task(
  import.meta,
  function hold({ begun, open }, value) {
    bump(begun);
    open.wait();
    return value;
  },
);

const self = globalThis as unknown as { close(): void };

/** How a task ends its thread. */
export type Death = "close" | "close and await" | "exit" | "later";

/** Ends its thread, when the gate opens. */
export const die: Made<(how: Death, gate?: Gate) => number | Promise<number>> =
  task(import.meta, function die(how, gate) {
    if (gate !== undefined) {
      bump(gate.begun);
      gate.open.wait();
    }
    if (how === "exit") Deno.exit(3);
    if (how === "later") setTimeout(() => self.close());
    else self.close();
    return how === "close" ? 7 : new Promise(() => {});
  });

/** Ends its thread, with an argument in its hands. */
export const dieWith: Made<(payload: string) => number> = task(
  import.meta,
  function dieWith(payload) {
    Deno.exit(payload.length % 256);
  },
);

/** Waits for a task of its own pool that ends the thread. */
export const dieBelow: Made<() => Promise<number>> = task(
  import.meta,
  function dieBelow() {
    const below: Future<number> = ThreadPoolExecutor.current!.submit(
      die,
      "exit",
    );
    return Promise.resolve(below.result());
  },
);

/** Throws where nobody catches it, and never settles. */
export const stray: Made<(how: "timer" | "rejection") => Promise<number>> =
  task(import.meta, function stray(how) {
    // What is written here would only be noise among the tests.
    console.error = () => {};
    if (how === "rejection") Promise.reject(new RangeError("nobody caught"));
    else {
      setTimeout(() => {
        throw new RangeError("in a timer");
      });
    }
    return new Promise(() => {});
  });

/** Counts, and ends its thread for each so many. */
export const countOrDie: Made<
  (counter: AtomicInt32, dies: boolean) => number
> = task(import.meta, function countOrDie(counter, dies) {
  bump(counter);
  if (dies) Deno.exit(3);
  return 7;
});

/** In any thread: submits, and ends without a word. */
export const submitAndDie: Made<
  (pool: ThreadPoolExecutor, counter: AtomicInt32) => void
> = task(import.meta, function submitAndDie(pool, counter) {
  for (let i = 0; i < 10; i++) pool.submit(count, counter);
  Deno.exit(3);
});

/** Makes a pool that outlives the thread, as far as it can. */
export const leavePool: Made<
  () => { pool: ThreadPoolExecutor; future: Future<number> }
> = task(import.meta, function leavePool() {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  return { pool, future: posted(pool.submit(die, "later")) };
});

/** Busy until the flag is set: nothing stops it. It tells which thread that is. */
export const spin: Made<(who: AtomicInt32, flag: AtomicInt32) => number> = task(
  import.meta,
  function spin(who, flag) {
    who.store(Thread.current.id);
    who.notify();
    while (flag.load() === 0) { /* busy on purpose */ }
    return 7;
  },
);

/** Something that throws when it is read. */
export function unreadable(): { value: number } {
  return {
    get value(): number {
      throw new RangeError("unreadable");
    },
  };
}

export const giveUnreadable: Made<() => { value: number }> = task(
  import.meta,
  function giveUnreadable() {
    return unreadable();
  },
);
