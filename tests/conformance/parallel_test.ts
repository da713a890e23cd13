// parallelFor, parallelMap, parallelReduce: what a loop gives, each element once, the
// first failure ends it, and threads of a pool that is busy are not waited for.

import {
  AtomicInt32,
  CancelledError,
  CancelToken,
  parallelFor,
  parallelForAsync,
  parallelMap,
  parallelMapAsync,
  parallelReduce,
  parallelReduceAsync,
  SyncStateError,
  type ThreadPoolExecutor,
  WouldBlockError,
} from "@interlock/threading";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { realm } from "../../primitives/_realm.ts";
import { reached } from "../support/stage.ts";
import { poolFaces, poolTest, poolThreads } from "./pool_stage.ts";
import * as bodies from "./parallel_bodies.ts";

/** The numbers from 0 to a number. */
function upTo(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

function sharedBytes(n: number): Uint8Array<SharedArrayBuffer> {
  return new Uint8Array(new SharedArrayBuffer(n));
}

/** One of the three, on a face; types_test.ts looks after the types. */
// deno-lint-ignore no-explicit-any
type Call = (task: unknown, of: unknown, options: object) => Promise<any>;

/** One that blocks, called like one that awaits. */
function awaited(blocks: unknown): Call {
  // deno-lint-ignore require-await
  return async (...call) => (blocks as Call)(...call);
}

/** The three of them, on a face. */
const on = {
  sync: {
    for: awaited(parallelFor),
    map: awaited(parallelMap),
    reduce: awaited(parallelReduce),
  },
  async: {
    for: parallelForAsync as Call,
    map: parallelMapAsync as Call,
    reduce: parallelReduceAsync as Call,
  },
};

const SIZES: [length: number, chunkSize: number | undefined][] = [
  [0, undefined],
  [1, undefined],
  [2, 1],
  [127, 10],
  [128, undefined],
  [1009, 1],
  [1009, 1009],
  [1009, 2000],
  [20_011, undefined],
  [20_011, 7],
];

poolFaces(
  "A parallel call gives what a loop gives, whatever the length and the chunks",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 2 });
    for (const [length, chunkSize] of SIZES) {
      for (const maxWorkers of [undefined, 3]) {
        const options = {
          pool,
          ...(chunkSize && { chunkSize }),
          ...(maxWorkers && { maxWorkers }),
        };
        const from = -17, counts = sharedBytes(length);
        const range = { from, to: from + length };
        const forOptions = { ...options, args: [counts, from] };
        await on[face].for(bodies.tally, range, forOptions);
        assert(counts.every((count) => count === 1), "each integer comes once");

        const input = Int32Array.from(upTo(length), (i) => i * i);
        const output = await on[face].map(bodies.mix, input, options);
        assertEquals(output.buffer.constructor, SharedArrayBuffer);
        assertEquals([...output], [...input.map(bodies.mix)]);

        const sum = await on[face].reduce(bodies.plus, { to: length }, {
          ...options,
          initial: 0,
        });
        assertEquals(sum, length * (length - 1) / 2);
      }
    }
  },
);

poolFaces(
  "parallelMap writes into shared memory, of the type of its input or another",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 2 }), { map } = on[face];
    const floats = new Float32Array([1, 2, 3]);
    assertEquals(
      await map(bodies.halve, floats, { pool }),
      floats.map((x) => x / 2),
    );
    assertEquals(
      await map(bodies.halve, 3, { pool }),
      new Float64Array([0, 0.5, 1]),
    );
    assertEquals(
      await map(bodies.halve, { from: 253, to: 257 }, {
        pool,
        output: "uint8Clamped",
      }),
      new Uint8ClampedArray([126, 127, 128, 128]),
    );
    const big = new BigInt64Array([1n, -2n]);
    assertEquals(
      await map(bodies.twice, big, { pool }),
      new BigInt64Array([2n, -4n]),
    );
    assertEquals(big, new BigInt64Array([1n, -2n]), "the input is as it was");

    // In place, in a part of memory of the caller's.
    const memory = new SharedArrayBuffer(64);
    const part = new Float64Array(memory, 16, 3);
    part.set([8, 9, 10]);
    assert(await map(bodies.halve, part, { pool, output: part }) === part);
    assertEquals([...new Float64Array(memory)], [0, 0, 4, 4.5, 5, 0, 0, 0]);
  },
);

poolFaces(
  "parallelReduce puts together numbers, bigints, and what map makes of them",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 2 }), { reduce } = on[face];
    const big = new BigUint64Array([2n ** 60n, 1n, 2n]);
    assertEquals(await reduce(bodies.plusBig, big, { pool }), 2n ** 60n + 3n);
    for (const deterministic of [false, true]) {
      assertEquals(
        await reduce(bodies.widest, { from: -50, to: 1000 }, {
          pool,
          map: bodies.alone,
          args: [2],
          initial: { least: 0, most: 5000 },
          deterministic,
        }),
        { least: -100, most: 5000 },
      );
    }
    assertEquals(await reduce(bodies.plus, 1, { pool }), 0);
    assertEquals(await reduce(bodies.plus, 0, { pool, initial: 7 }), 7);
  },
);

poolTest(
  "parallelReduce that is deterministic gives the same sum for any number of threads",
  async (makePool) => {
    const pool = makePool({ maxWorkers: 4 });
    const input = Float64Array.from(
      upTo(50_021),
      (i) => 1 / (i + 1) * (-1) ** i * 1e10 ** (i % 3),
    );
    const sums = new Set<number>();
    for (const chunkSize of [undefined, 100]) {
      for (const maxWorkers of [1, 2, 3, 5]) {
        const options = {
          pool,
          maxWorkers,
          deterministic: true,
          ...(chunkSize && { chunkSize }),
        };
        sums.add(parallelReduce(bodies.plus, input, options));
        sums.add(await parallelReduceAsync(bodies.plus, input, options));
      }
      assertEquals(sums.size, chunkSize === undefined ? 1 : 2);
    }
  },
);

poolFaces(
  "The first failure ends a parallel call, which throws it with its index",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 2 });
    for (const at of [0, 500, 4999]) {
      const done = new AtomicInt32();
      const options = { pool, chunkSize: 10, args: [at, done] };
      const error = await assertRejects(
        () => on[face].for(bodies.failAt, 5000, options),
        RangeError,
        `no ${at}`,
      ) as Error & { index: number };
      assertEquals([error.index, error.cause], [at, "it"]);
      const before = done.load();
      assert(before < 5000);
      await pool.submit(bodies.plus, 1, 2);
      assertEquals(done.load(), before, "nobody goes on after the call");
    }
    for (
      const [call, message] of [
        [
          () => on[face].for(bodies.awaits, 5, { pool }),
          "The task returned a promise",
        ],
        [
          () =>
            on[face].map(bodies.text, { from: 3, to: 9 }, {
              pool,
              chunkSize: 6,
            }),
          'The task must return a number, as the output is an instance of Float64Array, and returned "3"',
        ],
        [
          () =>
            on[face].map(bodies.plus, new BigInt64Array(1), {
              pool,
              args: [1n],
              output: "int8",
            }),
          "The task must return a number",
        ],
      ] as [() => Promise<unknown>, string][]
    ) {
      // deno-lint-ignore require-await
      await assertRejects(async () => call(), TypeError, message);
    }
  },
);

poolFaces(
  "A token, a signal, or what onProgress throws, ends a parallel call",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 2 });
    const token = new CancelToken(), counts = sharedBytes(100_000);
    const run = (options: object) =>
      on[face].for(bodies.tally, counts.length, {
        pool,
        chunkSize: 1,
        args: [counts, 0],
        ...options,
      });
    const onProgress = () => token.cancel();
    await assertRejects(() => run({ token, onProgress }), CancelledError);
    assert(counts.some((count) => count === 0), "it did not end early");
    counts.fill(0);
    await assertRejects(() => run({ token }), CancelledError);
    const fails = () => {
      throw new RangeError("no progress");
    };
    await assertRejects(() => run({ onProgress: fails }), RangeError);
    if (face === "sync") {
      const { signal } = new AbortController();
      await assertRejects(
        () => run({ signal }),
        TypeError,
        "CancelToken.fromSignal",
      );
    } else {
      const controller = new AbortController(), reason = new Error("enough");
      const onProgress = () => controller.abort(reason);
      const { signal } = controller;
      assert(await run({ signal, onProgress }).catch((e) => e) === reason);
      assert(await run({ signal }).catch((e) => e) === reason);
    }
    assertEquals(counts[99_999], 0);
  },
);

poolFaces(
  "onProgress of a parallel call goes up to the total",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 2 });
    for (const length of [0, 1, 200_003]) {
      const told: number[] = [];
      const onProgress = (done: number, total: number) => {
        assertEquals(total, length);
        told.push(done);
      };
      await on[face].map(bodies.mix, length, {
        pool,
        output: "int32",
        onProgress,
      });
      assertEquals(told.at(-1), length);
      assertEquals(told, [...new Set(told)].sort((a, b) => a - b));
    }
  },
);

/** A pool whose threads are all taken until `open`. */
async function busy(pool: ThreadPoolExecutor) {
  const arrived = new AtomicInt32(), opened = new AtomicInt32();
  const taken = Array.from(
    { length: pool.maxWorkers },
    () => pool.submit(bodies.stand, 0, arrived, opened),
  );
  await reached(arrived, pool.maxWorkers);
  return {
    arrived,
    async open() {
      opened.store(1);
      opened.notify();
      await Promise.all(taken);
    },
  };
}

poolTest(
  "A parallel call that blocks waits for no thread of a busy pool",
  async (makePool) => {
    const pool = makePool({ maxWorkers: 1 });
    const { open } = await busy(pool);
    assertEquals(parallelReduce(bodies.plus, 1000, { pool }), 499_500);
    assertEquals(pool.pending, 0, "nothing is left for its thread");
    const awaited = parallelReduceAsync(bodies.plus, 1000, { pool });
    await open();
    assertEquals(await awaited, 499_500);
  },
);

poolFaces(
  "Several threads take part in a parallel call, the one that blocks too",
  async (face, makePool) => {
    const arrived = new AtomicInt32(), opened = new AtomicInt32();
    const args = [arrived, opened] as [AtomicInt32, AtomicInt32];
    const pool = makePool({ maxWorkers: 2 });
    const options = {
      pool,
      maxWorkers: face === "sync" ? 3 : 2,
      chunkSize: 1,
      args,
    };
    // Who has arrived is released when all others have.
    const release = makePool({ maxWorkers: 1 }).submit(
      bodies.release,
      options.maxWorkers,
      ...args,
    );
    await on[face].for(bodies.stand, 6, options);
    assertEquals([await release, arrived.load()], [options.maxWorkers, 6]);
  },
);

poolTest(
  "Parallel calls within tasks of a pool use its threads, also the only one",
  async (makePool) => {
    for (const maxWorkers of [1, 2]) {
      const pool = makePool({ maxWorkers });
      const calls = [false, true, false, true].map((awaits) =>
        pool.submit(bodies.inside, 1000, awaits)
      );
      assertEquals(await Promise.all(calls), Array(4).fill(249_750));
      assert(poolThreads("parallel").length === 0);
    }
  },
);

poolTest(
  "A parallel call without a pool has one of its own, and ends it",
  async () => {
    const arrived = new AtomicInt32(), opened = new AtomicInt32();
    const call = parallelForAsync(bodies.stand, 2, {
      maxWorkers: 2,
      args: [arrived, opened],
    });
    await reached(arrived, 2);
    assertEquals(poolThreads("parallelFor").length, 2);
    opened.store(1);
    opened.notify();
    await call;
    assertEquals(poolThreads(), []);
    // What is done before a thread could start needs none.
    assertEquals(parallelReduce(bodies.plus, 1000), 499_500);
    assertEquals(poolThreads(), []);
  },
);

poolFaces(
  "A parallel call fails when a thread dies, or its pool is shut down",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 2 });
    const error = await assertRejects(() =>
      on[face].for(
        bodies.die,
        4,
        { pool, chunkSize: 1, args: [new AtomicInt32()] },
      )
    ) as Error;
    assertEquals(error.name, "BrokenExecutorError");
    pool.shutdown();
    await assertRejects(
      () =>
        on[face].for(
          bodies.tally,
          9,
          { pool, args: [sharedBytes(9), 0] },
        ),
      SyncStateError,
    );
  },
);

poolTest(
  "parallelForAsync whose pool is shut down under it does not pretend to have finished",
  async (makePool) => {
    const pool = makePool({ maxWorkers: 1 });
    const { open } = await busy(pool);
    const call = parallelForAsync(bodies.tally, 9, {
      pool,
      args: [sharedBytes(9), 0],
    });
    pool.shutdown({ cancelFutures: true, wait: false });
    await assertRejects(
      () => call,
      CancelledError,
      "its futures were cancelled",
    );
    await open();
  },
);

poolTest(
  "252 A parallel call that would block where that is forbidden does nothing",
  async (makePool) => {
    const pool = makePool({ maxWorkers: 2 }), { canBlock } = realm;
    const counts = sharedBytes(9);
    realm.canBlock = false; // as on a browser's page
    try {
      assertThrows(
        () => parallelFor(bodies.tally, 9, { pool, args: [counts, 0] }),
        WouldBlockError,
        "await parallelForAsync() instead",
      );
      assertEquals([...counts], Array(9).fill(0));
      await parallelForAsync(bodies.tally, 9, { pool, args: [counts, 0] });
      assertEquals([...counts], Array(9).fill(1));
    } finally {
      realm.canBlock = canBlock;
    }
  },
);
