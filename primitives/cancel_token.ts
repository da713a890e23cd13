/**
 * CancelToken: how one thread asks others to give up what they wait for.
 *
 * *Words* · 4 STATE: CANCELLED in bit 0, PARKED in bit 31 · written by all.
 *
 * *States* of STATE
 *
 * | PARKED | CANCELLED | means |
 * | --- | --- | --- |
 * | 0 | 0 | not cancelled, nobody waits for the token itself |
 * | 1 | 0 | not cancelled, somebody sleeps here or is about to |
 * | 0 | 1 | cancelled, for good |
 *
 * *Invariants* · I1: who sleeps here implies PARKED; only the step to CANCELLED
 * clears it. I2: a cancelled token stays so.
 *
 * *Progress* · `cancel` is one exchange; it sees PARKED and wakes all who `wait` for
 * the token. A wait for something else, which has it as its option, cannot be woken
 * from here: it looks at the token before it sleeps, and every 20 ms.
 *
 * *Source* · .NET's CancellationToken, which is the AbortSignal of threads that block.
 * Python has none; there one sets an Event that everybody polls.
 *
 * @module
 */

import { untilPasses } from "./_broadcast.ts";
import {
  type AsyncWaitOptions,
  block,
  type Body,
  type Cancellable,
  cancellation,
  settle,
  type WaitOptions,
  wake,
} from "./_park.ts";
import {
  attachedWords,
  attachment,
  createRecord,
  type Handle,
  type Memory,
  openRecord,
  OWN,
  refuseStray,
  SharedObject,
  type Words,
} from "./_record.ts";
import { optionBag, show, waitOptions } from "./_validate.ts";

const STATE = OWN;
const CANCELLED = 1, PARKED = 1 << 31;
const BYTES = 64;

/** What a {@linkcode CancelToken} can be made with. */
export interface CancelTokenOptions {
  /** Where to make it; in memory of its own if left out. */
  memory?: Memory;
}

/**
 * A word that ends waits: pass it as `{ token }` to whatever blocks or awaits.
 *
 * A wait whose token is cancelled throws CancelledError within 20 ms, takes nothing
 * and costs nobody else a wake-up; one that need not wait succeeds all the same. An
 * AbortSignal does this for awaits of its own thread only, and at once. To end all
 * that a thread does, use its `stop()`.
 *
 * Memory: what a thread did before `cancel()` is visible to who sees the token cancelled.
 *
 * @example Usage
 * ```ts
 * import { CancelToken, Lock } from "@interlock/threading";
 *
 * const token = new CancelToken();
 * const lock = new Lock();
 * lock.acquire({ token }); // in one thread
 * token.cancel(); // in another
 * ```
 */
export class CancelToken extends SharedObject<"CancelToken">
  implements Cancellable {
  /** The bytes that a token takes in shared memory. */
  static readonly byteLength: number = BYTES;
  readonly #words: Words;
  #unfollow: (() => void) | undefined;

  /** Makes a token that is not cancelled. */
  constructor(options?: CancelTokenOptions) {
    const words = attachedWords(options) ?? create(options);
    super("CancelToken", words);
    this.#words = words;
  }

  /** Opens the token that a handle, or another view, names. */
  static from(handle: Handle<"CancelToken">): CancelToken {
    const words = openRecord(["CancelToken"], handle, () => BYTES);
    return new CancelToken(attachment(words));
  }

  /**
   * Makes a token that is cancelled when the signal is aborted; at once if it is already.
   *
   * The thread that has the signal passes the abort on when its event loop turns:
   * not while it blocks. The signal keeps the token's 64 bytes alive until it is
   * aborted, or this view's `cancel` is called.
   */
  static fromSignal(signal: AbortSignal): CancelToken {
    if (typeof signal?.addEventListener !== "function") {
      throw new TypeError(
        `Cannot create CancelToken: 'signal' must be an AbortSignal, received ${
          show(signal)
        }`,
      );
    }
    const token = new CancelToken();
    const words = token.#words;
    // It has the words and not the token: other threads' views outlive this one.
    const listener = () => cancelWords(words);
    signal.addEventListener("abort", listener, { once: true });
    token.#unfollow = () => signal.removeEventListener("abort", listener);
    if (signal.aborted) token.cancel();
    return token;
  }

  /** Whether it is cancelled; once true, it stays so. */
  get isCancelled(): boolean {
    return isSet(Atomics.load(this.#words, STATE));
  }

  /** Throws if it is cancelled; for long work between waits. Does not block. */
  throwIfCancelled(): void {
    if (this.isCancelled) throw cancellation(this);
  }

  /** Cancels it, for good; does nothing the second time. Does not block. */
  cancel(): void {
    cancelWords(this.#words);
    this.#unfollow?.();
    this.#unfollow = undefined;
  }

  /**
   * Blocks until it is cancelled; false if the timeout, in milliseconds, passes first.
   *
   * @throws {WouldBlockError} where blocking is forbidden; use `waitAsync`.
   */
  wait(wait?: number | WaitOptions): boolean {
    const options = waitOptions(WAIT, wait, false);
    if (this.isCancelled) return true;
    return block(this.#untilCancelled(), options, WAIT, "waitAsync");
  }

  /** Waits like `wait`, without blocking the thread. */
  async waitAsync(wait?: number | AsyncWaitOptions): Promise<boolean> {
    const options = waitOptions(WAIT, wait, true);
    return await settle(this.#untilCancelled(), options);
  }

  /** Whether it is cancelled; a snapshot. */
  override toString(): string {
    return `CancelToken(${this.isCancelled ? "cancelled" : "not cancelled"})`;
  }

  #untilCancelled(): Body<boolean> {
    refuseStray(this.#words, "CancelToken");
    return untilPasses(this.#words, STATE, PARKED, isSet);
  }
}

const WAIT = "wait for CancelToken";

function isSet(state: number): boolean {
  return (state & CANCELLED) !== 0;
}

function cancelWords(words: Words): void {
  const state = Atomics.exchange(words, STATE, CANCELLED);
  if ((state & PARKED) !== 0) wake(words, STATE);
}

function create(options?: CancelTokenOptions): Words {
  const { memory } = optionBag("create CancelToken", options);
  return createRecord("CancelToken", BYTES, memory, 0, () => {});
}
