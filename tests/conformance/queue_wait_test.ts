// How a wait for a queue ends when it is not served: by abort, token, stop() or
// timeout, and what a thread does that blocks with awaiting tasks. The numbers are
// those of 246 to 252, as far as they are about queues.

import {
  AtomicInt32,
  CancelledError,
  CancelToken,
  Event,
  LifoQueue,
  PriorityQueue,
  Queue,
  SimpleQueue,
  WouldBlockError,
} from "@interlock/threading";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { realm } from "../../primitives/_realm.ts";
import {
  type Face,
  QUIET,
  reached,
  rest,
  type Stage,
  test,
  testFaces,
} from "../support/stage.ts";
import * as bodies from "./queue_bodies.ts";
import { allBlock, Peer } from "./queue_peer.ts";

const { call, get, outcome } = bodies;

const CANCELLED = "CancelledError";
/** Far less than the second after which a wait looks around anyway. */
const SOON = 500;

/** A queue on which a call waits; `pass` lets one waiter through, and `undo` shows what is left. */
interface Case {
  name: string;
  make: () => {
    step: bodies.Step;
    pass: () => void;
    /** What one waiter that is let through returns. */
    result: unknown;
    /** Whether what one pass gives is still there for somebody. */
    left: () => boolean;
  };
}

const CASES: Case[] = [
  ...[Queue, LifoQueue, PriorityQueue, SimpleQueue].map((Class): Case => ({
    name: `${Class.name}.get`,
    make: () => {
      const queue = new Class<number>();
      return {
        step: [queue, "get"],
        pass: () => queue.put(7),
        result: 7,
        left: () => queue.tryGet()?.value === 7 && queue.isEmpty,
      };
    },
  })),
  ...[Queue, LifoQueue, PriorityQueue].map((Class): Case => ({
    name: `${Class.name}.put`,
    make: () => {
      const queue = new Class<number>({ maxSize: 1 });
      queue.put(1);
      return {
        step: [queue, "put", 2],
        pass: () => queue.get(),
        result: undefined,
        left: () => queue.isEmpty,
      };
    },
  })),
  {
    name: "Queue.join",
    make: () => {
      const queue = new Queue<number>();
      queue.put(1);
      queue.get();
      return {
        step: [queue, "join"],
        pass: () => queue.taskDone(),
        result: true,
        left: () => queue.unfinishedTasks === 0,
      };
    },
  },
];

/** The call with options of a wait. */
function withWait(step: bodies.Step, wait: unknown): bodies.Step {
  return [...step, wait] as never;
}

for (const { name, make } of CASES) {
  test(`249 ${name}: after an abort at once or in its sleep, one pass reaches the other waiter`, async () => {
    for (const ms of [0, 10]) {
      const { step, pass, result } = make();
      const abort = new AbortController(), reason = new RangeError("enough");
      const first = call("async", ...withWait(step, { signal: abort.signal }))
        .catch((error) => error);
      const second = call("async", ...withWait(step, 5000));
      if (ms > 0) await rest("async", ms);
      abort.abort(reason);
      assertStrictEquals(await first, reason);
      pass();
      assertEquals(await second, result);
    }
  });

  test(`249 ${name}: an abort beside the pass loses nothing, whichever comes first`, async () => {
    for (const passes of [true, false]) {
      const { step, pass, result, left } = make();
      const abort = new AbortController();
      const first = call("async", ...withWait(step, { signal: abort.signal }))
        .catch(() => "aborted");
      const second = call("async", ...withWait(step, 5000));
      await rest("async", 5);
      if (passes) pass();
      abort.abort();
      if (!passes) pass();
      if (await first !== "aborted") {
        assertEquals(await first, result);
        if (!name.endsWith("join")) pass();
      }
      assertEquals(await second, result);
      void left;
    }
  });

  test(`249 ${name}: a wait that is aborted alone consumes nothing`, async () => {
    const { step, pass, left } = make();
    const abort = new AbortController();
    const only = assertRejects(() =>
      call("async", ...withWait(step, { signal: abort.signal }))
    );
    await rest("async", 10);
    abort.abort();
    await only;
    pass();
    await rest("async", 5);
    assert(left(), "it was swallowed");
    assertEquals(realm.awaiting, 0);
  });

  test(`251 ${name}: an aborted signal rejects with its reason, even if nothing had to wait`, async () => {
    const { step, pass, left } = make();
    pass();
    const reason = new Error("mine");
    const signal = AbortSignal.abort(reason);
    const error = await call("async", ...withWait(step, { signal }))
      .catch((error) => error);
    assertStrictEquals(error, reason);
    assert(left(), "it was swallowed");
  });
}

testFaces(
  "44 A token ends a wait in each method soon, and the next pass reaches another",
  async (face, stage) => {
    const rounds = CASES.map(({ make }) => ({
      ...make(),
      token: new CancelToken(),
    }));
    const peer = new Peer(
      stage,
      face,
      rounds.map(({ step, token }) => withWait(step, { token })),
    );
    for (const { step, pass, result, token } of rounds) {
      await peer.blocks();
      const other = call("async", ...withWait(step, 5000));
      await peer.stays();
      const start = performance.now();
      token.cancel();
      await peer.passes();
      assert(performance.now() - start < SOON);
      pass();
      assertEquals(await other, result);
    }
    assertEquals(await peer.outcomes, CASES.map(() => CANCELLED));
  },
);

testFaces(
  "44 A token that is cancelled before ends each wait, but none that need not wait",
  async (face) => {
    const token = new CancelToken();
    token.cancel();
    for (const { make } of CASES) {
      const { step, pass, result } = make();
      await assertRejects(
        () => call(face, ...withWait(step, { token })),
        CancelledError,
      );
      pass();
      assertEquals(await call(face, ...withWait(step, { token })), result);
    }
  },
);

test("217 Thread.stop ends a wait in get, put, join and a loop, and takes nothing", async (stage) => {
  const empty = new Queue<number>(), full = new Queue<number>({ maxSize: 1 });
  const simple = new SimpleQueue<number>(), begun = new AtomicInt32();
  full.put(1);
  const { stopped } = bodies;
  const threads = [
    stage.thread(stopped, empty, begun, "get"),
    stage.thread(stopped, empty, begun, "get", 20_000),
    stage.thread(stopped, full, begun, "put", 2),
    stage.thread(stopped, full, begun, "join"),
    stage.thread(stopped, simple, begun, "get"),
    stage.thread(stopped, empty, begun, "loop"),
  ];
  await reached(begun, threads.length);
  await rest("async", QUIET);
  for (const thread of threads) thread.stop();
  for (const thread of threads) {
    assertEquals(await thread.resultAsync(5000), CANCELLED);
  }
  empty.put(3);
  simple.put(4);
  assertEquals([empty.size, full.size, simple.size], [1, 1, 1]);
  assertEquals([empty.get(0), full.get(0), simple.get(0)], [3, 1, 4]);
});

/** Puts one item from a thread, each time this one is about to block. */
function supplier(stage: Stage, queue: bodies.AnyQueue, items: unknown[]) {
  const go = new Event(), taken = new AtomicInt32();
  const thread = stage.thread(bodies.putOneByOne, queue, items, go, taken);
  return { go, taken, thread };
}

for (const Class of [Queue, SimpleQueue]) {
  const kind = Class.name;

  test(`250 ${kind}: a thread that blocks in get while tasks of it await gets the first item, and they get theirs`, async (stage) => {
    const queue = new Class<number>();
    const { go, taken } = supplier(stage, queue, [1, 2, 3]);
    const tasks = [queue.getAsync(10_000), queue.getAsync(10_000)];
    await rest("async", 5);
    go.set();
    // Nothing but this get can take it: the tasks cannot run.
    assertEquals(queue.get(5000), 1);
    taken.store(2);
    taken.notify();
    const items = await Promise.all(tasks);
    assertEquals(items.toSorted(), [2, 3]);
    assert(queue.isEmpty);
  });

  test(`250 ${kind}: an awaiting get whose thread is blocked keeps no item from others`, async (stage) => {
    const queue = new Class<number>();
    const arrived = new AtomicInt32(), go = new Event();
    const asleep = stage.thread(bodies.awaitThenBlock, queue, arrived, go);
    await reached(arrived, 1);
    const peer = new Peer(stage, "sync", [[queue, "get", 10_000]]);
    await peer.blocks();
    queue.put(1);
    await peer.passes();
    assertEquals(await peer.outcomes, [1]);
    queue.put(2);
    go.set();
    assertEquals(await asleep.resultAsync(5000), 2);
  });
}

test("250 A thread that blocks in put while a task of it awaits a place gets one of two, and so does the task", async (stage) => {
  const queue = new Queue<number>({ maxSize: 1 });
  queue.put(0);
  const others = [0, 1].map(() =>
    new Peer(stage, "sync", [[queue, "get", 5000]])
  );
  const task = queue.putAsync(1, 10_000);
  await rest("async", 5);
  for (const other of others) await other.begins();
  queue.put(2, 5000);
  await task;
  const got = await Promise.all(others.map((other) => other.outcomes));
  const all = [...got.flat() as number[], await queue.getAsync(5000)];
  assertEquals(all.toSorted(), [0, 1, 2]);
});

test("Items go to those who block and those who await, and none is left behind", async (stage) => {
  const queue = new Queue<number>();
  const faces: Face[] = ["sync", "async", "sync", "async"];
  const peers = faces.map((face) => new Peer(stage, face, [[queue, "get"]]));
  await allBlock(peers);
  for (let i = 1; i <= 4; i++) queue.put(i);
  const got = await Promise.all(peers.map((peer) => peer.outcomes));
  assertEquals(got.flat().toSorted(), [1, 2, 3, 4]);
});

testFaces(
  "More waiters than a queue has places are all served",
  async (face, stage) => {
    if (face === "sync") return; // 80 threads are too many for a test
    const queue = new Queue<number>(), begun = new AtomicInt32();
    const { attempt } = bodies;
    const gets = stage.parties(face, 80, attempt, [queue, "get"], begun);
    for (let i = 0; i < 80; i++) queue.put(i);
    const got = await gets as number[];
    const sum = got.reduce((a, b) => a + b);
    assertEquals([new Set(got).size, sum], [80, 80 * 79 / 2]);
    const full = new Queue<number>({ maxSize: 1 });
    full.put(0);
    const puts = stage.parties(face, 80, attempt, [full, "put", 1], begun);
    for (let i = 0; i < 81; i++) await full.getAsync(5000);
    assertEquals(await puts, Array(80).fill(undefined));
    assert(full.isEmpty);
  },
);

testFaces(
  "A put of a large item that gives up lets the smaller ones behind it in",
  async (face, stage) => {
    for (const kind of ["timeout", "token"]) {
      const queue = new Queue<string>({ capacity: 1024 });
      while (queue.tryPut("small"));
      const full = queue.size, token = new CancelToken();
      const wait = kind === "token" ? { token } : { timeout: 100 };
      const large = "x".repeat(500);
      const first = new Peer(stage, face, [[queue, "put", large, wait]]);
      const second = new Peer(stage, face, [[queue, "put", "more", 5000]]);
      await first.begins();
      await rest("async", 10);
      await second.begins();
      await rest("async", 10);
      queue.get();
      if (kind === "token") token.cancel();
      const ends = kind === "token" ? CANCELLED : "QueueFullError";
      assertEquals(await first.outcomes, [ends]);
      assertEquals(await second.outcomes, [undefined]);
      assertEquals(queue.size, full);
    }
  },
);

test("252 Where blocking is forbidden a call that would block says what to await, and leaves no waiter", async () => {
  const empty = new Queue<number>(), full = new Queue<number>({ maxSize: 1 });
  const simple = new SimpleQueue<number>();
  full.put(1);
  const before = realm.canBlock;
  realm.canBlock = false; // as on a browser's page
  try {
    for (
      const [step, instead] of [
        [[empty, "get"], "getAsync"],
        [[empty, "get", 50], "getAsync"],
        [[full, "put", 2], "putAsync"],
        [[full, "join"], "joinAsync"],
        [[simple, "get"], "getAsync"],
      ] as [bodies.Step, string][]
    ) {
      await assertRejects(
        () => call("sync", ...step),
        WouldBlockError,
        `await ${instead}() instead`,
      );
    }
    assertEquals(
      [await outcome("sync", empty, "get", 0), full.join(0), full.get()],
      ["QueueEmptyError", false, 1],
    );
    empty.put(5);
    assertEquals([await get("async", empty), empty.join(0)], [5, false]);
  } finally {
    realm.canBlock = before;
  }
  assertThrows(() => empty.get(0), Error);
  empty.put(6);
  assertEquals(empty.get(), 6);
});
