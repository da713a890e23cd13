import {
  CancelledError,
  type CancelToken,
  sleep,
  sleepAsync,
} from "@interlock/threading";
import { aborted, check, tasks } from "./tasks.ts";

export interface State {
  readonly token: CancelToken;
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

/** Sleeps until the token is cancelled. */
export function sleepLong({ token }: State): void {
  try {
    sleep(1e9, { token });
  } catch (error) {
    if (error instanceof CancelledError) return;
    throw error;
  }
  check(false, "slept to the end");
}

export async function sleepLongAsync({ token }: State): Promise<void> {
  try {
    await sleepAsync(1e9, { token });
  } catch (error) {
    if (error instanceof CancelledError) return;
    throw error;
  }
  check(false, "slept to the end");
}

export function cancel({ token }: State): void {
  token.cancel();
}

export async function abortedSleep(): Promise<void> {
  await aborted((signal) => sleepAsync(1, { signal }));
}
