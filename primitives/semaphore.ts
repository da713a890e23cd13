/**
 * Semaphore and BoundedSemaphore: so many permits, for so many holders at a time.
 *
 * Words, states, invariants and progress are those of `_semaphore_state.ts` and
 * `_wait_queue.ts`; this file is the face of them.
 *
 * *Source* · Python's `threading.Semaphore` and `BoundedSemaphore`, with several
 * permits at once and `fair` from java.util.concurrent.Semaphore.
 *
 * @module
 */

import { Lockable } from "./_lockable.ts";
import { type AsyncWaitOptions, block, type WaitOptions } from "./_park.ts";
import { awaitGrant, RealmQueue } from "./_realm_queue.ts";
import {
  attachedWords,
  attachment,
  createRecord,
  type Handle,
  type Memory,
  openRecord,
  recordKind,
  refuseStray,
  type Words,
} from "./_record.ts";
import {
  BYTES,
  FAIR,
  fillSemaphore,
  SemaphoreState,
} from "./_semaphore_state.ts";
import {
  flag,
  INT32_MAX,
  integer,
  optionBag,
  waitOptions,
} from "./_validate.ts";
import { SyncStateError } from "./errors.ts";

/** What a {@linkcode Semaphore} can be made with. */
export interface SemaphoreOptions {
  /** Hands permits over in order of arrival; much slower when contended. */
  fair?: boolean;
  /** Where to make it; in memory of its own if left out. */
  memory?: Memory;
}

/** How many permits a blocking `acquire` takes, and how long it waits. */
export interface PermitOptions extends WaitOptions {
  /** How many permits to take at once; 1 if left out. */
  permits?: number;
}

/** How many permits an awaited `acquireAsync` takes, and how long it waits. */
export interface AsyncPermitOptions extends AsyncWaitOptions {
  /** How many permits to take at once; 1 if left out. */
  permits?: number;
}

/** The kinds that can be opened as a {@linkcode Semaphore}. */
export type SemaphoreKind = "Semaphore" | "BoundedSemaphore";

/**
 * A number of permits: `acquire` takes some and waits until there are enough,
 * `release` gives some back.
 *
 * Use it to limit how many threads do something at a time. Any thread may release.
 * For one at a time use a Lock.
 *
 * Memory: what a thread did before `release()` is visible to whom it lets in.
 *
 * @example Usage
 * ```ts
 * import { Semaphore } from "@interlock/threading";
 *
 * const connections = new Semaphore(3);
 * connections.run(() => {
 *   // at most three threads at a time
 * });
 * ```
 */
export class Semaphore
  extends Lockable<SemaphoreKind, PermitOptions, AsyncPermitOptions> {
  /** The bytes that a semaphore takes in shared memory. */
  static readonly byteLength: number = BYTES;
  readonly #state: SemaphoreState;

  /** Makes a semaphore with so many permits, from 0 to 2147483647; 1 if left out. */
  constructor(value: number = 1, options?: SemaphoreOptions) {
    const words = attachedWords(value) ??
      create("Semaphore", value, options, INT32_MAX);
    super(recordKind(words) as SemaphoreKind, words);
    this.#state = new SemaphoreState(words);
  }

  /** Opens the semaphore that a handle, or another view, names; a bounded one keeps its bound. */
  static from(handle: Handle<SemaphoreKind>): Semaphore {
    const kinds = ["Semaphore", "BoundedSemaphore"];
    return new Semaphore(attachment(openRecord(kinds, handle, () => BYTES)));
  }

  /** How many permits are left; it may have changed when you read it. */
  get value(): number {
    return this.#state.value;
  }

  /**
   * Blocks until the permits are acquired, all of them in one step; false if the
   * timeout, in milliseconds, passes first.
   *
   * @throws {WouldBlockError} where blocking is forbidden; use `acquireAsync`.
   */
  override acquire(wait?: number | PermitOptions): boolean {
    const state = this.#state;
    if (wait === undefined) {
      if (state.enter(1)) return true;
    } else {
      waitOptions(ACQUIRE, wait, false);
    }
    const demand = this.demandOf(wait);
    if (state.enter(demand)) return true;
    refuseStray(state.words, this.kind);
    const options = waitOptions(ACQUIRE, wait, false);
    if (options.timeout === 0) return false;
    return block(state.wait(demand, false), options, ACQUIRE, "acquireAsync");
  }

  /** Waits like `acquire`, without blocking the thread. */
  override async acquireAsync(
    wait?: number | AsyncPermitOptions,
  ): Promise<boolean> {
    const state = this.#state;
    const options = waitOptions(ACQUIRE, wait, true);
    const demand = this.demandOf(wait);
    options.signal?.throwIfAborted();
    if (state.enter(demand)) return true;
    refuseStray(state.words, this.kind);
    if (options.timeout === 0) return false;
    return state.fair
      ? await awaitGrant(state, demand, options)
      : await RealmQueue.of(state).wait(demand, options);
  }

  /** Acquires so many permits if they are left. Does not wait, and gets in before the waiters of a fair one. */
  tryAcquire(permits: number = 1): boolean {
    integer(ACQUIRE, "permits", permits, 1);
    if (this.#state.take(permits)) return true;
    refuseStray(this.#state.words, this.kind);
    return false;
  }

  /**
   * Gives back `n` permits, all or none. Any thread may. Does not block.
   *
   * @throws {SyncStateError} if there would be more than the bound.
   */
  override release(n: number = 1): void {
    integer(RELEASE, "n", n, 1);
    if (this.#state.add(n)) return;
    refuseStray(this.#state.words, this.kind);
    throw new SyncStateError(
      `Cannot release ${this}: 'n' would take it past its bound, received ${n}`,
    );
  }

  /** The value, and the bound where there is one; a snapshot. */
  override toString(): string {
    const bound = this.kind === "BoundedSemaphore"
      ? `, bound: ${this.#state.bound}`
      : "";
    return `${this.kind}(value: ${this.value}${bound})`;
  }

  /** How many permits an acquire with these options takes. */
  protected override demandOf(
    wait: number | PermitOptions | AsyncPermitOptions | undefined,
  ): number {
    if (typeof wait !== "object" || wait?.permits === undefined) return 1;
    return integer(ACQUIRE, "permits", wait.permits, 1);
  }
}

/**
 * A semaphore that refuses to have more permits than it began with: a release too
 * many is found where it happens.
 *
 * @example Usage
 * ```ts
 * import { BoundedSemaphore } from "@interlock/threading";
 *
 * const slots = new BoundedSemaphore(2);
 * using slot = slots.hold();
 * ```
 */
export class BoundedSemaphore extends Semaphore {
  /** Makes a semaphore with so many permits, from 0 to 2147483647; 1 if left out. */
  constructor(value: number = 1, options?: SemaphoreOptions) {
    const words = attachedWords(value) ??
      create("BoundedSemaphore", value, options, value);
    super(attachment(words));
  }

  /** Opens the bounded semaphore that a handle, or another view, names. */
  static override from(handle: Handle<SemaphoreKind>): BoundedSemaphore {
    const kinds = ["BoundedSemaphore"];
    return new BoundedSemaphore(
      attachment(openRecord(kinds, handle, () => BYTES)),
    );
  }
}

const ACQUIRE = "acquire Semaphore", RELEASE = "release Semaphore";

function create(
  kind: SemaphoreKind,
  value: number,
  options: SemaphoreOptions | undefined,
  bound: number,
): Words {
  const action = `create ${kind}`;
  integer(action, "value", value, 0);
  const { fair, memory } = optionBag(action, options);
  const flags = flag(action, "fair", fair) ? FAIR : 0;
  return createRecord(kind, BYTES, memory, flags, (words, stray) => {
    // A stray one has no permits and takes none: its first use is refused.
    fillSemaphore(words, stray ? 0 : value, stray ? 0 : bound);
  });
}
