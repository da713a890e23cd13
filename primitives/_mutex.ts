/**
 * What Lock and RLock share behind their faces: how they are made, and what they do
 * when a fast path fails. Words, states, invariants and progress are those of
 * `_lock_state.ts`.
 *
 * @module
 */

import {
  ASYNC,
  BYTES,
  FAIR,
  FAIR_BYTES,
  LockState,
  OWNER_CHECK,
  STATE,
} from "./_lock_state.ts";
import { describe, nameOption, writeName } from "./_ownership.ts";
import {
  block,
  linger,
  SPIN_OWN,
  type Terms,
  type WaitOptions,
} from "./_park.ts";
import { awaitGrant, RealmQueue } from "./_realm_queue.ts";
import {
  createRecord,
  type Memory,
  recordFlags,
  recordKind,
  refuseStray,
  type Words,
} from "./_record.ts";
import { ABANDONED, ID_MASK, threadId } from "./_thread_id.ts";
import { flag, optionBag, waitOptions } from "./_validate.ts";
import { Watch } from "./_watch.ts";
import { AbandonedLockError, DeadlockError } from "./errors.ts";

/** In place of a depth: an async task had it. */
const TASKS = -1;

/** What a lock can be made with. */
interface Options {
  fair?: boolean;
  ownerCheck?: boolean;
  name?: string;
  memory?: Memory;
}

/** The bytes that a lock made with these options takes. */
export function bytesFor(options: Options): number {
  return options.fair ? FAIR_BYTES : BYTES;
}

/** The bytes of a lock that has been made. */
export function bytesOf(words: Words): number {
  return recordFlags(words) & FAIR ? FAIR_BYTES : BYTES;
}

/** Makes the record of a lock of a kind, which is free. */
export function createLock(kind: string, options?: Options): Words {
  const action = `create ${kind}`;
  const bag = optionBag(action, options);
  const flags = (flag(action, "fair", bag.fair) ? FAIR : 0) |
    (flag(action, "ownerCheck", bag.ownerCheck) ? OWNER_CHECK : 0);
  const name = nameOption(action, bag.name), bytes = bytesFor(bag);
  return createRecord(kind, bytes, bag.memory, flags, (words, stray) => {
    // A stray lock looks held, so that its first use takes the slow path.
    if (stray) Atomics.store(words, STATE, ABANDONED);
    writeName(words, name);
  });
}

/** A lock, with what its methods do when it is not as easy as they hoped. */
export class Mutex extends LockState {
  /** Blocks until a lock is acquired that was not free; false if the time is up. */
  acquireSlow(
    wait: number | WaitOptions | undefined,
    instead: string,
  ): boolean {
    const action = this.nests ? "acquire RLock" : "acquire Lock";
    refuseStray(this.words, recordKind(this.words));
    const options = waitOptions(action, wait, false);
    this.refuseAbandoned();
    if (options.timeout === 0) return this.take(1, threadId(), false);
    const { timeout = Infinity, token } = options;
    const unlimited = timeout === Infinity && token === undefined;
    this.#refuseOwn(unlimited);
    return this.#block(options, unlimited, action, instead);
  }

  /** Waits until it is acquired, without blocking the thread; false if the time is up. A promise only if it has to wait. */
  acquireAsync(terms: Terms): boolean | Promise<boolean> {
    const { words } = this, owner = threadId() | ASYNC;
    if (Atomics.compareExchange(words, STATE, 0, owner) === 0) {
      this.delivered();
      return true;
    }
    refuseStray(words, recordKind(words));
    this.refuseAbandoned();
    if (terms.timeout === 0) {
      const got = this.take(1, threadId(), true);
      if (got) this.delivered();
      return got;
    }
    return this.fair
      ? awaitGrant(this, 1, terms)
      : RealmQueue.of(this).wait(1, terms);
  }

  /**
   * Gets it back, without a limit, after {@linkcode Mutex.suspend}. If its holder
   * died meanwhile this thread inherits it, and then throws.
   */
  resume(depth: number): void {
    const me = threadId(), { words } = this;
    const take = (value: number) =>
      value === 0 && Atomics.compareExchange(words, STATE, 0, me) === 0;
    const free = take(0) || linger(words, STATE, SPIN_OWN, take);
    const abandoned = free ? undefined : this.#acquireOrInherit();
    if (depth > 0) this.depth = depth;
    if (depth === TASKS) {
      Atomics.or(this.words, STATE, ASYNC);
      this.delivered();
    }
    if (abandoned !== undefined) throw abandoned;
  }

  /** Gets it back like `resume`, without blocking the thread. */
  async resumeAsync(): Promise<void> {
    for (;;) {
      try {
        await this.acquireAsync({ patient: true });
        return;
      } catch (error) {
        if (!(error instanceof AbandonedLockError)) throw error;
        if (this.inherit(true)) throw error;
      }
    }
  }

  /** Releases it altogether, and returns how its holder had it: how often it had acquired it again, or TASKS. */
  suspend(): number {
    const depth = this.nests ? this.depth : this.isTasks ? TASKS : 0;
    if (depth > 0) this.depth = 0;
    this.release();
    return depth;
  }

  /** Blocks until it has it; the error, if it inherited it. */
  #acquireOrInherit(): AbandonedLockError | undefined {
    for (;;) {
      try {
        const terms = { patient: true };
        this.#block(terms, true, "wait for Condition", "waitAsync");
        return undefined;
      } catch (error) {
        if (!(error instanceof AbandonedLockError)) throw error;
        if (this.inherit(false)) return error;
      }
    }
  }

  #block(
    terms: Terms,
    unlimited: boolean,
    action: string,
    instead: string,
  ): boolean {
    const watch = unlimited
      ? new Watch(this.words, STATE, !this.owned, terms.patient)
      : undefined;
    try {
      return block(
        this.wait(1, false, undefined, watch),
        terms,
        action,
        instead,
      );
    } finally {
      watch?.end();
    }
  }

  /** Refuses to wait for what only this thread can give back, or a task that cannot run meanwhile. */
  #refuseOwn(unlimited: boolean): void {
    const tasks = this.isTasks, value = Atomics.load(this.words, STATE);
    // With ASYNC it may be on its way to a task, and is taken back.
    const own = (value & (ID_MASK | ASYNC)) === threadId();
    if (!tasks && !(unlimited && this.owned && own)) return;
    throw new DeadlockError(
      `Cannot acquire ${describe(this.words, "locked")} by blocking: ${
        tasks
          ? "an async task of this thread holds it, and cannot run meanwhile. Use acquireAsync()"
          : "this thread holds it, and waits"
      }`,
    );
  }
}
