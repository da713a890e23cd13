import {
  type AtomicInt32,
  type Latch,
  type RWLock,
  type Task,
  task,
} from "@interlock/threading";
import { acquire, bump, type Face } from "../support/stage.ts";

type Body<A extends unknown[], R> = Task<
  (face: Face, ...args: A) => Promise<R>
>;

/** A side by its name: what a party is told. */
export type SideName = "read" | "write" | "upgradable";

/** What each side of a lock takes now, by attempts. */
export const attempts: Body<[RWLock], Record<SideName, boolean>> = task(
  import.meta,
  // deno-lint-ignore require-await
  async function attempts(_face, rw) {
    const got = { read: false, write: false, upgradable: false };
    for (const side of ["read", "write", "upgradable"] as const) {
      got[side] = rw[side].tryAcquire();
      if (got[side]) rw[side].release();
    }
    return got;
  },
);

export const timed: Body<
  [RWLock, SideName, number],
  { got: boolean; elapsed: number }
> = task(
  import.meta,
  async function timed(face, rw, side, timeout) {
    const start = performance.now();
    const got = await acquire(face, rw[side], timeout);
    if (got) rw[side].release();
    return { got, elapsed: performance.now() - start };
  },
);

/** Says that it comes, acquires, says that it has, and leaves when it may. */
export const hold: Body<
  [RWLock, SideName, AtomicInt32, AtomicInt32, Latch],
  boolean
> = task(
  import.meta,
  async function hold(face, rw, side, coming, inside, leave) {
    bump(coming);
    const got = await acquire(face, rw[side]);
    bump(inside);
    if (face === "sync") leave.wait();
    else await leave.waitAsync();
    if (got) rw[side].release();
    return got;
  },
);

/** What a side's release says to a thread that has no hold. */
export const releaseIt: Body<[RWLock, SideName], string> = task(
  import.meta,
  // deno-lint-ignore require-await
  async function releaseIt(_face, rw, side) {
    try {
      rw[side].release();
      return "released";
    } catch (error) {
      return (error as Error).message;
    }
  },
);

/** Reads and writes two numbers that belong together; returns how often they differed. */
export const mixed: Body<[RWLock, AtomicInt32, AtomicInt32, number], number> =
  task(
    import.meta,
    async function mixed(face, rw, first, second, times) {
      let wrong = 0;
      for (let i = 0; i < times; i++) {
        const turn = i % 10,
          side = turn === 0 ? "write" : turn === 5 ? "upgradable" : "read";
        await acquire(face, rw[side]);
        const value = first.load();
        if (second.load() !== value) wrong++;
        if (
          side === "write" ||
          side === "upgradable" && rw.upgradable.tryUpgrade()
        ) {
          first.store(value + 1);
          if (face === "async") await Promise.resolve();
          second.store(value + 1);
          rw.write.release();
        }
        if (side !== "write") rw[side].release();
      }
      return wrong;
    },
  );

/** Writes, becomes a reader, and counts the writes of others that it has seen in between. */
export const downgrade: Body<[RWLock, AtomicInt32, number], number> = task(
  import.meta,
  async function downgrade(face, rw, counter, times) {
    let wrong = 0;
    for (let i = 0; i < times; i++) {
      await acquire(face, rw.write);
      const value = counter.load() + 1;
      counter.store(value);
      const held = rw.write.downgrade();
      if (face === "async") await Promise.resolve();
      if (counter.load() !== value) wrong++;
      held.release();
    }
    return wrong;
  },
);

/** Reads again and again, without a break, until it is told to stop. */
export const readOn: Task<
  (rw: RWLock, running: AtomicInt32, stop: AtomicInt32) => number
> = task(
  import.meta,
  function readOn(rw, running, stop) {
    let rounds = 0;
    bump(running);
    while (stop.load() === 0) {
      rw.read.acquire();
      for (let i = 0; i < 200; i++) stop.load();
      rw.read.release();
      rounds++;
    }
    return rounds;
  },
);

/** Reads like {@linkcode readOn}, but one of two holds is always there, as long as no writer waits. */
export const readOver: Task<
  (rw: RWLock, mine: AtomicInt32, other: AtomicInt32, stop: AtomicInt32) => void
> = task(
  import.meta,
  function readOver(rw, mine, other, stop) {
    while (stop.load() === 0) {
      rw.read.acquire();
      mine.add(1);
      // Leaves once the other one has come in after it, or is kept out.
      const seen = other.load();
      for (let i = 0; i < 1000 && other.load() === seen; i++) stop.load();
      rw.read.release();
    }
  },
);

/** Takes one write hold, then the other as well; what came of that. */
export const cross: Task<
  (first: RWLock, second: RWLock, both: Latch) => string
> = task(
  import.meta,
  function cross(first, second, both) {
    first.write.acquire();
    both.countDown();
    both.wait();
    try {
      second.write.acquire();
      second.write.release();
      return "got both";
    } catch (error) {
      return (error as Error).name;
    } finally {
      first.write.release();
    }
  },
);

/** Takes the write hold and never gives it back. */
export const writeAndStay: Task<(rw: RWLock, inside: AtomicInt32) => void> =
  task(
    import.meta,
    function writeAndStay(rw, inside) {
      rw.write.acquire();
      bump(inside);
    },
  );
