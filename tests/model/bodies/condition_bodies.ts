import {
  AbandonedLockError,
  type AsyncWaitOptions,
  type Condition,
  type Lock,
  type RLock,
} from "@interlock/threading";
import { isDead } from "../../../primitives/_roster.ts";
import { threadId } from "../../../primitives/_thread_id.ts";
import { aborted, check, SOON, tasks, turn } from "./tasks.ts";

export interface State {
  readonly condition: Condition<Lock | RLock>;
  /** What the lock protects; plain, and checked for races. */
  readonly guarded: Int32Array;
  /** The ids of who waits. */
  readonly ids: Int32Array;
}

/**
 * Words of `guarded`: how often a wait began that ends when it is notified, and one that
 * may end before; how many were notified, and how many waits were true; whether to go on;
 * what the buffer has; the death of one of those who waited was known to a notifier.
 */
export const LASTING = 0, PASSING = 1, NOTIFIED = 2, TRUES = 3;
export const GO = 4, ITEM = 5, KNOWN = 6;
/** How many of the waits that last are over; how many had begun when all were notified, and were not over. */
const ENDED = 7, BOUND = 8, OWED = 9;

/** Each notification reached a waiter that reported true, and one of all reached those who were there. */
export function allReached({ guarded }: State): boolean {
  return guarded[TRUES] === guarded[NOTIFIED] && guarded[OWED] === 0;
}

/** Acquires the lock, also if a dead thread left it. */
function enter(state: State): void {
  try {
    state.condition.acquire();
  } catch (error) {
    recover(state, error);
  }
}

/** Takes over what a dead thread left: it may have died just before it notified. */
function recover({ condition, guarded }: State, error: unknown): void {
  if (!(error instanceof AbandonedLockError)) throw error;
  if (!condition.lock.recover().wasAbandoned) return;
  guarded[NOTIFIED]! += condition.notifyAll();
}

/** Begins a wait, and returns its number. */
function begin({ guarded }: State, lasting: boolean): number {
  return guarded[lasting ? LASTING : PASSING]!++;
}

function end(
  { guarded }: State,
  got: boolean,
  lasting: boolean,
  number = Infinity,
): void {
  check(got || !lasting, "false without a timeout");
  if (got) guarded[TRUES]!++;
  if (!lasting) return;
  guarded[ENDED]!++;
  if (number < guarded[BOUND]!) guarded[OWED]!--;
}

/** Waits once, or several times, whatever may have been before. */
function waiting(timeout?: number, times = 1) {
  return (state: State) => {
    const { condition } = state, lasting = timeout === undefined;
    condition.acquire();
    for (let i = 0; i < times; i++) {
      const number = begin(state, lasting);
      end(state, condition.wait(timeout), lasting, number);
    }
    condition.release();
  };
}

export const once = waiting();
export const twice = waiting(undefined, 2);
export const timed = waiting(SOON);
export const poll = waiting(0);

const ALL = 9;

function notifying(...counts: number[]) {
  return (state: State) => {
    const { condition, guarded } = state;
    for (const n of counts) {
      condition.acquire();
      const before = guarded[NOTIFIED]!, lasting = guarded[LASTING]!;
      const notified = condition.notify(n);
      const most = lasting + guarded[PASSING]! - before;
      check(notified <= Math.min(n, most), `notified ${notified} of ${most}`);
      const least = Math.min(n, lasting - before);
      check(notified >= least, `notified ${notified}, not ${least}`);
      guarded[NOTIFIED]! += notified;
      if (n === ALL) {
        guarded[BOUND] = lasting;
        guarded[OWED] = lasting - guarded[ENDED]!;
      }
      condition.release();
    }
  };
}

export const notifyOne = notifying(1);
export const notifyTwice = notifying(1, 1);
export const notifyAll = notifying(ALL);
export const notifyAllTwice = notifying(ALL, ALL);
export const notifyAllThenOne = notifying(ALL, 1);

/** Waits with an RLock held twice. */
export function nested({ condition, guarded }: State): void {
  const lock = condition.lock as RLock;
  lock.acquire();
  lock.acquire();
  condition.waitFor(() => guarded[GO] === 1);
  check(lock.holdCount === 2, `held ${lock.holdCount} times`);
  lock.release();
  check(lock.holdCount === 1, `held ${lock.holdCount} times`);
  lock.release();
}

/** Lets all go, with an RLock held twice. */
export function goNested({ condition, guarded }: State): void {
  condition.run(() =>
    condition.run(() => {
      guarded[GO] = 1;
      condition.notifyAll();
    })
  );
}

/** Puts two items into the buffer, which has place for one. */
export function produce({ condition, guarded }: State): void {
  for (const item of [1, 2]) {
    condition.run(() => {
      condition.waitFor(() => guarded[ITEM] === 0);
      guarded[ITEM] = item;
      condition.notifyAll();
    });
  }
}

/** Takes the items, in order. */
export function consume({ condition, guarded }: State): void {
  for (const item of [1, 2]) {
    condition.run(() => {
      const found = condition.waitFor(() => guarded[ITEM]);
      check(found === item, `${found} instead of ${item}`);
      guarded[ITEM] = 0;
      condition.notifyAll();
    });
  }
}

/** Takes one item. */
export function consumeOne({ condition, guarded }: State): void {
  condition.run(() => {
    condition.waitFor(() => guarded[ITEM] !== 0);
    guarded[ITEM] = 0;
    condition.notifyAll();
  });
}

function awaiting(timeout?: number) {
  return async (state: State) => {
    const { condition } = state, lasting = timeout === undefined;
    await condition.acquireAsync();
    const number = begin(state, lasting);
    end(state, await condition.waitAsync(timeout), lasting, number);
    condition.release();
  };
}

const task = awaiting(), timedTask = awaiting(SOON);

async function abortedTask(state: State): Promise<void> {
  const { condition } = state;
  await condition.acquireAsync();
  begin(state, false);
  const wait = (options: AsyncWaitOptions) => condition.waitAsync(options);
  const got = await aborted((signal) => wait({ signal }));
  end(state, got ?? false, false);
  condition.release();
}

export const oneTask = tasks(task);
export const twoTasks = tasks(task, task);
export const timedAndTask = tasks(timedTask, task);
export const abortedAndTask = tasks(abortedTask, task);
export const abortedAlone = tasks(abortedTask);

/** A task waits, and another one of the same thread notifies. */
export const taskAndNotifier = tasks(task, async (state) => {
  await turn();
  await state.condition.acquireAsync();
  const { guarded } = state;
  guarded[NOTIFIED]! += state.condition.notify();
  state.condition.release();
});

// Bodies of threads of which one may die.

/** Waits until it may go on; who dies with the lock held leaves nothing half done. */
export function untilGo(state: State): void {
  const { condition, guarded } = state;
  enter(state);
  while (guarded[GO] === 0) {
    try {
      condition.wait();
    } catch (error) {
      recover(state, error);
    }
  }
  condition.release();
}

/** Like `untilGo`, but what a dead thread left is for others to mend. */
export function untilGoOrAbandoned(state: State): void {
  const { condition, guarded } = state;
  enter(state);
  while (guarded[GO] === 0) {
    try {
      condition.wait();
    } catch (error) {
      check(error instanceof AbandonedLockError, `${error}`);
      break;
    }
  }
  condition.release();
}

/** Lets all go on. */
export function go(state: State): void {
  enter(state);
  state.guarded[GO] = 1;
  state.condition.notifyAll();
  state.condition.release();
}

/** Lets go on who waits, one by one. */
export function goOneByOne(state: State): void {
  enter(state);
  state.guarded[GO] = 1;
  while (state.condition.notify() > 0);
  state.condition.release();
}

/** Waits once, and says who it is. */
export function named(state: State): void {
  const { condition, guarded, ids } = state;
  enter(state);
  ids[guarded[LASTING]!++] = threadId();
  try {
    end(state, condition.wait(), true);
  } catch (error) {
    recover(state, error);
  }
  condition.release();
}

/** Notifies one; if a waiter is known to be dead, then it is another one. */
export function notifyLiving(state: State): void {
  const { condition, guarded, ids } = state;
  enter(state);
  const known = guarded[NOTIFIED] === 0 && ids.some((id) => isDead(id));
  const notified = condition.notify();
  guarded[NOTIFIED]! += notified;
  if (known) {
    guarded[KNOWN] = 1;
    const living = guarded[LASTING]! - 1;
    check(notified === living, `notified ${notified} of ${living}`);
  }
  condition.release();
}
