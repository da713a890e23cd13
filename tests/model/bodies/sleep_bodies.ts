import { CancelledError, sleep, sleepAsync } from "@interlock/threading";
import { aborted, check, tasks } from "./tasks.ts";

export interface State {
  /** Whether the token is cancelled. */
  readonly marks: Int32Array;
}

const MS = 100;

/** Sleeps at least so long. */
export function sleeper(): void {
  const before = performance.now();
  sleep(MS);
  check(performance.now() - before >= MS, "woke too early");
}

export const sleepers = tasks(sleepsAsync, sleepsAsync);

async function sleepsAsync(): Promise<void> {
  const before = performance.now();
  await sleepAsync(MS);
  check(performance.now() - before >= MS, "woke too early");
}

/** The thread sleeps while a task of it does. */
export async function sleepBesideTask(): Promise<void> {
  const task = sleepsAsync();
  sleeper();
  await task;
}

function tokenOf({ marks }: State) {
  return {
    get isCancelled() {
      return Atomics.load(marks, 0) !== 0;
    },
  };
}

/** Sleeps until the token is cancelled. */
export function sleepLong(state: State): void {
  try {
    sleep(1e9, { token: tokenOf(state) });
  } catch (error) {
    if (error instanceof CancelledError) return;
    throw error;
  }
  check(false, "slept to the end");
}

export async function sleepLongAsync(state: State): Promise<void> {
  try {
    await sleepAsync(1e9, { token: tokenOf(state) });
  } catch (error) {
    if (error instanceof CancelledError) return;
    throw error;
  }
  check(false, "slept to the end");
}

export function cancel({ marks }: State): void {
  Atomics.store(marks, 0, 1);
}

export async function abortedSleep(): Promise<void> {
  await aborted((signal) => sleepAsync(1, { signal }));
}
