// What threads hand to each other.
import assert from "node:assert/strict";
import {
  Channel,
  Counter,
  Deque,
  Lock,
  PriorityQueue,
  Queue,
  QueueShutDownError,
  selectAsync,
  SharedMap,
  SpscQueue,
  task,
  Thread,
} from "@interlock/threading";

export const produce = task(import.meta, function produce(queue, from, to) {
  for (let i = from; i < to; i++) {
    queue.put({ number: i, text: `n${i}`, at: new Date(i) });
  }
});

export const consume = task(import.meta, function consume(queue) {
  let sum = 0;
  for (const { number, text, at } of queue) {
    if (text !== `n${number}` || at.getTime() !== number) throw new Error(text);
    sum += number;
    queue.taskDone();
  }
  return sum;
});

export const consumeAsync = task(
  import.meta,
  async function consumeAsync(queue) {
    let sum = 0;
    for await (const { number } of queue) {
      sum += number;
      queue.taskDone();
    }
    return sum;
  },
);

export const reply = task(import.meta, function reply(asked, answers) {
  for (const n of asked) answers.send(n * n);
});

export const fill = task(import.meta, function fill(ring) {
  for (let i = 0; i < 10_000; i++) ring.put(i);
});

export const tally = task(import.meta, function tally(counter, map, name) {
  for (let i = 0; i < 100; i++) counter.increment(i % 2 ? "odd" : "even");
  map.set(name, { name });
});

if (import.meta.main) {
  const run = (body, ...args) => new Thread(body, args).start();

  const queue = new Queue({ maxSize: 8 });
  const consumers = [run(consume, queue), run(consumeAsync, queue)];
  const producers = [
    run(produce, queue, 0, 1000),
    run(produce, queue, 1000, 2000),
  ];
  await queue.putAsync({ number: 2000, text: "n2000", at: new Date(2000) });
  for (const thread of producers) thread.result(30_000);
  assert.ok(queue.join(10_000));
  queue.shutdown();
  let sum = 0;
  for (const thread of consumers) sum += await thread.resultAsync(10_000);
  assert.equal(sum, 2000 * 2001 / 2);
  assert.throws(() => queue.get(), QueueShutDownError);

  const urgent = new PriorityQueue();
  for (const n of [3, 1, 2]) urgent.put(n, { priority: n });
  assert.deepEqual([urgent.get(), urgent.get(), await urgent.getAsync()], [
    1,
    2,
    3,
  ]);

  const deque = new Deque({ maxlen: 3 });
  for (const x of "abcde") deque.pushBack(x);
  assert.deepEqual([...deque], ["c", "d", "e"]);

  const ring = new SpscQueue({ type: "int32", capacity: 64 });
  const filler = run(fill, ring);
  for (let i = 0; i < 10_000; i++) assert.equal(ring.get(), i);
  filler.result(10_000);

  const asked = new Channel(), answers = new Channel(), never = new Channel();
  const replier = run(reply, asked, answers);
  asked.send(12);
  const { value } = await selectAsync([{ receive: never }, {
    receive: answers,
  }], 10_000);
  assert.equal(value, 144);
  asked.close();
  replier.result(10_000);

  const counter = new Counter(), map = new SharedMap();
  const tallies = ["a", "b"].map((name) => run(tally, counter, map, name));
  for (const thread of tallies) thread.result(10_000);
  assert.deepEqual([counter.get("odd"), counter.get("even"), map.get("b")], [
    100,
    100,
    { name: "b" },
  ]);

  // What a queue carries keeps its class, and shared objects are themselves.
  const things = new Queue(), lock = new Lock();
  things.put({ lock, error: new RangeError("far"), set: new Set([1n]) });
  const { lock: same, error, set } = things.get();
  assert.ok(
    same.tryAcquire() && lock.locked && error instanceof RangeError &&
      set.has(1n),
  );
  console.log("passed");
}
