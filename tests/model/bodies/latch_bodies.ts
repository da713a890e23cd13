import type { Latch } from "@interlock/threading";
import { aborted, check, PATIENT, SOON, tasks, wordOf } from "./tasks.ts";

export interface State {
  readonly latch: Latch;
  /** What was done before the count down; plain, and checked for races. */
  readonly done: Int32Array;
  /** Whether a wait gave up. */
  readonly marks: Int32Array;
}

/** A word of a latch. */
const COUNT = 4;

function waiting(timeout?: number) {
  return ({ latch, done, marks }: State) => {
    if (latch.wait(timeout)) {
      check(done[0] === 1 && done[1] === 1, "passed before it was open");
    } else {
      check(timeout !== undefined, "false without a timeout");
      check(wordOf(latch, COUNT) !== 0, "gave up what was open");
      marks[0] = 1;
    }
  };
}

export const wait = waiting();
export const timed = waiting(SOON);
export const patient = waiting(PATIENT);

function counting(me: number) {
  return ({ latch, done }: State) => {
    done[me] = 1;
    latch.countDown();
  };
}

export const countFirst = counting(0);
export const countSecond = counting(1);

export function countBoth({ latch, done }: State): void {
  done[0] = done[1] = 1;
  latch.countDown(2);
}

/** Counts further down than there is to count. */
export function countMore({ latch }: State): void {
  latch.countDown();
}

function awaiting(timeout?: number) {
  return async ({ latch, done }: State) => {
    if (await latch.waitAsync(timeout)) {
      check(done[0] === 1 && done[1] === 1, "passed before it was open");
    } else {
      check(timeout !== undefined, "false without a timeout");
    }
  };
}

const abortedTask = async ({ latch }: State) => {
  await aborted((signal) => latch.waitAsync({ signal }));
};

export const twoTasks = tasks(awaiting(), awaiting(SOON));
export const abortedAndTask = tasks(abortedTask, awaiting());

/** A task waits, and its thread blocks until the same latch is open. */
export async function taskAndBlock(state: State): Promise<void> {
  const waits = awaiting()(state);
  wait(state);
  await waits;
}
