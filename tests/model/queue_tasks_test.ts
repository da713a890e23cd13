// Queues that are shut down, that are waited for, and whose tasks and threads wait.

import { dfs, pct } from "../../testing/mod.ts";
import { REFUSED } from "./bodies/queue_bodies.ts";
import { check } from "./bodies/tasks.ts";
import { queueTest } from "./queue_model.ts";
import { ONE } from "./support.ts";

const FEW = [pct({ runs: 150 })];

// Shutdown.

const shut = { maxSize: 1, strategies: FEW } as const;
queueTest("shut down while one waits to get", [["get"], ["shut"]], {
  ...shut,
  strategies: ONE,
  also: ({ marks }) => marks[REFUSED] === 1,
});
queueTest("shut down while one waits to put", [["put 2"], ["shut"]], {
  ...shut,
  has: [1],
  strategies: ONE,
  also: ({ marks }) => marks[REFUSED] === 1,
});
queueTest("shut down beside a put and a get", [
  ["put 1"],
  ["get"],
  ["shut"],
], {
  ...shut,
  also({ marks }, order) {
    // What a put has put in can be got.
    check(order.length === 1 || marks[REFUSED] === 2, "a get was refused");
  },
});
queueTest("shut down with an item in it, and two wait", [
  ["get", "get"],
  ["put 2", "put 3"],
  ["shut"],
], { ...shut, has: [1] });
queueTest("shut down at once while one waits to put and one gets", [
  ["put 2"],
  ["get", "get"],
  ["drop"],
], { ...shut, has: [1], left: [] });
queueTest("shut down, then at once, beside tasks", [
  ["start put 2", "start put 3"],
  ["start get", "start get", "start get"],
  ["shut", "drop"],
], { ...shut, has: [1], left: [] });
queueTest("more wait than there are slots when it is shut down", [
  ["get"],
  ["get"],
  ["start get", "start get"],
  ["shut"],
], { ...shut, slots: 1, also: ({ marks }) => marks[REFUSED] === 4 });

// Tasks to be done.

queueTest("a join against the last report", [["join"], ["get", "done"]], {
  has: [1],
  strategies: ONE,
});
queueTest("a task's join against the last report", [
  ["start join"],
  ["get", "done"],
], { has: [1], strategies: ONE });
queueTest("a timeout of a join against the last report", [
  ["timed join"],
  ["get", "done"],
], { has: [1], strategies: ONE });
queueTest("two join, two report, and one report is too much", [
  ["join", "join"],
  ["get", "done", "done"],
  ["get", "done"],
], {
  has: [1, 2],
  strategies: FEW,
  also: ({ marks }) => marks[REFUSED] === 1 || marks[REFUSED] === 0,
});
queueTest("a join against a shutdown at once", [["join"], ["drop"]], {
  has: [1, 2],
  strategies: ONE,
});
queueTest("a join beside a get and a shutdown at once", [
  ["join"],
  ["get", "done"],
  ["drop"],
], { has: [1, 2], strategies: FEW });

// A bound that is changed.

queueTest("a higher bound lets in who waits", [["put 2"], ["most 2"]], {
  maxSize: 1,
  has: [1],
  strategies: [dfs()],
  left: [1, 2],
});
queueTest("a lower bound against two who put", [
  ["put 2"],
  ["timed put 3"],
  ["most 1", "get", "get"],
], { maxSize: 2, has: [1], strategies: FEW });

// Tasks, and a thread of theirs that blocks.

queueTest("a task waits to get, and its thread blocks to get", [
  ["start get", "turn", "get"],
  ["put 1", "put 2"],
], { strategies: ONE, left: [] });
queueTest("a task waits to put, and its thread blocks to put", [
  ["start put 2", "turn", "put 3"],
  ["get", "get"],
], { maxSize: 1, has: [1], strategies: ONE });
queueTest("tasks of a thread wait in one slot, and it blocks", [
  ["start get", "start get", "turn", "get"],
  ["put 1", "put 2", "put 3"],
], { slots: 1, strategies: FEW, left: [] });
queueTest("what is put goes to a task of the thread, which then blocks", [
  ["start get", "turn", "put 1", "get"],
  ["put 2"],
], { strategies: ONE, left: [] });
queueTest("a thread hands over to its tasks beside others", [
  ["start get", "start get", "turn", "put 1", "put 2"],
  ["put 3", "get"],
], { strategies: FEW, left: [] });
queueTest("what is got lets a task of the thread put, which then blocks", [
  ["start put 2", "turn", "get", "put 3"],
  ["get"],
], { maxSize: 2, has: [1, 4], strategies: FEW });
queueTest("tasks at both sides of two threads", [
  ["start get", "start put 2", "start get"],
  ["start put 1", "start get", "start put 3"],
], { maxSize: 1, strategies: FEW, left: [] });
queueTest("tasks at both sides, and threads that wait at both", [
  ["start get", "start put 2"],
  ["put 1", "put 3"],
  ["get", "get"],
], { maxSize: 1, strategies: FEW, left: [] });
