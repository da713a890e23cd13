/**
 * A section: what one thread at a time does, and the next one mends if it dies inside.
 *
 * A structure of several words is changed in here. Its lock is the state machine of a
 * Lock (`_lock_state.ts`), in the same words of the record; but whoever finds the lock
 * abandoned repairs the structure and goes on, so nobody else hears of it. That is
 * possible because one store commits a change and all the rest follows from what is
 * committed: see `_items.ts`.
 *
 * Rules for what is done inside: it is short, it calls nothing of the user's, and it
 * waits for nothing. Where the stack ends even leaving fails: then an outer call leaves
 * (`rescue`), and if that fails too, this thread mends when it enters again.
 *
 * @module
 */

import { LockState, OWNER_CHECK, STATE } from "./_lock_state.ts";
import { brief } from "./_park.ts";
import { recordKind, refuseStray, type Words } from "./_record.ts";
import { ABANDONED, threadId } from "./_thread_id.ts";
import { AbandonedLockError } from "./errors.ts";

/** The first bit of FLAGS that is free in a record with a section. */
export const SECTION_FLAG: number = OWNER_CHECK << 1;
/** The first word that is free in a record with a section. */
export const AFTER_SECTION = 16;

/** Writes the lock of a new record: of a stray one it looks held, so that its first use is refused. */
export function fillSection(words: Words, stray: boolean): void {
  if (stray) Atomics.store(words, STATE, ABANDONED);
}

/** The section of a record. */
export class Section {
  readonly #words: Words;
  readonly #lock: LockState;
  readonly #me: number = threadId();
  readonly #repair: () => void;
  #unmended = false;

  /** `repair` makes the structure whole again; it may be called again if it does not end. */
  constructor(words: Words, repair: () => void) {
    this.#words = words;
    this.#lock = new LockState(words);
    this.#repair = repair;
  }

  /** Enters; waits only for others to leave. */
  enter(): void {
    if (Atomics.compareExchange(this.#words, STATE, 0, this.#me) !== 0) {
      this.#enterSlow();
    }
  }

  /** Does something inside. */
  run<R>(step: () => R): R {
    this.enter();
    try {
      return step();
    } catch (error) {
      this.mend();
      throw error;
    } finally {
      this.leave();
    }
  }

  /** After an error, outside: if it kept this thread from leaving, as where the stack ends, it leaves now. */
  rescue(): void {
    if (this.#lock.owner !== this.#me) return;
    this.#mendOrAbandon();
    this.leave();
  }

  /** Repairs what an error inside may have left half done; if that fails, whoever enters next tries again. */
  mend(): void {
    this.#unmended = true;
    this.#repair();
    this.#unmended = false;
  }

  /** Leaves; what was done inside is visible to whoever enters. */
  leave(): void {
    if (this.#unmended) {
      this.#unmended = false;
      return this.#lock.abandon();
    }
    if (Atomics.compareExchange(this.#words, STATE, this.#me, 0) !== this.#me) {
      this.#lock.release();
    }
  }

  #enterSlow(): void {
    const lock = this.#lock;
    refuseStray(this.#words, recordKind(this.#words));
    // Nobody enters twice: an error kept this thread from leaving.
    if (lock.owner === this.#me) return this.#mendOrAbandon();
    for (;;) {
      try {
        lock.refuseAbandoned();
        brief(lock.wait(1, false));
        return;
      } catch (error) {
        if (!(error instanceof AbandonedLockError)) throw error;
      }
      if (lock.takeAbandoned(false)) return this.#mendOrAbandon();
    }
  }

  #mendOrAbandon(): void {
    try {
      this.mend();
    } catch (error) {
      this.leave();
      throw error;
    }
  }
}
