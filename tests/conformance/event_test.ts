import { AtomicInt32, Event } from "@interlock/threading";
import { assert, assertEquals } from "@std/assert";
import { QUIET, reached, rest, test, testFaces } from "../support/stage.ts";
import { await_ } from "./gate_bodies.ts";

test("73 Event's set and clear are idempotent and visible, also in its string", () => {
  const event = new Event(), view = Event.from(event.handle);
  assertEquals([event.isSet, `${event}`], [false, "Event(clear)"]);
  event.set();
  event.set();
  assertEquals([view.isSet, `${view}`], [true, "Event(set)"]);
  view.clear();
  view.clear();
  assert(!event.isSet);
});

testFaces(
  "74 Event releases five waiters, then lets all pass at once, again after set and clear",
  async (face, stage) => {
    const event = new Event();
    for (let round = 0; round < 2; round++) {
      const arrived = new AtomicInt32();
      const results = stage.parties(face, 5, await_, event, arrived, undefined);
      await reached(arrived, 5);
      event.set();
      for (const { got } of await results) assert(got);
      const late = await stage.party(face, await_, event, arrived, 0);
      assert(late.got);
      event.clear();
    }
  },
);

testFaces("75 Event.wait keeps to its timeout", async (face, stage) => {
  const event = new Event(), arrived = new AtomicInt32();
  assert(!(await stage.party(face, await_, event, arrived, 0)).got);
  const { got, elapsed } = await stage.party(face, await_, event, arrived, 60);
  assert(!got && elapsed >= 60 && elapsed < 600, `took ${elapsed} ms`);
  event.set();
  assert((await stage.party(face, await_, event, arrived, 60)).got);
});

testFaces(
  "76 Event that is cleared right after it is set still releases all who wait",
  async (face, stage) => {
    const event = new Event();
    for (let round = 0; round < 5; round++) {
      const arrived = new AtomicInt32();
      const results = stage.parties(face, 4, await_, event, arrived, 10_000);
      await reached(arrived, 4);
      await rest("async", QUIET);
      event.set();
      event.clear();
      for (const { got } of await results) assert(got);
      assert(!event.isSet);
    }
  },
);

test("256 Event's epoch wraps without harm", async () => {
  const event = new Event();
  const words = new Int32Array(event.buffer);
  const state = words.findIndex((word, i) => {
    if (i < 4) return false;
    event.set();
    event.clear();
    return words[i] !== word;
  });
  Atomics.store(words, state, -4); // the last epoch
  const waits = event.waitAsync(5000);
  event.set();
  event.clear();
  assert(await waits);
  assertEquals(words[state]! >>> 2, 0);
});
