import type { Event } from "@interlock/threading";
import { aborted, check, PATIENT, SOON, tasks, wordOf } from "./tasks.ts";

export interface State {
  readonly event: Event;
  /** Written before the flag is set; plain, and checked for races. */
  readonly news: Int32Array;
  readonly marks: Int32Array;
}

/** Words of `marks`: somebody slept when the flag was set; a wait gave up. */
export const SLEPT = 0, GAVE_UP = 1;

/** A word of an event, and what it says. */
const STATE = 4, SET = 0b01, PARKED = 0b10;

function waiting(timeout?: number) {
  return ({ event, marks }: State) => {
    if (event.wait(timeout)) return;
    check(timeout !== undefined, "false without a timeout");
    check((wordOf(event, STATE) & SET) === 0, "gave up what was set");
    marks[GAVE_UP] = 1;
  };
}

export const wait = waiting();
export const timed = waiting(SOON);
export const patient = waiting(PATIENT);

/** Passes, and sees what was written before. */
export function read({ event, news }: State): void {
  event.wait();
  check(news[0] === 1, "what was written is not seen");
}

export function write({ event, news }: State): void {
  news[0] = 1;
  event.set();
}

export function waitAndClear({ event }: State): void {
  event.wait();
  event.clear();
}

export function set({ event }: State): void {
  event.set();
}

export function setAgain({ event }: State): void {
  event.set();
  event.clear();
  event.set();
}

/** Sets and clears, and notes whether somebody sleeps who must pass. */
export function pulse({ event, marks }: State): void {
  Atomics.load(marks, SLEPT);
  marks[SLEPT] = wordOf(event, STATE) & PARKED;
  event.set();
  event.clear();
}

const task = async ({ event }: State) => {
  check(await event.waitAsync(), "false without a timeout");
};
const timedTask = async ({ event }: State) => {
  void await event.waitAsync(SOON);
};
const abortedTask = async ({ event }: State) => {
  await aborted((signal) => event.waitAsync({ signal }));
};

export const oneTask = tasks(task);
export const twoTasks = tasks(task, timedTask);
export const abortedAndTask = tasks(abortedTask, task);

/** A task waits, and its thread blocks until the same flag is set. */
export async function taskAndBlock(state: State): Promise<void> {
  const waits = task(state);
  wait(state);
  await waits;
}
