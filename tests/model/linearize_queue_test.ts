// Queues against arrays: random short programs, and every history must be explained.

import {
  codecs,
  LifoQueue,
  PriorityQueue,
  Queue,
  QueueShutDownError,
  SyncStateError,
} from "@interlock/threading";
import {
  dfs,
  type Linearization,
  linearize,
  pct,
  type SequentialModel,
} from "../../testing/mod.ts";
import { test } from "../support/stage.ts";

interface Numbers {
  readonly items: number[];
  tasks: number;
  shut: boolean;
}

/** A queue of one thread: `enter` puts an item where it belongs; the first comes out. */
function model(
  enter: (items: number[], item: number) => void,
  most: number,
): SequentialModel<Numbers> {
  const canPut = ({ items, shut }: Numbers) => shut || items.length < most;
  const canGet = ({ items, shut }: Numbers) => shut || items.length > 0;
  const put = ({ items, shut }: Numbers, item: number) => {
    if (shut) throw new QueueShutDownError("");
    enter(items, item);
  };
  const get = (state: Numbers) => {
    if (state.items.length === 0) throw new QueueShutDownError("");
    state.tasks++;
    return state.items.shift();
  };
  return {
    state: () => ({ items: [], tasks: 0, shut: false }),
    operations: {
      put,
      putAsync: put,
      tryPut(state, item: number) {
        if (!canPut(state)) return false;
        put(state, item);
        return true;
      },
      get,
      getAsync: get,
      tryGet: (state) => canGet(state) ? get(state) : undefined,
      size: ({ items }) => items.length,
      taskDone(state) {
        if (state.tasks === 0) throw new SyncStateError("");
        state.tasks--;
      },
      unfinished: ({ items, tasks }) => items.length + tasks,
      shutdown(state, immediate: boolean) {
        state.shut = true;
        if (immediate) state.items.length = 0;
      },
    },
    ready: { put: canPut, putAsync: canPut, get: canGet, getAsync: canGet },
  };
}

/** Behind all that do not come after it. */
function byTens(items: number[], item: number): void {
  const tens = (n: number) => Math.floor(n / 10);
  const at = items.findLastIndex((other) => tens(other) <= tens(item));
  items.splice(at + 1, 0, item);
}

const KINDS = [
  [Queue, (items: number[], item: number) => void items.push(item)],
  [LifoQueue, (items: number[], item: number) => void items.unshift(item)],
  [PriorityQueue, byTens],
] as const;

const item = (chance: { int(min: number, max: number): number }) => [
  chance.int(0, 2) * 10 + chance.int(0, 9),
];
const none = () => [];

function linearizeTest(
  name: string,
  maxSize: number,
  operations: Linearization<unknown, unknown>["operations"],
  how: Partial<Linearization<unknown, unknown>>,
): void {
  for (const [Kind, enter] of KINDS) {
    test(`${Kind.name} is linearizable: ${name}`, async () => {
      const found = await linearize<unknown, Numbers>({
        object: () =>
          new Kind<number>({ codec: codecs.int32, capacity: 400, maxSize }),
        module: new URL("./bodies/linearize_queue_bodies.ts", import.meta.url),
        operations,
        model: model(enter, maxSize),
        seed: 7,
        ...how as Partial<Linearization<unknown, Numbers>>,
      });
      found.assertOk();
    });
  }
}

linearizeTest("what does not wait", 2, {
  tryPut: item,
  tryGet: none,
  size: none,
}, { scenarios: 8, strategy: dfs({ preemptions: 1 }) });
linearizeTest("what waits, of three threads", 1, {
  put: item,
  get: none,
  tryGet: none,
  tryPut: item,
}, { threads: 3, scenarios: 10, strategy: pct({ runs: 20 }) });
linearizeTest("what awaits, beside what blocks", 2, {
  putAsync: item,
  getAsync: none,
  put: item,
  get: none,
}, { threads: 3, scenarios: 8, strategy: pct({ runs: 20 }) });
linearizeTest("tasks and a shutdown", 3, {
  put: item,
  get: none,
  taskDone: none,
  unfinished: none,
  shutdown: (chance) => [chance.int(0, 1) === 1],
}, { scenarios: 8, strategy: pct({ runs: 20 }) });
