// Future.wait and Future.asCompleted: 243 to 245.

import {
  AtomicInt32,
  Future,
  type ThreadPoolExecutor,
  TimeoutError,
} from "@interlock/threading";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { QUIET, reached } from "../support/stage.ts";
import * as bodies from "./future_bodies.ts";
import { poolFaces, poolTest } from "./pool_stage.ts";
import { echo } from "./thread_bodies.ts";

const { count, eachCompleted, failAt, newGate, pass, waited } = bodies;

/** A task that runs until its gate opens. */
interface Running {
  gate: bodies.Gate;
  future: Future<number>;
}

/** So many of them; the pool must have a thread for each. */
async function running(
  pool: ThreadPoolExecutor,
  n: number,
): Promise<Running[]> {
  const all = Array.from({ length: n }, (_, i): Running => {
    const gate = newGate();
    return { gate, future: pool.submit(pass, gate, i) };
  });
  for (const { gate } of all) await reached(gate.begun, 1);
  return all;
}

/** One that returned, one that threw, and one that was cancelled. */
async function ended(pool: ThreadPoolExecutor): Promise<Future<number>[]> {
  const gate = newGate(), { maxWorkers } = pool;
  const failed = pool.submit(failAt, gate),
    returned = pool.submit(pass, gate, 7);
  // All threads are busy: what is submitted behind is pending.
  for (let n = 2; n < maxWorkers; n++) pool.submit(pass, gate, n);
  await reached(gate.begun, maxWorkers);
  const cancelled = pool.submit(pass, gate, 8);
  assert(cancelled.cancel());
  gate.open.set();
  await Promise.allSettled([failed, returned]);
  return [returned, failed, cancelled];
}

/** Checks that these are the same futures, in whatever order. */
function assertSame(
  actual: Iterable<Future<number>>,
  expected: readonly Future<number>[],
): void {
  const all = [...actual];
  assertEquals(all.length, expected.length);
  for (const future of expected) assert(all.includes(future), `no ${future}`);
}

/** Checks what `Future.wait` answers. */
function assertSplit(
  split: { done: Set<Future<number>>; notDone: Set<Future<number>> },
  done: readonly Future<number>[],
  notDone: readonly Future<number>[],
): void {
  assertSame(split.done, done);
  assertSame(split.notDone, notDone);
}

poolFaces(
  "243 Future.wait returns when all are done, whatever came of them",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 1 });
    const futures = await ended(pool), gate = newGate();
    assertSplit(await waited(face, futures), futures, []);
    futures.push(pool.submit(pass, gate, 1), pool.submit(failAt, gate));
    gate.open.set();
    const { done, notDone } = await waited(face, futures, {
      returnWhen: "all",
    });
    assertSplit({ done, notDone }, futures, []);
    assert(futures.every((future) => future.done));
  },
);

poolFaces(
  "243 Future.wait splits at its timeout, and throws nothing",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 1 });
    const over = await ended(pool);
    const [{ gate, future }] = await running(pool, 1) as [Running];
    const pending = pool.submit(echo, 1) as Future<number>;
    for (const timeout of [0, 5, 20]) {
      const begin = performance.now();
      const split = await waited(face, [future, ...over, pending], { timeout });
      const passed = performance.now() - begin;
      assert(passed >= timeout, `${passed} ms`);
      assertSplit(split, over, [future, pending]);
    }
    assertEquals([future.state, pending.state], ["running", "pending"]);
    gate.open.set();
    const { notDone } = await waited(face, [future, pending], {
      timeout: 10_000,
    });
    assertEquals(notDone.size, 0);
  },
);

poolFaces(
  "243 Future.wait has each future once, and takes any iterable",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 1 });
    const [{ gate, future }] = await running(pool, 1) as [Running];
    const twice = function* () {
      yield* [future, future];
    };
    assertSplit(await waited(face, twice(), { timeout: 1 }), [], [future]);
    gate.open.set();
    assertSplit(await waited(face, twice()), [future], []);
    for (const returnWhen of ["all", "first", "firstError"] as const) {
      assertSplit(await waited(face, [], { returnWhen }), [], []);
    }
  },
);

poolFaces(
  "243 Future.wait for a hundred that end at once misses none",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 2 }), counter = new AtomicInt32();
    for (let round = 0; round < 5; round++) {
      const gate = newGate();
      const futures = Array.from(
        { length: 100 },
        (_, i) =>
          i < 2 ? pool.submit(pass, gate, i) : pool.submit(count, counter),
      );
      await reached(gate.begun, 2);
      gate.open.set();
      const { done } = await waited(face, futures);
      assertEquals(done.size, 100);
    }
    assertEquals(counter.load(), 5 * 98);
  },
);

poolFaces(
  "243 Futures of several pools are waited for, also in another thread",
  async (face, makePool) => {
    const pools = [1, 1, 1].map((maxWorkers) => makePool({ maxWorkers }));
    const futures = pools.flatMap((pool) =>
      [1, 2, 3].map((n) => pool.submit(count, new AtomicInt32(n)))
    );
    const there = pools[0]!.submit(bodies.seeAll, face, futures);
    let sum = 0;
    await eachCompleted(face, futures, (future) => sum += future.result(0));
    assertEquals(sum, 18);
    assertEquals((await waited(face, futures)).done.size, 9);
    assertEquals(await there, [9, 0, 18]);
  },
);

poolFaces(
  "244 Future.wait for the first returns when one is done",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 2 });
    const [a, b] = await running(pool, 2) as [Running, Running];
    const pending = pool.submit(count, new AtomicInt32());
    const all = [a.future, b.future, pending], returnWhen = "first";
    assertEquals(
      (await waited(face, all, { returnWhen, timeout: QUIET })).done.size,
      0,
    );
    const waiting = face === "async"
      ? waited(face, all, { returnWhen })
      : undefined;
    // On the sync face the end comes from another thread while this one sleeps, or before.
    pending.cancel();
    assertSplit(
      await (waiting ?? waited(face, all, { returnWhen })),
      [pending],
      [a.future, b.future],
    );
    // Of those that have ended before, all are done.
    b.gate.open.set();
    b.future.result();
    assertSplit(await waited(face, all, { returnWhen }), [pending, b.future], [
      a.future,
    ]);
    a.gate.open.set();
    assertEquals(
      (await waited(face, [a.future], { returnWhen })).notDone.size,
      0,
    );
  },
);

poolFaces(
  "244 Future.wait for the first error returns when one has failed, or all are done",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 2 }), returnWhen = "firstError";
    const [returned, failed, cancelled] = await ended(pool) as [
      Future<number>,
      Future<number>,
      Future<number>,
    ];
    const [a] = await running(pool, 1) as [Running];
    // What returned, or was cancelled, is no error.
    assertSplit(
      await waited(face, [returned, cancelled, a.future], {
        returnWhen,
        timeout: QUIET,
      }),
      [returned, cancelled],
      [a.future],
    );
    assertSplit(
      await waited(face, [returned, failed, a.future], { returnWhen }),
      [returned, failed],
      [a.future],
    );
    const gate = newGate(), late = pool.submit(failAt, gate);
    await reached(gate.begun, 1);
    const waiting = waited("async", [a.future, late, returned], { returnWhen });
    gate.open.set();
    const split = face === "async"
      ? await waiting
      : await waited(face, [a.future, late, returned], { returnWhen });
    assertSplit(split, [late, returned], [a.future]);
    await waiting;
    a.gate.open.set();
    assertEquals(
      (await waited(face, [a.future, returned], { returnWhen })).notDone.size,
      0,
    );
  },
);

poolFaces(
  "245 Future.asCompleted gives what is done first, then each when it ends",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 3 });
    const over = await ended(pool), [a, b, c] = await running(pool, 3);
    const order: Future<number>[] = [];
    await eachCompleted(
      face,
      [a!.future, ...over, b!.future, a!.future, c!.future, over[0]!],
      (future) => {
        assert(future.done);
        order.push(future);
        if (order.length === 3) b!.gate.open.set();
        if (future === b!.future) c!.gate.open.set();
        if (future === c!.future) a!.gate.open.set();
      },
    );
    assertSame(order.slice(0, 3), over);
    assertEquals(order.slice(3), [b!.future, c!.future, a!.future]);
    await eachCompleted(face, [], () => assert(false, "there is none"));
  },
);

poolFaces(
  "245 Future.asCompleted says how many are unfinished when its time is up",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 1 });
    const over = await ended(pool);
    const [{ gate, future }] = await running(pool, 1) as [Running];
    const pending = pool.submit(count, new AtomicInt32());
    for (const timeout of [0, 20]) {
      const seen: Future<number>[] = [], begin = performance.now();
      const all = [future, ...over, pending, future];
      const error = await assertRejects(
        () => eachCompleted(face, all, (one) => seen.push(one), { timeout }),
        TimeoutError,
      );
      const passed = performance.now() - begin;
      assert(passed >= timeout, `${passed} ms`);
      assert(
        error.message.includes("2 (of 5) futures unfinished"),
        error.message,
      );
      assertSame(seen, over);
    }
    gate.open.set();
    await eachCompleted(face, [future, pending], () => {}, { timeout: 10_000 });
  },
);

poolTest(
  "245 Future.asCompleted may be left early, and leaves the futures as they are",
  async (makePool) => {
    const pool = makePool({ maxWorkers: 2 });
    const [a, b] = await running(pool, 2) as [Running, Running];
    const futures = [a.future, b.future];
    a.gate.open.set();
    for (const { future } of Future.asCompleted(futures)) {
      assertStrictEquals(future, a.future);
      break;
    }
    for await (const { future } of Future.asCompleted(futures)) {
      assertStrictEquals(future, a.future);
      break;
    }
    assertEquals(b.future.state, "running");
    b.gate.open.set();
    assertEquals(await b.future, 1);
  },
);
