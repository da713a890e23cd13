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
  OK,
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

const PARKED = 1 << 31;

/**
 * Waits until it is done, which it may be whenever the word moves: that is a number, with
 * PARKED in bit 31. False if the time is up.
 */
export function* untilMoved(
  words: Words,
  index: number,
  done: () => boolean,
): Body<boolean> {
  let signal: Signal = OK;
  for (;;) {
    // Before the look: whoever changes something after it moves the word.
    const parked = Atomics.or(words, index, PARKED) | PARKED;
    if (done()) return true;
    if (signal === EXPIRED) return false;
    if (signal === STOP) return STOPPED;
    const moved = (value: number) => value !== parked;
    signal = yield spin(words, index, SPIN_EVENT, moved);
    if (signal !== OK) signal = yield park(words, index, parked, PROMPT);
  }
}

/** By one thread at a time: moves the word of {@linkcode untilMoved}; true if somebody sleeps on it, and is to be woken. */
export function moves(words: Words, index: number): boolean {
  const value = Atomics.load(words, index);
  if (value >= 0) return false;
  Atomics.store(words, index, value + 1 & ~PARKED);
  return true;
}
