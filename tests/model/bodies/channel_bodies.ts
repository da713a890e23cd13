import {
  type Channel,
  ChannelClosedError,
  TimeoutError,
} from "@interlock/threading";
import { aborted, check, PATIENT, SOON, tasks } from "./tasks.ts";

export interface State {
  readonly channel: Channel<number>;
  readonly marks: Int32Array;
}

/** Words of `marks`: the items that were sent, and received, as bits; waits that gave up; that were told of the end. */
export const SENT = 0, GOT = 1, GAVE_UP = 2, CLOSED = 3;

function sent({ marks }: State, item: number): void {
  Atomics.or(marks, SENT, item);
}

function got({ marks }: State, item: number): void {
  const before = Atomics.or(marks, GOT, item);
  check(item > 0 && (before & item) === 0, `${item} was received again`);
}

/** What a wait that came to nothing was told. */
function ended({ marks }: State, error: unknown): void {
  if (error instanceof TimeoutError) Atomics.add(marks, GAVE_UP, 1);
  else if (error instanceof ChannelClosedError) Atomics.add(marks, CLOSED, 1);
  else throw error;
}

/** Sends items by blocking. */
function sends(timeout: number, ...items: number[]) {
  return (state: State) => {
    for (const item of items) {
      try {
        state.channel.send(item, timeout);
        sent(state, item);
      } catch (error) {
        ended(state, error);
      }
    }
  };
}

/** Receives so many by blocking. */
function receives(timeout: number, n: number) {
  return (state: State) => {
    for (let i = 0; i < n; i++) {
      try {
        got(state, state.channel.receive(timeout));
      } catch (error) {
        ended(state, error);
      }
    }
  };
}

export const send1 = sends(Infinity, 1);
export const send2 = sends(Infinity, 2);
export const sendBoth = sends(Infinity, 1, 2);
export const timedSend1 = sends(SOON, 1);
export const timedSend2 = sends(SOON, 2);
export const patientSend1 = sends(PATIENT, 1);
export const patientSend2 = sends(PATIENT, 2);
export const patientSendBoth = sends(PATIENT, 1, 2);
export const receive = receives(Infinity, 1);
export const receiveBoth = receives(Infinity, 2);
export const timedReceive = receives(SOON, 1);
export const patientReceive = receives(PATIENT, 1);
export const patientReceiveBoth = receives(PATIENT, 2);

export function trySend2(state: State): void {
  try {
    if (state.channel.trySend(2)) sent(state, 2);
  } catch (error) {
    ended(state, error);
  }
}

export function tryReceive(state: State): void {
  try {
    const item = state.channel.tryReceive();
    if (item !== undefined) got(state, item.value);
  } catch (error) {
    ended(state, error);
  }
}

/** Receives until it is told of the end. */
export function drain(state: State): void {
  for (const item of state.channel) got(state, item);
}

export function close({ channel }: State): void {
  channel.close();
}

/** Closes, and then finds nothing to receive. */
export function closeAndReceive(state: State): void {
  close(state);
  tryReceive(state);
}

/** Sends, and closes. */
export function sendAndClose(state: State): void {
  send1(state);
  close(state);
}

function sending(item: number, timeout = Infinity) {
  return async (state: State) => {
    try {
      await state.channel.sendAsync(item, timeout);
      sent(state, item);
    } catch (error) {
      ended(state, error);
    }
  };
}

function receiving(timeout = Infinity) {
  return async (state: State) => {
    try {
      got(state, await state.channel.receiveAsync(timeout));
    } catch (error) {
      ended(state, error);
    }
  };
}

export const taskSend1 = tasks(sending(1));
export const tasksSend = tasks(sending(1), sending(2));
export const timedTaskSend = tasks(sending(1, SOON), sending(2));
export const taskReceive = tasks(receiving());
export const tasksReceive = tasks(receiving(), receiving());
export const timedTaskReceive = tasks(receiving(SOON), receiving());
export const bothTasks = tasks(sending(1), receiving());

export async function abortedSend(state: State): Promise<void> {
  const done = await aborted((signal) =>
    state.channel.sendAsync(1, { signal }).then(() => true)
  );
  if (done) sent(state, 1);
  else Atomics.add(state.marks, GAVE_UP, 1);
}

export async function abortedReceive(state: State): Promise<void> {
  const item = await aborted((signal) =>
    state.channel.receiveAsync({ signal })
  );
  if (item !== undefined) got(state, item);
  else Atomics.add(state.marks, GAVE_UP, 1);
}
