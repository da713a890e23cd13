// Threads that die at any point: the next one mends what they left, and nobody waits for
// ever for what is there.

import { pct, random } from "../../testing/mod.ts";
import {
  NO_ITEM,
  NO_ROOM,
  NOT_DONE,
  type State,
} from "./bodies/queue_bodies.ts";
import { check } from "./bodies/tasks.ts";
import { type QueueTest, queueTest } from "./queue_model.ts";
import { NONE, ONE } from "./support.ts";

const DEATHS = [random({ runs: 180 })];

/** Whoever gave up had nothing to wait for any more, even when the dead had let go. */
function rightly(gives: (state: State, rest: number) => boolean) {
  return (state: State, _: unknown, __: unknown, rest: readonly number[]) => {
    check(gives(state, rest.length), "a wait was given up though it could end");
  };
}
const gaveUp = rightly(({ queue, marks }, rest) =>
  (marks[NO_ITEM] === 0 || rest === 0 && !queue.isShutDown) &&
  (marks[NO_ROOM] === 0 || rest >= queue.maxSize && !queue.isShutDown)
);
const joined = rightly(({ queue, marks }) =>
  marks[NOT_DONE] === 0 || queue.unfinishedTasks > 0
);

const death: QueueTest = {
  timeouts: "virtual",
  faults: { death: 1 },
  also: gaveUp,
  strategies: NONE,
};
const one = { ...death, maxSize: 1, has: [1] };

queueTest(
  "one dies, who puts or who gets",
  [["put 1"], ["patient get"]],
  death,
);
queueTest("one dies, who waits to put or who gets", [
  ["patient put 2"],
  ["patient get", "patient get"],
], { ...one, strategies: NONE });
queueTest("one of three dies, two get", [
  ["put 1", "put 2"],
  ["patient get"],
  ["patient get"],
], { ...death, strategies: DEATHS });
queueTest("one of three dies, two put", [
  ["patient get", "patient get"],
  ["patient put 2"],
  ["patient put 3"],
], { ...one, strategies: DEATHS });
queueTest("one of three dies, with too few slots", [
  ["patient get", "patient get"],
  ["patient put 2"],
  ["patient put 3"],
], { ...one, slots: 1, strategies: DEATHS });
queueTest("one dies that puts or gets a large item", [
  ["patient put 12"],
  ["patient get", "patient put 3"],
], { ...death, has: [11], cells: 4, also: () => {}, strategies: NONE });
queueTest("one dies, and a large item is left in pieces", [
  ["put 11", "put 12"],
  ["put 13", "patient get"],
  ["patient get"],
], { ...death, cells: 9, strategies: DEATHS });
queueTest("one dies whose tasks get, or who puts", [
  ["start patient get", "start patient get"],
  ["put 1", "put 2"],
], { ...death, strategies: NONE });
queueTest("one dies whose tasks put, or who gets", [
  ["start patient put 2", "start patient put 3"],
  ["patient get", "patient get"],
], { ...one, strategies: DEATHS });
queueTest("one dies that hands over to its task", [
  ["start patient get", "turn", "put 1", "put 2"],
  ["patient get"],
], { ...death, strategies: DEATHS });
queueTest("one dies that puts, and who mends it has a task that waits", [
  ["start patient get", "turn", "put 1"],
  ["put 2"],
], death);
queueTest("one dies before it reports, or who joins", [
  ["get", "done"],
  ["patient join"],
], { ...death, has: [1], also: joined, strategies: ONE });
queueTest("one of three dies, two report and one joins", [
  ["patient get", "done"],
  ["patient get", "done"],
  ["start patient join"],
], { ...death, has: [1, 2], also: joined, strategies: DEATHS });
queueTest("one dies that shuts down, or who gets", [
  ["shut"],
  ["patient get", "patient get"],
], { ...death, has: [1] });
queueTest("one of three dies, one shuts down at once", [
  ["drop"],
  ["patient get", "patient get"],
  ["patient put 2"],
], { ...one, strategies: DEATHS });
queueTest("one of three dies, one shuts down at once and one joins", [
  ["drop"],
  ["get", "done"],
  ["patient join"],
], { ...death, has: [1, 2], also: joined, strategies: DEATHS });
queueTest("one dies that changes the bound, or who puts", [
  ["most 2"],
  ["patient put 2"],
], one);
queueTest("one dies asleep and swallows a wake", [
  ["patient put 2", "patient put 3"],
  ["patient get", "patient get"],
  ["patient get"],
], { ...one, faults: { zombie: 1 }, strategies: [pct({ runs: 150 })] });
