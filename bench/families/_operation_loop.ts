/**
 * Loops, and steps that many operations share.
 *
 * Each contender has a copy of this module of its own, or the engine would compile loops
 * and steps that suit them all: a call that is not inlined costs more than a lock.
 *
 * @module
 */

import type { Held } from "../../mod.ts";
import type { Guard, Meeting } from "../contenders/contender.ts";

/** One operation. */
export type Step = () => unknown;

/** What the last step returned, or resolved to; it keeps the engine from leaving steps out. */
export let last: unknown;

/** Does so many steps; how many milliseconds they took. */
export function repeat(step: Step, times: number): number {
  const begin = performance.now();
  for (let i = 0; i < times; i++) last = step();
  return performance.now() - begin;
}

/** Does so many steps, and awaits each. */
export async function repeatAwaited(
  step: Step,
  times: number,
): Promise<number> {
  const begin = performance.now();
  for (let i = 0; i < times; i++) last = await step();
  return performance.now() - begin;
}

function wordsOf(value: number): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(64)).fill(value);
}

/** Floor of what looks only. */
export function looks(value = 0): Step {
  const words = wordsOf(value);
  return () => Atomics.load(words, 0);
}

/** Floor of what nobody else changes, and others look at. */
export function stores(): Step {
  const words = wordsOf(0);
  return () => {
    Atomics.store(words, 0, 1);
  };
}

/** Floor of what several may change. */
export function changes(): Step {
  const words = wordsOf(0);
  return () => {
    Atomics.add(words, 0, 1);
  };
}

/** Floor of there and back. */
export function exchanges(): Step {
  const words = wordsOf(0);
  return () => {
    Atomics.compareExchange(words, 0, 0, 1);
    Atomics.compareExchange(words, 0, 1, 0);
  };
}

/** Floor of an exclusive access: what is done to private memory, between two exchanges. */
export function excludes(step: Step): Step {
  const words = wordsOf(0);
  return () => {
    Atomics.compareExchange(words, 0, 0, 1);
    const result = step();
    Atomics.compareExchange(words, 0, 1, 0);
    return result;
  };
}

/** Floor of a number that is put in and taken out, where several may do either. */
export function moves(item: number): Step {
  const words = wordsOf(0);
  return () => {
    Atomics.compareExchange(words, 0, 0, 1);
    words[1] = item;
    Atomics.store(words, 2, 1);
    Atomics.compareExchange(words, 3, 0, 1);
    const got = words[1];
    Atomics.store(words, 2, 0);
    return got;
  };
}

/** The same where one thread puts in, and one takes out. */
export function passes(item: number): Step {
  const words = wordsOf(0);
  return () => {
    words[1] = item;
    Atomics.store(words, 0, 1);
    const got = words[1];
    Atomics.store(words, 2, 1);
    return got;
  };
}

/** The same step, with something to return. */
export function giving(value: unknown, step: Step): Step {
  return () => {
    step();
    return value;
  };
}

/** Floor of what is awaited. */
export function awaits(step: Step): Step {
  return async () => {
    await undefined;
    return step();
  };
}

/** Acquires and releases. */
export function pair(guard: Guard): Step {
  return () => {
    guard.acquire();
    guard.release();
  };
}

/** The same, if that takes no waiting. */
export function attempt(
  guard: { tryAcquire(): boolean; release(): void },
): Step {
  return () => {
    guard.tryAcquire();
    guard.release();
  };
}

/** The same by what `hold` returns. */
export function hold(guard: { hold(): Held }): Step {
  return () => guard.hold().release();
}

/** The same at the end of a block. */
export function useHold(guard: { hold(): Held }): Step {
  return () => {
    using _ = guard.hold();
  };
}

/** The same by a callback. */
export function run(guard: { run(fn: () => void): void }): Step {
  const inside = () => {};
  return () => guard.run(inside);
}

/** Acquires with an await. */
export function pairAsync(
  guard: { acquireAsync(): Promise<unknown>; release(): void },
): Step {
  return async () => {
    await guard.acquireAsync();
    guard.release();
  };
}

/** The same by what is resolved to. */
export function holdAsync(guard: { holdAsync(): Promise<Held> }): Step {
  return async () => (await guard.holdAsync()).release();
}

/** The same by a callback. */
export function runAsync(
  guard: { runAsync(fn: () => void): Promise<void> },
): Step {
  const inside = () => {};
  return () => guard.runAsync(inside);
}

/** Meets nobody else. */
export function meet(meeting: Meeting): Step {
  return () => {
    meeting.wait();
  };
}
