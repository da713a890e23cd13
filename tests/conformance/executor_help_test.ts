// Tasks that wait for tasks of their own pool, which has no other thread for them.

import {
  AtomicInt32,
  type Future,
  Queue,
  type Task,
} from "@interlock/threading";
import { assert, assertEquals, assertRejects } from "@std/assert";
import * as executor from "./executor_bodies.ts";
import {
  AWAITING,
  BLOCKING,
  count,
  failAt,
  nest,
  nestAsync,
  newGate,
  outcome,
  pass,
} from "./future_bodies.ts";
import { poolFaces, poolTest } from "./pool_stage.ts";
import { echo } from "./thread_bodies.ts";

const DEPTH = 5;

for (
  const [how, body, ways] of [
    ["by blocking", nest, BLOCKING],
    ["by awaiting", nestAsync, AWAITING],
  ] as unknown as [
    string,
    Task<(way: string, depth: number) => number[]>,
    string[],
  ][]
) {
  poolTest(
    `A task waits for a task of its own pool of one thread, ${DEPTH} deep, in any way ${how}`,
    async (makePool) => {
      const pool = makePool({ maxWorkers: 1 });
      for (const way of ways) {
        const ids = await pool.submit(body, way, DEPTH);
        assertEquals([way, ids.length, new Set(ids).size], [way, DEPTH + 1, 1]);
        // Again, while this thread is blocked.
        assertEquals(pool.submit(body, way, DEPTH).result(10_000), ids);
        assertEquals([pool.pending, pool.workers], [0, 1]);
      }
    },
  );

  poolTest(
    `Tasks that wait for each other's tasks saturate a pool, and all end: ${how}`,
    async (makePool) => {
      const pool = makePool({ maxWorkers: 2 });
      const futures = Array.from(
        { length: 12 },
        (_, i) => pool.submit(body, ways[i % ways.length]!, DEPTH),
      );
      for (const ids of await Promise.all(futures)) {
        assertEquals(ids.length, DEPTH + 1);
      }
      assert(pool.workers <= 2);
    },
  );
}

poolTest(
  "A task that blocks for one that awaits, in a pool of one thread, is told to await it",
  async (makePool) => {
    const pool = makePool({ maxWorkers: 1 });
    assertEquals(await pool.submit(executor.blockForAsync), "WouldBlockError");
    assertEquals(await pool.submit(executor.square, 3), 9);
  },
);

poolFaces(
  "A task waits for a future that stands behind it in the queue",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 1 });
    const expected = [0, "RangeError", "CancelledError"];
    for (const [i, name] of expected.entries()) {
      const gate = newGate(), queue = new Queue<Future<unknown>>();
      const blocker = pool.submit(pass, gate, 1);
      const seen = pool.submit(executor.seeFrom, face, queue);
      const behind = i === 1
        ? pool.submit(failAt, gate) as Future<unknown>
        : pool.submit(count, new AtomicInt32()) as Future<unknown>;
      if (i === 2) behind.cancel();
      queue.put(behind);
      gate.open.set();
      assertEquals([await seen, await blocker], [name, 1]);
      assertEquals(await outcome(face, behind), name);
    }
  },
);

poolFaces("A task maps over its own pool", async (face, makePool) => {
  const pool = makePool({ maxWorkers: 1 });
  assertEquals(
    await outcome(face, pool.submit(executor.mapOwn, face, 6)),
    [0, 1, 4, 9, 16, 25],
  );
});

poolTest(
  "A task that blocks for one whose module its thread has not loaded, in a pool of one thread, is told to await it",
  async (makePool) => {
    const pool = makePool({ maxWorkers: 1 });
    const gate = newGate(), queue = new Queue<Future<unknown>>();
    const blocker = pool.submit(pass, gate, 1);
    const seen = pool.submit(executor.blockFor, queue);
    const behind = pool.submit(echo, 7);
    queue.put(behind);
    gate.open.set();
    assertEquals(
      await Promise.all([blocker, seen, behind]),
      [1, "WouldBlockError", 7],
    );
  },
);

poolFaces(
  "A task that waits for its own pool runs what it waits for, and nothing before its turn",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 1 }), gate = newGate();
    const blocker = pool.submit(pass, gate, 0);
    const order = new Queue<number>();
    const nested = pool.submit(executor.putNested, face, order);
    const rest = [1, 2, 3].map((n) =>
      pool.submit(executor.putNumber, order, n)
    );
    gate.open.set();
    await Promise.all([blocker, nested, ...rest]);
    const seen = Array.from({ length: 5 }, () => order.get(0));
    assertEquals(seen.toSorted((a, b) => a - b), [1, 2, 3, 10, 11]);
    assert(seen.indexOf(10) < seen.indexOf(11), `${seen}`);
  },
);

poolTest(
  "A task that shuts its own pool down goes on, and may not wait for its own end",
  async (makePool) => {
    const pool = makePool({ maxWorkers: 1 });
    assert(
      ["SyncStateError", "DeadlockError"].includes(
        await pool.submit(executor.joinOwn),
      ),
    );
    assertEquals(await pool.submit(echo, 1), 1, "it is not shut down");
    const gate = newGate(), blocker = pool.submit(pass, gate, 1);
    const shuts = pool.submit(executor.shutOwn);
    const before = pool.submit(echo, 2);
    gate.open.set();
    assertEquals([await blocker, await shuts], [1, "SyncStateError"]);
    assertEquals(await before, 2);
    assert(pool.isShutdown);
    await assertRejects(
      // deno-lint-ignore require-await
      async () => pool.submit(echo, 3),
      Error,
      "Cannot submit",
    );
  },
);
