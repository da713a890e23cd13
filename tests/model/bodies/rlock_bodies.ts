import {
  AbandonedLockError,
  DeadlockError,
  type Lock,
  type RLock,
} from "@interlock/threading";
import { realm } from "../../../primitives/_realm.ts";
import { check, PATIENT, SOON } from "./tasks.ts";

export interface State {
  readonly locks: readonly (RLock | Lock)[];
  /** How many are inside; plain, and checked for races. */
  readonly inside: Int32Array;
  readonly marks: Int32Array;
}

/** Words of `marks`: who gave up; threads with their first lock; and what came of it. */
export const GAVE_UP = 0, AT_ONCE = 1, CLOSED = 2, ERRORS = 3, WARNINGS = 4;
/** And: a lock is held that another thread is to release. */
const LENT = 5;

// An RLock, held twice at once.

function rlockOf({ locks }: State): RLock {
  return locks[0] as RLock;
}

/** Acquires; what a dead thread left is mended, which has nobody inside, however deep it was. */
function acquire(state: State, wait?: number): boolean {
  const lock = rlockOf(state);
  try {
    return lock.acquire(wait);
  } catch (error) {
    if (!(error instanceof AbandonedLockError)) throw error;
    const held = lock.recover();
    check(lock.holdCount === 1, `recovered ${lock.holdCount} times`);
    if (held.wasAbandoned) state.inside[0] = 0;
    return true;
  }
}

/** What a holder does: it nests, and nobody may get in before its last release. */
function visit(state: State): void {
  const { inside } = state, lock = rlockOf(state);
  inside[0]!++;
  check(lock.acquire(), "not nested");
  check(inside[0] === 1, "two are inside");
  lock.release();
  check(inside[0] === 1, "two are inside after a nested release");
  inside[0]!--;
  lock.release();
}

function nesting(timeout?: number, times = 1) {
  return (state: State) => {
    for (let i = 0; i < times; i++) {
      if (acquire(state, timeout)) visit(state);
      else {
        check(timeout !== undefined, "false without a timeout");
        Atomics.add(state.marks, GAVE_UP, 1);
      }
    }
  };
}

export const once = nesting();
export const twice = nesting(undefined, 2);
export const timed = nesting(SOON);
export const patient = nesting(PATIENT);

export function attempt(state: State): void {
  const lock = rlockOf(state);
  if (!lock.tryAcquire()) return;
  check(lock.tryAcquire() && lock.holdCount === 2, "not nested");
  lock.release();
  visit(state);
}

/** A foreigner may not release it, however it stands. */
export function releaseForeign(state: State): void {
  const lock = rlockOf(state);
  check(!lock.isOwned && lock.holdCount === 0, "held by a stranger");
  try {
    lock.release();
  } catch {
    return;
  }
  check(false, "released by a stranger");
}

// Deadlocks.

/** Counts the warnings meanwhile; none is expected where `warns` is false. */
async function watched(
  { marks }: State,
  body: () => void | Promise<void>,
  warns: boolean,
): Promise<void> {
  const { warn } = console;
  console.warn = (message) => {
    check(warns, `a warning: ${message}`);
    Atomics.add(marks, WARNINGS, 1);
  };
  try {
    await body();
  } finally {
    console.warn = warn;
  }
}

/** Notes that all threads have their first lock at once, so that none gets its second. */
function noteFirst({ locks, marks }: State, waits = false): void {
  const before = Atomics.add(marks, AT_ONCE, 1);
  if (before === locks.length - 1) {
    Atomics.add(marks, CLOSED, 1);
    Atomics.notify(marks, CLOSED);
  }
  while (waits && Atomics.load(marks, CLOSED) === 0) {
    Atomics.wait(marks, CLOSED, 0);
  }
}

/** How two locks are crossed. */
interface Crossing {
  /** The longest wait for the second one. */
  readonly wait?: number;
  /** Whether warnings are expected. */
  readonly warns?: boolean;
  /** Whether it waits, the first time, until it is a deadlock. */
  readonly surely?: boolean;
  readonly times?: number;
}

/** Acquires two locks one after the other; the body ends also where that is a deadlock. */
function crossing(
  first: number,
  second: number,
  { wait, warns = false, surely = false, times = 1 }: Crossing = {},
) {
  const cross = (state: State) => {
    const { locks, marks } = state;
    const outer = locks[first]!, inner = locks[second]!;
    outer.acquire();
    noteFirst(state, surely);
    try {
      const got = inner.acquire(wait);
      Atomics.sub(marks, AT_ONCE, 1);
      if (got) inner.release();
      else Atomics.add(marks, GAVE_UP, 1);
    } catch (error) {
      if (!(error instanceof DeadlockError)) throw error;
      Atomics.sub(marks, AT_ONCE, 1);
      Atomics.add(marks, ERRORS, 1);
    }
    outer.release();
  };
  return (state: State) =>
    watched(state, () => {
      for (let i = 0; i < times; i++) cross(state);
    }, warns);
}

export const zeroOne = crossing(0, 1);
export const oneZero = crossing(1, 0);
export const oneTwo = crossing(1, 2);
export const twoZero = crossing(2, 0);
export const zeroOneSurely = crossing(0, 1, { surely: true });
export const oneZeroSurely = crossing(1, 0, { surely: true });
export const zeroOneTwice = crossing(0, 1, { times: 2 });
export const oneZeroTwice = crossing(1, 0, { times: 2 });
export const oneZeroPatient = crossing(1, 0, { wait: PATIENT });
export const zeroOneWarned = crossing(0, 1, { warns: true });
export const oneZeroWarned = crossing(1, 0, { warns: true });

/** A task holds one lock and awaits the other: its thread could still do anything. */
export function zeroOneAwaited(state: State): Promise<void> {
  return watched(state, async () => {
    const [outer, inner] = state.locks as [Lock, Lock];
    await outer.acquireAsync();
    noteFirst(state);
    await inner.acquireAsync();
    Atomics.sub(state.marks, AT_ONCE, 1);
    inner.release();
    outer.release();
  }, false);
}

/** A task holds one lock, and its thread blocks for the other: the task cannot go on. */
export async function zeroTaskOne(state: State): Promise<void> {
  const [outer, inner] = state.locks as [Lock, Lock];
  await outer.acquireAsync();
  noteFirst(state);
  try {
    inner.acquire();
    Atomics.sub(state.marks, AT_ONCE, 1);
    inner.release();
  } catch (error) {
    if (!(error instanceof DeadlockError)) throw error;
    Atomics.add(state.marks, ERRORS, 1);
  }
  outer.release();
}

/** Waits for what this very thread holds. */
export function again({ locks }: State): void {
  const lock = locks[0]!, start = performance.now();
  lock.acquire();
  let refused = false;
  try {
    lock.acquire();
  } catch (error) {
    refused = error instanceof DeadlockError;
  }
  check(refused, "not refused");
  check(performance.now() === start, "refused late");
  check(!lock.acquire(SOON), "acquired twice");
  check(performance.now() >= start + SOON, "false too early");
  lock.release();
}

// No deadlock: whoever throws or warns here is wrong.

/** Acquires locks in their order. */
export function ordered(state: State): Promise<void> {
  return watched(state, () => {
    const [first, second] = state.locks;
    first!.acquire();
    second!.acquire();
    state.inside[0]!++;
    check(state.inside[0] === 1, "two are inside");
    state.inside[0]!--;
    first!.release();
    second!.release();
  }, false);
}

/** Goes through all locks, and holds two at a time. */
export function handOverHand(state: State): Promise<void> {
  return watched(state, () => {
    let held: RLock | Lock | undefined;
    for (const next of state.locks) {
      next.acquire();
      held?.release();
      held = next;
    }
    held?.release();
  }, false);
}

/** Acquires a Lock twice: another thread releases it in between. */
export function borrow(state: State): Promise<void> {
  return watched(state, () => {
    const [lock] = state.locks;
    lock!.acquire();
    tell(state);
    lock!.acquire();
    lock!.release();
  }, false);
}

export function release(state: State): Promise<void> {
  return watched(state, () => {
    hear(state);
    state.locks[0]!.release();
  }, false);
}

/**
 * Two threads wait for each other, one after the other: whoever goes by what the first
 * said of its wait some time ago sees a circle. A third thread gets in between.
 */
export function waitsLong(state: State): Promise<void> {
  return watched(state, () => {
    realm.slice = 4 * SOON;
    const [early, late] = state.locks;
    late!.acquire();
    early!.acquire();
    early!.release();
    late!.release();
  }, false);
}

export function getsBetween(state: State): void {
  rest(state, 5 * SOON);
  state.locks[0]!.acquire();
  rest(state, 10 * SOON);
  state.locks[0]!.release();
}

export function waitsLater(state: State): Promise<void> {
  return watched(state, () => {
    realm.slice = SOON;
    const [early, late] = state.locks;
    early!.acquire();
    rest(state, 5 * SOON);
    early!.release();
    late!.acquire();
    late!.release();
  }, false);
}

/** Sleeps for a while. */
function rest({ marks }: State, ms: number): void {
  Atomics.wait(marks, GAVE_UP, 0, ms);
}

/**
 * A circle that a third thread opens, by releasing the Lock in it; then who got out of
 * it waits for something else. Locks: an RLock, a Lock, an RLock.
 */
export function openRing(state: State): void {
  const [, loose, other] = state.locks;
  other!.acquire();
  hear(state);
  loose!.release();
  other!.release();
}

export function inRing(state: State): Promise<void> {
  return watched(state, () => {
    const [own, loose, other] = state.locks;
    own!.acquire();
    hear(state);
    loose!.acquire();
    other!.acquire();
    for (const lock of [other!, loose!, own!]) lock.release();
  }, true);
}

export function closeRing(state: State): Promise<void> {
  return watched(state, () => {
    const [own, loose] = state.locks;
    loose!.acquire();
    tell(state);
    own!.acquire();
    own!.release();
  }, true);
}

function tell({ marks }: State): void {
  Atomics.store(marks, LENT, 1);
  Atomics.notify(marks, LENT);
}

function hear({ marks }: State): void {
  while (Atomics.load(marks, LENT) === 0) Atomics.wait(marks, LENT, 0);
}

/** Lets the waits of this thread re-check at any time, not only where nobody can run. */
function restless<S, R>(body: (state: S) => R): (state: S) => R {
  return (state) => {
    realm.slice = SOON;
    return body(state);
  };
}

export const zeroOneRestless = restless(zeroOne);
export const oneZeroRestless = restless(oneZero);
export const handOverHandRestless = restless(handOverHand);
export const inRingRestless = restless(inRing);
export const closeRingRestless = restless(closeRing);
