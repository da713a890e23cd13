import {
  type PermitOptions,
  type Semaphore,
  SyncStateError,
} from "@interlock/threading";
import { aborted, check, PATIENT, SOON, tasks, turn } from "./tasks.ts";

export interface State {
  readonly semaphore: Semaphore;
  /** The most permits that may be out. */
  readonly most: number;
  readonly marks: Int32Array;
}

/** Words of `marks`: permits that are out; refusals; waits for one, and for two, that gave up. */
export const OUT = 0, REFUSED = 1, GAVE_UP_ONE = 2, GAVE_UP_TWO = 3;

function use({ marks, most }: State, permits: number): void {
  const out = Atomics.add(marks, OUT, permits) + permits;
  check(out <= most, `${out} permits are out`);
}

function giveBack({ marks, semaphore }: State, permits: number): void {
  Atomics.sub(marks, OUT, permits);
  semaphore.release(permits);
}

/** Acquires so many by blocking, and gives them back. */
function blocking(permits: number, timeout?: number) {
  const options: PermitOptions = timeout === undefined
    ? { permits }
    : { permits, timeout };
  return (state: State) => {
    if (state.semaphore.acquire(options)) {
      use(state, permits);
      giveBack(state, permits);
    } else {
      check(timeout !== undefined, "false without a timeout");
      state.marks[permits === 1 ? GAVE_UP_ONE : GAVE_UP_TWO] = 1;
    }
  };
}

export const one = blocking(1);
export const two = blocking(2);
export const timedOne = blocking(1, SOON);
export const timedTwo = blocking(2, SOON);
export const patientOne = blocking(1, PATIENT);
export const patientTwo = blocking(2, PATIENT);

/** Acquires and keeps. */
export function keepOne({ semaphore }: State): void {
  semaphore.acquire();
}

export function keepTwo({ semaphore }: State): void {
  semaphore.acquire({ permits: 2 });
}

export function giveOne({ semaphore }: State): void {
  semaphore.release();
}

export function giveThree({ semaphore }: State): void {
  semaphore.release(1);
  semaphore.release(2);
}

/** Releases though nothing may be out. */
export function giveTooMany({ semaphore, marks }: State): void {
  try {
    semaphore.release();
  } catch (error) {
    if (!(error instanceof SyncStateError)) throw error;
    Atomics.add(marks, REFUSED, 1);
  }
}

export function acquireAndGive(state: State): void {
  state.semaphore.acquire();
  giveTooMany(state);
}

export function attempt(state: State): void {
  if (!state.semaphore.tryAcquire()) return;
  use(state, 1);
  giveBack(state, 1);
}

/** Acquires by awaiting, and holds for a turn. */
function awaiting(permits: number, timeout = Infinity) {
  return async (state: State) => {
    if (!await state.semaphore.acquireAsync({ permits, timeout })) {
      return check(timeout < Infinity, "false without a timeout");
    }
    use(state, permits);
    await turn();
    giveBack(state, permits);
  };
}

/** Acquires by awaiting, and holds for no turn, so that the thread may block meanwhile. */
function awaitingShortly(permits: number) {
  return async (state: State) => {
    await state.semaphore.acquireAsync({ permits });
    use(state, permits);
    giveBack(state, permits);
  };
}

function abortedTask(permits: number) {
  return async (state: State) => {
    const got = await aborted((signal) =>
      state.semaphore.acquireAsync({ permits, signal })
    );
    if (got === undefined) return;
    use(state, permits);
    await turn();
    giveBack(state, permits);
  };
}

export const taskOfOne = tasks(awaiting(1));
export const tasksOfOne = tasks(awaiting(1), awaiting(1));
export const tasksOfTwoAndOne = tasks(awaiting(2), awaiting(1));
export const tasksOfOneAndTwo = tasks(awaiting(1), awaiting(2));
export const timedTaskOfTwo = tasks(awaiting(2, SOON));
export const timedTwoAndOne = tasks(awaiting(2, SOON), awaiting(1));
export const abortedTaskOfOne = tasks(abortedTask(1));
export const abortedTwoAndOne = tasks(abortedTask(2), awaiting(1));

/** Blocks for two, and gives them back while a task of its own waits. */
export const handOverTwo = tasks(
  async (state) => {
    state.semaphore.acquire({ permits: 2 });
    use(state, 2);
    await turn();
    giveBack(state, 2);
  },
  awaiting(2),
);

/** Releases while tasks of its own wait, and blocks at once: what was handed over is taken back. */
function takesBack(permits: number, ...waiting: number[]) {
  return async (state: State) => {
    const { semaphore } = state;
    semaphore.acquire({ permits });
    const waits = waiting.map((n) => awaitingShortly(n)(state));
    await turn();
    use(state, permits);
    giveBack(state, permits);
    blocking(permits)(state);
    await Promise.all(waits);
  };
}

export const takeBackOne = takesBack(1, 1);
export const takeBackTwo = takesBack(2, 2);
export const takeBackMixed = takesBack(2, 1, 2);
