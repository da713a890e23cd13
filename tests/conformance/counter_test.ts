import { attach, Counter, multiset } from "@interlock/threading";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { test, testFaces } from "../support/stage.ts";
import { countAll, move } from "./counter_bodies.ts";

test("190 Counter reads a missing key as 0, and does not add it", () => {
  const counter = new Counter("abcaba"), view = Counter.from(counter.handle);
  assertEquals([...counter], [["a", 3], ["b", 2], ["c", 1]]);
  assertEquals([counter.get("x"), counter.has("x"), counter.size], [
    0,
    false,
    3,
  ]);
  assertEquals(view.increment("x"), 1);
  assertEquals([counter.get("x"), counter.has("x"), counter.size], [
    1,
    true,
    4,
  ]);
  assertEquals([counter.delete("x"), view.delete("x"), counter.size], [
    true,
    false,
    3,
  ]);
  assertEquals(`${attach(counter.handle)}`, "Counter(size: 3)");
});

test("190 Counter is made of keys, of a Map, of an object and of another counter", () => {
  const counts: [string, number][] = [["a", 3], ["b", -2], ["", 0.5]];
  const other = new Counter(new Map(counts));
  for (
    const init of [
      new Map(counts),
      Object.fromEntries(counts),
      other,
      other.snapshot(),
    ]
  ) assertEquals([...new Counter(init)], counts);
  const keys = ["b", "a", "b"];
  for (const init of [keys, new Set(keys), keys.values(), "bab"]) {
    const copy = new Counter(init);
    assertEquals(copy.get("a"), 1);
    assertEquals([...copy.snapshot().keys()], ["b", "a"]);
  }
  for (const nothing of [undefined, [], "", {}, new Map()]) {
    const empty = new Counter(nothing);
    assertEquals([empty.size, empty.total(), [...empty]], [0, 0, []]);
    assertEquals([empty.mostCommon(), [...empty.elements()]], [[], []]);
  }
});

test("190 Counter.update adds and subtract takes away; 0 and less stay", () => {
  const counter = new Counter({ a: 1, b: 2 });
  counter.update("ccb");
  assertEquals([...counter], [["a", 1], ["b", 3], ["c", 2]]);
  counter.update({ a: 5, d: 0 });
  counter.update(new Map([["a", -6]]));
  counter.update(counter);
  assertEquals([...counter], [["a", 0], ["b", 6], ["c", 4], ["d", 0]]);
  counter.subtract("cc");
  counter.subtract({ b: 7, e: 1 });
  assertEquals([...counter], [
    ["a", 0],
    ["b", -1],
    ["c", 2],
    ["d", 0],
    ["e", -1],
  ]);
  assertEquals(counter.size, 5);
  counter.clear();
  assertEquals([counter.size, [...counter]], [0, []]);
  counter.set("a", -0);
  assert(Object.is(counter.get("a"), 0));
});

test("190 Counter's total, elements and mostCommon; ties come in the order of their keys", () => {
  const counter = new Counter({ b: 2, a: 3, z: 0, c: 2, n: -1, half: 1.5 });
  assertEquals(counter.total(), 7.5);
  assertEquals([...counter.elements()].join(), "b,b,a,a,a,c,c,half");
  assertEquals(counter.mostCommon(3), [["a", 3], ["b", 2], ["c", 2]]);
  assertEquals(
    counter.mostCommon().map(([key]) => key).join(),
    "a,b,c,half,z,n",
  );
  assertEquals(counter.mostCommon(0), []);
  assertEquals(counter.mostCommon(100).length, 6);
  // A key keeps its place when its count changes, and has a new one when it comes again.
  counter.set("b", 3);
  assertEquals(counter.mostCommon(2), [["b", 3], ["a", 3]]);
  counter.delete("b");
  counter.set("b", 3);
  assertEquals(counter.mostCommon(2), [["a", 3], ["b", 3]]);
});

test("190 Counter counts exactly up to 2^53, with fractions, and refuses what is no count", () => {
  const counter = new Counter({ big: 2 ** 53 - 1, small: 2 ** 31 });
  assertEquals(counter.increment("big"), 2 ** 53);
  assertEquals(counter.increment("small", -(2 ** 32)), -(2 ** 31));
  assertEquals(counter.increment("huge", Number.MAX_VALUE), Number.MAX_VALUE);
  const before = [...new Uint8Array(counter.buffer)];
  assertThrows(
    () => counter.increment("huge", Number.MAX_VALUE),
    RangeError,
    'Cannot increment Counter: the count of "huge" would be Infinity',
  );
  const more = { small: 1, huge: Number.MAX_VALUE, other: 1 };
  assertThrows(() => counter.update(more), RangeError, '"huge" would be Inf');
  assertEquals([...new Uint8Array(counter.buffer)], before);
});

test("190 Counter's keys are any strings, of any length", () => {
  const keys = [
    "",
    " ",
    "\0",
    "__proto__",
    "constructor",
    "é",
    "e\u0301",
    "\ud800",
    "\udc00",
    "\u{1f9f5}",
    ...Array.from({ length: 70 }, (_, i) => "k".repeat(i + 1)),
    "long ".repeat(1000),
  ];
  const counter = new Counter(keys);
  for (const key of keys) assertEquals(counter.increment(key), 2);
  assertEquals([...counter.snapshot().keys()], keys);
  for (const key of keys) assert(counter.delete(key));
  assertEquals(counter.size, 0);
});

testFaces(
  "190 Counter loses nothing that several parties count",
  async (face, stage) => {
    const TIMES = 1500, PARTIES = 4;
    const keys = ["one", "two", "three ".repeat(20), "one"];
    const counter = new Counter();
    const last = await stage.parties(
      face,
      PARTIES,
      countAll,
      counter,
      keys,
      TIMES,
    );
    const all = TIMES * PARTIES;
    assertEquals([...counter].sort(), [
      ["one", 2 * all],
      [keys[2], all],
      ["two", all],
    ]);
    // Everybody got numbers of their own.
    assertEquals(new Set(last).size, PARTIES);
    assertEquals(Math.max(...last), 2 * all);
  },
);

testFaces(
  "190 Counter.update and subtract are one step for all others",
  async (face, stage) => {
    const counter = new Counter({ here: 100, there: 100 });
    let over = false, looks = 0;
    const moved = stage.parties(face, 2, move, counter, 1000)
      .finally(() => over = true);
    while (!over) {
      assertEquals(counter.total(), 200);
      const { here, there } = Object.fromEntries(counter);
      assertEquals(here! + there!, 200);
      if (++looks % 50 === 0) await new Promise((go) => setTimeout(go));
    }
    await moved;
    assertEquals([...counter], [["here", 100], ["there", 100]]);
  },
);

test("191 multiset keeps what is positive, in the order of the keys", () => {
  const one = new Map([["a", 3], ["b", 1], ["n", -2], ["z", 0]]);
  const other = new Map([["c", 2], ["a", 1], ["b", 4], ["n", -5]]);
  const { difference, intersection, sum, union } = multiset;
  assertEquals([...sum(one, other)], [["a", 4], ["b", 5], ["c", 2]]);
  assertEquals([...difference(one, other)], [["a", 2], ["n", 3]]);
  assertEquals([...union(one, other)], [["a", 3], ["b", 4], ["c", 2]]);
  assertEquals([...intersection(one, other)], [["a", 1], ["b", 1]]);
  // Unary + and -.
  const none = new Map();
  assertEquals([...sum(one, none)], [["a", 3], ["b", 1]]);
  assertEquals([...difference(none, one)], [["n", 2]]);
  assertEquals([one.size, other.size], [4, 4]);
});

test("191 multiset compares with a missing key as 0", () => {
  const { equals, isSubset } = multiset;
  const counts = (init: string) => new Counter(init).snapshot();
  const zero = new Map([["x", 0]]),
    less = new Map([["x", -1]]),
    none = counts("");
  assert(equals(none, zero) && isSubset(zero, none) && isSubset(none, zero));
  assert(isSubset(less, none) && !isSubset(none, less) && !equals(none, less));
  assert(isSubset(counts("ab"), counts("aabb")));
  assert(!isSubset(counts("aabb"), counts("ab")));
  assert(!isSubset(counts("aab"), counts("abb")));
  assert(equals(counts("abb"), counts("bab")) && !equals(none, counts("a")));
});

test("190 Counter takes the place and the bytes that it says", () => {
  const options = { capacity: 1000 };
  const bytes = Counter.byteLengthFor(options);
  assert(bytes > 1000 && bytes < 1400, `${bytes}`);
  assertEquals(new Counter("", options).buffer.byteLength, bytes);
  const buffer = new SharedArrayBuffer(bytes + 64);
  const memory = { buffer, byteOffset: 64 };
  assertThrows(
    () => new Counter("abcdefghijkl", { ...options, memory }),
    RangeError,
    "Cannot create Counter: there is no room left for ",
  );
  const counter = new Counter("abc", { ...options, memory });
  assertEquals(counter.byteOffset, 64);
  assertEquals(Counter.from(counter.handle).increment("a"), 2);
  assert(new Counter().buffer.byteLength < 20_000);
  const placed = Counter.byteLengthFor();
  assert(placed > 60_000 && placed < 70_000, `${placed}`);
});

test("190 Counter in damaged memory ends each operation, if by a typed error", () => {
  const counter = new Counter("abcdefgh", { capacity: 4096 });
  const words = new Int32Array(counter.buffer, counter.byteOffset);
  const whole = words.slice(), base = words[9]! >> 2;
  for (const value of [-1, 1, 28, 56, 12345, 0x7fff_fff0]) {
    for (
      const first of [
        16,
        21,
        ...Array(64).keys().map((i) => base + 28 + i),
      ]
    ) {
      words.set(whole);
      words[first] = value;
      for (
        const use of [
          () => counter.snapshot(),
          () => counter.total(),
          () => counter.increment("a"),
          () => counter.increment("new"),
          () => counter.delete("b"),
          () => counter.clear(),
        ]
      ) {
        try {
          use();
        } catch (error) {
          const { name } = error as Error;
          assert(
            /^(Type|Range)Error$/.test(name),
            `${first}, ${value}: ${error}`,
          );
        }
      }
    }
  }
});
