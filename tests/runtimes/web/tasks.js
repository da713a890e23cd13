// What the threads of the page run.
import { Event, task, Thread } from "@interlock/threading";

export const count = task(
  import.meta,
  function count(lock, total) {
    for (let i = 0; i < 1000; i++) {
      lock.run(() => total.store(total.load() + 1));
    }
    return Thread.current.name;
  },
  "count",
);

export const fail = task(import.meta, function fail() {
  throw new RangeError("too far", { cause: new TypeError("no map") });
}, "fail");

export const consume = task(import.meta, function consume(queue) {
  let sum = 0;
  for (const { n } of queue) sum += n;
  return sum;
}, "consume");

export const hold = task(import.meta, function hold(lock, held) {
  lock.acquire();
  held.set();
  new Event().wait();
}, "hold");

export const square = task(import.meta, (x) => x * x, "square");

export const nested = task(import.meta, function nested(pool, n) {
  if (n === 0) return 1;
  return 1 + pool.submit(nested, pool, n - 1).result(10_000);
}, "nested");

export const end = task(import.meta, () => {
  close();
  return new Promise(() => {});
}, "end");

/** A worker of the application. */
export const worker = () =>
  new Worker(new URL("./worker.js", import.meta.url), { type: "module" });

export const nest = task(import.meta, async function nest(depth) {
  if (depth === 0) return 0;
  const thread = new Thread(nest, [depth - 1], { worker }).start();
  return 1 + await thread.resultAsync(20_000);
}, "nest");
