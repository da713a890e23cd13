/**
 * The state machine of an RWLock: many readers or one writer.
 *
 * *Words* · 4 STATE: who holds it, and who waits · 5 READERS, 6 WRITERS, 18 TASKS: epochs
 * on which readers sleep, writers that block, and writers that await · 7-15 the name,
 * written once · 16 WRITER_ID, 17 UPGRADER_ID: the thread that has the write or the
 * upgradable hold, from after it has got it until before it gives it back, so that
 * whom a word names holds it. These are the holder's, the others are written by all.
 *
 * *States* of STATE. Bit 31 WRITTEN, bit 30 WAITED, then bits 0-29 the writer's id; or,
 * if not WRITTEN, bit 29 CLOSED, bit 28 UPGRADABLE, bits 0-27 the number of readers.
 *
 * | WRITTEN | CLOSED | UPGRADABLE | readers | means |
 * | --- | --- | --- | --- | --- |
 * | 0 | 0 | 0 | 0 | free |
 * | 0 | 0 | * | * | read; WAITED: somebody sleeps until the upgradable hold is over |
 * | 0 | 1 | * | * | read, and closed to readers by a writer that waits; with WAITED |
 * | 0 | 1 | 0 | 0 | free for writers only; with WAITED |
 * | 1 | id | id | id | written; WAITED: somebody sleeps. An upgraded hold always says so |
 * | 1 | ABANDONED | … | … | the writer died; who wants it gets an error, until one recovers it |
 *
 * *Invariants*
 * - I1: a sleeper implies WAITED, or a wake on its way. The end of a written state clears
 *   WAITED and wakes one writer that blocks and all others; who was woken and writes has
 *   WAITED itself, as it cannot know who else sleeps.
 * - I2: CLOSED implies a writer that waits and will write, or open it: who leaves clears
 *   CLOSED and WAITED and wakes all. So does a task's wait before its thread blocks, and a
 *   reader after a slice on a word that is free for writers: the writer may be dead.
 * - I3: the one writer that is woken must be one that can run, so those that await sleep
 *   on a word of their own, which is notified to all.
 * - I4: who upgrades sleeps on STATE itself; the last other reader to leave wakes it.
 *
 * *Progress* · A waiting writer closes the lock to new readers, also once the last one has
 * left: a stream of readers cannot starve it, whether it blocks or awaits. An await that
 * is slow to resume keeps readers out for a slice at most. Among writers, and after each between all, who comes
 * first gets in (barging). The id in STATE is there at the step that takes it, so a dead
 * writer is always found out. A dead reader is not: nobody writes then. Nor is who dies
 * with the upgradable hold. Who dies between naming itself no longer and leaving STATE
 * counts as one that died as what it was.
 *
 * Tasks of a thread queue in a RealmQueue for each side. A release hands over to nobody:
 * it would pass by the readers of other threads.
 *
 * *Source* · the closed door is from Courtois, Heymans and Parnas, "Concurrent control
 * with readers and writers" (1971), problem 2; the one word is like parking_lot's. The
 * upgradable hold is that of .NET's ReaderWriterLockSlim. Python has none.
 *
 * @module
 */

import {
  abandonedError,
  abandons,
  AFTER_NAME,
  describe,
} from "./_ownership.ts";
import {
  type AsyncWaitOptions,
  block,
  type Body,
  EXPIRED,
  OK,
  park,
  RECHECK,
  type Signal,
  spin,
  SPIN_LOCK,
  STOP,
  STOPPED,
  type WaitOptions,
  wake,
  WITHDRAW,
  WITHDRAWABLE,
} from "./_park.ts";
import { RealmQueue, type Source } from "./_realm_queue.ts";
import {
  OWN,
  recordKey,
  recordKind,
  refuseStray,
  type Words,
} from "./_record.ts";
import { ABANDONED, ID_MASK, threadId } from "./_thread_id.ts";
import { waitOptions } from "./_validate.ts";
import { Watch } from "./_watch.ts";
import { DeadlockError } from "./errors.ts";

/** Who holds it, and who waits. */
export const STATE = OWN;
/** The thread that has the write hold, or the upgradable one. */
export const WRITER_ID = AFTER_NAME, UPGRADER_ID = AFTER_NAME + 1;
/** The epochs on which those sleep who wait. */
export const READERS = OWN + 1, WRITERS = OWN + 2, TASKS = AFTER_NAME + 2;

/** The bytes of an RWLock. */
export const BYTES = 128;

/** Bits of STATE. */
export const WRITTEN = 1 << 31, WAITED = 1 << 30;
/** Bits of STATE where it is not WRITTEN. */
export const CLOSED = 1 << 29, UPGRADABLE = 1 << 28;
/** No reader gets in beyond so many, long before they would reach UPGRADABLE. */
export const FULL = 1 << 27;
/** The readers, and all who hold it where it is not WRITTEN. */
export const COUNT = UPGRADABLE - 1, HOLDS = CLOSED - 1;
/** What makes a reader wait, where it is not WRITTEN. */
export const NO_ENTRY = CLOSED | FULL;

/** How many hold it to read. */
export function readersOf(value: number): number {
  return value < 0 ? 0 : (value & COUNT) + Number((value & UPGRADABLE) !== 0);
}

function move(words: Words, epoch: number, count = Infinity): void {
  Atomics.add(words, epoch, 1);
  wake(words, epoch, count);
}

function wakeWriters(words: Words): void {
  move(words, WRITERS, 1);
  move(words, TASKS);
}

/** After a written state. */
export function wakeNext(words: Words): void {
  move(words, READERS);
  wakeWriters(words);
}

function wakeAll(words: Words): void {
  for (const epoch of [READERS, WRITERS, TASKS]) move(words, epoch);
  wake(words, STATE);
}

/** Lets readers in again (I2). */
function open(words: Words): void {
  for (;;) {
    const value = Atomics.load(words, STATE);
    if (value < 0 || (value & CLOSED) === 0) return;
    const next = value & ~(CLOSED | WAITED);
    if (Atomics.compareExchange(words, STATE, value, next) !== value) continue;
    wakeAll(words);
    return;
  }
}

/** Ends a hold that is not written: `rest` is the word without it; false if the word differs. */
export function leave(words: Words, value: number, rest: number): boolean {
  const free = (rest & HOLDS) === 0, closed = (rest & CLOSED) !== 0;
  const opens = free || (value & UPGRADABLE) !== (rest & UPGRADABLE);
  const next = opens && !closed ? rest & ~WAITED : rest;
  if (Atomics.compareExchange(words, STATE, value, next) !== value) {
    return false;
  }
  if (closed) {
    if (free) wakeWriters(words);
    else if ((rest & HOLDS) === UPGRADABLE) wake(words, STATE);
  } else if (next !== rest) move(words, READERS);
  return true;
}

/** One way to hold it: its steps, and the wait for them, as the queues see it. */
export abstract class Side implements Source {
  readonly words: Words;
  readonly me: number;
  readonly key: number;
  /** What acquiring it is called. */
  readonly verb: string = "acquire";
  /** What it is called. */
  abstract readonly kind: string;
  /** Whether it keeps new readers out while it waits. */
  protected readonly closes: boolean = false;

  /** `place` tells the sides of a record apart. */
  constructor(words: Words, place: number) {
    this.words = words;
    this.me = threadId();
    // Exact, and no other record's key: keys are integers of up to 53 bits.
    this.key = recordKey(words) * 2 ** (64 * place);
  }

  /** The word once this is held too; the same if it cannot be. `woken`: it has slept. */
  abstract next(value: number, woken: boolean): number;
  /** Ends a hold, of which there is one. */
  abstract give(): void;
  /** The epoch on which it sleeps; STATE stands for itself. */
  protected abstract bed(awaits: boolean): number;

  /** What was taken is held for good, and says by whom. */
  delivered(): void {}

  /** Throws if it can never be had. */
  protected refuseVain(): void {}

  /** Whether this thread would wait for itself. */
  protected get waitsForItself(): boolean {
    return Atomics.load(this.words, WRITER_ID) === this.me;
  }

  /** Takes it, if that is possible now. */
  take(): boolean {
    const { words } = this;
    for (;;) {
      const value = Atomics.load(words, STATE);
      const next = this.next(value, false);
      if (next === value) return false;
      if (Atomics.compareExchange(words, STATE, value, next) === value) {
        return true;
      }
    }
  }

  /** Takes it whoever waits, if that is possible now. */
  barge(): boolean {
    return this.take();
  }

  /** Takes it, if that is possible now; an error if it is abandoned. */
  attempt(barges = true): boolean {
    refuseStray(this.words, recordKind(this.words));
    if (barges ? this.barge() : this.take()) {
      this.delivered();
      return true;
    }
    this.#refuseAbandoned(Atomics.load(this.words, STATE));
    return false;
  }

  /** Blocks until it is held; false if the time is up. */
  block(wait: number | WaitOptions | undefined): boolean {
    const action = `${this.verb} ${this.kind}`;
    const options = waitOptions(action, wait, false);
    const { timeout = Infinity, token } = options;
    if (this.attempt(timeout === 0)) return true;
    if (timeout === 0) return false;
    const unlimited = timeout === Infinity && token === undefined;
    if (unlimited && this.waitsForItself) {
      throw new DeadlockError(
        `Cannot ${action} of ${
          describe(this.words)
        } by blocking: this thread, or a task of it, has the hold that it would wait for`,
      );
    }
    const watch = unlimited
      ? new Watch(this.words, WRITER_ID, false)
      : undefined;
    try {
      const body = this.wait(1, false, undefined, watch);
      const got = block(body, options, action, `${this.verb}Async`);
      if (got) this.delivered();
      return got;
    } finally {
      watch?.end();
    }
  }

  /** Awaits it; false if the time is up. */
  async settle(wait: number | AsyncWaitOptions | undefined): Promise<boolean> {
    const options = waitOptions(`${this.verb} ${this.kind}`, wait, true);
    options.signal?.throwIfAborted();
    if (this.attempt(options.timeout === 0)) return true;
    if (options.timeout === 0) return false;
    return await RealmQueue.of(this).wait(1, options);
  }

  *wait(
    _demand: number,
    awaits: boolean,
    _place?: unknown,
    watch?: Watch,
  ): Body<boolean> {
    const { words } = this, bed = this.bed(awaits);
    const manner = awaits && this.closes ? WITHDRAWABLE : 0;
    let woken = false, marked = false;
    let signal: Signal = OK;
    const take = (value: number) => {
      const next = this.next(value, woken);
      if (
        next === value ||
        Atomics.compareExchange(words, STATE, value, next) !== value
      ) return false;
      marked = false;
      return true;
    };
    try {
      for (;;) {
        if ((yield spin(words, STATE, SPIN_LOCK, take)) === OK) return true;
        // Before the last look at STATE: a wake after that look moves the epoch.
        const epoch = Atomics.load(words, bed);
        const value = Atomics.load(words, STATE);
        if (this.next(value, woken) !== value) {
          if (take(value)) return true;
          continue;
        }
        this.#refuseAbandoned(value);
        this.refuseVain();
        const shut = this.closes && value >= 0 ? CLOSED : 0;
        const next = value | WAITED | shut;
        if (
          next !== value &&
          Atomics.compareExchange(words, STATE, value, next) !== value
        ) continue;
        marked = this.closes;
        if (signal === RECHECK) {
          if (value >= 0 && (value & HOLDS) === 0) {
            open(words);
            signal = OK;
            continue;
          }
          const deadlock = watch?.look();
          if (deadlock !== undefined) throw deadlock;
        }
        if (signal === EXPIRED) return false;
        if (signal === STOP) return STOPPED;
        signal = yield park(words, bed, bed === STATE ? next : epoch, manner);
        woken = true;
        if (signal !== WITHDRAW) continue;
        marked = false;
        open(words);
        signal = yield park(words, bed, epoch);
      }
    } finally {
      if (marked) open(words);
    }
  }

  #refuseAbandoned(value: number): void {
    if (value >= 0) return;
    const owner = value & ID_MASK;
    if (abandons(this.words, STATE, value)) {
      wakeAll(this.words);
      throw abandonedError(this.words, owner);
    }
    if (owner === ABANDONED) throw abandonedError(this.words);
  }
}
