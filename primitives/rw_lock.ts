/**
 * RWLock: many readers or one writer.
 *
 * Words, states, invariants and progress are those of `_rw_state.ts`, the sides are in
 * `_rw_sides.ts`; this file puts them together.
 *
 * *Source* · java.util.concurrent's ReentrantReadWriteLock and .NET's
 * ReaderWriterLockSlim, but without recursion. Python has none.
 *
 * @module
 */

import { nameOption, readName, writeName } from "./_ownership.ts";
import {
  attachedWords,
  attachment,
  createRecord,
  type Handle,
  type Memory,
  openRecord,
  SharedObject,
  type Words,
} from "./_record.ts";
import {
  RWLockRead,
  RWLockUpgradable,
  RWLockWrite,
  showRWLock,
} from "./_rw_sides.ts";
import { ReadSide, UpgradableSide, WriteSide } from "./_rw_holds.ts";
import { BYTES, readersOf, STATE, WRITTEN } from "./_rw_state.ts";
import { ABANDONED } from "./_thread_id.ts";
import { optionBag } from "./_validate.ts";

/** What an {@linkcode RWLock} can be made with. */
export interface RWLockOptions {
  /** What messages call it: up to 36 bytes of UTF-8, the rest is cut off. */
  name?: string;
  /** Where to make it; in memory of its own if left out. */
  memory?: Memory;
}

/**
 * Many readers at a time, or one writer.
 *
 * Each side is acquired and released like a Lock. A writer that waits holds back new
 * readers, so a stream of them cannot starve it. Take `upgradable` to read first and then
 * perhaps to write what depends on it: a plain read hold can never become a write hold.
 *
 * For sections of less than a microsecond a Lock is faster, also where most only read.
 * No side may be acquired again by a thread that has it: it would wait for itself. A
 * thread must not block on what an async task of its own holds. If a thread dies as the
 * writer, all others get an AbandonedLockError until one calls `write.recover()`; if it
 * dies as a reader, nobody writes any more.
 *
 * Memory: what a thread did before a release is visible to whom that lets in.
 *
 * @example Usage
 * ```ts
 * import { RWLock } from "@interlock/threading";
 *
 * const table = new RWLock({ name: "table" });
 * table.read.run(() => {
 *   // beside other readers
 * });
 * table.write.run(() => {
 *   // alone
 * });
 * table.upgradable.run(() => {
 *   // beside other readers
 *   table.upgradable.upgrade();
 *   // alone; nobody has written in between
 * });
 * ```
 */
export class RWLock extends SharedObject<"RWLock"> {
  /** The bytes that a lock takes in shared memory. */
  static readonly byteLength: number = BYTES;
  readonly #words: Words;
  readonly #read: RWLockRead;
  readonly #write: RWLockWrite;
  readonly #upgradable: RWLockUpgradable;

  /** Makes a lock that is free. */
  constructor(options?: RWLockOptions) {
    const words = attachedWords(options) ?? create(options);
    super("RWLock", words);
    this.#words = words;
    this.#read = new RWLockRead(new ReadSide(words, 1));
    this.#write = new RWLockWrite(new WriteSide(words, 2), this.#read);
    const upgradable = new UpgradableSide(words, 3);
    this.#upgradable = new RWLockUpgradable(upgradable, this.#write);
  }

  /** Opens the lock that a handle, or another view, names. */
  static from(handle: Handle<"RWLock">): RWLock {
    return new RWLock(attachment(openRecord(["RWLock"], handle, () => BYTES)));
  }

  /** To read, beside other readers. */
  get read(): RWLockRead {
    return this.#read;
  }

  /** To write, alone. */
  get write(): RWLockWrite {
    return this.#write;
  }

  /** To read, beside other readers, and then perhaps to write. */
  get upgradable(): RWLockUpgradable {
    return this.#upgradable;
  }

  /** How many read it, the upgradable one among them; it may have changed when you read it. */
  get readers(): number {
    return readersOf(Atomics.load(this.#words, STATE));
  }

  /** Whether anybody holds it; it may have changed when you read it. */
  get locked(): boolean {
    const value = Atomics.load(this.#words, STATE);
    return value < 0 || readersOf(value) > 0;
  }

  /** What messages call it. */
  get name(): string {
    return readName(this.#words);
  }

  /** Who holds it, and its name; a snapshot. */
  override toString(): string {
    return showRWLock(this.#words);
  }
}

function create(options?: RWLockOptions): Words {
  const action = "create RWLock";
  const { name, memory } = optionBag(action, options);
  const text = nameOption(action, name);
  return createRecord("RWLock", BYTES, memory, 0, (words, stray) => {
    // A stray lock looks held, so that its first use takes the slow path.
    if (stray) Atomics.store(words, STATE, WRITTEN | ABANDONED);
    writeName(words, text);
  });
}
