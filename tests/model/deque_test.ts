import { codecs, Deque, QueueFullError } from "@interlock/threading";
import { assert } from "@std/assert";
import { dfs, linearize } from "../../testing/mod.ts";
import { STATE } from "../../primitives/_lock_state.ts";
import { test } from "../support/stage.ts";
import * as bodies from "./bodies/deque_bodies.ts";
import { wordOf } from "./bodies/tasks.ts";
import {
  isDead,
  MANY_DEATHS,
  type ModelTest,
  modelTest,
  NONE,
  ONE,
  SOME,
  words,
} from "./support.ts";

type State = bodies.State;

interface Options extends Partial<ModelTest<State>> {
  readonly items?: readonly number[];
  readonly maxlen?: number;
  /** How many cells there are, one for each item. */
  readonly cells?: number;
  /** What may be left at the end, or seen by who looks; anything if left out. */
  readonly allowed?: readonly string[];
}

/** The bytes of a cell for an int32. */
const CELL = 24;

function dequeTest(
  name: string,
  threads: readonly (keyof typeof bodies)[],
  { items = [], maxlen = Infinity, cells = 8, allowed, ...how }: Options = {},
): void {
  modelTest<State>(`Deque: ${name}`, {
    module: new URL("./bodies/deque_bodies.ts", import.meta.url),
    threads,
    setup() {
      const codec = codecs.int32, capacity = cells * CELL;
      const deque = new Deque({ codec, capacity, maxlen });
      deque.extendBack(items);
      return { deque, allowed: allowed ?? [], marks: words(2) };
    },
    final: (state, ended) =>
      // Nobody has come since its holder died, and here nobody knows of that.
      isDead(wordOf(state.deque, STATE), ended) ||
      (allowed === undefined || allowed.includes(bodies.seen(state))) &&
        isWhole(state, cells),
    timeouts: "explore",
    ...how,
  });
}

/** Whether no item is lost or there twice, and each free cell can be used. */
function isWhole({ deque, marks }: State, cells: number): boolean {
  const items = deque.toArray();
  if (items.some((item) => marks[bodies.POPPED]! & 1 << item)) return false;
  if (new Set(items).size !== items.length) return false;
  if (deque.size !== items.length) return false;
  if (deque.maxlen < cells) return true;
  try {
    for (let i = items.length; i < cells; i++) deque.pushBack(10 + i);
  } catch (error) {
    if (!(error instanceof QueueFullError)) throw error;
    return false;
  }
  return deque.size === cells;
}

const gaveUp = ({ marks }: State) => marks[bodies.GAVE_UP]!;
const leftIs = (...sizes: number[]) => (state: State) =>
  sizes[gaveUp(state)] === state.deque.size;

dequeTest("both ends are pushed and popped", [
  "back4ThenPop",
  "front6ThenPop",
], { allowed: [""], strategies: ONE });
dequeTest("two pop the last item, and one finds none", [
  "timedFront",
  "timedBack",
], {
  items: [1],
  allowed: [""],
  final: (state) => gaveUp(state) === 1,
  strategies: ONE,
});
dequeTest("a pop waits for a push at either end", ["popBack", "front6"], {
  allowed: [""],
});
dequeTest("a timeout against the push", ["timedFront", "back4"], {
  final: leftIs(0, 1),
  strategies: ONE,
});
dequeTest("an abort against the push", ["abortedTask", "back4"], {
  final: leftIs(0, 1),
  strategies: ONE,
});
dequeTest("two wait at both ends for two pushes", [
  "popFront",
  "popBack",
  "back45",
], { allowed: [""], strategies: SOME });
dequeTest("two wait at both ends, and one gives up", [
  "timedFront",
  "popBack",
  "back45",
], { final: leftIs(0, 1), strategies: SOME });
dequeTest("two wait where there is one slot", [
  "popFront",
  "timedBack",
  "back45",
], { slots: 1, final: leftIs(0, 1), strategies: SOME });
dequeTest("tasks wait at both ends for pushes", ["tasksOfBoth", "front67"], {
  allowed: [""],
  strategies: ONE,
});
dequeTest("an abort of a task beside another that waits", [
  "abortedAndBack",
  "back45",
], { final: leftIs(0, 1), strategies: SOME });

dequeTest("a push drops what another thread pops", ["back4", "timedFront"], {
  items: [1, 2],
  maxlen: 2,
  allowed: ["2,4", "4"],
  final: ({ deque, marks }) =>
    deque.toArray().join() === (marks[bodies.POPPED] === 1 << 1 ? "2,4" : "4"),
});
dequeTest("pushes at both ends drop each other's items", ["back4", "front6"], {
  items: [1, 2],
  maxlen: 2,
  allowed: ["6,2", "1,4"],
});
dequeTest("who waits gets an item, though a push drops one", [
  "popFront",
  "back45",
], { maxlen: 1, allowed: ["5", ""], strategies: ONE });
dequeTest("two wait for what pushes drop", [
  "timedFront",
  "timedBack",
  "back45",
], {
  maxlen: 1,
  strategies: SOME,
});
dequeTest("pushes onto a full one are seen as one step", ["look", "back45"], {
  items: [1, 2],
  maxlen: 2,
  allowed: ["1,2", "2,4", "4,5"],
  strategies: ONE,
});
dequeTest("with no memory for one more too", ["look", "front67"], {
  items: [1, 2],
  maxlen: 2,
  cells: 2,
  allowed: ["1,2", "6,1", "7,6"],
  strategies: ONE,
});
dequeTest("a rotation beside a pop", ["turnRight", "popFront"], {
  items: [1, 2, 3],
  allowed: ["3,2", "1,2"],
});
dequeTest("a rotation and a reversal are seen as one step", [
  "look",
  "turnLeft",
  "turnAround",
], {
  items: [1, 2, 3],
  allowed: ["1,2,3", "2,3,1", "3,2,1", "1,3,2", "2,1,3"],
  strategies: ONE,
});
dequeTest("insert, remove and clear beside each other", [
  "insert8",
  "remove2",
  "clear",
], {
  items: [1, 2, 3],
  allowed: ["", "8"],
  strategies: ONE,
});

// Threads that die: each change is done or not, and all cells can be used again. Who
// looks comes at the death, for which nobody is preempted.

dequeTest("a thread dies at any point of its changes", [
  "change",
  "lookAndGoOn",
], {
  items: [1, 2, 3],
  allowed: bodies.CHANGES,
  faults: { death: 1 },
  timeouts: "virtual",
  strategies: NONE,
});
const PUSHES = ["1,2,3", "2,3,4", "6,2,3", "2,3,5"];
for (
  const [name, cells, allowed] of [
    ["there is memory for one more", 4, PUSHES],
    ["there is no memory for one more", 3, [...PUSHES, "2,3"]],
  ] as const
) {
  dequeTest(`a thread dies as it pushes onto a full one, and ${name}`, [
    "pushThree",
    "look",
  ], {
    items: [1, 2, 3],
    maxlen: 3,
    cells,
    allowed,
    faults: { death: 1 },
    timeouts: "virtual",
    strategies: NONE,
  });
}

/** A survivor waits for ever only if there is nothing. */
const death = {
  faults: { death: 1 },
  timeouts: "virtual",
  stuck: ({ deque }: State) => deque.size === 0,
} as const;

dequeTest("a thread dies while another waits for its push", [
  "popFront",
  "back45",
], { ...death, strategies: MANY_DEATHS });
dequeTest("one of two that wait at both ends dies, or who pushes", [
  "popFront",
  "popBack",
  "back45",
], { ...death, strategies: MANY_DEATHS });
dequeTest("a thread dies where there is one slot", [
  "popFront",
  "popBack",
  "back45",
], { ...death, slots: 1, strategies: MANY_DEATHS });
dequeTest("a thread with tasks dies, or who pushes", [
  "tasksOfBoth",
  "front67",
], { ...death, strategies: MANY_DEATHS });

for (const maxlen of [Infinity, 2]) {
  const drop = (s: number[], front: boolean) => {
    if (s.length <= maxlen) return;
    if (front) s.pop();
    else s.shift();
  };
  test(`Deque with maxlen ${maxlen} is linearizable`, async () => {
    const found = await linearize<Deque<number>, number[]>({
      object: () =>
        new Deque<number>({ codec: codecs.int32, capacity: 8 * CELL, maxlen }),
      operations: {
        pushBack: (chance) => [chance.int(1, 9)],
        pushFront: (chance) => [chance.int(1, 9)],
        popBack: () => [],
        tryPopFront: () => [],
        rotate: (chance) => [chance.int(-1, 2)],
        toArray: () => [],
      },
      model: {
        state: () => [],
        operations: {
          pushBack: (s, item: number) => (s.push(item), drop(s, false)),
          pushFront: (s, item: number) => (s.unshift(item), drop(s, true)),
          popBack: (s) => s.pop(),
          tryPopFront: (s) => s.length === 0 ? undefined : { value: s.shift() },
          rotate(s, n: number) {
            for (; n > 0; n--) s.unshift(...s.splice(-1));
            for (; n < 0; n++) s.push(...s.splice(0, 1));
          },
          toArray: (s) => s.slice(),
        },
        ready: { popBack: (s) => s.length > 0 },
      },
      scenarios: 6,
      strategy: dfs({ preemptions: 1 }),
    });
    found.assertOk();
    assert(found.complete);
  });
}
