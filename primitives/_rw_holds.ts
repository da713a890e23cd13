/**
 * The ways to hold an RWLock: to read, to write, upgradable, and upgraded. Words,
 * states, invariants and progress are those of `_rw_state.ts`.
 *
 * @module
 */

import { describe } from "./_ownership.ts";
import {
  CLOSED,
  COUNT,
  FULL,
  HOLDS,
  leave,
  READERS,
  Side,
  STATE,
  TASKS,
  UPGRADABLE,
  UPGRADER_ID,
  WAITED,
  wakeNext,
  WRITER_ID,
  WRITERS,
  WRITTEN,
} from "./_rw_state.ts";
import { ABANDONED, ID_MASK } from "./_thread_id.ts";
import { SyncStateError } from "./errors.ts";

/** A read hold; there can be many. */
export class ReadSide extends Side {
  readonly kind = "RWLockRead";

  /** Who has the upgradable hold reads on: no writer gets in before it leaves. */
  next(value: number): number {
    if (value < 0 || (value & FULL) !== 0) return value;
    const closed = (value & CLOSED) !== 0 &&
      Atomics.load(this.words, UPGRADER_ID) !== this.me;
    return closed ? value : value + 1;
  }

  override barge(): boolean {
    const { words } = this;
    for (;;) {
      const value = Atomics.load(words, STATE);
      if (value < 0 || (value & FULL) !== 0) return false;
      if (Atomics.compareExchange(words, STATE, value, value + 1) === value) {
        return true;
      }
    }
  }

  /** Ends a hold; false if there is none. */
  free(): boolean {
    const { words } = this;
    for (;;) {
      const value = Atomics.load(words, STATE);
      if (value < 0 || (value & COUNT) === 0) return false;
      if (leave(words, value, value - 1)) return true;
    }
  }

  give(): void {
    this.free();
  }

  protected bed(): number {
    return READERS;
  }
}

/** The write hold. */
export class WriteSide extends Side {
  readonly kind: string = "RWLockWrite";
  protected override readonly closes = true;

  next(value: number, woken: boolean): number {
    if (value < 0 || (value & HOLDS) !== 0) return value;
    return WRITTEN | this.me | (woken || value !== 0 ? WAITED : 0);
  }

  give(): void {
    this.end(0);
  }

  /** Ends the hold of this thread; `rest` is what it holds then. */
  end(rest: number): void {
    const { words } = this;
    for (;;) {
      const value = Atomics.load(words, STATE);
      if (Atomics.compareExchange(words, STATE, value, rest) !== value) {
        continue;
      }
      if ((value & WAITED) !== 0) wakeNext(words);
      return;
    }
  }

  override delivered(): void {
    Atomics.store(this.words, WRITER_ID, this.me);
  }

  /** Takes it if it is abandoned. */
  takeAbandoned(): boolean {
    const { words } = this, value = Atomics.load(words, STATE);
    if (value >= 0 || (value & ID_MASK) !== ABANDONED) return false;
    const next = WRITTEN | WAITED | this.me;
    if (Atomics.compareExchange(words, STATE, value, next) !== value) {
      return false;
    }
    Atomics.store(words, UPGRADER_ID, 0);
    this.delivered();
    return true;
  }

  protected override get waitsForItself(): boolean {
    return super.waitsForItself ||
      Atomics.load(this.words, UPGRADER_ID) === this.me;
  }

  protected bed(awaits: boolean): number {
    return awaits ? TASKS : WRITERS;
  }
}

/** The upgradable hold. */
export class UpgradableSide extends Side {
  readonly kind = "RWLockUpgradable";

  next(value: number): number {
    return value < 0 || (value & (CLOSED | UPGRADABLE)) !== 0
      ? value
      : value | UPGRADABLE;
  }

  give(): void {
    const { words } = this;
    for (;;) {
      const value = Atomics.load(words, STATE);
      // It was upgraded, by a task that does not know of it yet.
      if (value < 0) return;
      if (leave(words, value, value & ~UPGRADABLE)) return;
    }
  }

  override delivered(): void {
    Atomics.store(this.words, UPGRADER_ID, this.me);
  }

  protected override get waitsForItself(): boolean {
    return super.waitsForItself ||
      Atomics.load(this.words, UPGRADER_ID) === this.me;
  }

  protected bed(): number {
    return READERS;
  }
}

/** From the upgradable hold to the write hold, if this thread has the one. */
export class UpgradeSide extends WriteSide {
  override readonly verb = "upgrade";
  override readonly kind = "RWLockUpgradable";

  override next(value: number): number {
    return value >= 0 && (value & HOLDS) === UPGRADABLE &&
        Atomics.load(this.words, UPGRADER_ID) === this.me
      ? WRITTEN | WAITED | this.me
      : value;
  }

  override give(): void {
    this.end(UPGRADABLE);
  }

  /** The upgradable hold may be over before. */
  protected override refuseVain(): void {
    if (Atomics.load(this.words, UPGRADER_ID) === this.me) return;
    throw new SyncStateError(
      `Cannot upgrade ${
        describe(this.words)
      }: this thread has given back the upgradable hold meanwhile`,
    );
  }

  protected override get waitsForItself(): boolean {
    return false;
  }

  protected override bed(): number {
    return STATE;
  }
}
