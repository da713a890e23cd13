// Locks and what else threads wait for: threads that block, and tasks that await.
import assert from "node:assert/strict";
import {
  AtomicInt32,
  Barrier,
  CancelToken,
  Condition,
  Event,
  Latch,
  Lock,
  RWLock,
  Semaphore,
  sleep,
  task,
  Thread,
} from "@interlock/threading";

const ROUNDS = 5000, THREADS = 3;

/** Adds by two steps, which only a lock makes one. */
function addOne(total) {
  total.store(total.load() + 1);
}

export const count = task(import.meta, function count(lock, total) {
  for (let i = 0; i < ROUNDS; i++) {
    lock.acquire();
    try {
      addOne(total);
    } finally {
      lock.release();
    }
  }
});

export const countAsync = task(
  import.meta,
  async function countAsync(lock, total) {
    for (let i = 0; i < ROUNDS; i++) {
      await lock.runAsync(() => addOne(total));
    }
  },
);

export const visit = task(import.meta, function visit(semaphore, inside, most) {
  semaphore.run(() => {
    const n = inside.add(1) + 1;
    most.update((old) => Math.max(old, n));
    sleep(5);
    inside.sub(1);
  });
});

export const play = task(import.meta, function play(turn, changed, me) {
  for (let i = 0; i < 200; i++) {
    changed.acquire();
    try {
      changed.waitFor(() => turn.load() % 2 === me, 10_000);
      turn.add(1);
      changed.notifyAll();
    } finally {
      changed.release();
    }
  }
});

async function playAsync(turn, changed, me) {
  for (let i = 0; i < 200; i++) {
    await changed.runAsync(async () => {
      await changed.waitForAsync(() => turn.load() % 2 === me, 10_000);
      turn.add(1);
      changed.notifyAll();
    });
  }
}

export const meet = task(import.meta, function meet(barrier, latch, go) {
  go.wait();
  for (let i = 0; i < 50; i++) barrier.wait(10_000);
  latch.countDown();
});

export const waitFor = task(import.meta, function waitFor(event, token) {
  return event.wait({ timeout: 10_000, token });
});

if (import.meta.main) {
  const run = (body, ...args) => new Thread(body, args).start();

  for (const lock of [new Lock(), new Lock({ fair: true })]) {
    const total = new AtomicInt32();
    const threads = Array.from(
      { length: THREADS },
      (_, i) => run(i % 2 ? countAsync : count, lock, total),
    );
    await countAsync(lock, total);
    for (const thread of threads) await thread.resultAsync(30_000);
    count(lock, total);
    assert.equal(total.load(), (THREADS + 2) * ROUNDS);
  }

  const rw = new RWLock(), written = new AtomicInt32();
  const writers = [
    run(count, rw.write, written),
    run(count, rw.write, written),
  ];
  for (let i = 0; i < 100; i++) {
    rw.read.run(() => assert.equal(written.load(), written.load()));
  }
  for (const thread of writers) thread.result(30_000);
  assert.equal(written.load(), 2 * ROUNDS);

  const semaphore = new Semaphore(2),
    inside = new AtomicInt32(),
    most = new AtomicInt32();
  const visitors = Array.from(
    { length: 5 },
    () => run(visit, semaphore, inside, most),
  );
  assert.ok(await semaphore.acquireAsync(10_000));
  semaphore.release();
  for (const thread of visitors) thread.result(10_000);
  assert.deepEqual([semaphore.value, inside.load()], [2, 0]);
  assert.ok(most.load() <= 2);

  const turn = new AtomicInt32(), changed = new Condition(new Lock());
  const player = run(play, turn, changed, 1);
  play(turn, changed, 0);
  player.result(10_000);
  assert.equal(turn.load(), 400);
  const partner = run(play, turn, changed, 1);
  await playAsync(turn, changed, 0);
  assert.equal(await partner.resultAsync(10_000), undefined);
  assert.equal(turn.load(), 800);

  const barrier = new Barrier(3), latch = new Latch(2), go = new Event();
  run(meet, barrier, latch, go);
  run(meet, barrier, latch, go);
  go.set();
  for (let i = 0; i < 50; i++) await barrier.waitAsync(10_000);
  assert.ok(latch.wait(10_000) && await latch.waitAsync(1000));

  const token = new CancelToken();
  const cancelled = run(waitFor, new Event(), token);
  token.cancel();
  assert.throws(() => cancelled.result(10_000), /token was cancelled/);
  assert.equal(new Event().wait(5), false);
  const signal = AbortSignal.timeout(20);
  await assert.rejects(new Event().waitAsync({ signal }), {
    name: "TimeoutError",
  });
  console.log("passed");
}
