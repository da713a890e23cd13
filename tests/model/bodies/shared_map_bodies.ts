import type { SharedMap } from "@interlock/threading";
import { check } from "./tasks.ts";

export interface State {
  readonly map: SharedMap<string>;
  readonly marks: Int32Array;
}

/** Words of `marks`: compareAndSets that succeeded, updates that returned, the first values seen by bits. */
export const WON = 0, DONE = 1, FIRST = 2;

/** Longer than a cell of the map: it cannot be written at once. */
function valueOf(n: number): string {
  return `${n}`.repeat(40 + 40 * n);
}

function numberOf(value: string | undefined): number {
  const n = Number(value?.[0] ?? 0);
  check(value === undefined || value === valueOf(n), `torn: ${value}`);
  return n;
}

/** Sets one value after the other. */
export function write({ map }: State): void {
  for (const n of [1, 2, 3]) map.set("v", valueOf(n));
}

/** Sees whole values, and never an earlier one again. */
export function read({ map }: State): void {
  const first = numberOf(map.get("v"));
  const then = numberOf(map.snapshot().get("v"));
  check(first <= then, `value ${then} after ${first}`);
  check(map.get("kept") === "kept", "another value is gone");
}

/** Sees a value always, and can still set. */
export function readAndSet(state: State): void {
  check(numberOf(state.map.get("v")) > 0, "the value is gone");
  read(state);
  state.map.set("mine", "1");
  check(state.map.get("mine") === "1", "cannot set any more");
}

/** Reads a value that others set and take out. */
export function look({ map }: State): void {
  numberOf(map.get("v"));
}

export function remove({ map }: State): void {
  map.delete("v");
}

/** Puts its own value in the place of the one that was there. */
export function swap({ map, marks }: State): void {
  if (map.compareAndSet("v", valueOf(1), valueOf(2))) {
    Atomics.add(marks, WON, 1);
  }
  check(numberOf(map.get("v")) === 2, "nobody has set it");
}

/** Takes out the value, if it is still the first one. */
export function drop({ map, marks }: State): void {
  if (map.compareAndDelete("v", valueOf(1))) Atomics.add(marks, WON, 1);
}

export function addUp({ map, marks }: State): void {
  map.update("sum", (sum = "0") => `${Number(sum) + 1}`);
  Atomics.add(marks, DONE, 1);
}

/** What was added before is there. */
export function auditSum(state: State): void {
  const { map, marks } = state, done = Atomics.load(marks, DONE);
  const sum = Number(map.get("sum") ?? 0);
  check(sum >= done && sum <= 2, `${sum} of ${done}`);
  addUp(state);
}

function inserting(mine: string) {
  return ({ map, marks }: State) => {
    const got = map.getOrInsertComputed("first", () => mine);
    Atomics.or(marks, FIRST, 1 << Number(got));
    check(map.get("first") === got, "it has another value for others");
  };
}

export const insertFirst = inserting("1");
export const insertSecond = inserting("2");
