/**
 * The threads of a scope, as the thread sees them that started them: which of them are
 * alive, what they threw, and how to wait for all.
 *
 * @module
 */

import {
  block,
  type Body,
  cancellation,
  refuseBlocking,
  settle,
} from "../primitives/_park.ts";
import { isError } from "../primitives/_rebuild.ts";
import { threadId } from "../primitives/_thread_id.ts";
import { CancelledError, WouldBlockError } from "../primitives/errors.ts";
import { canReceive } from "./_runtime.ts";
import { ScopeState } from "./_scope_state.ts";
import type { Thread } from "./thread.ts";

/** What was thrown, if anything was. */
export type Thrown = { readonly error: unknown } | undefined;

/** The threads of one scope. */
export class Members {
  readonly state: ScopeState = new ScopeState();
  /** Those whose outcome was not read. */
  readonly #threads: Set<Thread> = new Set();
  /** What was thrown, by the id of the thread, in the order in which it was seen. */
  readonly #failures: Map<number, unknown> = new Map();
  #left = false;

  /** Whether the scope was left. */
  get left(): boolean {
    return this.#left;
  }

  /** Adds a thread that was started. */
  add(thread: Thread): void {
    this.#threads.add(thread);
  }

  /** Takes note of the threads that have ended; how many have not. */
  look(): number {
    let alive = 0;
    for (const thread of this.#threads) {
      if (thread.isAlive) alive++;
      else this.#note(thread, canReceive());
    }
    return alive;
  }

  /** Waits until none is alive; false if the time is up. */
  untilEnd(): Body<boolean> {
    return this.state.untilEnd(() => this.look() === 0);
  }

  /** The block itself threw; it is one of those that can fail, and the others are to end. */
  blockThrew(error: unknown): Thrown {
    const { token } = this.state;
    const gaveUp = error instanceof CancelledError &&
      cancellation(token) !== undefined;
    if (!gaveUp) this.#fail(threadId(), error);
    token.cancel();
    return { error };
  }

  /** Blocks until all have ended, and throws what failed first, or else what the block threw. */
  leave(thrown?: Thrown): void {
    if (this.#left) return;
    for (let patient = false; this.look() > 0;) {
      refuseBlocking(LEAVE, "runAsync");
      try {
        block(this.untilEnd(), { patient }, LEAVE, "runAsync");
      } catch (error) {
        patient = true;
        thrown ??= this.#interrupted(error);
      }
    }
    // What a thread threw may be out of reach here, and that it threw is not.
    if (this.state.first !== 0) {
      for (const thread of this.#threads) this.#note(thread, true);
    }
    this.#end(thrown);
  }

  /** Waits like {@linkcode leave}, without blocking the thread. */
  async leaveAsync(thrown?: Thrown): Promise<void> {
    if (this.#left) return;
    // While it waits others may be started.
    for (let patient = false;;) {
      if (this.look() > 0) {
        try {
          await settle(this.untilEnd(), { patient });
        } catch (error) {
          patient = true;
          thrown ??= this.#interrupted(error);
        }
        continue;
      }
      const [unread] = this.#threads;
      if (unread === undefined) break;
      await unread.joinAsync().catch(() => {});
      this.#note(unread, true);
    }
    if (!this.#left) this.#end(thrown);
  }

  /** Who waits is to end itself: its threads with it, and then it waits for them all the same. */
  #interrupted(error: unknown): Thrown {
    this.state.token.cancel();
    return { error };
  }

  /** Reads how a thread has ended; later, if that is not known yet. */
  #note(thread: Thread, known: boolean): void {
    const id = thread.id!;
    try {
      thread.result(0);
    } catch (error) {
      if (!known && error instanceof WouldBlockError) return;
      // Who was told to give up, and did, has not failed; see ScopeState.judge.
      const gaveUp = error instanceof CancelledError && this.state.first !== id;
      if (!gaveUp) this.#fail(id, error);
    }
    this.#threads.delete(thread);
  }

  /** Also for those that could not tell it themselves. */
  #fail(id: number, error: unknown): void {
    this.#failures.set(id, error);
    this.state.fail(id);
  }

  #end(thrown: Thrown): void {
    this.#left = true;
    const { first } = this.state;
    if (this.#failures.has(first)) {
      const error = this.#failures.get(first);
      this.#failures.delete(first);
      suppress(error, [...this.#failures.values()]);
      throw error;
    }
    if (thrown !== undefined) throw thrown.error;
  }
}

const LEAVE = "leave ThreadScope";

/** Attaches what came after an error to it; not to what is no error, or cannot be changed. */
function suppress(error: unknown, others: unknown[]): void {
  if (others.length === 0 || !isError(error)) return;
  Reflect.defineProperty(error, "suppressed", {
    value: others,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}
