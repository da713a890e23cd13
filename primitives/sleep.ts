/**
 * Sleeping: a wait that only time ends, or the thread's stop.
 *
 * *Source* · Python's `time.sleep`, in milliseconds, as all times here.
 *
 * @module
 */

import {
  type AsyncWaitOptions,
  block,
  type Body,
  EXPIRED,
  IDLE,
  park,
  settle,
  type Signal,
  STOP,
  STOPPED,
  type WaitOptions,
} from "./_park.ts";
import { realm } from "./_realm.ts";
import { sharedMemory, type Words } from "./_record.ts";
import { milliseconds, waitOptions } from "./_validate.ts";

/** What can end a {@linkcode sleep} early. */
export type SleepOptions = Omit<WaitOptions, "timeout">;

/** What can end a {@linkcode sleepAsync} early. */
export type AsyncSleepOptions = Omit<AsyncWaitOptions, "timeout">;

/**
 * Blocks the thread for so many milliseconds.
 *
 * @throws {CancelledError} if `stop()` of the thread, or the token, ends it early.
 * @throws {WouldBlockError} where blocking is forbidden; use `sleepAsync`.
 *
 * @example Usage
 * ```ts
 * import { sleep } from "@interlock/threading";
 *
 * sleep(5);
 * ```
 */
export function sleep(ms: number, options?: SleepOptions): void {
  const limits = check(ms, options, false);
  // A stop wakes this word at once.
  const word = realm.stop ?? new Int32Array(sharedMemory(4));
  block(untilOver(word), limits, "sleep", "sleepAsync");
}

/** Resolves after so many milliseconds, and never in this turn of the event loop; the thread goes on meanwhile. */
export async function sleepAsync(
  ms: number,
  options?: AsyncSleepOptions,
): Promise<void> {
  const limits = check(ms, options, true);
  const word = new Int32Array(sharedMemory(4));
  await settle(untilOver(word), limits);
  // No time at all still is a turn of the event loop, as with setTimeout.
  if (ms === 0) await new Promise<void>((resolve) => setTimeout(resolve));
}

function* untilOver(word: Words): Body<void> {
  for (;;) {
    const signal: Signal = yield park(word, 0, 0, IDLE);
    if (signal === EXPIRED) return;
    if (signal === STOP) return STOPPED;
  }
}

function check(
  ms: number,
  options: AsyncSleepOptions | undefined,
  awaits: boolean,
): AsyncWaitOptions {
  // Left out is not for ever here.
  milliseconds("sleep", "ms", ms ?? NaN);
  return { ...waitOptions("sleep", { ...options }, awaits), timeout: ms };
}
