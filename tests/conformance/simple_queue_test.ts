// SimpleQueue: 154 and 155; the latter with Queue beside it. 156 and 157 are with the
// items of all queues.

import { Queue, QueueEmptyError, SimpleQueue } from "@interlock/threading";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { test, testFaces } from "../support/stage.ts";
import * as bodies from "./queue_bodies.ts";
import { Peer } from "./queue_peer.ts";

const { get } = bodies;

testFaces(
  "154 SimpleQueue has a size and an order, never makes a put wait, and makes a get wait",
  async (face, stage) => {
    const queue = new SimpleQueue<number>();
    assertEquals([queue.size, queue.isEmpty], [0, true]);
    const peer = new Peer(stage, face, [[queue, "get"], [queue, "get", 9000]]);
    for (const _round of [1, 2]) {
      for (let i = 1; i <= 4; i++) queue.put(i);
      assertEquals([queue.size, queue.isEmpty], [4, false]);
      assertEquals(await get(face, queue), 1);
      assertEquals(queue.tryGet(), { value: 2 });
      assertEquals(await get(face, queue, 0), 3);
      assertEquals(await get(face, queue, { timeout: 50 }), 4);
      assertEquals([queue.size, queue.isEmpty], [0, true]);
      for (const wait of [0, 1, { timeout: 1 }]) {
        await assertRejects(() => get(face, queue, wait), QueueEmptyError);
      }
      assertEquals(queue.tryGet(), undefined);
      await peer.blocks();
      queue.put(7);
      await peer.passes();
      assertEquals([queue.size, queue.isEmpty], [0, true]);
    }
    assertEquals(await peer.outcomes, [7, 7]);
  },
);

testFaces(
  "154 SimpleQueue refuses a negative timeout of a get, also when an item is there",
  async (face) => {
    const queue = new SimpleQueue<number>();
    for (const n of [0, 1]) {
      for (const wait of [-1, { timeout: -0.5 }, NaN]) {
        await assertRejects(() => get(face, queue, wait), RangeError);
      }
      assertEquals(queue.size, n);
      queue.put(n);
    }
  },
);

test("154 SimpleQueue has neither tasks nor an end", () => {
  const queue = new SimpleQueue<number>();
  for (const name of ["taskDone", "join", "shutdown", "maxSize", "putAsync"]) {
    assert(!(name in queue), name);
  }
  queue.put(1);
  assertEquals(SimpleQueue.from<number>(queue.handle).get(), 1);
  assert(`${queue}`.startsWith("SimpleQueue("), `${queue}`);
});

testFaces(
  "155 SimpleQueue and Queue keep the order between one that feeds and one that consumes",
  async (face, stage) => {
    const N = 1000;
    const lanes: bodies.Lane[] = [
      new SimpleQueue<unknown>(),
      new Queue<unknown>(),
      new Queue<unknown>({ maxSize: 3 }),
    ].map((queue) => ({ queue, mode: "blocking" }));
    const [, all] = await Promise.all([
      stage.party(face, bodies.feed, lanes, 0, N),
      stage.party(face, bodies.consume, lanes),
    ]);
    const expected = Array.from({ length: N }, (_, i) => ({ feeder: 0, i }));
    assertEquals(all, lanes.map(() => expected));
  },
);

testFaces(
  "155 Four that feed and four that consume, in each way to wait, lose and double nothing",
  async (face, stage) => {
    const FEEDERS = 4, N = 60;
    const lanes = (["blocking", "polling", "impatient"] as const).flatMap(
      (mode): bodies.Lane[] => [
        { queue: new SimpleQueue<unknown>(), mode },
        { queue: new Queue<unknown>({ maxSize: 4 }), mode },
      ],
    );
    const fed = Promise.all(
      Array.from(
        { length: FEEDERS },
        (_, feeder) => stage.party(face, bodies.feed, lanes, feeder, N),
      ),
    );
    const all = await stage.parties(face, FEEDERS, bodies.consume, lanes);
    await fed;
    for (const [i, { queue, mode }] of lanes.entries()) {
      const what = `${queue.kind}, ${mode}`;
      const items = all.map((each) => each[i]!);
      for (const each of items) assertOrder(each, what);
      assertComplete(items.flat(), FEEDERS, N, what);
      assert(queue.isEmpty, what);
    }
  },
);

/** Checks that the items of each feeder come in the order in which they were put. */
function assertOrder(
  items: readonly { feeder: number; i: number }[],
  what: string,
): void {
  const last = new Map<number, number>();
  for (const { feeder, i } of items) {
    assert(i > (last.get(feeder) ?? -1), `${what}: out of order`);
    last.set(feeder, i);
  }
}

/** Checks that each item of each feeder is there once. */
function assertComplete(
  items: readonly { feeder: number; i: number }[],
  feeders: number,
  n: number,
  what: string,
): void {
  const keys = items.map(({ feeder, i }) => feeder * n + i);
  keys.sort((a, b) => a - b);
  assertEquals(keys, Array.from({ length: feeders * n }, (_, k) => k), what);
}
