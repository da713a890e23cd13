// ThreadPoolExecutor: what arrives, and what cannot: 240 to 242 and 253.

import {
  AtomicInt32,
  Lock,
  Queue,
  QueueFullError,
  type Task,
  task,
  Thread,
  ThreadPoolExecutor,
} from "@interlock/threading";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { realm } from "../../primitives/_realm.ts";
import { FACES, reached } from "../support/stage.ts";
import * as bodies from "./executor_bodies.ts";
import type { Parts } from "./executor_guest.ts";
import { newGate, outcome, pass } from "./future_bodies.ts";
import { poolFaces, poolTest } from "./pool_stage.ts";
import { echo, fail, whoAmI } from "./thread_bodies.ts";

const { crew, square } = bodies;

const MIB = 2 ** 20;

poolFaces(
  "240 An argument that cannot be sent fails its future alone",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 2 });
    for (let round = 0; round < 20; round++) {
      const wrong = pool.submit(echo, { deep: [() => {}] });
      const right = pool.submit(square, round);
      assertEquals(await outcome(face, wrong), "TypeError");
      assertEquals(await outcome(face, right), round * round);
      assertEquals([wrong.state, wrong.cancel()], ["finished", false]);
    }
    await assertRejects(
      () => pool.submit(echo, new Lock().hold()),
      TypeError,
      "A Held belongs to the thread that made it",
    );
    assert(pool.workers <= 2);
    assertEquals((await crew(pool, 2)).length, 2, "a thread is lost");
  },
);

poolFaces(
  "240 A result that cannot be sent fails its future alone",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 2, namePrefix: "kept" });
    const before = new Set((await crew(pool, 2)).map(([id]) => id));
    for (let round = 0; round < 20; round++) {
      const how = round % 2 === 0 ? "function" : "held";
      const wrong = pool.submit(fail, how), right = pool.submit(square, round);
      assertEquals(await outcome(face, wrong), "TypeError");
      assertEquals(await outcome(face, right), round * round);
    }
    const error = await assertRejects(
      () => pool.submit(fail, "function"),
      TypeError,
    );
    assert(error.message.includes('"fail"'), error.message);
    const after = new Set((await crew(pool, 2)).map(([id]) => id));
    assertEquals(after, before, "a thread is lost");
  },
);

poolFaces(
  "240 A result that is too large for the pool fails its future alone",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 1, capacity: MIB });
    const { id } = await pool.submit(whoAmI);
    const large = pool.submit(bodies.text, 2 * MIB);
    assertEquals(await outcome(face, large), "QueueFullError");
    assertEquals(large.state, "finished");
    assertThrows(() => pool.submit(echo, "x".repeat(2 * MIB)), QueueFullError);
    assertEquals((await pool.submit(whoAmI)).id, id);
  },
);

let unknown: Task<() => void> | undefined;

const missing: Task<() => void> = task(
  { url: new URL("./no_such_module.ts", import.meta.url).href } as ImportMeta,
  function missing() {},
);

for (
  const [how, make, message] of [
    ["is not found", () => missing, "Module not found"],
    [
      "does not make it",
      // deno-lint-ignore interlock/task-at-top-level
      () => unknown ??= task(import.meta, function unknown() {}),
      'has no task "unknown"',
    ],
  ] as const
) {
  poolFaces(
    `241 A task whose module ${how} fails its future alone`,
    async (face, makePool) => {
      const pool = makePool({ maxWorkers: 1 }),
        { id } = pool.submit(whoAmI).result();
      for (let twice = 0; twice < 2; twice++) {
        const wrong = pool.submit(make()), right = pool.submit(square, 3);
        const error = face === "sync"
          ? wrong.exception(10_000)
          : await wrong.exceptionAsync(10_000);
        assert(`${error}`.includes(message), `${error}`);
        assertEquals(await outcome(face, right), 9);
      }
      assertEquals(pool.submit(whoAmI).result().id, id, "the thread is lost");
    },
  );
}

poolFaces(
  "253 Shared objects and shared memory arrive as themselves, both ways",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 1 });
    const lock = new Lock(),
      counter = new AtomicInt32(),
      queue = new Queue<unknown>();
    const memory = new SharedArrayBuffer(16),
      view = new Int32Array(memory, 8, 2);
    const futures = [1, 2, 3].map(() =>
      pool.submit(bodies.useShared, { lock, counter, queue }, memory, view)
    );
    for (const future of futures) {
      const back = await outcome(face, future) as {
        view: Int32Array;
        memory: SharedArrayBuffer;
      };
      assertEquals([back.view.byteOffset, back.view.length], [12, 1]);
      back.view[0]!++;
      new Uint8Array(back.memory)[0]!++;
    }
    assertEquals([counter.load(), lock.locked, queue.size], [3, false, 3]);
    assertEquals([view[0], view[1]], [15, 3]);
    assertEquals([new Uint8Array(memory)[7], new Uint8Array(memory)[0]], [
      9,
      3,
    ]);
    const [inQueue] = queue.get() as [AtomicInt32];
    inQueue.store(99);
    assertEquals(counter.load(), 99);
    const made = await pool.submit(bodies.makeMemory);
    assertEquals(made[0], 7);
    made[1] = 8;
    assertEquals(await pool.submit(bodies.readMemory, 1), 8);
  },
);

poolTest(
  "253 A pool is an argument, and known to its threads; a copy of it is the same pool",
  async (makePool, stage) => {
    const pool = makePool({ maxWorkers: 2 }),
      other = makePool({ maxWorkers: 7 });
    assertEquals(ThreadPoolExecutor.current, undefined);
    assertEquals(await pool.submit(bodies.isCurrent, pool), [true, true]);
    assertEquals(await pool.submit(bodies.isCurrent, other), [true, false]);
    const copy = ThreadPoolExecutor.from(
      structuredClone(pool.handle),
    );
    assertEquals([copy.maxWorkers, copy.kind], [2, "ThreadPoolExecutor"]);
    assertEquals(await copy.submit(square, 5), 25);
    for (const face of ["sync", "async"] as const) {
      const expected = 20 * 19 * 39 / 6;
      const thread = stage.thread(bodies.submitMany, face, pool, 20);
      assertEquals(await thread.resultAsync(10_000), expected);
      // From one pool to another, and with this thread blocked meanwhile.
      assertEquals(
        await other.submit(bodies.submitMany, face, pool, 20),
        expected,
      );
      assertEquals(
        other.submit(bodies.submitMany, face, pool, 20).result(10_000),
        expected,
      );
    }
    copy.shutdown();
    assert(pool.isShutdown && copy.isShutdown);
  },
);

poolTest(
  "253 A thread submits to a pool that has no threads yet, while the pool's maker is blocked",
  (makePool, stage) => {
    // Such a maker is not woken: it looks around once in a while.
    const { slice } = realm;
    realm.slice = 100;
    try {
      for (const face of FACES) {
        const pool = makePool({ maxWorkers: 1 });
        const thread = stage.thread(bodies.submitMany, face, pool, 5);
        assertEquals(thread.result(15_000), 30);
      }
    } finally {
      realm.slice = slice;
    }
  },
);

poolTest("253 What a thread submits outlives it", async (makePool, stage) => {
  const pool = makePool({ maxWorkers: 1 }), gate = newGate();
  const { future } = await stage.thread(bodies.submitAndLeave, pool, gate)
    .resultAsync(10_000);
  await reached(gate.begun, 1);
  gate.open.set();
  assertEquals(await future, 7);
});

poolTest(
  "253 A worker that is not ours submits, and waits for futures that it is sent",
  async (makePool) => {
    const pool = makePool({ maxWorkers: 1 }), gate = newGate();
    const future = pool.submit(pass, gate, 7), answers = new Queue<unknown>();
    const worker = new Worker(import.meta.resolve("./executor_guest.ts"), {
      type: "module",
      name: "guest",
    });
    const parts: Parts = {
      pool: pool.handle,
      future: future.handle,
      answers: answers.handle,
    };
    worker.postMessage(parts);
    assertEquals(await answers.getAsync(10_000), "ready");
    gate.open.set();
    assertEquals(await answers.getAsync(10_000), [7, 49, 64]);
    worker.terminate();
  },
);

poolTest("242 Payloads of 8 MiB arrive whole", async (makePool) => {
  const pool = makePool({ maxWorkers: 2 }), huge = "z".repeat(8 * MIB);
  const [echoed, made, size] = await Promise.all([
    pool.submit(echo, huge),
    pool.submit(bodies.text, 8 * MIB),
    pool.submit(bodies.howMany, huge, huge),
  ]);
  assert(echoed === huge);
  assertEquals([made.length, size], [8 * MIB, 2]);
  const bytes = new Uint8Array(8 * MIB).fill(7);
  const back = pool.submit(echo, bytes).result() as Uint8Array;
  assertEquals([back.length, back[0], back.at(-1)], [8 * MIB, 7, 7]);
  assertStrictEquals(Thread.current.name, "main");
});
