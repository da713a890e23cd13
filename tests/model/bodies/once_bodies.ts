import {
  type AsyncOnceWaitOptions,
  DeadlockError,
  type Once,
  type OnceCell,
  SyncStateError,
  TimeoutError,
} from "@interlock/threading";
import { aborted, check, PATIENT, SOON, tasks, turn, wordOf } from "./tasks.ts";

export interface State {
  readonly once: Once;
  readonly cell: OnceCell<number>;
  /** What is set up; plain, and checked for races. */
  readonly value: Int32Array;
  readonly marks: Int32Array;
}

/** Words of `marks`: turns begun, whose turn it is, turns that ended well, waits that gave up. */
export const TURNS = 0, INSIDE = 1, ENDED = 2, GAVE_UP = 3;

function begin({ marks }: State): number {
  const me = Atomics.add(marks, TURNS, 1) + 1;
  Atomics.store(marks, INSIDE, me);
  return me;
}

function end({ marks, value }: State, me: number): void {
  value[0] = me;
  check(Atomics.load(marks, INSIDE) === me, "two have the turn");
  Atomics.add(marks, ENDED, 1);
}

function isSetUp({ value, marks }: State): void {
  check(value[0] !== 0, "it is not set up");
  check(Atomics.load(marks, ENDED) > 0, "nobody has set it up");
}

class NoLuck extends Error {}
/** What failures say: their bytes differ in every word. */
const REASONS = ["no luck", "and again there was no luck"] as const;
/** A word of a Once, and its value when it is done. */
const STATE = 4, DONE = 1 << 30;

/** Fails where it may, with these classes of errors; true if it did not. */
function succeeds(
  // deno-lint-ignore no-explicit-any
  classes: readonly (new (...args: any[]) => Error)[],
  { marks }: State,
  call: () => unknown,
): boolean {
  try {
    return call() !== false;
  } catch (error) {
    if (!classes.some((known) => error instanceof known)) throw error;
    if (error instanceof SyncStateError) {
      const text = error.message.slice(error.message.indexOf("Error: ") + 7);
      check(REASONS.some((reason) => reason === text) || isDeath(error), text);
    }
    if (error instanceof TimeoutError) Atomics.add(marks, GAVE_UP, 1);
    return false;
  }
}

const setUp = (state: State) => () => end(state, begin(state));
const noLuck = (state: State, reason: 0 | 1 = 0) => () => {
  begin(state);
  throw new NoLuck(REASONS[reason]);
};

function isDeath({ message }: Error): boolean {
  return message.endsWith("the thread that ran it died");
}

/** Runs it, until it is done, or for so long. */
function running(timeout?: number, force = false) {
  const wait = { ...(timeout !== undefined && { timeout }), force };
  const late = timeout === undefined ? [] : [TimeoutError];
  return (state: State) => {
    const run = () => state.once.run(setUp(state), wait);
    if (succeeds(late, state, run)) isSetUp(state);
  };
}

export const run = running();
export const timed = running(SOON);
export const patient = running(PATIENT);
export const forced = running(undefined, true);

/** Runs what fails; somebody else may have done it. */
export function fail(state: State): void {
  const run = () => state.once.run(noLuck(state));
  if (succeeds([NoLuck, SyncStateError], state, run)) isSetUp(state);
}

/** Runs it where it may be poisoned. */
export function wary(state: State): void {
  const run = () => state.once.run(setUp(state));
  if (succeeds([SyncStateError], state, run)) isSetUp(state);
}

/** Forces what fails. */
export function forceFail(state: State): void {
  const run = () => state.once.run(noLuck(state, 1), { force: true });
  if (succeeds([NoLuck], state, run)) isSetUp(state);
}

/** Runs it where the error may be the outcome, which is told whole. */
export function told(state: State): void {
  try {
    state.once.run(noLuck(state));
  } catch (error) {
    check((error as Error).message === REASONS[0], `${error}`);
  }
  check(Atomics.load(state.marks, TURNS) === 1, "two turns");
}

/** Waits for the end; nothing may have happened if it gives up. */
function waiting(timeout?: number) {
  return (state: State) => {
    const done = state.once.wait(timeout);
    if (done) return isSetUp(state);
    check(timeout !== undefined, "false without a timeout");
    check(wordOf(state.once, STATE) !== DONE, "gave up what was done");
  };
}

export const wait = waiting();
export const timedWait = waiting(SOON);

/** Waits for the end of what may be poisoned. */
export function waryWait(state: State): void {
  const wait = () => state.once.wait();
  if (succeeds([SyncStateError], state, wait)) isSetUp(state);
}

const setUpSlowly = (state: State) => async () => {
  const me = begin(state);
  await turn();
  end(state, me);
};

function awaiting(options: AsyncOnceWaitOptions = {}, slow = true) {
  return async (state: State) => {
    const fn = slow ? setUpSlowly(state) : setUp(state);
    try {
      await state.once.runAsync(fn, options);
      isSetUp(state);
    } catch (error) {
      const late = options.timeout !== undefined;
      if (!late || !(error instanceof TimeoutError)) throw error;
      Atomics.add(state.marks, GAVE_UP, 1);
    }
  };
}

const task = awaiting(), timedTask = awaiting({ timeout: SOON });

async function abortedTask(state: State): Promise<void> {
  await aborted(async (signal) => {
    await state.once.runAsync(setUpSlowly(state), { signal });
    isSetUp(state);
  });
}

async function waitingTask(state: State): Promise<void> {
  check(await state.once.waitAsync(), "false without a timeout");
  isSetUp(state);
}

export const oneTask = tasks(task);
export const twoTasks = tasks(task, timedTask);
export const abortedAndTask = tasks(abortedTask, task);
export const waitingAndTask = tasks(waitingTask, task);

/** A task of its own wants the turn; then the thread waits for the end by blocking. */
export async function taskAndBlock(state: State): Promise<void> {
  const wants = awaiting({}, false)(state);
  if (succeeds([DeadlockError], state, () => state.once.wait())) isSetUp(state);
  await wants;
}

// A cell.

const VALUE = 0x1234567;

function decided(value: number | undefined): void {
  check(value === VALUE || value === -VALUE, `decided on ${value}`);
}

export function get({ cell }: State): void {
  const value = cell.get(() => VALUE);
  decided(value);
  check(cell.tryGet()?.value === value, "another value later");
}

export function set({ cell, marks }: State): void {
  if (cell.set(-VALUE)) {
    check(cell.tryGet()?.value === -VALUE, "another value won");
    check(Atomics.add(marks, ENDED, 1) === 0, "two have set it");
  }
}

export function poll({ cell }: State): void {
  for (let i = 0; i < 2; i++) {
    const found = cell.tryGet();
    if (found !== undefined) decided(found.value);
  }
}

export async function getTask({ cell }: State): Promise<void> {
  // deno-lint-ignore require-await
  decided(await cell.getAsync(async () => VALUE));
}
