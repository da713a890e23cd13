import { type Deque, QueueEmptyError } from "@interlock/threading";
import type { AsyncWaitOptions } from "../../../primitives/_park.ts";
import { aborted, check, SOON, tasks, turn } from "./tasks.ts";

export interface State {
  /** Of numbers that are all different. */
  readonly deque: Deque<number>;
  /** All that {@linkcode seen} may say. */
  readonly allowed: readonly string[];
  readonly marks: Int32Array;
}

/** Words of `marks`: a bit for each number that was popped; how many pops gave up. */
export const POPPED = 0, GAVE_UP = 1;

/** An item that comes and goes. */
const GUEST = 9;

/** What the deque holds, but for the guest, as text. */
export function seen({ deque }: State): string {
  return deque.toArray().filter((item) => item !== GUEST).join();
}

function note({ marks }: State, item: number): void {
  const bit = 1 << item;
  check(item > 0 && item < 10, `popped ${item}`);
  check((Atomics.or(marks, POPPED, bit) & bit) === 0, `${item} came twice`);
}

/** Runs a pop that may come to the end of its time. */
function timed(state: State, pop: () => number): void {
  try {
    note(state, pop());
  } catch (error) {
    if (!(error instanceof QueueEmptyError)) throw error;
    Atomics.add(state.marks, GAVE_UP, 1);
  }
}

export const back4 = ({ deque }: State) => deque.pushBack(4);
export const back5 = ({ deque }: State) => deque.pushBack(5);
export const front6 = ({ deque }: State) => deque.pushFront(6);
export const back45 = ({ deque }: State) => deque.extendBack([4, 5]);
export const front67 = ({ deque }: State) => deque.extendFront([6, 7]);
export const turnRight = ({ deque }: State) => deque.rotate();
export const turnLeft = ({ deque }: State) => deque.rotate(-1);
export const turnAround = ({ deque }: State) => deque.reverse();
export const insert8 = ({ deque }: State) => deque.insert(1, 8);
export const remove2 = ({ deque }: State) => void deque.remove(2);
export const clear = ({ deque }: State) => deque.clear();

export const popFront = (state: State) => note(state, state.deque.popFront());
export const popBack = (state: State) => note(state, state.deque.popBack());
export const timedFront = (state: State) =>
  timed(state, () => state.deque.popFront(SOON));
export const timedBack = (state: State) =>
  timed(state, () => state.deque.popBack(SOON));

/** Changes the deque in all ways, and what it holds before, between and after. */
export const CHANGES = [
  "1,2,3",
  "1,2,3,4",
  "6,1,2,3,4",
  "4,6,1,2,3",
  "1,2,3,4,6",
  "6,4,3,2,1",
  "6,8,4,3,2,1",
  "6,8,4,3,1",
  "8,4,3,1",
  "8,4,3",
  "",
];
export function change(state: State): void {
  const { deque } = state;
  deque.pushBack(4);
  deque.pushFront(6);
  deque.rotate();
  deque.rotate(-2);
  deque.reverse();
  deque.insert(1, 8);
  deque.remove(2);
  popFront(state);
  deque.tryPopBack();
  deque.clear();
}

/** Pushes onto one that is full. */
export function pushThree({ deque }: State): void {
  deque.pushBack(4);
  deque.pushFront(6);
  deque.pushBack(5);
}

/** Pushes at the back and pops in front. */
export function back4ThenPop(state: State): void {
  back4(state);
  popFront(state);
}

/** Pushes in front and pops at the back. */
export function front6ThenPop(state: State): void {
  front6(state);
  popBack(state);
}

/** Pops at an end by awaiting. */
const awaiting = (end: "Front" | "Back") => async (state: State) => {
  note(state, await state.deque[`pop${end}Async`]());
  await turn();
};

const abortedPop = async (state: State) => {
  const item = await aborted((signal: AbortSignal) =>
    state.deque.popFrontAsync({ signal } as AsyncWaitOptions)
  );
  if (item === undefined) Atomics.add(state.marks, GAVE_UP, 1);
  else note(state, item);
};

export const tasksOfBoth = tasks(awaiting("Front"), awaiting("Back"));
export const abortedTask = tasks(abortedPop);
export const abortedAndBack = tasks(abortedPop, awaiting("Back"));

/** Looks twice; what it sees is always allowed. */
export function look(state: State): void {
  for (let i = 0; i < 2; i++) {
    const { deque, allowed } = state, { size } = deque, items = seen(state);
    check(size <= deque.maxlen, `${size} items`);
    check(allowed.includes(items), `saw ${items || "nothing"}`);
  }
}

/** Looks once, and then pushes {@linkcode GUEST} and takes it out, as if nothing had happened. */
export function lookAndGoOn(state: State): void {
  const { deque, allowed } = state, items = seen(state);
  check(allowed.includes(items), `saw ${items || "nothing"}`);
  deque.pushBack(GUEST);
  deque.remove(GUEST);
}
