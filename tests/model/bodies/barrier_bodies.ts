import { Barrier, BrokenBarrierError } from "@interlock/threading";
import { aborted, check, PATIENT, SOON, tasks } from "./tasks.ts";

export interface State {
  readonly barrier: Barrier;
  /** Who has come to which round: a word each, plain and checked for races. */
  readonly came: Int32Array;
  readonly marks: Int32Array;
}

/** Words of `marks`: passes, from index 0 on; actions under way; actions done. */
export const PASSED = 0, ACTING = 4, ACTED = 5;

/** Comes to so many rounds: nobody is ever a round ahead, and all see what each did. */
function rounds(me: number, times: number) {
  return ({ barrier, came }: State) => {
    const { parties } = barrier;
    for (let round = 0; round < times; round++) {
      came[round * parties + me] = 1;
      barrier.wait();
      for (let other = 0; other < parties; other++) {
        check(came[round * parties + other] === 1, "passed before all came");
      }
    }
  };
}

export const first = rounds(0, 1);
export const second = rounds(1, 1);
export const third = rounds(2, 1);
export const fourth = rounds(3, 1);
export const firstTwice = rounds(0, 2);
export const secondTwice = rounds(1, 2);
export const thirdTwice = rounds(2, 2);
export const firstThrice = rounds(0, 3);
export const secondThrice = rounds(1, 3);

/** Waits until it passes, or the barrier is broken. */
function waiting(timeout?: number) {
  return (state: State) => {
    try {
      Atomics.add(state.marks, PASSED + state.barrier.wait(timeout), 1);
    } catch (error) {
      if (!(error instanceof BrokenBarrierError)) throw error;
    }
  };
}

export const wait = waiting();
export const timed = waiting(SOON);
export const patient = waiting(PATIENT);

export function waitTwice(state: State): void {
  wait(state);
  wait(state);
}

export function timedTwice(state: State): void {
  timed(state);
  timed(state);
}

export function waitAndTimed(state: State): void {
  wait(state);
  timed(state);
}

/** Waits until it passes, and resets what is broken. */
export function persist({ barrier }: State): void {
  for (let attempts = 0; attempts < 6; attempts++) {
    try {
      barrier.wait();
      return;
    } catch (error) {
      if (!(error instanceof BrokenBarrierError)) throw error;
      if (barrier.broken) barrier.reset();
    }
  }
  check(false, "never passes");
}

export function abort({ barrier }: State): void {
  barrier.abort();
}

export function reset({ barrier }: State): void {
  barrier.reset();
}

export function abortAndReset(state: State): void {
  abort(state);
  reset(state);
}

export function resetAndTimed(state: State): void {
  reset(state);
  timed(state);
}

/** Comes to rounds with an action: it runs alone, and before anybody passes. */
function acting(times: number, timeout?: number, fails = false) {
  return ({ barrier: handle, marks }: State) => {
    const barrier = Barrier.from(handle, {
      action() {
        check(Atomics.add(marks, ACTING, 1) === 0, "two actions at once");
        marks[ACTED]!++;
        Atomics.sub(marks, ACTING, 1);
        if (fails) throw new RangeError("the action fails");
      },
    });
    for (let round = 0; round < times; round++) {
      try {
        const index = barrier.wait(timeout);
        check(marks[ACTED]! > round, "passed before the action");
        Atomics.add(marks, PASSED + index, 1);
      } catch (error) {
        if (fails && error instanceof RangeError) continue;
        if (!(error instanceof BrokenBarrierError)) throw error;
      }
    }
  };
}

export const act = acting(1);
export const actTwice = acting(2);
export const actTimed = acting(1, SOON);
export const actAndFail = acting(1, undefined, true);

function awaiting(timeout?: number, times = 1) {
  return async ({ barrier, marks }: State) => {
    for (let i = 0; i < times; i++) {
      try {
        Atomics.add(marks, PASSED + await barrier.waitAsync(timeout), 1);
      } catch (error) {
        if (!(error instanceof BrokenBarrierError)) throw error;
      }
    }
  };
}

async function abortedTask({ barrier, marks }: State): Promise<void> {
  try {
    const index = await aborted((signal) => barrier.waitAsync({ signal }));
    if (index !== undefined) Atomics.add(marks, PASSED + index, 1);
  } catch (error) {
    if (!(error instanceof BrokenBarrierError)) throw error;
  }
}

const task = awaiting(), taskTwice = awaiting(undefined, 2);

export const oneTask = tasks(task);
export const twoTasks = tasks(task, task);
export const twoTasksTwice = tasks(taskTwice, taskTwice);
export const timedTask = tasks(awaiting(SOON));
export const oneAbortedTask = tasks(abortedTask);

/** A task waits, and then its thread does: they are two parties. */
export async function taskAndBlock(state: State): Promise<void> {
  const waits = task(state);
  wait(state);
  await waits;
}
