// ThreadPoolExecutor: what dies and what fails: 236, 237, 241, 242 and 255.

import {
  AtomicInt32,
  BrokenExecutorError,
  type ExecutorOptions,
  type Future,
  type Task,
  task,
  ThreadPoolExecutor,
} from "@interlock/threading";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { reached } from "../support/stage.ts";
import * as executor from "./executor_bodies.ts";
import { count, type Gate, newGate, outcome } from "./future_bodies.ts";
import * as bodies from "./executor_death_bodies.ts";
import {
  type MakePool,
  poolFaces,
  poolTest,
  poolThreads,
} from "./pool_stage.ts";
import { echo, whoAmI } from "./thread_bodies.ts";

const { die, hold, stray } = bodies;
const BROKEN = "BrokenExecutorError";

/** What comes of a task in a thread that dies under it. */
const DEATHS: [bodies.Death, unknown[]][] = [
  ["close", [7, BROKEN]],
  ["close and await", [BROKEN]],
  ["exit", [BROKEN]],
  ["later", [BROKEN]],
];

function assertOneOf(actual: unknown, expected: readonly unknown[]): void {
  assert(expected.includes(actual), `${actual} is none of ${expected}`);
}

/** Checks that a pool works, all its threads at once. */
async function works(pool: ThreadPoolExecutor): Promise<void> {
  const gate = newGate(), n = pool.maxWorkers;
  const futures = Array.from(
    { length: n },
    (_, i) => pool.submit(hold, gate, i),
  );
  await reached(gate.begun, n);
  gate.open.set();
  assertEquals(await Promise.all(futures), futures.map((_, i) => i));
  assertEquals(pool.workers, n);
}

poolFaces(
  "237 241 A thread that ends under its task fails that task alone, and is replaced",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 1 });
    for (const [how, expected] of DEATHS) {
      const dying = pool.submit(die, how);
      const after = [1, 2, 3].map((n) => pool.submit(executor.square, n));
      assertOneOf(await outcome(face, dying, 10_000), expected);
      assertEquals([dying.state, dying.cancel()], ["finished", false]);
      for (const [i, future] of after.entries()) {
        assertEquals(await outcome(face, future, 10_000), (i + 1) ** 2);
      }
    }
    await works(pool);
  },
);

poolFaces(
  "237 A thread that ends leaves the tasks of others alone",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 2 }), gate = newGate();
    const running = pool.submit(hold, gate, 7);
    await reached(gate.begun, 1);
    const dying = pool.submit(die, "exit");
    assertEquals(await outcome(face, dying, 10_000), BROKEN);
    const error = dying.exception();
    assertInstanceOf(error, BrokenExecutorError);
    assertEquals(error.code, "ERR_BROKEN_EXECUTOR");
    assertEquals([running.state, pool.isShutdown], ["running", false]);
    gate.open.set();
    assertEquals(await outcome(face, running, 10_000), 7);
    await works(pool);
  },
);

poolFaces(
  "237 A thread that ends breaks a pool that is to break: what is pending and what comes",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 2, onWorkerDeath: "break" });
    const gate = newGate(), dead = newGate();
    const running = pool.submit(hold, gate, 7),
      dying = pool.submit(die, "exit", dead);
    await reached(gate.begun, 1);
    await reached(dead.begun, 1);
    const counter = new AtomicInt32();
    const pending = [1, 2, 3].map(() => pool.submit(count, counter));
    dead.open.set();
    assertEquals(await outcome(face, dying, 10_000), BROKEN);
    for (const future of pending) {
      assertEquals(await outcome(face, future, 10_000), BROKEN);
      assertEquals([future.state, future.cancelled], ["finished", false]);
    }
    for (
      const refused of [
        () => pool.submit(count, counter),
        () => pool.map(count, [counter]),
      ]
    ) assertThrows(refused, BrokenExecutorError);
    // What runs in another thread cannot be taken back.
    gate.open.set();
    assertOneOf(await outcome(face, running, 10_000), [7, BROKEN]);
    await pool.shutdownAsync();
    assertEquals(counter.load(), 0);
  },
);

poolFaces(
  "237 A thread that is told to stop, or terminated, fails what it ran, and is replaced",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 1, namePrefix: "victim" });
    for (const how of ["terminate", "stop"] as const) {
      const gate = newGate(), running = pool.submit(hold, gate, 7);
      await reached(gate.begun, 1);
      const pending = pool.submit(executor.square, 3);
      for (const thread of poolThreads("victim")) thread[how]();
      assertOneOf(await outcome(face, running, 10_000), [
        BROKEN,
        "CancelledError",
      ]);
      assertEquals([running.state, running.cancelled], ["finished", false]);
      assertEquals(await outcome(face, pending, 10_000), 9);
      // One that is idle may have taken the next task when it is terminated.
      for (const thread of poolThreads("victim")) thread[how]();
      const next = pool.submit(executor.square, 4);
      assertOneOf(
        await outcome(face, next, 10_000),
        how === "stop" ? [16] : [16, BROKEN],
      );
    }
    await works(pool);
  },
);

poolFaces(
  "237 247 A thread that is terminated and runs on may still give its value, and hurts nobody",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 2, namePrefix: "zombie" });
    const who = new AtomicInt32(), flag = new AtomicInt32();
    const busy = pool.submit(bodies.spin, who, flag);
    try {
      assert(await who.waitAsync(0, 10_000));
      const zombie = poolThreads("zombie").find(({ id }) => id === who.load());
      zombie!.terminate();
      const next = pool.submit(executor.square, 3);
      assertEquals(await outcome(face, next, 10_000), 9);
    } finally {
      flag.store(1);
    }
    assertOneOf(await outcome(face, busy, 10_000), [7, BROKEN]);
    await works(pool);
  },
);

poolFaces(
  "241 What is thrown outside of a task fails what the thread ran, and nothing else",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 2 }), gate = newGate();
    const running = pool.submit(hold, gate, 7);
    await reached(gate.begun, 1);
    for (const how of ["timer", "rejection"] as const) {
      const wrong = pool.submit(stray, how);
      assertOneOf(await outcome(face, wrong, 10_000), ["RangeError", BROKEN]);
      assertEquals(
        await outcome(face, pool.submit(executor.square, 3), 10_000),
        9,
      );
    }
    gate.open.set();
    assertEquals(await outcome(face, running, 10_000), 7);
    await works(pool);
  },
);

poolFaces(
  "241 A task that waits for one that ends the thread fails with it",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 1 });
    const outer = pool.submit(bodies.dieBelow);
    const next = pool.submit(executor.square, 3);
    assertEquals(await outcome(face, outer, 10_000), BROKEN);
    assertEquals(await outcome(face, next, 10_000), 9);
    await works(pool);
  },
);

const missing: Task<(x: number) => number> = task(
  { url: new URL("./no_such_module.ts", import.meta.url).href } as ImportMeta,
  function missing(x) {
    return x;
  },
);

poolFaces(
  "240 241 What fails when it is written or read fails its future alone",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 1 }),
      { id } = pool.submit(whoAmI).result();
    const wrong: Future<unknown>[] = [
      pool.submit(echo, bodies.unreadable()),
      pool.submit(bodies.giveUnreadable),
      // A task arrives where its module is loaded: there is none.
      pool.submit(executor.call, missing, 1),
    ];
    for (const future of wrong) {
      assertOneOf(await outcome(face, future, 10_000), [
        "RangeError",
        "TypeError",
        "Error",
      ]);
    }
    assertEquals((await pool.submit(whoAmI)).id, id, "the thread is lost");
  },
);

/** A worker whose complaints would only be noise among the tests. */
function quietWorker(): Worker {
  return new Worker(import.meta.resolve("../support/quiet_worker.ts"), {
    type: "module",
  });
}

/** Initializers that fail, and what the message or the cause says. */
const FAILURES: [string, (gate: Gate) => ExecutorOptions, string][] = [
  ["throws", (gate) => ({
    initializer: executor.failToInitialise,
    initArgs: [gate],
  }), "not today"],
  ["ends the thread", (gate) => ({
    initializer: die as Task<(...a: unknown[]) => unknown>,
    initArgs: ["exit", gate],
  }), ""],
  ["is not found", ({ begun, open }) => {
    begun.store(1);
    open.set();
    return {
      initializer: missing as Task<(...a: unknown[]) => unknown>,
      worker: quietWorker,
    };
  }, "Module not found"],
];

for (const [how, options, message] of FAILURES) {
  poolFaces(
    `236 An initializer that ${how} breaks the pool: what is pending and what comes`,
    async (face, makePool) => {
      const gate = newGate(), counter = new AtomicInt32();
      const pool = makePool({ maxWorkers: 1, ...options(gate) });
      const pending = [1, 2, 3, 4].map(() => pool.submit(count, counter));
      await reached(gate.begun, 1);
      gate.open.set();
      for (const future of pending) {
        assertEquals(await outcome(face, future, 10_000), BROKEN);
        const error = future.exception() as BrokenExecutorError;
        const text = `${error.message} ${error.cause}`;
        assert(text.includes(message), text);
      }
      const error = assertThrows(
        () => pool.submit(count, counter),
        BrokenExecutorError,
      );
      const text = `${error.message} ${error.cause}`;
      assert(text.includes(message), text);
      await pool.shutdownAsync();
      assertEquals([counter.load(), pool.workers], [0, 0]);
    },
  );
}

poolFaces(
  "236 An initializer's argument that cannot be sent is refused, or breaks the pool",
  async (face, makePool) => {
    const refused = (pool: MakePool) => {
      const made = pool({
        maxWorkers: 1,
        initializer: executor.initialise,
        initArgs: [() => {}],
      });
      return made.submit(executor.square, 2);
    };
    const error = await assertRejects(
      async () => {
        const future = refused(makePool);
        return face === "sync" ? future.result(10_000) : await future;
      },
      Error,
    );
    assertOneOf(error.name, ["TypeError", BROKEN]);
  },
);

/** Workers that cannot start, and what the message or the cause says. */
const WORKERS: [string, () => Worker, string][] = [
  ["cannot be made", () => {
    throw new TypeError("no worker today");
  }, "no worker today"],
  [
    "does not load",
    () =>
      new Worker(import.meta.resolve("../support/failing_worker.js"), {
        type: "module",
      }),
    "this entry does not load",
  ],
];

for (const [how, worker, message] of WORKERS) {
  Deno.test({
    name: `241 A pool whose worker ${how} says so, and is broken`,
    timeout: 30_000,
    // What was on its way to a thread that never is gets lost with its port.
    sanitizeResources: false,
    async fn() {
      await using pool = new ThreadPoolExecutor({ maxWorkers: 2, worker });
      const future = pool.submit(executor.square, 2);
      const error = await assertRejects(() => future, BrokenExecutorError);
      const text = `${error.message} ${error.cause}`;
      assert(text.includes(message), text);
      assertThrows(() => pool.submit(executor.square, 2), BrokenExecutorError);
      await pool.shutdownAsync();
      assertEquals([pool.workers, poolThreads()], [0, []]);
    },
  });
}

poolTest(
  "A pool runs in workers whose entry calls serve()",
  async (makePool) => {
    const entry = import.meta.resolve("../support/own_worker.ts");
    let made = 0;
    const pool = makePool({
      maxWorkers: 2,
      worker: () => {
        made++;
        return new Worker(entry, { type: "module" });
      },
    });
    await works(pool);
    assert(made >= 2, `${made}`);
  },
);

poolTest(
  "242 255 Deaths among many tasks: each settles once, and as it went",
  async (makePool) => {
    const pool = makePool({ maxWorkers: 2 });
    const counters: AtomicInt32[] = [], heard: number[] = [];
    const futures = Array.from({ length: 40 }, (_, i) => {
      const counter = counters[i] = new AtomicInt32();
      heard[i] = 0;
      const future = pool.submit(bodies.countOrDie, counter, i % 12 === 3);
      future.onDone(() => heard[i]!++);
      return future;
    });
    for (const [i, future] of futures.entries()) {
      const expected = i % 12 === 3 ? BROKEN : 7;
      assertEquals([i, await outcome("async", future)], [i, expected]);
    }
    await new Promise((turn) => setTimeout(turn));
    assertEquals(
      counters.map((counter) => counter.load()),
      counters.map(() => 1),
    );
    assertEquals(heard, heard.map(() => 1));
    await works(pool);
  },
);

poolTest(
  "242 A death under a large payload gives its memory back",
  async (makePool) => {
    const pool = makePool({ maxWorkers: 1, capacity: 2 ** 23 });
    const payload = "x".repeat(3 * 2 ** 20);
    for (let round = 0; round < 4; round++) {
      const dying = pool.submit(bodies.dieWith, payload);
      assertEquals(await outcome("async", dying, 10_000), BROKEN);
    }
    assertEquals(
      (await pool.submit(echo, payload) as string).length,
      payload.length,
    );
  },
);

poolTest(
  "242 A shutdown in any way, while threads die, ends and leaves nothing pending",
  async (makePool) => {
    for (let round = 0; round < 4; round++) {
      const onWorkerDeath = round % 4 === 3 ? "break" : "respawn";
      const pool = makePool({ maxWorkers: 2, onWorkerDeath });
      const futures: Future<number>[] = [];
      const counter = new AtomicInt32();
      try {
        for (let i = 0; i < 8; i++) {
          futures.push(pool.submit(bodies.countOrDie, counter, i % 6 === 1));
          if (i === 3 && round % 2 === 1) await reached(counter, 1);
        }
      } catch (error) {
        assertInstanceOf(error, BrokenExecutorError);
      }
      const cancelFutures = round === 2;
      if (round % 2 === 0) await pool.shutdownAsync({ cancelFutures });
      else pool.shutdown({ cancelFutures });
      for (const [i, future] of futures.entries()) {
        assert(future.done, `${i} of round ${round} is ${future.state}`);
        const expected: unknown[] = i % 6 === 1 ? [BROKEN] : [7];
        if (onWorkerDeath === "break") expected.push(BROKEN);
        if (cancelFutures) expected.push("CancelledError");
        assertOneOf(await outcome("sync", future, 0), expected);
      }
      assertEquals([pool.pending, pool.workers], [0, 0]);
    }
  },
);

poolTest(
  "255 A thread that submits and dies leaves its tasks to the pool",
  async (makePool, stage) => {
    const pool = makePool({ maxWorkers: 1 }), gate = newGate();
    const blocker = pool.submit(hold, gate, 1), counter = new AtomicInt32();
    const thread = stage.thread(bodies.submitAndDie, pool, counter);
    await thread.joinAsync(10_000);
    gate.open.set();
    await reached(counter, 10);
    assertEquals(await blocker, 1);
    await works(pool);
  },
);

poolTest("255 A pool whose maker has ended hangs nobody", async (_, stage) => {
  const { pool, future } = await stage.thread(bodies.leavePool).resultAsync(
    10_000,
  );
  assertEquals(await outcome("sync", future, 10_000), BROKEN);
  const attempt = () => pool.submit(executor.square, 2).result(10_000);
  assertThrows(attempt, BrokenExecutorError);
});
