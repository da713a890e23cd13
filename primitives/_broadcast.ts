/**
 * The slow path of whatever lets everybody pass at once.
 *
 * The word has a PARKED bit: "somebody sleeps on this word, or is about to". Who
 * makes waiters pass changes the word, clears the bit in the same step, and if it
 * was set wakes all. A wake to all cannot be swallowed, so blocked and awaiting
 * waiters share the word. Where a thread that dies would leave the word as it is for
 * ever, waiters look after it: before they first park, and once a slice.
 *
 * @module
 */

import {
  type Body,
  EXPIRED,
  park,
  PROMPT,
  RECHECK,
  type Signal,
  spin,
  SPIN_EVENT,
  STOP,
  STOPPED,
} from "./_park.ts";
import type { Words } from "./_record.ts";

/**
 * Waits until the word's value passes; false if the time is up.
 *
 * @param recheck May change the word, for a thread that died.
 * @param manner `PROMPT`, unless who passes takes something that a blocked realm must not have.
 */
export function* untilPasses(
  words: Words,
  index: number,
  parked: number,
  passes: (value: number) => boolean,
  recheck?: (value: number) => void,
  manner: number = PROMPT,
): Body<boolean> {
  let signal: Signal = RECHECK;
  for (;;) {
    yield spin(words, index, SPIN_EVENT, passes);
    const value = Atomics.load(words, index);
    if (passes(value)) return true;
    if (signal === EXPIRED) return false;
    if (signal === STOP) return STOPPED;
    // What it changes fails the step to `marked`, or ends the sleep at once.
    if (signal === RECHECK) recheck?.(value);
    const marked = value | parked;
    if (
      marked !== value &&
      Atomics.compareExchange(words, index, value, marked) !== value
    ) continue;
    signal = yield park(words, index, marked, manner);
  }
}
