// The orders of LifoQueue and PriorityQueue, with two who put, and one of them dying.

import { pct, random } from "../../testing/mod.ts";
import { BEGUN, type State } from "./bodies/queue_bodies.ts";
import { check } from "./bodies/tasks.ts";
import { type QueueTest, queueTest } from "./queue_model.ts";
import { ONE } from "./support.ts";

const FEW = [pct({ runs: 150 })], DEATHS = [random({ runs: 250 })];

/** What is left comes in the order of priorities; of the same priority, the one that was put first by a thread. */
function ranked(_: State, __: unknown, ___: unknown, rest: readonly number[]) {
  for (let i = 1; i < rest.length; i++) {
    const before = rest[i - 1]!, after = rest[i]!;
    const right = before % 10 < after % 10 ||
      before % 10 === after % 10 && before < after;
    check(right, `${before} came before ${after}`);
  }
}

/** Each thread's items, the last first. */
function stacked(
  { scripts }: State,
  _: unknown,
  __: unknown,
  rest: readonly number[],
) {
  for (const script of scripts) {
    const puts = script.filter((step) => step.startsWith("put"))
      .map((step) => Number(step.split(" ")[1]));
    const mine = rest.filter((n) => puts.includes(n));
    const right = mine.toSorted((a, b) => puts.indexOf(b) - puts.indexOf(a));
    check(`${mine}` === `${right}`, `${mine} is left`);
  }
}

const lifo: QueueTest = { kind: "LifoQueue", cells: 6, strategies: ONE };
queueTest("two put two each", [["put 1", "put 2"], ["put 3", "put 4"]], {
  ...lifo,
  also: stacked,
});
queueTest("one puts three, one gets", [["put 1", "put 2", "put 3"], ["get"]], {
  ...lifo,
  also({ marks }, [n], _, rest) {
    check(marks[BEGUN] === 0b1110, "not all were put");
    check(`${rest}` === `${[3, 2, 1].filter((m) => m !== n)}`, `${rest}`);
  },
});
queueTest("waits at both sides", [
  ["put 2", "put 3"],
  ["get", "get"],
  ["timed get"],
], {
  ...lifo,
  maxSize: 1,
  has: [1],
  strategies: FEW,
});

const heap: QueueTest = {
  kind: "PriorityQueue",
  cells: 9,
  strategies: ONE,
  also: ranked,
};
queueTest("two put two each, all of the same priority", [
  ["put 1", "put 11"],
  ["put 2", "put 12"],
], heap);
queueTest("two put, one gets the smallest that is there", [
  ["put 3", "put 1"],
  ["put 2"],
  ["get"],
], {
  ...heap,
  strategies: FEW,
  also(state, [n], ended, rest) {
    ranked(state, 0, ended, rest);
    check(n !== 3 || rest.length === 2, "an item is gone");
  },
});
queueTest("waits at both sides", [
  ["put 2", "put 3"],
  ["get", "get"],
  ["timed get"],
], { ...heap, maxSize: 1, has: [1], strategies: FEW });
queueTest("a shutdown at once, and one who gets", [
  ["drop"],
  ["get", "get"],
], { ...heap, has: [5, 4, 3] });

const death: QueueTest = {
  timeouts: "virtual",
  faults: { death: 1 },
  strategies: DEATHS,
};
queueTest("one dies that puts or gets", [
  ["put 1", "put 2"],
  ["put 3", "patient get"],
], { ...lifo, ...death, also: stacked });
queueTest("one dies that puts or gets", [
  ["put 12", "put 1"],
  ["put 13", "patient get", "patient get"],
], { ...heap, ...death, has: [3, 2] });
queueTest("one dies that gets, and one shuts down", [
  ["patient get", "patient get"],
  ["put 1", "drop"],
  ["patient get"],
], { ...heap, ...death, has: [3, 2] });
