// Threads in workers that the application makes itself, as a bundled one does.
import assert from "node:assert/strict";
import process from "node:process";
import { Worker as NodeWorker } from "node:worker_threads";
import {
  AbandonedLockError,
  AtomicInt32,
  Event,
  Lock,
  task,
  Thread,
  ThreadPoolExecutor,
  ThreadStartError,
  Timer,
} from "@interlock/threading";
import { count, fail, hold, square } from "./web/tasks.js";

const entry = new URL("./web/worker.js", import.meta.url);
const makers = [() => new NodeWorker(entry)];
// Bun has both kinds.
if (typeof Worker === "function") makers.push(() => new Worker(entry));

// The entry brings the tasks: their module need not be one that a thread can load.
const bundled = { url: import.meta.resolve("./no_such_chunk.mjs") };
const brought = task(bundled, (x) => x * x, "square");
const lost = task(bundled, () => {}, "lost");

for (const worker of makers) {
  const total = new AtomicInt32(), lock = new Lock(), event = new Event();
  const run = (task, ...args) => new Thread(task, args, { worker }).start();
  const thread = run(count, lock, total);
  assert.equal(thread.result(20_000), thread.name);
  assert.equal(total.load(), 1000);
  await assert.rejects(run(fail).resultAsync(20_000), RangeError);

  const holder = run(hold, lock, event);
  event.wait();
  holder.terminate();
  assert.throws(() => lock.acquire(20_000), AbandonedLockError);
  lock.recover().release();

  const timer = new Timer(1, count, [lock, total], { worker }).start();
  assert.equal(timer.result(20_000), "timers");

  const pool = new ThreadPoolExecutor({ maxWorkers: 2, worker });
  assert.deepEqual(pool.map(square, [1, 2, 3]).toArray(), [1, 4, 9]);
  pool.shutdown();

  assert.equal(run(brought, 5).result(20_000), 25);
  assert.throws(() => run(lost).join(20_000), ThreadStartError);
}

// An entry that is not there, to who blocks and to who awaits.
const nowhere = new URL("./no_such_entry.mjs", import.meta.url);
for (
  const make of [() => new NodeWorker(nowhere), () => new NodeWorker("no path")]
) {
  const options = { worker: make };
  // Bun keeps the message to a worker that does not load: who blocks waits for its life sign.
  if (!process.versions.bun) {
    const thread = new Thread(square, [1], options).start();
    assert.throws(() => thread.join(20_000), ThreadStartError);
  }
  const other = new Thread(square, [1], options).start();
  await assert.rejects(other.joinAsync(20_000), ThreadStartError);
  assert.ok(!other.isAlive);
}
console.log("passed");
