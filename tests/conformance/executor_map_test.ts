// ThreadPoolExecutor.map and starmap: 225 to 227.

import {
  AtomicInt32,
  type MapOptions,
  Queue,
  QueueFullError,
  type Results,
  TimeoutError,
} from "@interlock/threading";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { type Face, QUIET, reached } from "../support/stage.ts";
import * as bodies from "./executor_bodies.ts";
import { count, type Gate, newGate, pass } from "./future_bodies.ts";
import { poolFaces, poolTest } from "./pool_stage.ts";

const { divide, firstWaits, logAround, square, squareAsync } = bodies;

/** The arguments of a task that waits for a gate. */
type Gated = [n: number, gate: Gate];

/** The numbers from 0. */
function upTo(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

/** Takes the results one by one, on a face. */
async function each<T>(
  face: Face,
  results: Results<T>,
  use: (result: T) => unknown,
): Promise<void> {
  if (face === "sync") { for (const result of results) use(result); }
  else for await (const result of results) use(result);
}

/** All of them, by the loop or at once. */
async function all<T>(face: Face, results: Results<T>): Promise<T[]> {
  return face === "sync" ? results.toArray() : await results.toArrayAsync();
}

/** What comes before an error, and the error. */
async function until<T>(
  face: Face,
  results: Results<T>,
): Promise<[T[], Error]> {
  const got: T[] = [];
  const error = await assertRejects(
    () => each(face, results, (result) => got.push(result)),
    Error,
  );
  return [got, error];
}

poolFaces(
  "225 map gives its results in the order of the inputs",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 2 }),
      squares = upTo(40).map((n) => n * n);
    for (const fn of [square, squareAsync]) {
      assertEquals(
        await all(
          face,
          pool.map<number, number | Promise<number>>(fn, upTo(40)),
        ),
        squares,
      );
    }
    const got: number[] = [];
    await each(face, pool.map(square, new Set(upTo(40))), (n) => got.push(n));
    assertEquals(got, squares);
    assertEquals(await all(face, pool.map(square, upTo(40).values())), squares);
    assertEquals(await all(face, pool.map(square, [])), []);
    assertEquals(await all(face, pool.starmap(divide, [[6, 3], [8, 2]])), [
      2,
      4,
    ]);
    assertEquals(await all(face, pool.starmap(bodies.sum, [[], [1, 2, 3]])), [
      0,
      6,
    ]);
    // An input that is undefined is one.
    assertEquals(await all(face, pool.map(bodies.howMany, [undefined, 1])), [
      1,
      1,
    ]);
  },
);

poolFaces(
  "225 map that awaits the first waits for it, though others are done",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 2 }), gate = newGate();
    const results = pool.starmap(
      firstWaits,
      upTo(5).map((n) => [n, gate] as Gated),
    );
    await reached(gate.begun, 5);
    gate.open.set();
    assertEquals(await all(face, results), [0, 1, 2, 3, 4]);
  },
);

poolFaces(
  "225 map fails where its input stands, and runs no more after that, in chunks of any size",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 2 });
    const inputs: [number, number][] = [[5, 1], [6, 2], [7, 0], [8, 1], [9, 0]];
    for (const chunkSize of [1, 2, 4]) {
      const results = pool.starmap(divide, inputs, { chunkSize });
      const [got, error] = await until(face, results);
      assertEquals([got, error.message], [[5, 3], "7 / 0"]);
      assert(error instanceof RangeError);
    }
    assertEquals(await all(face, pool.map(square, [3])), [9]);
  },
);

poolFaces(
  "225 map fails where an input cannot be sent",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 1 });
    const inputs = [1, (() => {}) as unknown as number, 3];
    const [got, error] = await until(face, pool.map(square, inputs));
    assertEquals([got, error.name], [[1], "TypeError"]);
  },
);

poolFaces("225 map's timeout counts from the call", async (face, makePool) => {
  const timeout = 300;
  const pool = makePool({ maxWorkers: 2 }), gate = newGate();
  await bodies.crew(pool, 2);
  const begin = performance.now();
  const inputs = [1, 2, 0, 3].map((n) => [n, gate] as Gated);
  const results = pool.starmap(firstWaits, inputs, { timeout });
  await reached(gate.begun, 4);
  while (performance.now() - begin <= timeout) {
    await new Promise((turn) => setTimeout(turn, 10));
  }
  const late = performance.now();
  const [got, error] = await until(face, results);
  const passed = performance.now() - late;
  assert(passed < timeout, `${passed} ms`);
  assert(error instanceof TimeoutError, `${error}`);
  assertEquals(got, [1, 2]);
  // And no earlier.
  const again = performance.now();
  const short = pool.starmap(firstWaits, [[0, gate]], { timeout: QUIET });
  const [none] = await until(face, short);
  assert(performance.now() - again >= QUIET);
  assertEquals(none, []);
  gate.open.set();
  // In time.
  const quick = pool.map(square, [1, 2], { timeout: 10_000 });
  assertEquals(await all(face, quick), [1, 4]);
});

poolTest(
  "225 map submits without being iterated, and blocks nobody",
  async (makePool) => {
    const pool = makePool({ maxWorkers: 2 }), counter = new AtomicInt32();
    pool.map(count, Array(7).fill(counter));
    await reached(counter, 7);
    const gate = newGate();
    const results = pool.starmap(
      pass,
      upTo(4).map((n) => [gate, n] as [typeof gate, number]),
    );
    assertEquals(pool.pending + gate.begun.load() <= 4, true);
    gate.open.set();
    assertEquals(results.toArray(), [0, 1, 2, 3]);
  },
);

poolFaces(
  "226 map that runs out of time cancels what has not begun",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 1 }), gate = newGate();
    const log = new Queue<string>();
    const inputs = upTo(3).map((n) =>
      [n, log, gate] as [number, typeof log, typeof gate]
    );
    const results = pool.starmap(logAround, inputs, { timeout: QUIET });
    await reached(gate.begun, 1);
    const [got, error] = await until(face, results);
    assert(error instanceof TimeoutError);
    assertEquals([got, pool.pending], [[], 0]);
    gate.open.set();
    assertEquals(await pool.submit(square, 3), 9);
    assertEquals([log.get(0), log.get(0), log.size], ["begin 0", "end 0", 0]);
  },
);

poolFaces(
  "226 map that is left early cancels what has not begun, however it is left",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 1 });
    for (const how of ["break", "throw", "cancel", "dispose"] as const) {
      const gate = newGate();
      // The first returns at once; the second waits for the gate.
      const inputs = [1, 0, 2, 3, 4].map((n) => [n, gate] as Gated);
      const results = pool.starmap(firstWaits, inputs);
      await reached(gate.begun, 2);
      const got: number[] = [];
      if (how === "cancel") results.cancel();
      else if (how === "dispose") results[Symbol.dispose]();
      else if (how === "throw") {
        const left = new RangeError("left");
        const thrown = await assertRejects(() =>
          each(face, results, (n) => {
            got.push(n);
            throw left;
          })
        );
        assertStrictEquals(thrown, left);
      } else if (face === "sync") {
        for (const n of results) {
          got.push(n);
          break;
        }
      } else {
        for await (const n of results) {
          got.push(n);
          break;
        }
      }
      assertEquals(got, how === "cancel" || how === "dispose" ? [] : [1]);
      assertEquals([pool.pending, gate.begun.load()], [0, 2]);
      gate.open.set();
      // What is submitted later is run later.
      assertEquals(await pool.submit(square, 3), 9);
      assertEquals(gate.begun.load(), 2);
      // There is nothing more to take.
      assertEquals(await all(face, results), []);
    }
  },
);

poolFaces(
  "227 map in chunks of any size gives the same",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 2 }),
      squares = upTo(50).map((n) => n * n);
    for (const chunkSize of [1, 2, 7, 50, 1000]) {
      for (const bufferSize of [undefined, 1, 5]) {
        const options: MapOptions = { chunkSize };
        if (bufferSize !== undefined) options.bufferSize = bufferSize;
        assertEquals(
          await all(face, pool.map(square, upTo(50), options)),
          squares,
        );
      }
    }
    const pairs = upTo(9).map((n) => [n, 1] as [number, number]);
    assertEquals(
      await all(face, pool.starmap(divide, pairs, { chunkSize: 4 })),
      upTo(9),
    );
  },
);

poolFaces(
  "227 map with a buffer takes its inputs as they are needed",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 2 });
    let taken = 0, closed = false;
    const numbers = function* () {
      try {
        for (;;) yield taken++;
      } finally {
        closed = true;
      }
    };
    const results = pool.map(square, numbers(), { bufferSize: 3 });
    assert(taken <= 3, `${taken} taken`);
    const got: number[] = [];
    if (face === "sync") {
      for (const result of results) {
        got.push(result);
        assert(taken <= got.length + 3, `${taken} taken, ${got.length} given`);
        if (got.length === 20) break;
      }
    } else {
      for await (const result of results) {
        got.push(result);
        assert(taken <= got.length + 3, `${taken} taken, ${got.length} given`);
        if (got.length === 20) break;
      }
    }
    assertEquals(got, upTo(20).map((n) => n * n));
    assert(closed, "the inputs are not told that no more are wanted");
  },
);

poolFaces(
  "227 map's inputs may fail: after the results of those before",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 2 });
    const failing = function* () {
      yield* [1, 2, 3];
      throw new RangeError("no more inputs");
    };
    for (
      const options of [{ bufferSize: 1 }, { bufferSize: 2, chunkSize: 2 }, {}]
    ) {
      const [got, error] = await until(
        face,
        pool.map(square, failing(), options),
      );
      assertEquals([got, error.message], [[1, 4, 9], "no more inputs"]);
    }
    assertEquals(await all(face, pool.map(square, [2])), [4]);
  },
);

poolFaces(
  "227 map without order gives first what is done first",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 2 }), gate = newGate();
    const inputs = upTo(6).map((n) => [n, gate] as Gated);
    const results = pool.starmap(firstWaits, inputs, { ordered: false });
    const got: number[] = [];
    await each(face, results, (n) => {
      got.push(n);
      if (got.length === 5) gate.open.set();
    });
    assertEquals([got.at(-1), got.toSorted()], [0, upTo(6)]);
    for (const chunkSize of [1, 3]) {
      const options = { ordered: false, chunkSize, bufferSize: 4 };
      const squares = await all(face, pool.map(square, upTo(20), options));
      assertEquals(
        squares.toSorted((a, b) => a - b),
        upTo(20).map((n) => n * n),
      );
    }
  },
);

poolFaces("map reports its progress on this thread", async (face, makePool) => {
  const pool = makePool({ maxWorkers: 2 });
  for (const chunkSize of [1, 4]) {
    for (const inputs of [upTo(10), upTo(10).values()]) {
      const seen: [number, number | undefined][] = [];
      const results = pool.map(square, inputs, {
        chunkSize,
        onProgress: (done, total) => void seen.push([done, total]),
      });
      assertEquals((await all(face, results)).length, 10);
      assertEquals(seen.at(-1), [10, 10]);
      const dones = seen.map(([done]) => done);
      assertEquals(dones, dones.toSorted((a, b) => a - b));
      assert(dones.every((done) => done > 0 && done <= 10), `${dones}`);
    }
  }
});

poolTest(
  "map that is aborted rejects with the reason, and cancels what has not begun",
  async (makePool) => {
    const pool = makePool({ maxWorkers: 1 }), gate = newGate();
    const controller = new AbortController(), { signal } = controller;
    const inputs = upTo(5).map((n) => [gate, n] as [typeof gate, number]);
    const results = pool.starmap(pass, inputs, { signal });
    const rejected = results.toArrayAsync().catch((reason) => reason);
    await reached(gate.begun, 1);
    controller.abort("enough");
    assertEquals(await rejected, "enough");
    assertEquals(pool.pending, 0);
    gate.open.set();
    assertEquals(await pool.submit(square, 3), 9);
    assertEquals(gate.begun.load(), 1);
  },
);

poolTest("map that is cancelled reports nothing any more", async (makePool) => {
  const pool = makePool({ maxWorkers: 1 }), gate = newGate();
  const seen: number[] = [];
  const inputs = upTo(3).map((n) => [gate, n] as [Gate, number]);
  const results = pool.starmap(pass, inputs, {
    onProgress: (done) => void seen.push(done),
  });
  await reached(gate.begun, 1);
  results.cancel();
  gate.open.set();
  assertEquals(await pool.submit(square, 3), 9);
  await new Promise((turn) => setTimeout(turn));
  assertEquals(seen, []);
});

poolFaces(
  "map that finds no memory for an input fails there, and leaves nothing behind",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 1, capacity: 2 ** 20 });
    const gate = newGate(), blocker = pool.submit(pass, gate, 1);
    await reached(gate.begun, 1);
    let closed = 0;
    const texts = function* () {
      try {
        for (;;) yield "x".repeat(300_000);
      } finally {
        closed++;
      }
    };
    const results = pool.map(bodies.howMany, texts());
    gate.open.set();
    const [got, error] = await until(face, results);
    assert(error instanceof QueueFullError, `${error}`);
    assert(got.length >= 2 && got.length <= 3, `${got}`);
    assertEquals([await blocker, pool.pending, closed], [1, 0, 1]);
  },
);

poolTest(
  "map whose inputs fail when they are told to end cancels all the same",
  async (makePool) => {
    const pool = makePool({ maxWorkers: 1 }), gate = newGate();
    const inputs: IterableIterator<[Gate, number]> = {
      [Symbol.iterator]: () => inputs,
      next: () => ({ value: [gate, 7], done: false }),
      return: () => {
        throw new RangeError("it does not end");
      },
    };
    const results = pool.starmap(pass, inputs, { bufferSize: 3 });
    await reached(gate.begun, 1);
    assertThrows(() => results.cancel(), RangeError, "it does not end");
    assertEquals(pool.pending, 0);
    gate.open.set();
    assertEquals(await pool.submit(square, 3), 9);
    assertEquals(gate.begun.load(), 1);
  },
);

poolFaces(
  "map of a thousand, from several threads at once",
  async (face, makePool, stage) => {
    const pool = makePool({ maxWorkers: 2 });
    const there = stage.thread(bodies.mapOther, face, pool, 300);
    const mine = await all(
      face,
      pool.map(square, upTo(1000), { chunkSize: 16 }),
    );
    assertEquals(mine, upTo(1000).map((n) => n * n));
    assertEquals(await there.resultAsync(10_000), upTo(300).map((n) => n * n));
  },
);
