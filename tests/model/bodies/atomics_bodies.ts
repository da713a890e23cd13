import type {
  AtomicBigInt64,
  AtomicFloat64,
  AtomicValue,
  LongAdder,
} from "@interlock/threading";
import { aborted, check, PATIENT, SOON, tasks } from "./tasks.ts";

export interface State {
  /** It goes from one of the values to the other. */
  readonly atomic: AtomicValue<string, unknown>;
  readonly values: readonly [unknown, unknown];
  readonly adder: LongAdder;
  /** Whether a wait gave up; what was taken. */
  readonly marks: Int32Array;
}

export const GAVE_UP = 0, TAKEN = 1;

// Nothing is lost.

export function add({ atomic }: State): void {
  (atomic as AtomicBigInt64).add(1n);
}

/** Adds one, as one did before there was `add`. */
export function addBySwaps({ atomic }: State): void {
  const n = atomic as AtomicBigInt64;
  let value = n.load();
  for (;;) {
    const found = n.compareExchange(value, value + 1n);
    if (found === value) return;
    value = found;
  }
}

export function update({ atomic }: State): void {
  (atomic as AtomicBigInt64).update((value) => value + 1n);
}

/** Takes what is there. */
export function take({ atomic, marks }: State): void {
  const taken = (atomic as AtomicBigInt64).exchange(0n);
  Atomics.add(marks, TAKEN, Number(taken));
}

export function addHalf({ atomic }: State): void {
  (atomic as AtomicFloat64).add(0.5);
}

export function subHalf({ atomic }: State): void {
  (atomic as AtomicFloat64).sub(-0.5);
}

/** Exchanges the second value for the first. */
export function claim({ atomic, values, marks }: State): void {
  if (atomic.exchange(values[1]) === values[0]) Atomics.add(marks, TAKEN, 1);
}

export function swap({ atomic, values, marks }: State): void {
  const found = atomic.compareExchange(values[0], values[1]);
  if (found === values[0]) Atomics.add(marks, TAKEN, 1);
}

export function toggle({ atomic }: State): void {
  (atomic as AtomicValue<string, boolean>).update((value) => !value);
}

// Waits.

function waiting(timeout?: number) {
  return ({ atomic, values, marks }: State) => {
    if (atomic.wait(values[0], timeout)) {
      check(atomic.load() !== values[0], "passed though nothing changed");
    } else {
      check(timeout !== undefined, "false without a timeout");
      marks[GAVE_UP] = 1;
    }
  };
}

export const wait = waiting();
export const timed = waiting(SOON);
export const patient = waiting(PATIENT);

export function storeAndNotifyAll({ atomic, values }: State): void {
  atomic.store(values[1]);
  atomic.notify();
}

/** Wakes one, and then another one. */
export function storeAndNotifyTwice({ atomic, values }: State): void {
  atomic.store(values[1]);
  atomic.notify(1);
  atomic.notify(1);
}

export function storeAndNotifyOne({ atomic, values }: State): void {
  atomic.store(values[1]);
  atomic.notify(1);
}

/** Hands on what woke it. */
export function waitAndNotifyOne(state: State): void {
  wait(state);
  state.atomic.notify(1);
}

const task = async ({ atomic, values }: State) => {
  check(await atomic.waitAsync(values[0]), "false without a timeout");
};
const timedTask = async ({ atomic, values }: State) => {
  await atomic.waitAsync(values[0], SOON);
};
const abortedTask = async ({ atomic, values }: State) => {
  await aborted((signal) => atomic.waitAsync(values[0], { signal }));
};

export const oneTask = tasks(task);
export const twoTasks = tasks(task, timedTask);
export const abortedAndTask = tasks(abortedTask, task);

/** A task waits, and its thread blocks for the same change. */
export async function taskAndBlock(state: State): Promise<void> {
  const waits = task(state);
  wait(state);
  await waits;
}

// LongAdder.

export function count({ adder }: State): void {
  adder.increment();
}

export function countTwice({ adder }: State): void {
  adder.add(3);
  adder.decrement();
}

/** Takes the sum twice. */
export function takeSums({ adder, marks }: State): void {
  for (let n = 0; n < 2; n++) {
    Atomics.add(marks, TAKEN, Number(adder.sumThenReset()));
  }
}

/** Looks twice: what only grows does not shrink. */
export function watch({ adder }: State): void {
  const first = adder.sum();
  check(adder.sum() >= first, "the sum shrank");
}
