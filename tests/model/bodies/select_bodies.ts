import {
  type Arm,
  type Channel,
  select,
  selectAsync,
  TimeoutError,
  trySelect,
} from "@interlock/threading";
import { aborted, check, PATIENT, SOON, tasks } from "./tasks.ts";

export interface State {
  readonly a: Channel<number>;
  readonly b: Channel<number>;
  readonly marks: Int32Array;
}

/** Words of `marks`: the items that were sent, and received, as bits; waits that gave up; arms whose channel was closed. */
export const SENT = 0, GOT = 1, GAVE_UP = 2, CLOSED = 3;

function sent({ marks }: State, item: number): void {
  const before = Atomics.or(marks, SENT, item);
  check((before & item) === 0, `${item} was sent again`);
}

function got({ marks }: State, item: number): void {
  const before = Atomics.or(marks, GOT, item);
  check(item > 0 && (before & item) === 0, `${item} was received again`);
}

/** Marks what came about. */
function note(
  state: State,
  arms: readonly Arm[],
  fired: { index: number; value?: unknown; closed?: true | undefined },
): void {
  if (fired.closed) Atomics.add(state.marks, CLOSED, 1);
  else if ("value" in fired) got(state, fired.value as number);
  else sent(state, (arms[fired.index] as { value: number }).value);
}

/** Arms in short: `+a` sends to a, `-a` receives from it. What is sent has a bit of its own. */
function armsOf({ a, b }: State, short: string, first: number): Arm[] {
  return short.split(" ").map((arm, i): Arm => {
    const channel = arm[1] === "a" ? a : b;
    return arm[0] === "-"
      ? { receive: channel }
      : { send: channel, value: first << i };
  });
}

/** Selects by blocking. */
function selects(short: string, first = 1, timeout = Infinity) {
  return (state: State) => {
    const arms = armsOf(state, short, first);
    try {
      note(state, arms, select(arms, timeout));
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
      Atomics.add(state.marks, GAVE_UP, 1);
    }
  };
}

/** Selects by awaiting. */
function awaits(short: string, first = 1, timeout = Infinity) {
  return async (state: State) => {
    const arms = armsOf(state, short, first);
    try {
      note(state, arms, await selectAsync(arms, timeout));
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
      Atomics.add(state.marks, GAVE_UP, 1);
    }
  };
}

export const receiveEither = selects("-a -b");
export const timedReceiveEither = selects("-a -b", 1, SOON);
export const patientReceiveEither = selects("-a -b", 1, PATIENT);
export const sendEither = selects("+a +b");
export const timedSendEither = selects("+a +b", 1, SOON);
export const patientSendEither = selects("+a +b", 1, PATIENT);
export const sendEitherToo = selects("+a +b", 4);
export const sendSelected = selects("+a", 16);
export const receiveSelected = selects("-a");
export const receiveFromB = selects("-b");
export const self = selects("+a -a", 32);
export const timedSelf = selects("+a -a", 32, SOON);
export const otherSelf = selects("+a -a", 64);
export const forth = selects("+a -b", 128);
export const back = selects("+b -a", 256);
export const twice = selects("-a -a");

export const taskReceiveEither = tasks(awaits("-a -b"));
export const taskSendEither = tasks(awaits("+a +b"));
export const tasksMeet = tasks(awaits("+a +b"), awaits("-b"));
export const timedTaskReceive = tasks(awaits("-a -b", 1, SOON));

export async function abortedSendEither(state: State): Promise<void> {
  const arms = armsOf(state, "+a +b", 1);
  const fired = await aborted((signal) => selectAsync(arms, { signal }));
  if (fired) note(state, arms, fired);
  else Atomics.add(state.marks, GAVE_UP, 1);
}

export function trySelectEither(state: State): void {
  const arms = armsOf(state, "-a -b", 1), fired = trySelect(arms);
  if (fired) note(state, arms, fired);
}

function gives(channel: "a" | "b", item: number, timeout = Infinity) {
  return (state: State) => {
    try {
      state[channel].send(item, timeout);
      sent(state, item);
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
      Atomics.add(state.marks, GAVE_UP, 1);
    }
  };
}

function takes(channel: "a" | "b", timeout = Infinity) {
  return (state: State) => {
    try {
      got(state, state[channel].receive(timeout));
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
      Atomics.add(state.marks, GAVE_UP, 1);
    }
  };
}

export const sendA = gives("a", 512);
export const sendB = gives("b", 1024);
export const patientSendA = gives("a", 512, PATIENT);
export const timedSendA = gives("a", 512, SOON);
export const receiveA = takes("a");
export const receiveB = takes("b");
export const timedReceiveB = takes("b", SOON);
export const patientReceiveB = takes("b", PATIENT);

/** Receives the rest of what was sent to both. */
export function rest(state: State): void {
  for (const channel of [state.a, state.b]) {
    for (let item; (item = channel.tryReceive()) !== undefined;) {
      got(state, item.value);
    }
  }
}

/** Sends to both, where there is room. */
export function trySendBoth(state: State): void {
  if (state.a.trySend(512)) sent(state, 512);
  if (state.b.trySend(1024)) sent(state, 1024);
}

/** Receives from each. */
export function receiveBoth(state: State): void {
  receiveA(state);
  receiveB(state);
}

export function close({ a, b }: State): void {
  a.close();
  b.close();
}
