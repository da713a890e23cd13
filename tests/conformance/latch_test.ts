import { AtomicInt32, CancelToken, Latch } from "@interlock/threading";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  QUIET,
  reached,
  rest,
  test,
  testFaces,
  wait,
} from "../support/stage.ts";
import { await_, relay } from "./gate_bodies.ts";

test("91 Latch refuses a negative count, stops at zero, and shows its count", () => {
  assertThrows(() => new Latch(-1), RangeError, "'count'");
  const latch = new Latch(2);
  assertEquals(`${latch}`, "Latch(count: 2)");
  latch.countDown();
  assertEquals(latch.count, 1);
  latch.countDown(5);
  latch.countDown();
  assertEquals(latch.count, 0);
  assert(new Latch(0).wait(0));
});

testFaces(
  "92 Latch lets waiters pass only after the last count",
  async (face, stage) => {
    const latch = new Latch(2), arrived = new AtomicInt32();
    const results = stage.parties(face, 3, await_, latch, arrived, 10_000);
    await reached(arrived, 3);
    latch.countDown();
    const { got, elapsed } = await stage.party(
      face,
      await_,
      latch,
      arrived,
      60,
    );
    assert(!got && elapsed >= 60 && elapsed < 600, `took ${elapsed} ms`);
    latch.countDown();
    for (const { got } of await results) assert(got);
    assert(await wait(face, latch, 0));
  },
);

testFaces(
  "93 Latch's waits are ended by a token, and leave the count",
  async (face) => {
    const latch = new Latch(1), token = new CancelToken();
    token.cancel();
    await assertRejects(() => wait(face, latch, { token }), Error, "cancelled");
    assertEquals(latch.count, 1);
    latch.countDown();
    assert(await wait(face, latch, { token }), "success beats the token");
  },
);

testFaces(
  "94 Latches in 8 rounds let nobody pass early",
  async (face, stage) => {
    const parties = 6;
    const latches = Array.from({ length: 8 }, () => new Latch(parties));
    const done = new AtomicInt32();
    const early = await stage.parties(
      face,
      parties,
      relay,
      latches,
      done,
      parties,
    );
    assertEquals(early, Array(parties).fill(false));
  },
);

testFaces(
  "96 Latch works at any place in the caller's memory that is a multiple of 64",
  async (face, stage) => {
    const buffer = new SharedArrayBuffer(512);
    const latches = [0, 64, 448].map((byteOffset) =>
      new Latch(1, { memory: { buffer, byteOffset } })
    );
    const arrived = new AtomicInt32();
    const results = Promise.all(
      latches.map((latch) => stage.party(face, await_, latch, arrived, 10_000)),
    );
    await reached(arrived, 3);
    await rest("async", QUIET);
    for (const latch of latches) latch.countDown();
    for (const { got } of await results) assert(got);
  },
);

test("97 Latch.hold counts down once, however its scope ends", () => {
  const latch = new Latch(3);
  {
    using part = latch.hold();
    assertEquals([latch.count, part.isHeld], [3, true]);
  }
  assertEquals(latch.count, 2);
  assertThrows(() => {
    using _part = latch.hold();
    throw new RangeError("on purpose");
  }, RangeError);
  const last = latch.hold();
  last.release();
  last.release();
  assertEquals([latch.count, last.isHeld], [0, false]);
  assert(latch.wait(0));
});
