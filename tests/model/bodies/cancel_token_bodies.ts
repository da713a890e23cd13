import {
  CancelledError,
  type CancelToken,
  type Latch,
  type Lock,
  type Semaphore,
  type WaitOptions,
} from "@interlock/threading";
import { aborted, check, PATIENT, SOON, tasks } from "./tasks.ts";

export interface State {
  readonly token: CancelToken;
  readonly lock: Lock;
  readonly semaphore: Semaphore;
  readonly latch: Latch;
  /** What was done before the cancel, and who is inside; plain, and checked for races. */
  readonly done: Int32Array;
  readonly inside: Int32Array;
  /** Whether a wait gave up; how many were cancelled. */
  readonly marks: Int32Array;
}

export const GAVE_UP = 0, CANCELLED = 1;

export function cancel({ token, done }: State): void {
  done[0] = 1;
  token.cancel();
}

/** Cancels what another one may have cancelled. */
export function cancelToo({ token }: State): void {
  token.cancel();
  check(token.isCancelled, "cancelled in vain");
}

// Waits for the token itself.

function waiting(timeout?: number) {
  return ({ token, done, marks }: State) => {
    if (token.wait(timeout)) {
      check(token.isCancelled, "passed before it was cancelled");
      check(done[0] === 1, "what was done before is not seen");
    } else {
      check(timeout !== undefined, "false without a timeout");
      marks[GAVE_UP] = 1;
    }
  };
}

export const wait = waiting();
export const timed = waiting(SOON);
export const patient = waiting(PATIENT);

const task = async ({ token }: State) => {
  check(await token.waitAsync(), "false without a timeout");
};
const timedTask = async ({ token }: State) => {
  void await token.waitAsync(SOON);
};
const abortedTask = async ({ token }: State) => {
  await aborted((signal) => token.waitAsync({ signal }));
};

export const twoTasks = tasks(task, timedTask);
export const abortedAndTask = tasks(abortedTask, task);

/** A task waits, and its thread blocks for the same. */
export async function taskAndBlock(state: State): Promise<void> {
  const waits = task(state);
  wait(state);
  await waits;
}

// Waits for something else, with the token.

/** False if the token has ended it. */
async function uncancelled(
  { token, done, marks }: State,
  wait: (options: WaitOptions) => boolean | Promise<boolean>,
): Promise<boolean> {
  try {
    check(await wait({ token }), "false without a timeout");
    return true;
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error;
    check(token.isCancelled, "ended before it was cancelled");
    check(done[0] === 1, "what was done before is not seen");
    Atomics.add(marks, CANCELLED, 1);
    return false;
  }
}

function section({ lock, inside }: State): void {
  inside[0]!++;
  check(inside[0] === 1, "two are inside");
  inside[0]!--;
  lock.release();
}

export function lockOnce(state: State): void {
  state.lock.acquire();
  section(state);
}

export async function lockOrCancelled(state: State): Promise<void> {
  if (await uncancelled(state, (o) => state.lock.acquire(o))) section(state);
}

async function lockTask(state: State): Promise<void> {
  const { lock } = state;
  if (await uncancelled(state, (o) => lock.acquireAsync(o))) section(state);
}

async function lockTaskWithout(state: State): Promise<void> {
  await state.lock.acquireAsync();
  section(state);
}

export const lockTasks = tasks(lockTask, lockTaskWithout);

export function release({ semaphore }: State): void {
  semaphore.release();
}

export function take({ semaphore }: State): void {
  semaphore.acquire();
}

/** Takes a permit and gives it back, or is cancelled. */
export async function takeOrCancelled(state: State): Promise<void> {
  const { semaphore } = state;
  if (await uncancelled(state, (o) => semaphore.acquire(o))) {
    semaphore.release();
  }
}

async function takeTask(state: State): Promise<void> {
  const { semaphore } = state;
  if (await uncancelled(state, (o) => semaphore.acquireAsync(o))) {
    semaphore.release();
  }
}

export const takeTasks = tasks(takeTask);

export function open({ latch }: State): void {
  latch.countDown();
}

export async function latchOrCancelled(state: State): Promise<void> {
  await uncancelled(state, (o) => state.latch.wait(o));
}

export const latchTasks = tasks((state: State) =>
  uncancelled(state, (o) => state.latch.waitAsync(o as never))
);
