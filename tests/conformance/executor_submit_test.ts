// ThreadPoolExecutor: submits and threads: 224, 228 to 230, 235, 236 and 239.

import {
  Event,
  type Future,
  QueueFullError,
  type ThreadPoolExecutor,
} from "@interlock/threading";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { reached } from "../support/stage.ts";
import * as bodies from "./executor_bodies.ts";
import { newGate, outcome, pass } from "./future_bodies.ts";
import { poolFaces, poolTest, poolThreads } from "./pool_stage.ts";
import { echo, whoAmI } from "./thread_bodies.ts";

const { crew, square, squareAsync, sum } = bodies;

const MIB = 2 ** 20;

poolFaces(
  "224 submit passes its arguments, and gives what the task returns",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 1 });
    assertEquals(await outcome(face, pool.submit(sum)), 0);
    assertEquals(await outcome(face, pool.submit(sum, 1, 2, 3)), 6);
    assertEquals(
      await outcome(face, pool.submit(sum, ...Array(500).fill(2))),
      1000,
    );
    assertEquals(await outcome(face, pool.submit(squareAsync, 7)), 49);
    const none = [undefined, null, undefined];
    assertEquals(await outcome(face, pool.submit(bodies.howMany, ...none)), 3);
    assertEquals(await outcome(face, pool.submit(bodies.call, square, 3)), 9);
    const cycle: Record<string, unknown> = { a: 1 };
    cycle.self = cycle;
    for (
      const value of [
        undefined,
        null,
        -0,
        NaN,
        2n ** 70n,
        "日本語 \ud800",
        "",
        new Date(5),
        /a+/g,
        new Map([[1, new Set(["x"])]]),
        new Uint8Array([1, 2, 3]),
        new Float64Array([0.5]),
        { deep: [{ er: [[]] }] },
        cycle,
      ]
    ) assertEquals(await outcome(face, pool.submit(echo, value)), value);
    assert(Object.is(pool.submit(echo, -0).result(), -0));
  },
);

poolTest(
  "224 submit copies its arguments when it is called",
  async (makePool) => {
    const pool = makePool({ maxWorkers: 1 }), gate = newGate();
    const blocker = pool.submit(pass, gate, 0), list = [1];
    const future = pool.submit(echo, list);
    list.push(2);
    gate.open.set();
    assertEquals([await future, await blocker], [[1], 0]);
  },
);

poolTest(
  "224 submit without a task is a TypeError, and submits nothing",
  (makePool) => {
    const pool = makePool({ maxWorkers: 1 });
    for (const wrong of [undefined, () => 1, { task: 1 }, "square"]) {
      assertThrows(
        () => pool.submit(wrong as never),
        TypeError,
        "'task' must be made by task(import.meta, fn), received",
      );
    }
    assertEquals([pool.pending, pool.workers], [0, 0]);
  },
);

poolTest(
  "228 A pool has as many threads as the machine has cores, if nothing else is asked for",
  (makePool) => {
    assertEquals(makePool().maxWorkers, navigator.hardwareConcurrency);
    assertEquals(makePool({ maxWorkers: 3 }).maxWorkers, 3);
    assertEquals(makePool({ maxWorkers: 512 }).maxWorkers, 512);
  },
);

poolTest(
  "229 A pool starts threads when there is work, and never more than it may have",
  async (makePool) => {
    const pool = makePool({ maxWorkers: 3, namePrefix: "sat" }),
      gate = newGate();
    assertEquals([pool.workers, poolThreads("sat").length], [0, 0]);
    const first = pool.submit(pass, gate, 0);
    await reached(gate.begun, 1);
    assertEquals(pool.workers, 1);
    const rest = Array.from(
      { length: 30 },
      (_, i) => pool.submit(pass, gate, i + 1),
    );
    await reached(gate.begun, 3);
    assertEquals([pool.workers, pool.pending], [3, 28]);
    assertEquals(poolThreads("sat").length, 3);
    gate.open.set();
    assertEquals(
      await Promise.all([first, ...rest]),
      Array.from({ length: 31 }, (_, i) => i),
    );
    assertEquals([pool.workers, pool.pending, gate.begun.load()], [3, 0, 31]);
  },
);

poolFaces(
  "229 Tasks that follow each other are run by one thread",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 4 }), ids = new Set<unknown>();
    for (let i = 0; i < 50; i++) {
      const { id } = await outcome(face, pool.submit(whoAmI)) as { id: number };
      ids.add(id);
    }
    assertEquals([ids.size, pool.workers], [1, 1]);
  },
);

poolTest(
  "229 Threads that are idle for too long end, and come again",
  async (makePool) => {
    const pool = makePool({
      maxWorkers: 2,
      idleTimeout: 20,
      namePrefix: "idle",
    });
    const before = await crew(pool, 2);
    for (const thread of poolThreads("idle")) {
      assert(
        await thread.joinAsync(10_000),
      );
    }
    assertEquals(pool.workers, 0);
    const after = await crew(pool, 2);
    const ids = new Set([...before, ...after].map(([id]) => id));
    assertEquals(ids.size, 4);
    for (let i = 0; i < 200; i++) {
      assertEquals(
        pool.submit(square, i).result(),
        i * i,
      );
    }
  },
);

poolTest(
  "230 What was read takes no memory, and what waits takes no more than the capacity",
  async (makePool) => {
    const pool = makePool({ maxWorkers: 1, capacity: 8 * MIB });
    const payload = "y".repeat(MIB);
    // Many times the capacity, one after the other: arguments, results and both.
    for (let i = 0; i < 12; i++) {
      assertEquals((pool.submit(echo, payload).result() as string).length, MIB);
      assertEquals((await pool.submit(bodies.text, MIB)).length, MIB);
      assertEquals(await pool.submit(bodies.howMany, payload, payload), 2);
    }
    // Also if nobody keeps their futures, or reads them.
    for (let i = 0; i < 40; i++) {
      pool.submit(bodies.text, MIB).onDone(() => {});
      if (i % 4 === 3) await pool.submit(square, i);
    }
    const gate = newGate(), blocker = pool.submit(pass, gate, 1);
    await reached(gate.begun, 1);
    const waiting: Future<number>[] = [];
    const error = assertThrows(() => {
      for (;;) waiting.push(pool.submit(bodies.howMany, payload));
    }, QueueFullError);
    assert(error.message.includes("'capacity'"), error.message);
    assert(waiting.length >= 5 && waiting.length <= 8, `${waiting.length}`);
    gate.open.set();
    assertEquals(await Promise.all([blocker, ...waiting]), [
      1,
      ...waiting.map(() => 1),
    ]);
    assertEquals(await pool.submit(bodies.howMany, payload, payload), 2);
  },
);

poolTest("230 What is cancelled gives its memory back", async (makePool) => {
  const pool = makePool({ maxWorkers: 1, capacity: 8 * MIB }), gate = newGate();
  const payload = "y".repeat(MIB), blocker = pool.submit(pass, gate, 1);
  for (let i = 0; i < 50; i++) {
    const futures = [1, 2, 3].map(() => pool.submit(echo, payload));
    for (const future of futures) assert(future.cancel());
    await Promise.allSettled(futures);
  }
  gate.open.set();
  assertEquals(await blocker, 1);
});

poolTest(
  "235 A pool's threads are named after it and counted",
  async (makePool) => {
    const names = async (pool: ThreadPoolExecutor) =>
      (await crew(pool, 2)).map(([, name]) => name).sort();
    assertEquals(await names(makePool({ maxWorkers: 2, namePrefix: "Ab c" })), [
      "Ab c_0",
      "Ab c_1",
    ]);
    const [one, two] = await Promise.all(
      [1, 1].map(async (maxWorkers) =>
        (await crew(makePool({ maxWorkers }), 1))[0]![1]
      ),
    );
    assert(/^ThreadPoolExecutor-\d+_0$/.test(one!), one);
    assert(/^ThreadPoolExecutor-\d+_0$/.test(two!), two);
    assert(one !== two);
  },
);

poolTest(
  "236 The initializer has run in each thread before its first task",
  async (makePool) => {
    const pool = makePool({
      maxWorkers: 1,
      maxTasksPerWorker: 3,
      initializer: bodies.initialise,
      initArgs: [7, { event: new Event() }],
    });
    const seen = await Promise.all(
      Array.from({ length: 6 }, () => pool.submit(bodies.initialised)),
    );
    for (const { given, runs } of seen) {
      assertEquals([runs, given[0]], [1, 7]);
      assertEquals(`${(given[1] as { event: Event }).event}`, `${new Event()}`);
    }
  },
);

for (const maxTasksPerWorker of [1, 2]) {
  poolTest(
    `239 A thread runs no more than ${maxTasksPerWorker} tasks, and no result is lost`,
    async (makePool) => {
      const pool = makePool({ maxWorkers: 2, maxTasksPerWorker });
      const n = 2 * maxTasksPerWorker + 1, times = new Map<number, number>();
      const all = await Promise.all(
        Array.from({ length: n }, () => pool.submit(whoAmI)),
      );
      // Also one by one, by blocking.
      for (let i = 0; i < 2; i++) all.push(pool.submit(whoAmI).result());
      for (const { id } of all) times.set(id, (times.get(id) ?? 0) + 1);
      assert(Math.max(...times.values()) <= maxTasksPerWorker, `${[...times]}`);
      assert(pool.workers <= 2);
    },
  );
}

poolTest(
  "239 A shutdown while threads are replaced loses no result",
  async (makePool) => {
    for (let round = 0; round < 2; round++) {
      const pool = makePool({ maxWorkers: 2, maxTasksPerWorker: 1 });
      const futures = [1, 2, 3].map((n) => pool.submit(square, n));
      await pool.shutdownAsync();
      assertEquals(futures.map((f) => f.result(0)), [1, 4, 9]);
    }
  },
);
