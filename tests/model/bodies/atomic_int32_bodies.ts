import type { AtomicInt32 } from "@interlock/threading";
import { aborted, check, PATIENT, SOON, tasks, wordOf } from "./tasks.ts";

export interface State {
  readonly count: AtomicInt32;
  /** Whether a wait gave up; how many have swapped. */
  readonly marks: Int32Array;
}

/** A word of an AtomicInt32. */
const VALUE = 4;

function waiting(timeout?: number) {
  return ({ count, marks }: State) => {
    if (count.wait(0, timeout)) {
      check(count.load() !== 0, "passed though nothing changed");
    } else {
      check(timeout !== undefined, "false without a timeout");
      check(wordOf(count, VALUE) === 0, "gave up though it changed");
      marks[0] = 1;
    }
  };
}

export const wait = waiting();
export const timed = waiting(SOON);
export const patient = waiting(PATIENT);

export function storeAndNotifyAll({ count }: State): void {
  count.store(1);
  count.notify();
}

/** Wakes one, and then another one. */
export function storeAndNotifyTwice({ count }: State): void {
  count.store(1);
  count.notify(1);
  count.notify(1);
}

export function storeAndNotifyOne({ count }: State): void {
  count.store(1);
  count.notify(1);
}

/** Hands on what woke it. */
export function waitAndNotifyOne(state: State): void {
  wait(state);
  state.count.notify(1);
}

export function update({ count }: State): void {
  count.update((value) => value + 1);
}

export function updateTwice(state: State): void {
  update(state);
  update(state);
}

export function add({ count }: State): void {
  count.add(1);
}

export function swap({ count, marks }: State): void {
  if (count.compareExchange(0, 1) === 0) Atomics.add(marks, 0, 1);
}

const task = async ({ count }: State) => {
  check(await count.waitAsync(0), "false without a timeout");
};
const timedTask = async ({ count }: State) => {
  await count.waitAsync(0, SOON);
};
const abortedTask = async ({ count }: State) => {
  await aborted((signal) => count.waitAsync(0, { signal }));
};

export const twoTasks = tasks(task, timedTask);
export const abortedAndTask = tasks(abortedTask, task);

/** A task waits, and its thread blocks for the same change. */
export async function taskAndBlock(state: State): Promise<void> {
  const waits = task(state);
  wait(state);
  await waits;
}
