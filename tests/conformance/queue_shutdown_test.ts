// Shutting down Queue, LifoQueue and PriorityQueue: 146 to 150.

import {
  Barrier,
  LifoQueue,
  PriorityQueue,
  Queue,
  QueueShutDownError,
  SyncStateError,
} from "@interlock/threading";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { type Face, test, testFaces } from "../support/stage.ts";
import * as bodies from "./queue_bodies.ts";
import { allBegin, allBlock, allPass, Peer } from "./queue_peer.ts";

const { get, join, put } = bodies;

const CLASSES = [Queue, LifoQueue, PriorityQueue];
const SHUT_DOWN = "QueueShutDownError";

/** A queue of each class for each way to shut it down. */
function bothWays(maxSize: number = Infinity): bodies.Round[] {
  return CLASSES.flatMap((Class) =>
    [false, true].map((immediate) => ({
      queue: new Class<number>({ maxSize }),
      immediate,
    }))
  );
}

/** Checks that nothing can be put, in no way. */
async function refusesPuts(face: Face, queue: Queue<number>): Promise<void> {
  const before = [queue.size, queue.unfinishedTasks];
  for (const wait of [undefined, 0, 5]) {
    const error = await assertRejects(
      () => put(face, queue, 9, wait),
      QueueShutDownError,
    );
    assert(error.message.startsWith("Cannot put"), error.message);
  }
  assertThrows(() => queue.tryPut(9), QueueShutDownError);
  assertEquals([queue.size, queue.unfinishedTasks], before);
}

/** Checks that nothing can be got, in no way. */
async function refusesGets(face: Face, queue: Queue<number>): Promise<void> {
  for (const wait of [undefined, 0, 5]) {
    const error = await assertRejects(
      () => get(face, queue, wait),
      QueueShutDownError,
    );
    assert(error.message.startsWith("Cannot get"), error.message);
  }
  assertThrows(() => queue.tryGet(), QueueShutDownError);
  assertEquals([queue.size, queue.isEmpty], [0, true]);
}

for (const Class of CLASSES) {
  const kind = Class.name;

  testFaces(
    `146 ${kind} that is shut down gives what it has, and then fails`,
    async (face) => {
      for (const items of [[], [1], [1, 2]]) {
        const queue = new Class<number>({ maxSize: 2 });
        for (const item of items) queue.put(item);
        queue.shutdown();
        assert(queue.isShutDown);
        await refusesPuts(face, queue);
        assertEquals(queue.size, items.length);
        const got: number[] = [];
        for (const _ of items) got.push(await get(face, queue));
        assertEquals(got.toSorted(), items);
        await refusesGets(face, queue);
        await refusesPuts(face, queue);
      }
    },
  );

  testFaces(
    `146 ${kind} that is shut down at once fails at once`,
    async (face) => {
      const queue = new Class<number>();
      queue.put(1);
      queue.shutdown({ immediate: true });
      assert(queue.isShutDown);
      await refusesGets(face, queue);
      await refusesPuts(face, queue);
    },
  );

  testFaces(
    `146 ${kind} may be shut down again, and harder, and never opens again`,
    async (face) => {
      const queue = new Class<number>(), view = Class.from<number>(queue);
      assert(!queue.isShutDown);
      queue.put(1);
      queue.put(2);
      for (const options of [undefined, {}, { immediate: false }]) {
        queue.shutdown(options);
        assertEquals([queue.isShutDown, queue.size], [true, 2]);
      }
      queue.shutdown({ immediate: true });
      assertEquals([queue.isShutDown, queue.unfinishedTasks], [true, 0]);
      for (const immediate of [true, false]) {
        view.shutdown({ immediate });
        assert(queue.isShutDown && view.isShutDown);
        await refusesGets(face, queue);
        await refusesPuts(face, view);
      }
    },
  );

  testFaces(
    `147 ${kind}: each method after each kind of shutdown`,
    async (face) => {
      const soft = new Class<number>({ maxSize: 2 });
      soft.put(1);
      assert(soft.tryPut(2));
      soft.shutdown();
      await refusesPuts(face, soft);
      for (const left of [2, 1]) {
        assertEquals([soft.unfinishedTasks, soft.size], [left, left]);
        assert(!await join(face, soft, 0));
        await get(face, soft);
        soft.taskDone();
      }
      assert(await join(face, soft));
      await refusesGets(face, soft);
      assertThrows(() => soft.taskDone(), SyncStateError);

      const hard = new Class<number>({ maxSize: 2 });
      hard.put(1);
      assert(hard.tryPut(2));
      hard.shutdown({ immediate: true });
      await refusesPuts(face, hard);
      await refusesGets(face, hard);
      assertEquals(hard.unfinishedTasks, 0);
      assertThrows(() => hard.taskDone(), SyncStateError);
      assert(await join(face, hard));
      assertEquals([hard.isFull, hard.maxSize], [false, 2]);
    },
  );
}

testFaces(
  "149 Who waits in get, and who comes later, is told of a shutdown",
  async (face, stage) => {
    const rounds = bothWays();
    const steps = rounds.flatMap(({ queue }): bodies.Step[] => [
      [queue, "get"],
      [queue, "get", 10_000],
    ]);
    const peers = [1, 2].map(() => new Peer(stage, face, steps));
    for (const { queue, immediate } of rounds) {
      await allBlock(peers);
      queue.shutdown({ immediate });
      await allPass(peers);
      await allBegin(peers);
      await allPass(peers);
    }
    for (const peer of peers) {
      assertEquals(await peer.outcomes, steps.map(() => SHUT_DOWN));
    }
  },
);

testFaces(
  "149 Of three who get two items before or after a graceful shutdown one is told of it",
  async (face, stage) => {
    const pairs = CLASSES.map((Class) => [
      new Class<number>(),
      new Class<number>(),
    ]);
    const steps = pairs.flat().map((queue): bodies.Step => [queue, "get"]);
    const peers = [1, 2, 3].map(() => new Peer(stage, face, steps));
    const fill = (queue: Queue<number>) => {
      queue.put(1);
      queue.put(2);
      queue.shutdown();
    };
    for (const [before, after] of pairs) {
      await allBlock(peers);
      fill(before!);
      await allPass(peers);
      fill(after!);
      await allBegin(peers);
      await allPass(peers);
    }
    const outcomes = await Promise.all(peers.map((peer) => peer.outcomes));
    for (const i of steps.keys()) {
      const each = outcomes.map((outcome) => outcome[i]);
      assertEquals(each.toSorted(), [1, 2, SHUT_DOWN]);
    }
  },
);

testFaces(
  "149 Who waits in put, and who comes later, is told of a shutdown, and puts nothing",
  async (face, stage) => {
    const rounds = bothWays(1);
    const peers = [2, 3].map((item) =>
      new Peer(
        stage,
        face,
        rounds.flatMap(({ queue }): bodies.Step[] => [
          [queue, "put", item],
          [queue, "put", item, 10_000],
        ]),
      )
    );
    for (const { queue, immediate } of rounds) {
      queue.put(1);
      await allBlock(peers);
      queue.shutdown({ immediate });
      await allPass(peers);
      await allBegin(peers);
      await allPass(peers);
      assertEquals(queue.unfinishedTasks, immediate ? 0 : 1);
      if (!immediate) assertEquals(await get(face, queue), 1);
      await refusesGets(face, queue);
    }
    for (const peer of peers) {
      assertEquals(await peer.outcomes, Array(12).fill(SHUT_DOWN));
    }
  },
);

testFaces(
  "150 join waits after a shutdown for what was taken and is not done",
  async (face, stage) => {
    const make = (Class: typeof Queue) => {
      const queue = new Class<number>({ maxSize: 2 });
      queue.put(1);
      queue.put(2);
      return queue;
    };
    const sets = CLASSES.map((Class) => ({
      soft: make(Class),
      hard: make(Class),
      idle: make(Class),
    }));
    const joining = new Peer(
      stage,
      face,
      sets.flatMap(({ soft, hard, idle }): bodies.Step[] => [
        [soft, "join"],
        [hard, "join"],
        [idle, "join"],
        [hard, "join"],
      ]),
    );
    const putting = new Peer(
      stage,
      face,
      sets.map(({ idle }): bodies.Step => [idle, "put", 3]),
    );
    for (const { soft, hard, idle } of sets) {
      await get(face, soft);
      await joining.blocks();
      soft.shutdown();
      await joining.stays();
      soft.taskDone();
      await get(face, soft);
      await joining.stays();
      soft.taskDone();
      await joining.passes();

      await get(face, hard);
      await joining.blocks();
      hard.shutdown({ immediate: true });
      await joining.stays();
      assertEquals(hard.unfinishedTasks, 1);
      hard.taskDone();
      await joining.passes();
      assertThrows(() => hard.taskDone(), SyncStateError);

      await allBlock([joining, putting]);
      idle.shutdown({ immediate: true });
      await allPass([joining, putting]);
      await joining.begins();
      await joining.passes();
    }
    assertEquals(await joining.outcomes, Array(12).fill(true));
    assertEquals(await putting.outcomes, Array(3).fill(SHUT_DOWN));
  },
);

testFaces(
  "148 Many write, read and join while queues of all classes are shut down: all are told, nothing is lost",
  async (face, stage) => {
    const WRITERS = 4, READERS = 6, JOINERS = 2, N = 200;
    const barrier = new Barrier(WRITERS + READERS + JOINERS);
    const rounds = bothWays();
    const writes = Promise.all(
      Array.from(
        { length: WRITERS },
        (_, i) => stage.party(face, bodies.write, rounds, barrier, i, N),
      ),
    );
    const reads = stage.parties(face, READERS, bodies.read, rounds, barrier);
    const joins = stage.parties(face, JOINERS, bodies.joins, rounds, barrier);
    const counts = await writes, taken = await reads;
    const done = Array(rounds.length).fill(true);
    assertEquals(await joins, Array(JOINERS).fill(done));
    for (const [round, { queue, immediate }] of rounds.entries()) {
      const put = counts.flatMap((count, writer) =>
        Array.from({ length: count[round]! }, (_, i) => writer * N + i)
      );
      const got = taken.flatMap((items) => items[round]!);
      got.sort((a, b) => a - b);
      if (immediate) {
        assertEquals(new Set(got).size, got.length, "doubled");
        const known = new Set(put);
        assert(got.every((item) => known.has(item)), "never put");
      } else {
        assertEquals(got, put);
      }
      assertEquals([queue.size, queue.unfinishedTasks], [0, 0]);
      await refusesGets(face, queue);
    }
  },
);

test("150 A shutdown reaches all that wait for it, of all kinds and faces", async (stage) => {
  const full = new Queue<number>({ maxSize: 1 }), empty = new Queue<number>();
  full.put(1);
  const steps: bodies.Step[] = [
    [full, "put", 2],
    [full, "join"],
    [empty, "get"],
  ];
  const peers = (["sync", "async"] as const).flatMap((face) =>
    steps.map((step) => new Peer(stage, face, [step]))
  );
  await allBlock(peers);
  full.shutdown({ immediate: true });
  empty.shutdown();
  await allPass(peers);
  const outcomes = await Promise.all(peers.map((peer) => peer.outcomes));
  const each = [[SHUT_DOWN], [true], [SHUT_DOWN]];
  assertEquals(outcomes, [...each, ...each]);
});
