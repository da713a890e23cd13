/**
 * The sides of an RWLock: to read, to write, and to read until it is to be written.
 *
 * @module
 */

import {
  type Held,
  holdOf,
  Lockable,
  recover,
  recoverAsync,
  type Recovered,
} from "./_lockable.ts";
import { describe } from "./_ownership.ts";
import type { AsyncWaitOptions, WaitOptions } from "./_park.ts";
import { recordKind, refuseStray, type Words } from "./_record.ts";
import {
  type ReadSide,
  type UpgradableSide,
  UpgradeSide,
  type WriteSide,
} from "./_rw_holds.ts";
import {
  NO_ENTRY,
  readersOf,
  type Side,
  STATE,
  UPGRADABLE,
  UPGRADER_ID,
  WRITER_ID,
  WRITTEN,
} from "./_rw_state.ts";
import { ABANDONED, ID_MASK } from "./_thread_id.ts";
import { waitOptions } from "./_validate.ts";
import { SyncStateError, TimeoutError } from "./errors.ts";

/** What an RWLock is called, and how it stands. */
export function showRWLock(words: Words): string {
  const value = Atomics.load(words, STATE), readers = readersOf(value);
  return describe(
    words,
    value < 0
      ? (value & ID_MASK) === ABANDONED ? "abandoned" : "write-locked"
      : readers === 0
      ? "unlocked"
      : `${readers} ${readers === 1 ? "reader" : "readers"}`,
  );
}

/** The error for a release, or the like, of what is not held. */
function notHeld(words: Words, action: string, why: string): SyncStateError {
  refuseStray(words, recordKind(words));
  return new SyncStateError(`Cannot ${action} ${showRWLock(words)}: ${why}`);
}

/** A side of an RWLock: one way to hold it. */
export abstract class RWLockSide<K extends string> extends Lockable<K> {
  readonly #side: Side;

  /** For the sides. */
  protected constructor(kind: K, side: Side) {
    super(kind, side.words);
    this.#side = side;
  }

  /** Whether it is held this way; it may have changed when you read it. */
  abstract get locked(): boolean;

  /**
   * Blocks until it is acquired; false if the timeout, in milliseconds, passes first.
   *
   * @throws {AbandonedLockError} if a writer died; see `write.recover()`.
   * @throws {DeadlockError} if this thread, or a task of it, has what it would wait for.
   * @throws {WouldBlockError} where blocking is forbidden; use `acquireAsync`.
   */
  override acquire(wait?: number | WaitOptions): boolean {
    return this.#side.block(wait);
  }

  /** Waits like `acquire`, without blocking the thread. */
  override async acquireAsync(
    wait?: number | AsyncWaitOptions,
  ): Promise<boolean> {
    return await this.#side.settle(wait);
  }

  /** Acquires it if that is possible now; a read hold also where a writer waits. Does not wait. */
  tryAcquire(): boolean {
    return this.#side.attempt();
  }

  /** Whose side it is, and how that stands; a snapshot. */
  override toString(): string {
    return `${this.kind} of ${showRWLock(this.#side.words)}`;
  }
}

/** The read side of an RWLock. */
export class RWLockRead extends RWLockSide<"RWLockRead"> {
  readonly #words: Words;
  readonly #side: ReadSide;

  /** For RWLock. */
  constructor(side: ReadSide) {
    super("RWLockRead", side);
    this.#side = side;
    this.#words = side.words;
  }

  /** Whether somebody reads; it may have changed when you read it. */
  get locked(): boolean {
    return readersOf(Atomics.load(this.#words, STATE)) > 0;
  }

  /**
   * Blocks until no writer has it or waits; false if the timeout, in milliseconds, passes first.
   *
   * Not for a thread that reads already: a writer that waits in between makes it wait for
   * ever. There `tryAcquire` is right, which no waiting writer holds back.
   *
   * @throws {AbandonedLockError} if a writer died; see `write.recover()`.
   * @throws {DeadlockError} if this thread, or a task of it, is the writer.
   * @throws {WouldBlockError} where blocking is forbidden; use `acquireAsync`.
   */
  override acquire(wait?: number | WaitOptions): boolean {
    if (wait !== undefined) waitOptions("acquire RWLockRead", wait, false);
    const words = this.#words;
    const found = Atomics.compareExchange(words, STATE, 0, 1);
    if (found === 0) return true;
    if (
      found > 0 && (found & NO_ENTRY) === 0 &&
      Atomics.compareExchange(words, STATE, found, found + 1) === found
    ) return true;
    return this.#side.block(wait);
  }

  /**
   * Gives back a read hold, whoever has acquired it. Does not block.
   *
   * @throws {SyncStateError} if there is none.
   */
  override release(): void {
    const words = this.#words;
    if (Atomics.compareExchange(words, STATE, 1, 0) === 1) return;
    if (this.#side.free()) return;
    throw notHeld(words, "release", "it has no reader");
  }
}

/** The write side of an RWLock. */
export class RWLockWrite extends RWLockSide<"RWLockWrite"> {
  readonly #words: Words;
  readonly #me: number;
  readonly #side: WriteSide;
  readonly #read: RWLockRead;

  /** For RWLock. */
  constructor(side: WriteSide, read: RWLockRead) {
    super("RWLockWrite", side);
    this.#side = side;
    this.#words = side.words;
    this.#me = side.me;
    this.#read = read;
  }

  /** Whether it is written; it may have changed when you read it. */
  get locked(): boolean {
    return Atomics.load(this.#words, STATE) < 0;
  }

  /**
   * Blocks until nobody else has it; false if the timeout, in milliseconds, passes first.
   * New readers wait meanwhile.
   *
   * @throws {AbandonedLockError} if a writer died; see `recover()`.
   * @throws {DeadlockError} if this thread, or a task of it, has what it would wait for.
   * A plain read hold of its own is not seen: then it waits for ever.
   * @throws {WouldBlockError} where blocking is forbidden; use `acquireAsync`.
   */
  override acquire(wait?: number | WaitOptions): boolean {
    if (wait !== undefined) waitOptions("acquire RWLockWrite", wait, false);
    const words = this.#words, me = this.#me;
    if (Atomics.compareExchange(words, STATE, 0, WRITTEN | me) !== 0) {
      return this.#side.block(wait);
    }
    Atomics.store(words, WRITER_ID, me);
    return true;
  }

  /**
   * Gives back the write hold; an upgraded one is the upgradable hold again. Does not block.
   *
   * @throws {SyncStateError} if this thread does not have it.
   */
  override release(): void {
    this.#endWriting("release");
    const words = this.#words, held = WRITTEN | this.#me;
    if (Atomics.compareExchange(words, STATE, held, 0) === held) return;
    const upgraded = Atomics.load(words, UPGRADER_ID) === this.#me;
    this.#side.end(upgraded ? UPGRADABLE : 0);
  }

  /**
   * Makes the write hold a read hold in one step: no writer gets in between. Does not block.
   * After an upgrade the upgradable hold is over, too. For a hold that `acquire` made:
   * the end of a `run`, or of the Held of a `hold`, would find nothing to release.
   *
   * @throws {SyncStateError} if this thread does not have the write hold.
   */
  downgrade(): Held {
    this.#endWriting("downgrade");
    const words = this.#words, me = this.#me;
    Atomics.compareExchange(words, UPGRADER_ID, me, 0);
    this.#side.end(1);
    return holdOf(this.#read);
  }

  /**
   * Blocks until it has the write hold, also if a writer died: then what the lock
   * protects may be half changed, and others get it again after this hold.
   *
   * @throws {TimeoutError} if the timeout, in milliseconds, passes first.
   */
  recover(wait?: number | WaitOptions): Recovered {
    return recover(this, () => this.#side.takeAbandoned(), wait);
  }

  /** Waits like `recover`, without blocking the thread. */
  async recoverAsync(wait?: number | AsyncWaitOptions): Promise<Recovered> {
    return await recoverAsync(this, () => this.#side.takeAbandoned(), wait);
  }

  #endWriting(action: string): void {
    const words = this.#words, me = this.#me;
    if (Atomics.compareExchange(words, WRITER_ID, me, 0) === me) return;
    throw notHeld(words, action, "this thread does not have the write hold");
  }
}

/**
 * The upgradable side of an RWLock: a read hold that can become the write hold.
 * There is one at a time, beside any number of readers.
 *
 * Use it for a section that only sometimes writes; others of its kind wait as for a Lock.
 *
 * @example Usage
 * ```ts
 * import { RWLock } from "@interlock/threading";
 *
 * const { upgradable } = new RWLock();
 * upgradable.acquire();
 * try {
 *   // read, beside other readers
 *   using alone = upgradable.upgrade();
 *   // write: nothing has changed since it was read
 * } finally {
 *   upgradable.release();
 * }
 * ```
 */
export class RWLockUpgradable extends RWLockSide<"RWLockUpgradable"> {
  readonly #words: Words;
  readonly #me: number;
  readonly #upgrade: UpgradeSide;
  readonly #side: UpgradableSide;
  readonly #write: RWLockWrite;

  /** For RWLock. */
  constructor(side: UpgradableSide, write: RWLockWrite) {
    super("RWLockUpgradable", side);
    this.#side = side;
    this.#words = side.words;
    this.#me = side.me;
    this.#upgrade = new UpgradeSide(side.words, 4);
    this.#write = write;
  }

  /** Whether a thread has it, upgraded or not; it may have changed when you read it. */
  get locked(): boolean {
    return Atomics.load(this.#words, UPGRADER_ID) !== 0;
  }

  /**
   * Gives back the upgradable hold, also an upgraded one. Does not block.
   *
   * @throws {SyncStateError} if this thread does not have it.
   */
  override release(): void {
    const words = this.#words;
    this.#refuseOthers("release");
    const upgraded = this.#isUpgraded;
    Atomics.store(words, UPGRADER_ID, 0);
    if (upgraded) this.#write.release();
    else this.#side.give();
  }

  /**
   * Makes the upgradable hold the write hold if there are no other readers; false if
   * there are. `write.release()` goes back. Does not wait.
   *
   * @throws {SyncStateError} if this thread does not have it, or has upgraded it.
   */
  tryUpgrade(): boolean {
    this.#refuseUpgrade();
    return this.#upgrade.attempt();
  }

  /**
   * Blocks until the other readers have left, while no new ones get in, and makes the
   * upgradable hold the write hold; to release what it returns goes back.
   *
   * @throws {SyncStateError} if this thread does not have it, or has upgraded it.
   * @throws {TimeoutError} if the timeout, in milliseconds, passes first.
   * @throws {WouldBlockError} where blocking is forbidden; use `upgradeAsync`.
   */
  upgrade(wait?: number | WaitOptions): Held {
    waitOptions("upgrade RWLockUpgradable", wait, false);
    this.#refuseUpgrade();
    return this.#upgraded(this.#upgrade.block(wait));
  }

  /** Waits like `upgrade`, without blocking the thread. */
  async upgradeAsync(wait?: number | AsyncWaitOptions): Promise<Held> {
    waitOptions("upgrade RWLockUpgradable", wait, true);
    this.#refuseUpgrade();
    return this.#upgraded(await this.#upgrade.settle(wait));
  }

  get #isUpgraded(): boolean {
    return Atomics.load(this.#words, WRITER_ID) === this.#me;
  }

  #refuseOthers(action: string): void {
    const words = this.#words;
    if (Atomics.load(words, UPGRADER_ID) === this.#me) return;
    const why = "this thread does not have the upgradable hold";
    throw notHeld(words, action, why);
  }

  #refuseUpgrade(): void {
    this.#refuseOthers("upgrade");
    if (!this.#isUpgraded) return;
    throw notHeld(
      this.#words,
      "upgrade",
      "this thread has upgraded it already",
    );
  }

  #upgraded(got: boolean): Held {
    if (got) return holdOf(this.#write);
    throw new TimeoutError(`Cannot upgrade ${this.kind}: the timeout passed`);
  }
}
