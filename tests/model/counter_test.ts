import { Counter } from "@interlock/threading";
import { assert } from "@std/assert";
import { linearize } from "../../testing/mod.ts";
import { test } from "../support/stage.ts";
import * as bodies from "./bodies/counter_bodies.ts";
import {
  MANY_DEATHS,
  type ModelTest,
  modelTest,
  ONE,
  words,
} from "./support.ts";

type State = bodies.State;

interface Options extends Partial<ModelTest<State>> {
  readonly counts?: Record<string, number>;
}

function counterTest(
  name: string,
  threads: readonly (keyof typeof bodies)[],
  { counts = {}, ...how }: Options = {},
): void {
  modelTest<State>(`Counter: ${name}`, {
    module: new URL("./bodies/counter_bodies.ts", import.meta.url),
    threads,
    setup: () => ({
      counter: new Counter(counts, { capacity: 2048 }),
      marks: words(3),
    }),
    ...how,
  });
}

/** Everybody got a number of their own. */
const counted = (n: number) => ({ counter, marks }: State) =>
  counter.get("a") === n && counter.size === 1 &&
  marks[bodies.SEEN] === (1 << n + 1) - 2;

counterTest("two threads count one key", ["count", "count"], {
  final: counted(2),
});
counterTest("two threads count one key twice", ["countTwice", "countTwice"], {
  final: counted(4),
});
counterTest("three threads count one key", ["count", "count", "countTwice"], {
  final: counted(4),
  strategies: ONE,
});
counterTest("one thread counts, another watches", ["countTwice", "watch"]);
counterTest("a count goes up and down, and stays", [
  "count",
  "countDown",
], {
  counts: { a: 1 },
  final: ({ counter }) => counter.get("a") === 1,
});
counterTest("one thread counts, another takes the key out", [
  "countTwice",
  "remove",
  "look",
], {
  strategies: ONE,
  final: ({ counter, marks }) =>
    marks[bodies.DELETED] === 1 || counter.get("a") === 2,
});
counterTest("two threads take one key out", ["remove", "remove"], {
  counts: { a: 1 },
  final: ({ counter, marks }) =>
    marks[bodies.DELETED] === 1 && counter.size === 0,
});
counterTest("one thread counts, another clears", [
  "countTwice",
  "clear",
  "look",
], { strategies: ONE });
counterTest("an update is seen as a whole", ["addBoth", "seeBoth"]);
counterTest("two updates are seen as a whole", [
  "addBoth",
  "addBoth",
  "seeBoth",
], { strategies: ONE, final: ({ counter }) => counter.total() === 4 });

// Threads that die: what was counted stays, no count is torn, and the others go on.

const MANY = { ...bodies.KEPT, m1: 1, m2: 2, m3: 3, m4: 4 };
const death = {
  faults: { death: 1 },
  timeouts: "virtual",
  counts: bodies.KEPT,
} as const;

counterTest("a thread dies at any point while it counts", [
  "countTwice",
  "audit",
], { ...death, strategies: ONE });
counterTest("a thread dies while it sets", ["write", "read"], {
  ...death,
  strategies: ONE,
});
counterTest("a thread dies while it takes keys out", [
  "removeMany",
  "measure",
], { ...death, counts: MANY, strategies: ONE });
counterTest("a thread dies while it adds a key", ["write", "measure"], {
  ...death,
  strategies: ONE,
});
counterTest("a thread dies while it updates", ["addBoth", "audit"], {
  ...death,
  strategies: ONE,
});
counterTest("one of three dies, each of which does something else", [
  "write",
  "removeMany",
  "audit",
], { ...death, counts: MANY, strategies: MANY_DEATHS });
counterTest("a thread dies while it clears", ["clear", "count"], {
  ...death,
  strategies: ONE,
});

test("Counter is linearizable", async () => {
  type Counts = Map<string, number>;
  const key = () => ["a"];
  const found = await linearize<Counter, Counts>({
    object: () => new Counter({ b: 1 }, { capacity: 1024 }),
    operations: {
      increment: (chance) => [chance.pick(["a", "b"]), chance.int(1, 3)],
      get: key,
      set: (chance) => ["a", chance.int(5, 6)],
      delete: (chance) => [chance.pick(["a", "b"])],
      update: () => [{ a: 1, b: 2 }],
      total: () => [],
      clear: () => [],
    },
    model: {
      state: () => new Map([["b", 1]]),
      operations: {
        increment(s, key: string, by: number) {
          s.set(key, (s.get(key) ?? 0) + by);
          return s.get(key)!;
        },
        get: (s, key: string) => s.get(key) ?? 0,
        set: (s, key: string, n: number) => void s.set(key, n),
        delete: (s, key: string) => s.delete(key),
        update(s, counts: Record<string, number>) {
          for (const [key, n] of Object.entries(counts)) {
            s.set(key, (s.get(key) ?? 0) + n);
          }
        },
        total: (s) => [...s.values()].reduce((a, b) => a + b, 0),
        clear: (s) => s.clear(),
      },
    },
    operationsPerThread: 2,
    scenarios: 6,
  });
  found.assertOk();
  assert(found.complete);
});
