// ThreadPoolExecutor: its end: 231 to 233, and 252.

import {
  AtomicInt32,
  Future,
  SyncStateError,
  ThreadPoolExecutor,
  TimeoutError,
  WouldBlockError,
} from "@interlock/threading";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { realm } from "../../primitives/_realm.ts";
import { type Face, reached } from "../support/stage.ts";
import {
  divide,
  initialise,
  type Race,
  square,
  submitUntilShut,
} from "./executor_bodies.ts";
import { count, newGate, outcome, pass, passAsync } from "./future_bodies.ts";
import { poolFaces, poolTest, poolThreads } from "./pool_stage.ts";

/** `shutdown` on a face. */
async function shutDown(
  face: Face,
  pool: ThreadPoolExecutor,
  cancelFutures?: boolean,
): Promise<void> {
  const options = cancelFutures === undefined ? undefined : { cancelFutures };
  if (face === "sync") pool.shutdown(options);
  else await pool.shutdownAsync(options);
}

poolFaces(
  "231 A shutdown waits for all that was submitted",
  async (face, makePool) => {
    for (const maxWorkers of [1, 2]) {
      const pool = makePool({ maxWorkers, namePrefix: "ending" });
      const counter = new AtomicInt32();
      const futures = Array.from(
        { length: 50 },
        () => pool.submit(count, counter),
      );
      assert(!pool.isShutdown);
      await shutDown(face, pool);
      assertEquals([pool.isShutdown, counter.load()], [true, 50]);
      assert(futures.every((future) => future.state === "finished"));
      assertEquals([pool.pending, pool.workers], [0, 0]);
      assertEquals(poolThreads("ending"), []);
      // Again, and harder: nothing happens any more.
      await shutDown(face, pool, true);
      pool.shutdown({ wait: false });
      assertEquals(await outcome(face, futures[49]!), futures[49]!.result());
    }
  },
);

poolFaces(
  "231 A pool without work is shut down at once, with threads or without",
  async (face, makePool) => {
    const pool = makePool();
    await shutDown(face, pool);
    assertEquals([pool.isShutdown, pool.workers], [true, 0]);
    const idle = makePool({ maxWorkers: 2 });
    await idle.submit(square, 2);
    await shutDown(face, idle);
    assertEquals(idle.workers, 0);
  },
);

poolTest(
  "231 A shutdown that does not wait lets the work go on to its end",
  async (makePool) => {
    const pool = makePool({ maxWorkers: 1, namePrefix: "ending" }),
      gate = newGate();
    const running = pool.submit(pass, gate, 1),
      pending = pool.submit(pass, gate, 2);
    await reached(gate.begun, 1);
    pool.shutdown({ wait: false });
    assert(pool.isShutdown);
    assertEquals([running.state, pending.state], ["running", "pending"]);
    const ended = [pool.shutdownAsync(), pool.shutdownAsync()];
    gate.open.set();
    assertEquals([await running, await pending], [1, 2]);
    await Promise.all(ended);
    assertEquals(poolThreads("ending"), []);
  },
);

poolTest("231 A pool ends with its block", async () => {
  let early: Future<number>, late: Future<number>;
  {
    using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    early = pool.submit(square, 2);
  }
  {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    late = pool.submit(square, 3);
  }
  assertEquals([early.result(0), late.result(0)], [4, 9]);
});

poolTest(
  "231 Shutdowns race with submits and with each other, and nothing hangs or is lost",
  async (makePool, stage) => {
    const races = Array.from({ length: 5 }, (_, i): Race => ({
      pool: makePool({ maxWorkers: 1 + i % 2 }),
      counter: new AtomicInt32(),
      begun: new AtomicInt32(),
    }));
    const parties = [1, 2].map(() =>
      stage.thread(submitUntilShut, races).resultAsync(25_000)
    );
    const mine: Future<number>[][] = [];
    for (const [round, { pool, counter, begun }] of races.entries()) {
      mine[round] = Array.from(
        { length: round * 4 },
        () => pool.submit(count, counter),
      );
      await reached(begun, 2);
      const cancelFutures = round % 2 === 1;
      if (round % 3 === 0) pool.shutdown({ cancelFutures });
      else if (round % 3 === 1) await pool.shutdownAsync({ cancelFutures });
      else pool.shutdown({ wait: false, cancelFutures });
    }
    const theirs = await Promise.all(parties);
    for (const [round, { pool, counter }] of races.entries()) {
      await pool.shutdownAsync();
      const outcomes = mine[round]!.map((future) => future.cancelled);
      let cancelled = outcomes.filter((gone) => gone).length;
      let ran = outcomes.length - cancelled;
      for (const [done, gone] of theirs.map((counts) => counts[round]!)) {
        ran += done;
        cancelled += gone;
      }
      assertEquals([round, counter.load()], [round, ran], "each ran once");
      if (round % 2 === 0) assertEquals(cancelled, 0);
    }
  },
);

poolFaces(
  "231 A shutdown while threads are still starting does not hang",
  async (face, makePool) => {
    for (let round = 0; round < 2; round++) {
      const pool = makePool({ maxWorkers: 2, initializer: initialise });
      const futures = [1, 2].map((n) => pool.submit(square, n));
      await shutDown(face, pool, round === 1);
      for (const [i, future] of futures.entries()) {
        assert(future.done);
        const expected = future.cancelled ? "CancelledError" : (i + 1) ** 2;
        assertEquals(await outcome(face, future), expected);
      }
    }
  },
);

poolFaces(
  "232 A submit after the shutdown is refused",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 1 });
    assertEquals(await pool.submit(square, 2), 4);
    await shutDown(face, pool);
    for (
      const refused of [
        () => pool.submit(square, 3),
        () => pool.map(square, [1]),
        () => pool.starmap(divide, [[1, 2]]),
        () => ThreadPoolExecutor.from(pool).submit(square, 3),
      ]
    ) assertThrows(refused, SyncStateError, "shut down");
    assertEquals(pool.pending, 0);
  },
);

poolFaces(
  "233 A shutdown that cancels lets finish what runs, and nothing else",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 1 }), gate = newGate();
    const counter = new AtomicInt32(), heard = new AtomicInt32();
    const running = face === "sync"
      ? pool.submit(pass, gate, 1)
      : pool.submit(passAsync, gate, 1);
    await reached(gate.begun, 1);
    const pending = Array.from(
      { length: 20 },
      () => pool.submit(count, counter),
    );
    for (const future of pending) {
      future.onDone(() => heard.add(1));
    }
    pool.shutdown({ wait: false, cancelFutures: true });
    assert(pending.every(({ cancelled }) => cancelled));
    assertEquals(running.state, "running");
    gate.open.set();
    await shutDown(face, pool);
    assertEquals(running.result(0), 1);
    assertEquals(await outcome(face, pending[0]!), "CancelledError");
    await Promise.allSettled(pending);
    await new Promise((turn) => setTimeout(turn));
    assertEquals([counter.load(), pool.pending, heard.load()], [0, 0, 20]);
    const { notDone } = Future.wait([running, ...pending], { timeout: 0 });
    assertEquals(notDone.size, 0);
  },
);

poolFaces(
  "233 A shutdown that cancels can follow one that waits",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 1 }), gate = newGate();
    const running = pool.submit(pass, gate, 1),
      pending = pool.submit(pass, gate, 2);
    await reached(gate.begun, 1);
    const waiting = pool.shutdownAsync();
    pool.shutdown({ wait: false, cancelFutures: true });
    assertEquals([running.state, pending.state], ["running", "cancelled"]);
    gate.open.set();
    await waiting;
    assertEquals(await outcome(face, running), 1);
  },
);

poolTest(
  "252 Where blocking is forbidden a call that would block says what to await, and changes nothing",
  async (makePool) => {
    const pool = makePool({ maxWorkers: 1 }), gate = newGate();
    const over = pool.submit(square, 3), running = pool.submit(pass, gate, 1);
    await reached(gate.begun, 1);
    const results = pool.map(square, [1, 2]);
    const { canBlock } = realm;
    realm.canBlock = false; // as on a browser's page
    try {
      for (
        const [call, instead] of [
          [() => running.result(), "resultAsync"],
          [() => running.exception(10), "Async"],
          [() => Future.wait([running]), "waitAsync"],
          [() => [...Future.asCompleted([running])], "await"],
          [() => results.toArray(), "await"],
          [() => pool.shutdown(), "shutdownAsync"],
        ] as [() => unknown, string][]
      ) {
        const error = assertThrows(call, WouldBlockError);
        assert(error.message.includes(instead), error.message);
      }
      assert(!pool.isShutdown);
      // What need not wait works.
      assertEquals([over.result(), running.state], [9, "running"]);
      assertThrows(() => running.result(0), TimeoutError);
      assertEquals(Future.wait([running, over], { timeout: 0 }).done.size, 1);
      gate.open.set();
      assertEquals(await running, 1);
      await pool.shutdownAsync();
    } finally {
      realm.canBlock = canBlock;
    }
  },
);
