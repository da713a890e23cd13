// Parallel calls, and a scope.
import assert from "node:assert/strict";
import {
  AtomicInt32,
  CancelledError,
  Event,
  parallelFor,
  parallelForAsync,
  parallelMap,
  parallelMapAsync,
  parallelReduce,
  task,
  ThreadPoolExecutor,
  ThreadScope,
} from "@interlock/threading";

export const addTo = task(import.meta, function addTo(i, total) {
  total.add(i);
});

export const half = task(import.meta, function half(x) {
  return x / 2;
});

export const plus = task(import.meta, function plus(a, b) {
  return a + b;
});

export const fail = task(import.meta, function fail(i) {
  if (i === 500) throw new RangeError("at 500");
});

export const waits = task(import.meta, function waits(begun) {
  begun.set();
  new Event().wait();
});

if (import.meta.main) {
  const total = new AtomicInt32();
  parallelFor(addTo, 1000, { args: [total] });
  assert.equal(total.load(), 499_500);

  const input = Float64Array.from({ length: 1000 }, (_, i) => i);
  const halves = parallelMap(half, input);
  assert.equal(halves[999], 499.5);
  assert.ok(halves.buffer instanceof SharedArrayBuffer);
  assert.equal(parallelReduce(plus, halves), 249_750);

  const pool = new ThreadPoolExecutor({ maxWorkers: 2 });
  await parallelForAsync(addTo, 1000, { pool, args: [total] });
  assert.equal(total.load(), 2 * 499_500);
  assert.equal((await parallelMapAsync(half, input, { pool }))[3], 1.5);
  assert.throws(() => parallelFor(fail, 1000, { pool }), /at 500/);
  await pool.shutdownAsync();

  // The first failure of a scope ends its other threads, and is thrown.
  const begun = new Event(), scope = new ThreadScope();
  let waiter;
  const together = () => {
    waiter = scope.start(waits, begun);
    begun.wait();
    scope.start(fail, 500);
  };
  assert.throws(() => scope.run(together), /at 500/);
  assert.throws(() => waiter.result(), CancelledError);
  console.log("passed");
}
