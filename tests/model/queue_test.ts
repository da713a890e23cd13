// Those who put and those who get, each side with room for few.

import { pct } from "../../testing/mod.ts";
import { NO_ROOM } from "./bodies/queue_bodies.ts";
import { check } from "./bodies/tasks.ts";
import { queueTest } from "./queue_model.ts";
import { ONE } from "./support.ts";

const FEW = [pct({ runs: 150 })];

queueTest("one puts, one gets, interrupted twice", [["put 1"], ["get"]], {
  left: [],
});
queueTest("one waits to put, one gets, interrupted twice", [
  ["put 2"],
  ["get"],
], { maxSize: 1, has: [1], left: [2], timeouts: "virtual" });
queueTest("one puts two where one has room, one gets them", [
  ["put 1", "put 2"],
  ["get", "get"],
], {
  maxSize: 1,
  strategies: ONE,
  left: [],
  also: (_, order) => check(`${order}` === "1,2", `${order}`),
});

// One at each side, and what ends a wait early.

queueTest("a timeout of a get against the put", [["timed get"], ["put 1"]], {
  strategies: ONE,
});
queueTest("a timeout of a put against the get", [["timed put 2"], ["get"]], {
  maxSize: 1,
  has: [1],
  strategies: ONE,
});
queueTest("a task's timeout against the put", [
  ["start timed get"],
  ["put 1"],
], { strategies: ONE });
queueTest("an abort of a get against the put", [
  ["start aborted get"],
  ["put 1"],
], { strategies: ONE });
queueTest("an abort of a put against the get", [
  ["start aborted put 2"],
  ["get"],
], { maxSize: 1, has: [1], strategies: ONE });

// Several at each side.

queueTest("two put where one has room, one gets", [
  ["put 2"],
  ["put 3"],
  ["get", "get"],
], { maxSize: 1, has: [1], strategies: FEW });
queueTest("two get, one puts", [["get"], ["get"], ["put 1", "put 2"]], {
  strategies: FEW,
  left: [],
});
queueTest("two get and one gives up, one puts", [
  ["get"],
  ["timed get"],
  ["put 1", "put 2"],
], { strategies: FEW });
queueTest("two put and one gives up, one gets", [
  ["timed put 2"],
  ["put 3"],
  ["get", "get"],
], {
  maxSize: 1,
  has: [1],
  strategies: FEW,
  stuck: ({ marks }, { waiting }) => marks[NO_ROOM] === 1 && waiting[0] === 2,
});
queueTest("more wait to get than there are slots", [
  ["get"],
  ["get"],
  ["get"],
  ["put 1", "put 2", "put 3"],
], { slots: 1, strategies: FEW, left: [] });
queueTest("more wait to put than there are slots", [
  ["put 2"],
  ["put 3"],
  ["timed put 4"],
  ["get", "get", "get"],
], {
  slots: 1,
  maxSize: 1,
  has: [1],
  strategies: FEW,
  stuck: ({ marks }, { waiting }) => marks[NO_ROOM] === 1 && waiting[0] === 3,
});
queueTest("nobody spins who waits for room without a slot", [
  ["put 2"],
  ["put 3"],
], {
  slots: 1,
  maxSize: 1,
  has: [1],
  strategies: ONE,
  stuck: (_, { waiting }) => waiting.length === 2,
});
queueTest("nobody spins who waits for an item without a slot", [
  ["get"],
  ["start get"],
], {
  slots: 1,
  strategies: ONE,
  stuck: (_, { waiting }) => waiting.length === 2,
});

// Items that take three cells wait for more room than others.

queueTest("a large item waits for room before a small one", [
  ["put 11"],
  ["put 4"],
  ["get", "get", "get", "get"],
], { has: [1, 2], cells: 3, strategies: FEW, left: [] });
queueTest("a large item gives up, and lets the small one in", [
  ["timed put 11"],
  ["put 4"],
  ["get"],
], { has: [1, 2, 3], cells: 3, strategies: FEW });
queueTest("small items wait for a large one to leave", [
  ["put 1"],
  ["put 2"],
  ["get", "put 3"],
], { has: [11], cells: 3, strategies: FEW });
queueTest("tasks with a large and a small item wait for room", [
  ["start timed put 11", "start put 4"],
  ["get", "get"],
], { has: [1, 2, 3], cells: 3, strategies: FEW });

queueTest("waits that end for nothing", [
  ["put 2"],
  ["get", "get"],
  ["put 3", "get"],
], {
  maxSize: 1,
  has: [1],
  timeouts: "virtual",
  faults: { spurious: 1 },
  strategies: FEW,
  left: [],
});
