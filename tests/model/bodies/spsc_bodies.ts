import {
  QueueEmptyError,
  QueueFullError,
  QueueShutDownError,
  type SpscQueue,
  SyncStateError,
} from "@interlock/threading";
import { aborted, check, PATIENT, SOON, tasks, turn } from "./tasks.ts";

export interface State {
  readonly queue: SpscQueue<"int32">;
  readonly records: SpscQueue<"bytes">;
  /** What was done before an item was put; plain, and checked for races. */
  readonly done: Int32Array;
  readonly marks: Int32Array;
}

/** Words of `marks`, with a bit for each item: its put has returned; its get has. */
export const PUT = 0, GOT = 1;

function hasPut({ marks }: State, item: number): void {
  marks[PUT]! |= 1 << item;
}

/** Each item comes once, and, where one thread puts and no tasks get, after those before it. */
function hasGot({ marks, done }: State, item: number, ordered = true): void {
  check(item > 0 && item < 8, `got ${item}`);
  const later = marks[GOT]! >> item;
  check((ordered ? later : later & 1) === 0, `got ${item} again, or too late`);
  check(done[item] === item, "got it before it was put");
  marks[GOT]! |= 1 << item;
}

/** Does it unless that error ends it. */
function unless<T>(
  Failure: new (message: string) => Error,
  act: () => T,
): T | undefined {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return undefined;
  }
}

function putting(first: number, last: number, timeout?: number) {
  return (state: State) => {
    for (let item = first; item <= last; item++) {
      state.done[item] = item;
      unless(QueueFullError, () => {
        state.queue.put(item, timeout);
        hasPut(state, item);
      });
    }
  };
}

export const putOne = putting(1, 1);
export const putTwo = putting(1, 2);
export const putThree = putting(1, 3);
export const timedPuts = putting(1, 3, SOON);

export function putAndClose(state: State): void {
  putTwo(state);
  state.queue.close();
}

export function putMany(state: State): void {
  for (let item = 1; item <= 3; item++) state.done[item] = item;
  const count = state.queue.putMany(Int32Array.of(1, 2, 3));
  for (let item = 1; item <= count; item++) hasPut(state, item);
}

/** Puts what fits before it is too late. */
export function timedMany(state: State): void {
  for (let item = 1; item <= 3; item++) state.done[item] = item;
  const count = state.queue.putMany(Int32Array.of(1, 2, 3), SOON);
  for (let item = 1; item <= count; item++) hasPut(state, item);
}

function getting(times: number, timeout?: number) {
  return (state: State) => {
    for (let i = 0; i < times; i++) {
      const got = unless(QueueEmptyError, () => state.queue.get(timeout));
      check(got !== undefined || timeout !== undefined, "no timeout");
      if (got !== undefined) hasGot(state, got);
    }
  };
}

export const getOne = getting(1);
export const getTwo = getting(2);
export const getThree = getting(3);
export const timedGets = getting(2, SOON);

/** Gets until it is closed. */
export function drain(state: State): void {
  unless(QueueShutDownError, () => {
    for (;;) hasGot(state, state.queue.get());
  });
  check(state.queue.isEmpty, "left something");
}

export function getInto(state: State): void {
  const into = new Int32Array(2);
  for (let left = 3; left > 0;) {
    const count = state.queue.getInto(into);
    for (let i = 0; i < count; i++) hasGot(state, into[i]!);
    left -= count;
  }
}

/** Two bytes each, which is all that there is room for. */
export function putRecords({ records }: State): void {
  for (let n = 1; n <= 3; n++) records.put(Uint8Array.of(n, 10 * n));
}

export function getRecords({ records }: State): void {
  for (let n = 1; n <= 3; n++) {
    const [first, second] = records.get();
    check(first === n && second === 10 * n, "changed on the way");
  }
}

const putTask = (item: number) => async (state: State) => {
  state.done[item] = item;
  await state.queue.putAsync(item);
  hasPut(state, item);
};
const getTask = async (state: State) => {
  hasGot(state, await state.queue.getAsync(), false);
};
const abortedGet = async (state: State) => {
  const got = await aborted((signal) => state.queue.getAsync({ signal }));
  if (got !== undefined) hasGot(state, got, false);
};
export const putTasks = tasks(putTask(1), putTask(2));
export const getTasks = tasks(getTask, getTask);
export const abortedAndGet = tasks(abortedGet, getTask);
export const abortedGetTask = tasks(abortedGet);

/** Fills it, and gives up a put that waits for room. */
export async function abortedPutTask(state: State): Promise<void> {
  state.done[2] = 2;
  state.queue.put(2);
  hasPut(state, 2);
  state.done[1] = 1;
  await aborted(async (signal) => {
    await state.queue.putAsync(1, { signal });
  });
  await turn();
}

/** A task gets, and its thread blocks for the next item. */
export async function taskAndBlock(state: State): Promise<void> {
  const got: number[] = [];
  const task = state.queue.getAsync().then((item) => got.push(item));
  got.push(state.queue.get());
  await task;
  got.sort().forEach((item) => hasGot(state, item));
}

/** These wait until nobody can go on, or find that the side is another's. */
const patiently = (act: (state: State) => void) => (state: State) => {
  unless(SyncStateError, () => unless(QueueEmptyError, () => act(state)));
};

export const patientPuts = patiently(putting(1, 2, PATIENT));
export const patientPutMore = patiently(putting(3, 4, PATIENT));
export const patientGets = patiently((state) => {
  for (;;) hasGot(state, state.queue.get(PATIENT), false);
});
