import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { AtomicInt32, Semaphore } from "@interlock/threading";
import {
  dfs,
  type Linearization,
  linearize,
  litmus,
} from "../../testing/mod.ts";
import { isLinearizable, readHistory } from "../../testing/_history.ts";
import { test } from "../support/stage.ts";
import type { Cells } from "./bodies/linearize_bodies.ts";

const module = new URL("./bodies/linearize_bodies.ts", import.meta.url);
const cells = (right: boolean) => (): Cells => ({
  words: new Int32Array(new SharedArrayBuffer(256)),
  right,
});

const counter = (right: boolean): Linearization<Cells, { n: number }> => ({
  object: cells(right),
  module,
  operations: { increment: () => [], read: () => [] },
  model: {
    state: () => ({ n: 0 }),
    operations: { increment: (s) => ++s.n, read: (s) => s.n },
  },
  scenarios: 10,
});

const stack = (right: boolean): Linearization<Cells, number[]> => ({
  object: cells(right),
  module,
  operations: { push: (chance) => [chance.int(1, 9)], pop: () => [] },
  model: {
    state: () => [],
    operations: {
      push: (s, value: number) => void s.push(value),
      pop: (s) => s.pop(),
    },
  },
  scenarios: 5,
});

const cell = (right: boolean): Linearization<Cells, number[]> => ({
  object: cells(right),
  module,
  operations: { put: (chance) => [chance.int(1, 9)], take: () => [] },
  model: {
    state: () => [],
    operations: {
      put: (s, value: number) => void s.push(value),
      take: (s) => s.pop(),
    },
    ready: { put: (s) => s.length === 0, take: (s) => s.length === 1 },
  },
  threads: 3,
  operationsPerThread: 2,
  scenarios: 4,
  strategy: dfs({ preemptions: 1 }),
});

test("A counter and a stack are linearizable, and not without their compareExchange", async () => {
  for (const object of [counter, stack]) {
    const found = await linearize(
      object(true) as Linearization<Cells, unknown>,
    );
    found.assertOk();
    assert(found.complete);
    const { failure } = await linearize(
      object(false) as Linearization<Cells, unknown>,
    );
    assertEquals(failure?.kind, "not linearizable");
  }
});

test("The history that is shown is as short as it can be", async () => {
  const { failure } = await linearize(counter(false));
  // Two increments that both return 1: two calls, two returns, and the heads.
  assertEquals(failure!.history!.split("\n").length, 5, failure!.history);
  assert(!failure!.history!.includes("read"), failure!.history);
});

test("Operations that wait may wait for ever, but not if they could go on", async () => {
  const found = await linearize(cell(true));
  found.assertOk();
  assert(found.complete);
  const { failure } = await linearize(cell(false));
  assertEquals(failure?.kind, "not linearizable");
});

test("Operations that throw, and that return promises, are compared by what they come to", async () => {
  const test: Linearization<Cells, null> = {
    object: cells(true),
    module,
    operations: { halve: (chance) => [chance.int(1, 4)] },
    model: {
      state: () => null,
      operations: {
        halve(_, value: number) {
          if (value % 2 !== 0) throw new RangeError("odd");
          return value / 2;
        },
      },
    },
    scenarios: 2,
  };
  (await linearize(test)).assertOk();
  const floor = { halve: (_: null, value: number) => value >> 1 };
  const wrong = { ...test, model: { ...test.model, operations: floor } };
  assertEquals((await linearize(wrong)).failure?.kind, "not linearizable");
});

test("AtomicInt32 is linearizable", async () => {
  const number = (n: number) => (state: { n: number }) => {
    const before = state.n;
    state.n = n;
    return before;
  };
  const found = await linearize({
    object: () => new AtomicInt32(),
    operations: {
      load: () => [],
      add: (chance) => [chance.int(1, 3)],
      exchange: (chance) => [chance.int(4, 6)],
      compareExchange: (chance) => [chance.int(0, 6), chance.int(0, 9)],
    },
    model: {
      state: () => ({ n: 0 }),
      operations: {
        load: (s) => s.n,
        add: (s, n: number) => number(s.n + n)(s),
        exchange: (s, n: number) => number(n)(s),
        compareExchange: (s, expected: number, n: number) =>
          number(s.n === expected ? n : s.n)(s),
      },
    },
    scenarios: 10,
  });
  found.assertOk();
  assert(found.complete);
});

test("Semaphore is linearizable, blocking and not", async () => {
  const found = await linearize({
    object: () => new Semaphore(1),
    operations: {
      acquire: () => [],
      tryAcquire: () => [],
      release: () => [],
    },
    model: {
      state: () => ({ n: 1 }),
      operations: {
        acquire: (s) => s.n-- > 0,
        tryAcquire: (s) => s.n > 0 && s.n-- > 0,
        release: (s) => void s.n++,
      },
      ready: { acquire: (s) => s.n > 0 },
    },
    operationsPerThread: 2,
    scenarios: 5,
  });
  found.assertOk();
  assert(found.complete);
});

test("An operation that never returned may have happened, or not", () => {
  const register = {
    state: () => ({ n: 0 }),
    operations: {
      write: (s: { n: number }, n: number) => void (s.n = n),
      read: (s: { n: number }) => s.n,
    },
  };
  const history = (seen: string) =>
    readHistory([
      { call: "write", thread: 0, args: [1] },
      { call: "read", thread: 1, args: [] },
      { thread: 1, result: seen },
    ]);
  assert(isLinearizable(history("0"), register, false));
  assert(isLinearizable(history("1"), register, false));
  assert(!isLinearizable(history("2"), register, false));
});

test("Who returned before another was called comes first", () => {
  const register = {
    state: () => ({ n: 0 }),
    operations: {
      write: (s: { n: number }, n: number) => void (s.n = n),
      read: (s: { n: number }) => s.n,
    },
  };
  const history = (second: string) =>
    readHistory([
      { call: "write", thread: 0, args: [1] },
      { thread: 0, result: "undefined" },
      { call: "read", thread: 1, args: [] },
      { thread: 1, result: second },
    ]);
  assert(isLinearizable(history("1"), register, false));
  assert(!isLinearizable(history("0"), register, false));
});

test("Bad arguments of linearize are refused by name and value", async () => {
  await assertRejects(
    () => linearize({ ...counter(true), threads: 9 }),
    RangeError,
    "'threads' must be",
  );
  await assertRejects(
    () => linearize({ ...counter(true), threads: 8, operationsPerThread: 8 }),
    RangeError,
    "must be at most 30, received 64",
  );
  const { model } = counter(true);
  await assertRejects(
    () => linearize({ ...counter(true), model: { ...model, operations: {} } }),
    TypeError,
    "'model.operations' must have a function \"increment\"",
  );
});

test("What goes on for ever fails, and shows no history", async () => {
  const found = await linearize({
    ...counter(true),
    operations: { forever: () => [] },
    model: { state: () => ({ n: 0 }), operations: { forever: () => 0 } },
    threads: 1,
    operationsPerThread: 1,
    scenarios: 1,
  });
  assertEquals(found.failure?.kind, "livelock");
  assertEquals(found.failure?.history, "");
  await assertRejects(
    () => linearize({ ...counter(true), budgetMs: -1 }),
    RangeError,
    "'budgetMs' must be",
  );
});

test("A litmus test counts outcomes, and grades them", async () => {
  const actors = ["storeThenLoad", "storeThenLoadToo"];
  const allowed = ["1,false", "0,true"], surprising = ["1,true"];
  const seen = await litmus({ module, actors, allowed, surprising, ms: 100 });
  seen.assertOk();
  const counts = seen.outcomes.map(({ count }) => count);
  assertEquals(counts.reduce((a, b) => a + b), seen.total);
  for (const { outcome, grade } of seen.outcomes) {
    assertEquals(grade, outcome === "1,true" ? "surprising" : "allowed");
  }
  const refused = await litmus({
    module,
    actors,
    allowed: ["0,false"],
    ms: 50,
  });
  assert(!refused.ok);
  assertThrows(() => refused.assertOk(), Error, "forbidden");
});

test("A litmus test ends with more actors than cores, and its arbiter has the last word", async () => {
  const seen = await litmus({
    module,
    actors: ["addPlainly", "addPlainly", "addPlainly", "addPlainly"],
    arbiter: (words) => words[0]!,
    allowed: ["4"],
    surprising: ["1", "2", "3"],
    ms: 50,
  });
  seen.assertOk();
  assert(seen.total > 0);
});

test("What an actor throws is thrown, and a missing one is named", async () => {
  await assertRejects(
    () => litmus({ module, actors: ["throws"], allowed: [] }),
    RangeError,
    "an actor's",
  );
  await assertRejects(
    () => litmus({ module, actors: ["nobody"], allowed: [] }),
    TypeError,
    "'actors[0]' must be",
  );
});
