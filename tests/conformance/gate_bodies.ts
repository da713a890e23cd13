import {
  type AtomicInt32,
  Barrier,
  BrokenBarrierError,
  type Event,
  type Latch,
  type Task,
  task,
} from "@interlock/threading";
import { bump, type Face, wait } from "../support/stage.ts";

type Body<A extends unknown[], R> = Task<
  (face: Face, ...args: A) => Promise<R>
>;

/** Waits for an Event or a Latch. */
export const await_: Body<
  [Event | Latch, AtomicInt32, number | undefined],
  { got: boolean; elapsed: number }
> = task(
  import.meta,
  async function await_(face, gate, arrived, timeout) {
    bump(arrived);
    const start = performance.now();
    const got = await wait(face, gate, timeout);
    return { got, elapsed: performance.now() - start };
  },
);

/** Waits at a barrier; the index, or the reason it broke. */
export const cross: Body<
  [Barrier, AtomicInt32, number | undefined],
  number | string
> = task(
  import.meta,
  async function cross(face, barrier, arrived, timeout) {
    bump(arrived);
    try {
      return await wait(face, barrier, timeout);
    } catch (error) {
      if (error instanceof BrokenBarrierError) return error.reason;
      return (error as Error).message;
    }
  },
);

/** Crosses many times; throws if anybody is a round ahead or behind. */
export const rounds: Body<[Barrier, AtomicInt32, number], number[]> = task(
  import.meta,
  async function rounds(face, barrier, steps, times) {
    const indices: number[] = [];
    for (let round = 0; round < times; round++) {
      steps.add(1);
      indices.push(await wait(face, barrier));
      const done = steps.load();
      if (done < (round + 1) * barrier.parties) {
        throw new Error(`passed round ${round} after ${done} arrivals`);
      }
      await wait(face, barrier);
    }
    return indices;
  },
);

/** Crosses so many times, or until it finds no partner any more. */
export const pairUp: Body<[Barrier, number], number[]> = task(
  import.meta,
  async function pairUp(face, barrier, times) {
    const indices: number[] = [];
    try {
      for (let i = 0; i < times; i++) {
        indices.push(await wait(face, barrier, 1000));
      }
    } catch (error) {
      if (!(error instanceof BrokenBarrierError)) throw error;
    }
    return indices;
  },
);

/** Crosses with an action that counts its calls, and who had passed before it ran. */
export const act: Body<
  [Barrier, AtomicInt32, AtomicInt32, number],
  boolean
> = task(
  import.meta,
  async function act(face, shared, actions, passed, times) {
    let early = false;
    const barrier = Barrier.from(shared, {
      action() {
        // Everybody of the rounds before has passed, nobody of this one.
        early ||= passed.load() > actions.load() * shared.parties;
        actions.add(1);
      },
    });
    for (let round = 0; round < times; round++) {
      await wait(face, barrier);
      passed.add(1);
      await wait(face, shared);
    }
    return early;
  },
);

/** Crosses with an action that throws. */
export const fail: Body<[Barrier, AtomicInt32], string> = task(
  import.meta,
  async function fail(face, shared, arrived) {
    const barrier = Barrier.from(shared, {
      action() {
        throw new RangeError("the action failed");
      },
    });
    bump(arrived);
    try {
      return String(await wait(face, barrier));
    } catch (error) {
      return error instanceof BrokenBarrierError
        ? error.reason
        : (error as Error).message;
    }
  },
);

/** Counts two latches down and waits for the third, in rounds. */
export const relay: Body<[Latch[], AtomicInt32, number], boolean> = task(
  import.meta,
  async function relay(face, latches, done, parties) {
    let early = false;
    for (const [round, latch] of latches.entries()) {
      done.add(1);
      latch.countDown();
      await wait(face, latch);
      early ||= done.load() < (round + 1) * parties;
    }
    return early;
  },
);
