// What Queue, LifoQueue and PriorityQueue have in common: 141 to 144, 152, and the
// loops. Shutting down, giving up, items and priorities have files of their own.

import {
  AtomicInt32,
  LifoQueue,
  PriorityQueue,
  Queue,
  QueueEmptyError,
  QueueFullError,
  QueueShutDownError,
  SyncStateError,
} from "@interlock/threading";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { reached, test, testFaces } from "../support/stage.ts";
import * as bodies from "./queue_bodies.ts";
import { Peer } from "./queue_peer.ts";

const { get, join, put } = bodies;

const SIZE = 4;

const CLASSES = [Queue, LifoQueue, PriorityQueue];

/** The order in which 1, 3 and 2 leave. */
const ORDER: Record<string, number[]> = {
  Queue: [1, 3, 2],
  LifoQueue: [2, 3, 1],
  PriorityQueue: [1, 2, 3],
};

/** Checks everything that says how full it is. */
function holds(queue: Queue<number>, size: number): void {
  assertEquals(
    [queue.size, queue.isEmpty, queue.isFull],
    [size, size === 0, size === queue.maxSize],
  );
}

for (const Class of CLASSES) {
  const kind = Class.name;

  testFaces(
    `141 ${kind} keeps to its timeouts`,
    async (face) => {
      const queue = new Class<number>({ maxSize: 1 });
      queue.put(1);
      for (
        const call of [
          () => put(face, queue, 2, 40),
          () => join(face, queue, 40),
          () => (queue.tryGet(), get(face, queue, 40)),
        ]
      ) {
        const start = performance.now();
        const ended = await call().catch((error) => error.code);
        const elapsed = performance.now() - start;
        assert([false, "ERR_QUEUE_FULL", "ERR_QUEUE_EMPTY"].includes(ended));
        assert(elapsed >= 40 && elapsed < 600, `took ${elapsed} ms`);
      }
      holds(queue, 0);
    },
  );

  test(`142 ${kind}.taskDone refuses to be called more often than there were items, and changes nothing`, () => {
    const queue = new Class<number>();
    const message = "Cannot ";
    assertThrows(() => queue.taskDone(), SyncStateError, message);
    queue.put(1);
    queue.get();
    queue.taskDone();
    assertThrows(() => queue.taskDone(), SyncStateError, message);
    assertEquals([queue.unfinishedTasks, queue.join(0)], [0, true]);
    queue.put(2);
    assertEquals([queue.unfinishedTasks, queue.join(0)], [1, false]);
  });

  testFaces(
    `143 ${kind} refuses negative timeouts, whether or not it would wait`,
    async (face) => {
      for (const maxSize of [1, 2, Infinity]) {
        const queue = new Class<number>({ maxSize });
        queue.put(1);
        for (const wait of [-1, -0.5, { timeout: -1 }]) {
          await assertRejects(() => put(face, queue, 2, wait), RangeError);
          await assertRejects(() => get(face, queue, wait), RangeError);
          await assertRejects(() => join(face, queue, wait), RangeError);
        }
        assertEquals([queue.size, queue.unfinishedTasks], [1, 1]);
      }
    },
  );

  test(`144 ${kind} is filled and emptied exactly without waiting`, () => {
    const queue = new Class<number>({ maxSize: SIZE });
    for (const _round of [1, 2]) {
      for (let i = 0; i < SIZE; i++) assert(queue.tryPut(i));
      assertEquals([queue.tryPut(9), queue.tryPut(9)], [false, false]);
      const items = Array.from({ length: SIZE }, () => queue.tryGet()?.value);
      assertEquals(items.toSorted(), [0, 1, 2, 3]);
      assertEquals([queue.tryGet(), queue.tryGet()], [undefined, undefined]);
    }
  });

  test(`${kind} says what it is`, () => {
    const queue = new Class<number>();
    assertEquals(queue.maxSize, Infinity);
    assert(queue.capacity > 0 && !queue.isFull && !queue.isShutDown);
    assert(`${queue}`.startsWith(`${kind}(`), `${queue}`);
    const view = Class.from<number>(structuredClone(queue));
    queue.put(1);
    assertEquals([view.size, view.get()], [1, 1]);
    assertEquals([new Class({ maxSize: 3 }).maxSize, view.kind], [3, kind]);
  });

  testFaces(
    `166 A loop over ${kind} that is left early takes no more, and leaves it usable`,
    async (face) => {
      const queue = new Class<number>();
      for (let i = 1; i <= 4; i++) queue.put(i);
      const taken: number[] = [];
      const early = new Error("early");
      const take = (item: number, then: () => void) => {
        taken.push(item);
        then();
      };
      const fail = () => {
        throw early;
      };
      const once = async (then: () => void) => {
        if (face === "async") {
          for await (const item of queue) {
            take(item, then);
            break;
          }
        } else {
          for (const item of queue) {
            take(item, then);
            break;
          }
        }
      };
      await once(() => {});
      assertEquals(queue.size, 3);
      assertEquals(await once(fail).catch((error) => error), early);
      assertEquals(queue.size, 2);
      taken.push(await get(face, queue));
      queue.shutdown();
      await once(() => {});
      assertEquals(taken.toSorted(), [1, 2, 3, 4]);
      await assertRejects(() => get(face, queue), QueueShutDownError);
    },
  );
}

testFaces(
  "141 152 Queues hand out in their order, know full and empty, and wait for their peer",
  async (face, stage) => {
    const queues = CLASSES.map((Class) => new Class<number>({ maxSize: SIZE }));
    const steps = queues.flatMap((queue): bodies.Step[] => [
      [queue, "put", 8],
      [queue, "put", 9, 10_000],
      [queue, "get"],
      [queue, "get", { timeout: 10_000 }],
    ]);
    const peer = new Peer(stage, face, [...steps, ...steps]);
    for (const queue of [...queues, ...queues]) {
      holds(queue, 0);
      for (const item of [1, 3, 2]) await put(face, queue, item);
      const order: number[] = [];
      for (let i = 0; i < 3; i++) order.push(await get(face, queue));
      assertEquals(order, ORDER[queue.kind]);

      for (let i = 0; i < SIZE; i++) {
        holds(queue, i);
        await put(face, queue, i);
      }
      holds(queue, SIZE);
      for (const wait of [0, 5, { timeout: 5 }]) {
        await assertRejects(() => put(face, queue, 7, wait), QueueFullError);
      }
      assert(!queue.tryPut(7));
      for (let i = 0; i < 2; i++) {
        await peer.blocks();
        await get(face, queue, 0);
        await peer.passes();
        holds(queue, SIZE);
      }

      for (let i = 0; i < SIZE; i++) await get(face, queue);
      holds(queue, 0);
      for (const wait of [0, 5, { timeout: 5 }]) {
        await assertRejects(() => get(face, queue, wait), QueueEmptyError);
      }
      assertEquals(queue.tryGet(), undefined);
      for (let i = 0; i < 2; i++) {
        await peer.blocks();
        await put(face, queue, 11 + i, 0);
        await peer.passes();
        holds(queue, 0);
      }
    }
    const each = [undefined, undefined, 11, 12];
    assertEquals(await peer.outcomes, Array(6).fill(each).flat());
  },
);

testFaces(
  "142 join waits until all items of a queue are done, again and again",
  async (face, stage) => {
    const queues = CLASSES.map((Class) => new Class<number>());
    const sum = new AtomicInt32();
    const workers = stage.parties(face, 2, bodies.sumUp, queues, sum);
    for (const [i, queue] of queues.entries()) {
      assert(await join(face, new CLASSES[i]!()), "nothing to wait for");
      for (const round of [1, 2]) {
        for (let item = 0; item < 100; item++) queue.put(item);
        assert(await join(face, queue, 10_000));
        const expected = 4950 * (2 * i + round);
        assertEquals([sum.load(), queue.unfinishedTasks], [expected, 0]);
      }
      for (let n = 0; n < 2; n++) await put(face, queue, -1);
      assert(await join(face, queue));
      assertThrows(() => queue.taskDone(), SyncStateError);
    }
    await workers;
  },
);

testFaces(
  "142 join also waits for items that were taken",
  async (face, stage) => {
    const queues = CLASSES.map((Class) => new Class<number>());
    const joins = queues.map((queue): bodies.Step => [queue, "join"]);
    const peer = new Peer(stage, face, joins);
    for (const queue of queues) {
      queue.put(1);
      queue.put(2);
      await peer.blocks();
      for (let left = 2; left > 0; left--) {
        await get(face, queue);
        await peer.stays();
        assertEquals(queue.unfinishedTasks, left);
        assert(!await join(face, queue, 0));
        queue.taskDone();
      }
      await peer.passes();
    }
    assertEquals(await peer.outcomes, [true, true, true]);
  },
);

testFaces(
  "145 A bound that is lowered keeps the items, and one that is raised lets in who waits",
  async (face, stage) => {
    const queues = CLASSES.map((Class) => new Class<number>({ maxSize: 3 }));
    const puts = queues.map((queue): bodies.Step => [queue, "put", 4]);
    const peer = new Peer(stage, face, puts);
    for (const [i, queue] of queues.entries()) {
      for (const item of [1, 2, 3]) queue.put(item);
      queue.maxSize = 2;
      const view = CLASSES[i]!.from<number>(queue.handle);
      assertEquals([view.maxSize, view.size, view.isFull], [2, 3, true]);
      assert(!view.tryPut(5));
      await peer.blocks();
      await get(face, queue);
      await peer.stays();
      queue.maxSize = Infinity;
      await peer.passes();
      assertEquals([queue.size, queue.isFull], [3, false]);
    }
    assertEquals(await peer.outcomes, Array(3).fill(undefined));
  },
);

testFaces(
  "166 A loop over a queue waits for items, and ends when it is shut down and empty",
  async (face, stage) => {
    const queues = CLASSES.map((Class) => new Class<number>());
    const seen = new AtomicInt32();
    const loops = stage.party(face, bodies.loop, queues, seen);
    for (const [i, queue] of queues.entries()) {
      queue.put(1);
      await reached(seen, 3 * i + 1);
      queue.put(2);
      await reached(seen, 3 * i + 2);
      queue.put(3);
      queue.shutdown();
    }
    assertEquals(await loops, Array(3).fill([1, 2, 3]));
    assertEquals(await bodies.loop(face, queues, seen), [[], [], []]);
  },
);
