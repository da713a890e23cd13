import { type SharedLocal, SyncStateError } from "@interlock/threading";
import { threadId } from "../../../primitives/_thread_id.ts";
import { check } from "./tasks.ts";

export interface State {
  /** Its codec is `bytes`. */
  readonly local: SharedLocal<Uint8Array>;
  readonly marks: Int32Array;
}

/** Words of `marks`: how many values there are, how often one was refused, visits that ended. */
export const INSIDE = 0, REFUSED = 1, ENDED = 2;

/** The n-th value of a thread: all its bytes and its length say which. */
function valueOf(id: number, n: number): Uint8Array {
  return new Uint8Array(n % 2 === 0 ? 4 : 8).fill((id & 15) << 4 | n);
}

/** Checks that a value is whole and its thread's, and returns which. */
function numberOf(id: number, value: Uint8Array): number {
  const n = value[0]! & 15, whole = valueOf(id, n);
  check(
    value.length === whole.length &&
      value.every((byte, i) => byte === whole[i]),
    `thread ${id & 15} has ${value}`,
  );
  return n;
}

function own({ local }: State): number {
  return numberOf(threadId(), local.get());
}

function set(state: State, n: number): void {
  state.local.set(valueOf(threadId(), n));
  check(own(state) === n, "the value of this thread is another");
}

/** Sets a value three times: each place is written again. */
export function write(state: State): void {
  for (let n = 1; n <= 3; n++) set(state, n);
}

export function writeOnce(state: State): void {
  set(state, 1);
}

/** Reads twice; what was set stays, or a later one has come. */
export function read({ local }: State): void {
  const seen = new Map<number, number>();
  for (let i = 0; i < 2; i++) {
    const found = local.snapshot();
    for (const [id, value] of found) {
      const n = numberOf(id, value);
      check(n >= (seen.get(id) ?? 0), "an earlier value came back");
      seen.set(id, n);
    }
    check(found.size === seen.size, "a value is gone");
  }
}

/** Reads what may be taken away. */
export function glance({ local }: State): void {
  for (const [id, value] of local.snapshot()) numberOf(id, value);
}

/** Sets a first value, where there may be no room; whether there was. */
export function enter({ local, marks }: State): boolean {
  try {
    local.set(valueOf(threadId(), 1));
    return true;
  } catch (error) {
    if (!(error instanceof SyncStateError)) throw error;
    check(!local.has(), "refused, and set all the same");
    Atomics.add(marks, REFUSED, 1);
    return false;
  }
}

/** Looks too, so that it can die when it has set its value. */
export function enterAndLook(state: State): void {
  enter(state) && check(state.local.has(), "it is gone");
}

/** Sets values where there may be no room for the first. */
export function stay(state: State): void {
  if (!enter(state)) return;
  set(state, 2);
  set(state, 3);
}

/** Sets a value and takes it away, where there may be no room. */
export function visit(state: State): void {
  const { local, marks } = state;
  if (!enter(state)) return;
  const inside = Atomics.add(marks, INSIDE, 1) + 1;
  check(inside <= local.threads, "more values than there is room for");
  check(own(state) === 1, "the value of this thread is another");
  Atomics.sub(marks, INSIDE, 1);
  check(local.delete() && !local.has(), "it is still there");
  Atomics.add(marks, ENDED, 1);
}

/** Visits twice. */
export function visitTwice(state: State): void {
  visit(state);
  visit(state);
}
