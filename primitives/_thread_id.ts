/**
 * Who am I: the 30-bit id that stands in the state word of a Lock.
 *
 * 0 means nobody, {@linkcode ABANDONED} a dead owner and {@linkcode TRANSIT} the
 * next one, so an id is none of these.
 * Bit 29 marks an id that was drawn at random: such a thread is never declared
 * dead. An id is fixed before user code of the thread runs, and never reused.
 *
 * @module
 */

import { realm } from "./_realm.ts";

/** The bits of an owner in a state word. */
export const ID_MASK = 0x3fffffff;

/** The owner of a lock whose holder died. */
export const ABANDONED = 0x3fffffff;

/** The owner of a fair lock that is on its way to a waiter. */
export const TRANSIT = 0x3ffffffe;

/** Set in an id that was drawn at random. */
export const FOREIGN = 0x20000000;

/** An id that, in all likelihood, no other thread has. */
export function drawThreadId(): number {
  for (;;) {
    const random = crypto.getRandomValues(new Uint32Array(1))[0]!;
    const id = FOREIGN | (random & (FOREIGN - 1));
    if (id < TRANSIT) return id;
  }
}

/** The id of the calling thread. */
export function threadId(): number {
  return realm.threadId ||= drawThreadId();
}
