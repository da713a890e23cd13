import { attach, codecs, Lock, SharedMap } from "@interlock/threading";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { test, testFaces } from "../support/stage.ts";
import { addUp, churn, insert } from "./counter_bodies.ts";

test("198 SharedMap's snapshots are of one moment, and nested operations are allowed", () => {
  const map = new SharedMap<number>(), seen: [string, number][] = [];
  for (let i = 0; i < 20; i++) map.set(`${i}`, i);
  for (const [key, value] of map) {
    seen.push([key, value]);
    map.set(key, -value);
    map.set(`new ${key}`, value);
    map.delete(`${value + 1}`);
    assertEquals(map.get(key), -value);
    for (const inner of map.keys()) assert(map.has(inner));
  }
  assertEquals(seen, Array.from({ length: 20 }, (_, i) => [`${i}`, i]));
  // A value that is set again has the place of the one before.
  assertEquals([...map.keys()].slice(0, 3), ["0", "new 0", "1"]);
  map.set("0", 100);
  assertEquals([...map.values()][0], 100);
  assertEquals([...map.entries()].length, map.size);
});

test("198 SharedMap carries what its codec does, and copies it", () => {
  const map = new SharedMap<unknown>(), view = SharedMap.from(map.handle);
  const values = [undefined, null, 0, "text", [1, { two: 2n }], new Map()];
  for (const [i, value] of values.entries()) {
    map.set(`${i}`, value);
    assertEquals(view.get(`${i}`), value);
    assert(view.has(`${i}`));
  }
  assertEquals([...view.values()], values);
  const lock = new Lock(), object = { n: 1 };
  map.set("lock", lock);
  (view.get("lock") as Lock).acquire();
  assert(lock.locked);
  map.set("object", object);
  object.n = 2;
  assertEquals(view.get("object"), { n: 1 });
  const before = [...map.keys()];
  assertThrows(() => map.set("f", () => {}), TypeError, "Cannot encode ");
  assertThrows(() => map.update("0", () => map.set), TypeError, "Cannot enc");
  assertEquals([...map.keys()], before);
  const small = new SharedMap({ codec: codecs.struct({ x: codecs.float64 }) });
  small.set("a", { x: 0.5 });
  assertEquals(small.update("a", (v) => ({ x: v!.x * 2 })), { x: 1 });
  const frozen = new SharedMap<{ deep: number[] }>({ freeze: true });
  frozen.set("a", { deep: [1] });
  assert(Object.isFrozen(frozen.get("a")!.deep));
  assertEquals(`${attach(map.handle)}`, `SharedMap(size: ${map.size})`);
});

test("199 SharedMap.compareAndSet fails on a missing key, and on another value", () => {
  const map = new SharedMap<unknown>();
  assert(!map.compareAndSet("a", undefined, 1) && !map.has("a"));
  assert(!map.compareAndDelete("a", undefined));
  map.set("a", { x: [1, "y"] });
  assert(!map.compareAndSet("a", { x: [1, "z"] }, 2));
  assert(!map.compareAndDelete("a", { x: [1] }));
  assert(map.compareAndSet("a", { x: [1, "y"] }, "a long text ".repeat(20)));
  assert(map.compareAndSet("a", "a long text ".repeat(20), ""));
  assert(!map.compareAndDelete("a", "a"));
  assertEquals([map.get("a"), map.size], ["", 1]);
  assert(map.compareAndDelete("a", "") && !map.compareAndDelete("a", ""));
  map.set("u", undefined);
  assert(map.compareAndSet("u", undefined, null) && map.get("u") === null);
});

test("199 SharedMap.delete and clear take out what is there, once", () => {
  const map = new SharedMap<number>();
  assert(!map.delete("a"));
  map.set("a", 1);
  assertEquals([map.delete("a"), map.delete("a"), map.get("a")], [
    true,
    false,
    undefined,
  ]);
  for (let i = 0; i < 50; i++) map.set(`${i}`, i);
  map.clear();
  map.clear();
  assertEquals([map.size, [...map], map.has("7")], [0, [], false]);
  map.set("7", 8);
  assertEquals([...map], [["7", 8]]);
});

test("198 SharedMap.getOrInsert keeps what is there, and computes only what is not", () => {
  const map = new SharedMap<string>();
  assertEquals([map.getOrInsert("a", "1"), map.getOrInsert("a", "2")], [
    "1",
    "1",
  ]);
  assertEquals(map.getOrInsertComputed("b", (key) => `of ${key}`), "of b");
  assertEquals(
    map.getOrInsertComputed("b", () => {
      throw new Error("not called");
    }),
    "of b",
  );
  assertThrows(
    () =>
      map.getOrInsertComputed("c", () => {
        throw new RangeError("no luck");
      }),
    RangeError,
    "no luck",
  );
  assert(!map.has("c"));
  // Who computes may use the map, and is overtaken.
  assertEquals(
    map.getOrInsertComputed("c", () => {
      map.set("c", "faster");
      return "slower";
    }),
    "faster",
  );
  let calls = 0;
  assertEquals(
    map.update("c", (value) => {
      if (++calls === 1) map.set("c", "other");
      return `${value}!`;
    }),
    "other!",
  );
  assertEquals(calls, 2);
});

testFaces(
  "199 SharedMap loses no update of several parties",
  async (face, stage) => {
    const map = new SharedMap<number>();
    const done = await stage.parties(face, 4, addUp, map, 1000);
    assertEquals(map.get("sum"), done.reduce((a, b) => a + b));
  },
);

testFaces(
  "198 SharedMap's keys have one value for all, whoever was first",
  async (face, stage) => {
    const map = new SharedMap<number>(), KEYS = 300;
    const parties = [1, 2, 3].map((me) =>
      stage.party(face, insert, map, me, KEYS)
    );
    const [one, two, three] = await Promise.all(parties);
    assertEquals([one, two], [two, three]);
    assertEquals(map.size, KEYS);
    for (const [key, value] of map) assertEquals(value, one![Number(key)]);
  },
);

testFaces(
  "199 SharedMap is set, read, deleted and cleared by several parties at once",
  async (face, stage) => {
    const map = new SharedMap<number[]>();
    const parties = [1, 2, 3].map((me) =>
      stage.party(face, churn, map, me, 500)
    );
    let over = false;
    const all = Promise.all(parties).finally(() => over = true);
    while (!over) {
      for (const value of map.values()) {
        assert(value.every((n) => n === value[0]), `${value}`);
      }
      await new Promise((go) => setTimeout(go));
    }
    await all;
    assertEquals([...map.keys()], ["all"]);
    map.clear();
    assertEquals(map.size, 0);
  },
);

test("198 SharedMap takes the place and the bytes that it says", () => {
  const options = { capacity: 1000, codec: codecs.int32 };
  const bytes = SharedMap.byteLengthFor(options);
  assertEquals(new SharedMap(options).buffer.byteLength, bytes);
  const memory = { buffer: new SharedArrayBuffer(bytes + 64), byteOffset: 64 };
  const map = new SharedMap({ ...options, memory });
  map.set("a", 1);
  assertEquals(SharedMap.from<number>(map.handle).get("a"), 1);
  assertEquals([map.byteOffset, map.capacity <= 1000], [64, true]);
});
