import {
  AbandonedLockError,
  type AsyncWaitOptions,
  DeadlockError,
  type Lock,
} from "@interlock/threading";
import { aborted, check, PATIENT, SOON, tasks, turn } from "./tasks.ts";

export interface State {
  readonly lock: Lock;
  /** How many are inside; plain, and checked for races. */
  readonly inside: Int32Array;
  readonly marks: Int32Array;
}

/** Words of `marks`. */
export const HELD = 0, LEFT = 1, GAVE_UP = 2, REFUSED = 3;

/** Acquires; what a dead thread left is mended, which has nobody inside. */
function acquire({ lock, inside }: State, wait?: number): boolean {
  try {
    return lock.acquire(wait);
  } catch (error) {
    if (!(error instanceof AbandonedLockError)) throw error;
    if (lock.recover().wasAbandoned) inside[0] = 0;
    return true;
  }
}

async function acquireAsync(
  { lock, inside }: State,
  wait?: number | AsyncWaitOptions,
): Promise<boolean> {
  try {
    return await lock.acquireAsync(wait);
  } catch (error) {
    if (!(error instanceof AbandonedLockError)) throw error;
    if ((await lock.recoverAsync()).wasAbandoned) inside[0] = 0;
    return true;
  }
}

function enter({ inside }: State): void {
  inside[0]!++;
  check(inside[0] === 1, "two are inside");
}

function leave({ inside, lock }: State): void {
  inside[0]!--;
  lock.release();
}

/** Acquires by blocking. */
function blocking(timeout?: number, times = 1) {
  return (state: State) => {
    for (let i = 0; i < times; i++) {
      if (acquire(state, timeout)) {
        enter(state);
        leave(state);
      } else {
        check(timeout !== undefined, "false without a timeout");
        Atomics.add(state.marks, GAVE_UP, 1);
      }
    }
  };
}

export const once = blocking();
export const twice = blocking(undefined, 2);
export const timed = blocking(SOON);
export const patient = blocking(PATIENT);

export function attempt(state: State): void {
  if (!state.lock.tryAcquire()) return;
  enter(state);
  leave(state);
}

/** Attempts after the only holder has left. */
export function attemptLater(state: State): void {
  const left = Atomics.load(state.marks, LEFT) === 1;
  if (state.lock.tryAcquire()) state.lock.release();
  else if (left) Atomics.store(state.marks, REFUSED, 1);
}

export function holdOnce(state: State): void {
  state.lock.acquire();
  state.lock.release();
  Atomics.store(state.marks, LEFT, 1);
}

/** Acquires, and lets another thread release. */
export function lend(state: State): void {
  state.lock.acquire();
  enter(state);
  tell(state, HELD);
}

export function releaseLent(state: State): void {
  hear(state, HELD);
  leave(state);
}

/** A task acquires, another thread releases, and then the task's own thread blocks. */
export async function lendAndBlock(state: State): Promise<void> {
  await state.lock.acquireAsync();
  enter(state);
  tell(state, HELD);
  hear(state, LEFT);
  once(state);
}

export function releaseLentAndTell(state: State): void {
  releaseLent(state);
  tell(state, LEFT);
}

function tell({ marks }: State, mark: number): void {
  Atomics.store(marks, mark, 1);
  Atomics.notify(marks, mark);
}

function hear({ marks }: State, mark: number): void {
  while (Atomics.load(marks, mark) === 0) Atomics.wait(marks, mark, 0);
}

/** Acquires by awaiting, and holds it for a turn. */
function awaiting(timeout?: number) {
  return async (state: State) => {
    if (!await acquireAsync(state, timeout)) {
      return check(timeout !== undefined, "false without a timeout");
    }
    enter(state);
    await turn();
    leave(state);
  };
}

/** Acquires by awaiting, and holds it for no turn, so that the thread may block meanwhile. */
function awaitingShortly(timeout?: number) {
  return async (state: State) => {
    if (!await acquireAsync(state, timeout)) return;
    enter(state);
    leave(state);
  };
}

const task = awaiting(), timedTask = awaiting(SOON);
const shortTask = awaitingShortly(), shortTimedTask = awaitingShortly(SOON);

async function abortedTask(state: State): Promise<void> {
  if (!await aborted((signal) => acquireAsync(state, { signal }))) return;
  enter(state);
  await turn();
  leave(state);
}

export const oneTask = tasks(task);
export const oneShortTask = tasks(shortTask);
export const oneTimedTask = tasks(timedTask);
export const twoTasks = tasks(task, task);
export const twoShortTasks = tasks(shortTask, shortTask);
export const timedAndTask = tasks(timedTask, task);
export const abortedAndTask = tasks(abortedTask, task);
export const abortedAndTimed = tasks(abortedTask, timedTask);

/** Releases while tasks of its own wait, and blocks at once: what was handed over is taken back. */
function takesBack(
  waiting: readonly ((state: State) => Promise<void>)[],
  times: number,
) {
  return async (state: State) => {
    acquire(state);
    const waits = waiting.map((wait) => wait(state));
    await turn();
    enter(state);
    leave(state);
    for (let i = 0; i < times; i++) once(state);
    await Promise.all(waits);
  };
}

export const takeBack = takesBack([shortTask], 1);
export const takeBackTwo = takesBack([shortTask, shortTask], 2);
export const takeBackTimed = takesBack([shortTimedTask, shortTask], 1);

/** Blocks some microtasks after a hand-over: it is taken back, or the error says why not. */
export async function blockSoon(state: State): Promise<void> {
  const { lock } = state;
  for (let soon = 0; soon < 4; soon++) {
    lock.acquire();
    const wait = lock.acquireAsync();
    await turn();
    lock.release();
    for (let i = 0; i < soon; i++) await null;
    try {
      lock.acquire();
      lock.release();
    } catch (error) {
      check(error instanceof DeadlockError, `${error}`);
    }
    await wait;
    lock.release();
  }
}
