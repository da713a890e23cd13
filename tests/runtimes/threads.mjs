// Threads: what they return, throw and leave behind.
import assert from "node:assert/strict";
import {
  AbandonedLockError,
  CancelledError,
  Event,
  Lock,
  SyncStateError,
  task,
  Thread,
  ThreadStartError,
} from "@interlock/threading";

export const add = task(import.meta, function add(a, b) {
  return a + b;
});

export const fail = task(import.meta, function fail(how) {
  if (how === "later") setTimeout(() => fail("range"), 1);
  else if (how === "rejects") Promise.reject(new RangeError("too far"));
  else throw new RangeError("too far", { cause: new SyncStateError("no map") });
  return new Promise(() => {});
});

export const whoAmI = task(import.meta, function whoAmI() {
  return Thread.current;
});

export const nest = task(import.meta, function nest(depth) {
  return depth === 0 ? 0 : 1 + new Thread(nest, [depth - 1]).start().result();
});

export const hold = task(import.meta, function hold(lock, held, how) {
  lock.acquire();
  held.set();
  if (how === "exits") process.exit(3);
  if (how === "busy") { for (;;); }
  new Event().wait();
});

export const holdNested = task(
  import.meta,
  function holdNested(lock, held, how) {
    new Thread(hold, [lock, held, how]).start();
    new Event().wait();
  },
);

if (import.meta.main) {
  assert.equal(new Thread(add, [2, 3]).start().result(), 5);
  assert.equal(await new Thread(add, ["a", "b"]).start().resultAsync(), "ab");
  assert.equal(new Thread(nest, [2]).start().result(), 2);

  assert.equal(Thread.current.name, "main");
  const named = new Thread(whoAmI, [], { name: "worker bee" }).start();
  assert.deepEqual(named.result(), { id: named.id, name: "worker bee" });

  for (const how of ["now", "later", "rejects"]) {
    assert.throws(
      () => new Thread(fail, [how]).start().result(),
      (error) =>
        error instanceof RangeError && error.message === "too far" &&
        (how === "rejects" || error.cause instanceof SyncStateError) &&
        error.stack.includes("threads.mjs"),
      how,
    );
  }

  const missing = task(
    { url: import.meta.resolve("./no_such_module.mjs") },
    function missing() {},
  );
  const unstarted = new Thread(missing).start();
  assert.throws(() => unstarted.join(), ThreadStartError);
  assert.throws(() => unstarted.join(), /no_such_module/);

  const stopped = new Thread(hold, [new Lock(), new Event(), "waits"]).start();
  stopped.stop();
  await assert.rejects(stopped.resultAsync(10_000), CancelledError);

  // However a thread ends, also while its starter blocks: what it held can be recovered.
  for (
    const [body, how] of [[hold, "exits"], [hold, "busy"], [hold, "waits"], [
      holdNested,
      "exits",
    ]]
  ) {
    const lock = new Lock(), held = new Event();
    const thread = new Thread(body, [lock, held, how]).start();
    held.wait();
    if (how !== "exits") thread.terminate();
    assert.throws(() => lock.acquire(10_000), AbandonedLockError, how);
    lock.recover().release();
    assert.ok(lock.tryAcquire());
    if (body === holdNested) thread.stop();
    if (how === "exits" && body === hold) {
      assert.throws(() => thread.result(), /its worker ended before its task/);
    } else assert.throws(() => thread.result(), CancelledError);
  }
  assert.deepEqual(Thread.enumerate(), []);
  console.log("passed");
}
