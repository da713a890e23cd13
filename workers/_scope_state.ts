/**
 * What the threads of a scope have in common, in shared memory.
 *
 * *Words* · bytes 0-63 a CancelToken · 16 FIRST: the id of the thread that failed first, 0
 * if none has · 17 ENDS: PARKED in bit 31, cleared when a thread has ended.
 *
 * *Invariants* · I1: FIRST is left from 0 by one compareExchange, and then the token is
 * cancelled, by the thread that failed: nobody else has to run for that. I2: a thread's
 * latch opens before it clears PARKED, and who waits sets PARKED before it looks at the
 * latches: so it sees the thread ended, or is woken.
 *
 * *Progress* · A thread that dies tells nobody: who waits looks after all, once a slice.
 *
 * @module
 */

import { untilMoved } from "../primitives/_broadcast.ts";
import { type Body, cancellation, wake } from "../primitives/_park.ts";
import type { Words } from "../primitives/_record.ts";
import { CancelToken } from "../primitives/cancel_token.ts";
import type { Outcome } from "./_protocol.ts";

const FIRST = 16, ENDS = 17, BYTES = 128;
const PARKED = 1 << 31;

/** A view of what they have in common. */
export class ScopeState {
  readonly memory: SharedArrayBuffer;
  readonly token: CancelToken;
  readonly #words: Words;

  /** Makes it, or opens it in a thread of the scope. */
  constructor(memory?: SharedArrayBuffer) {
    const buffer = this.memory = memory ?? new SharedArrayBuffer(BYTES);
    this.token = memory === undefined
      ? new CancelToken({ memory: { buffer } })
      : CancelToken.from({ kind: "CancelToken", buffer, byteOffset: 0 });
    this.#words = new Int32Array(buffer);
  }

  /** The id of the thread that failed first, or 0. */
  get first(): number {
    return Atomics.load(this.#words, FIRST);
  }

  /** A thread has failed: the others are to end. */
  fail(id: number): void {
    const { token } = this;
    if (Atomics.compareExchange(this.#words, FIRST, 0, id) === 0) {
      token.cancel();
    }
  }

  /** By a thread of the scope, before its end is seen: whether it has failed. */
  judge(id: number, outcome: Outcome): void {
    if (outcome.type === "value") return;
    const { error } = outcome;
    // Who was told to give up, and did, has not failed.
    const gaveUp = "name" in error && error.name === "CancelledError" &&
      cancellation(this.token) !== undefined;
    if (!gaveUp) this.fail(id);
  }

  /** By a thread of the scope: its end can be seen. */
  tell(): void {
    const words = this.#words;
    if (Atomics.and(words, ENDS, ~PARKED) < 0) wake(words, ENDS);
  }

  /** Waits until it is done, which it may be whenever a thread has ended; false if the time is up. */
  untilEnd(done: () => boolean): Body<boolean> {
    return untilMoved(this.#words, ENDS, done);
  }
}
