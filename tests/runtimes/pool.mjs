// A pool: what is submitted comes back, however its threads end; and the process ends.
import assert from "node:assert/strict";
import process from "node:process";
import {
  AtomicInt32,
  BrokenExecutorError,
  Future,
  SyncStateError,
  task,
  ThreadPoolExecutor,
} from "@interlock/threading";

export const square = task(import.meta, function square(x) {
  return x * x;
});

export const squareAsync = task(import.meta, async function squareAsync(x) {
  await new Promise((resolve) => setTimeout(resolve, 1));
  return x * x;
});

export const fail = task(import.meta, function fail() {
  throw new RangeError("too far", { cause: new SyncStateError("no map") });
});

export const exit = task(import.meta, function exit() {
  process.exit(3);
});

export const nested = task(import.meta, function nested(pool, n) {
  if (n === 0) return 1;
  return 1 + pool.submit(nested, pool, n - 1).result(10_000);
});

export const count = task(import.meta, function count(total, n) {
  total.add(n);
});

if (import.meta.main) {
  const pool = new ThreadPoolExecutor({ maxWorkers: 2 });
  assert.equal(pool.submit(square, 7).result(20_000), 49);
  assert.equal(await pool.submit(squareAsync, 7), 49);

  const numbers = Array.from({ length: 500 }, (_, i) => i);
  const squares = numbers.map((n) => n * n);
  assert.deepEqual(pool.map(square, numbers).toArray(), squares);
  assert.deepEqual(
    await pool.map(squareAsync, numbers.slice(0, 50)).toArrayAsync(),
    squares.slice(0, 50),
  );
  const total = new AtomicInt32();
  Future.wait(numbers.map((n) => pool.submit(count, total, n)));
  assert.equal(total.load(), 500 * 499 / 2);

  const failed = pool.submit(fail);
  const isThrown = (error) =>
    error instanceof RangeError && error.cause instanceof SyncStateError;
  assert.throws(() => failed.result(20_000), isThrown);
  await assert.rejects(failed, isThrown);

  assert.equal(pool.submit(nested, pool, 5).result(20_000), 6);

  // A thread that exits fails what it ran, and is replaced: seen by blocking, and by awaiting.
  assert.throws(() => pool.submit(exit).result(20_000), BrokenExecutorError);
  await assert.rejects(
    pool.submit(exit).resultAsync(20_000),
    BrokenExecutorError,
  );
  assert.equal(pool.submit(square, 3).result(20_000), 9);

  pool.shutdown();
  assert.throws(() => pool.submit(square, 1), SyncStateError);

  // Nobody shuts this one down: its threads end by themselves, and so does the process.
  const forgotten = new ThreadPoolExecutor({ maxWorkers: 1, idleTimeout: 100 });
  assert.equal(await forgotten.submit(square, 4), 16);
  console.log("passed");
}
