import type { Counter } from "@interlock/threading";
import { check } from "./tasks.ts";

export interface State {
  readonly counter: Counter;
  readonly marks: Int32Array;
}

/** Words of `marks`: increments that returned, by bits what they returned, deletes that found it. */
export const DONE = 0, SEEN = 1, DELETED = 2;

/** Keys that are there from the start, with these counts, and that nobody changes. */
export const KEPT: Record<string, number> = {
  "kept": 1 / 3,
  "also kept, with a key that is longer than a cell is; so it takes some more":
    7,
  "k3": -3,
};
/** Whole numbers of which no half is that of another one; the first one is not there. */
const VALUES = [0, 1 / 3, -1e300 / 7, Math.PI];

/** Counts once, and keeps what came of it. */
export function count({ counter, marks }: State): void {
  const n = counter.increment("a");
  check(Number.isInteger(n) && n > 0, `counted to ${n}`);
  Atomics.or(marks, SEEN, 1 << n);
  Atomics.add(marks, DONE, 1);
}

export function countTwice(state: State): void {
  count(state);
  count(state);
}

/** Counts down what another one counts up, and leaves the key. */
export function countDown({ counter }: State): void {
  counter.increment("a", -1);
  check(counter.has("a"), "a count of 0 is gone");
}

export function remove({ counter, marks }: State): void {
  if (counter.delete("a")) Atomics.add(marks, DELETED, 1);
}

/** Takes out a key that hangs above and below others. */
export function removeMany({ counter }: State): void {
  for (const key of ["m1", "m2", "m3", "m4"]) {
    check(counter.delete(key), `${key} was not there`);
    check(!counter.has(key), `${key} is still there`);
  }
}

export function clear({ counter }: State): void {
  counter.clear();
  check(counter.get("kept") === 0, "something is left");
}

/** Adds to two keys in one step. */
export function addBoth({ counter }: State): void {
  counter.update({ a: 1, b: 1 });
}

/** Sees both or none of what `addBoth` adds. */
export function seeBoth({ counter }: State): void {
  const { size } = counter, total = counter.total();
  check(size % 2 === 0, `${size} keys`);
  check(total % 2 === 0, `${total} in all`);
  const counts = counter.snapshot();
  check(counts.get("a") === counts.get("b"), `${[...counts]}`);
  check((counts.get("a") ?? 0) >= total / 2, "a count went down");
}

/** Looks twice at what others count up. */
export function watch({ counter }: State): void {
  const before = counter.snapshot().get("a") ?? 0, after = counter.get("a");
  check(before <= after, `from ${before} to ${after}`);
}

/** Reads a count that may go. */
export function look({ counter }: State): void {
  const n = counter.get("a");
  check(n === 0 || n === 1 || n === 2, `${n}`);
  counter.snapshot().forEach((n) => check(n > 0, `${n}`));
}

/** Sets one value after the other. */
export function write({ counter }: State): void {
  for (const value of VALUES.slice(1)) counter.set("v", value);
}

/** Sees whole values, and never an earlier one again. */
export function read({ counter }: State): void {
  let last = 0;
  for (let i = 0; i < 2; i++) {
    const n = VALUES.indexOf(counter.get("v"));
    check(n >= last, `value ${n} after ${last}`);
    last = n;
  }
}

/** What was counted before is there, and nothing else is touched. */
export function audit({ counter, marks }: State): void {
  const done = Atomics.load(marks, DONE), n = counter.get("a");
  check(n >= done && n <= 4, `${n} of ${done}`);
  intact({ counter, marks });
  counter.increment("mine");
  check(counter.get("mine") > 0, "cannot count any more");
}

/** What nobody changes is there, by its key and in a snapshot, in order. */
export function intact({ counter }: State): void {
  const counts = counter.snapshot(), kept = Object.keys(KEPT);
  const found = [...counts.keys()].filter((key) => key in KEPT);
  check(found.join() === kept.join(), `${found}`);
  for (const key of kept) {
    check(counts.get(key) === KEPT[key], `${key}: ${counts.get(key)}`);
    check(counter.get(key) === KEPT[key], `${key} by its key`);
  }
}

/** The size is that of a snapshot, if keys only come or only go. */
export function measure(state: State): void {
  const { counter } = state;
  counter.increment("kept", 0);
  const before = counter.size, counts = counter.snapshot();
  check(before !== counter.size || counts.size === before, `${before} keys`);
  intact(state);
}
