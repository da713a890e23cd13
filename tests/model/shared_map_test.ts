import { codecs, SharedMap } from "@interlock/threading";
import { assert } from "@std/assert";
import { linearize } from "../../testing/mod.ts";
import { test } from "../support/stage.ts";
import * as bodies from "./bodies/shared_map_bodies.ts";
import {
  MANY_DEATHS,
  type ModelTest,
  modelTest,
  ONE,
  words,
} from "./support.ts";

type State = bodies.State;

interface Options extends Partial<ModelTest<State>> {
  readonly value?: string;
}

function mapTest(
  name: string,
  threads: readonly (keyof typeof bodies)[],
  { value, ...how }: Options = {},
): void {
  modelTest<State>(`SharedMap: ${name}`, {
    module: new URL("./bodies/shared_map_bodies.ts", import.meta.url),
    threads,
    setup() {
      const map = new SharedMap({ codec: codecs.string, capacity: 2048 });
      map.set("kept", "kept");
      if (value !== undefined) map.set("v", value);
      return { map, marks: words(3) };
    },
    ...how,
  });
}

const ONE_VALUE = "1".repeat(80);

mapTest("one thread sets, another reads", ["write", "read"]);
mapTest("one thread sets, another takes out, a third one reads", [
  "write",
  "remove",
  "look",
], { strategies: ONE });
mapTest("of two that compare and set one wins", ["swap", "swap"], {
  value: ONE_VALUE,
  final: ({ marks }) => marks[bodies.WON] === 1,
});
mapTest("of two that compare and take out one wins", ["drop", "drop", "look"], {
  value: ONE_VALUE,
  strategies: ONE,
  final: ({ map, marks }) => marks[bodies.WON] === 1 && map.size === 1,
});
mapTest("two threads update one value", ["addUp", "addUp"], {
  final: ({ map }) => map.get("sum") === "2",
});
mapTest("three threads update one value", ["addUp", "addUp", "addUp"], {
  strategies: ONE,
  final: ({ map }) => map.get("sum") === "3",
});
mapTest("the first one to insert wins", ["insertFirst", "insertSecond"], {
  final: ({ marks }) => marks[bodies.FIRST] === 2 || marks[bodies.FIRST] === 4,
});

// Threads that die: each value is whole, that before or after, and the others go on.

const death = { faults: { death: 1 }, timeouts: "virtual" } as const;

mapTest("a thread dies at any point while it sets", ["write", "readAndSet"], {
  value: ONE_VALUE,
  ...death,
  strategies: ONE,
});
mapTest("a thread dies at any point while it updates", ["addUp", "auditSum"], {
  ...death,
  strategies: ONE,
});
mapTest("one of three threads dies", ["write", "remove", "look"], {
  ...death,
  strategies: MANY_DEATHS,
});

test("SharedMap is linearizable", async () => {
  type Values = Map<string, number>;
  const found = await linearize<SharedMap<number>, Values>({
    object: () => new SharedMap({ codec: codecs.int32, capacity: 1024 }),
    operations: {
      get: (chance) => [chance.pick(["a", "b"])],
      set: (chance) => ["a", chance.int(1, 2)],
      delete: () => ["a"],
      getOrInsert: (chance) => [chance.pick(["a", "b"]), chance.int(3, 4)],
      compareAndSet: (chance) => ["a", chance.int(1, 4), chance.int(5, 6)],
      compareAndDelete: (chance) => ["a", chance.int(1, 4)],
      clear: () => [],
    },
    model: {
      state: () => new Map(),
      operations: {
        get: (s, key: string) => s.get(key),
        set: (s, key: string, value: number) => void s.set(key, value),
        delete: (s, key: string) => s.delete(key),
        getOrInsert(s, key: string, value: number) {
          if (!s.has(key)) s.set(key, value);
          return s.get(key);
        },
        compareAndSet(s, key: string, expected: number, value: number) {
          if (s.get(key) !== expected) return false;
          s.set(key, value);
          return true;
        },
        compareAndDelete: (s, key: string, expected: number) =>
          s.get(key) === expected && s.delete(key),
        clear: (s) => s.clear(),
      },
    },
    operationsPerThread: 2,
    scenarios: 6,
  });
  found.assertOk();
  assert(found.complete);
});
