import {
  AtomicInt32,
  DeadlockError,
  Lock,
  RLock,
  SyncStateError,
} from "@interlock/threading";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  acquire,
  type Face,
  QUIET,
  reached,
  rest,
  type Stage,
  test,
  testFaces,
} from "../support/stage.ts";
import * as bodies from "./lock_bodies.ts";

/** A test of a Lock on both faces, and of an RLock, which has only the blocking one (28). */
function lockTest(
  name: string,
  fn: (face: Face, stage: Stage, Class: typeof Lock) => void | Promise<void>,
): void {
  testFaces(name, (face, stage) => fn(face, stage, Lock));
  test(
    name.replace(" Lock", ", 28 RLock"),
    (stage) => fn("sync", stage, RLock as unknown as typeof Lock),
  );
}

lockTest(
  "1 Lock is created, acquired and released repeatedly",
  async (face, _stage, Lock) => {
    const lock = new Lock();
    for (let i = 0; i < 3; i++) {
      assert(await acquire(face, lock));
      assert(lock.locked);
      lock.release();
      assert(!lock.locked);
    }
  },
);

test("2 Lock's string shows whether it is locked, and its name", () => {
  const lock = new Lock();
  assertEquals(`${lock}`, "Lock(unlocked)");
  lock.acquire();
  assertEquals(`${lock}`, "Lock(locked)");
  assertEquals(Deno.inspect(lock), "Lock(locked)");
  assertEquals(`${new Lock({ name: "seats" })}`, 'Lock("seats", unlocked)');
});

test("3 Lock outlives the views of it, also while it is held", () => {
  const { handle } = new Lock();
  Lock.from(handle).acquire();
  assert(Lock.from(handle).locked);
  Lock.from(handle).release();
  assert(Lock.from(handle).tryAcquire());
});

lockTest(
  "4 Lock.tryAcquire succeeds on a free lock and fails at once on a held one",
  async (face, stage, Lock) => {
    const lock = new Lock();
    assert(await stage.party(face, bodies.tryOnce, lock));
    await acquire(face, lock);
    assert(!await stage.party(face, bodies.tryOnce, lock));
    lock.release();
    assert(await stage.party(face, bodies.tryOnce, lock));
  },
);

for (const fair of [false, true]) {
  lockTest(
    `5 Lock holds back five waiters until one release lets all pass in turn, ${
      fair ? "fair" : "barging"
    }`,
    async (face, stage, Lock) => {
      const lock = new Lock({ fair }), arrived = new AtomicInt32();
      const passed = new AtomicInt32();
      lock.acquire();
      const results = stage.parties(
        face,
        5,
        bodies.pass,
        lock,
        arrived,
        passed,
      );
      await reached(arrived, 5);
      await rest("async", QUIET);
      assertEquals(passed.load(), 0);
      lock.release();
      assertEquals(await results, [true, true, true, true, true]);
      assertEquals(passed.load(), 5);
      assert(!lock.locked);
    },
  );
}

lockTest(
  "6 Lock's scopes release on return and on exception, and pass the result through",
  async (face, _stage, Lock) => {
    const lock = new Lock();
    const fails = () => {
      assert(lock.locked);
      throw new RangeError("inside");
    };
    if (face === "sync") {
      assertEquals(lock.run(() => (assert(lock.locked), 7)), 7);
      assertThrows(() => lock.run(fails), RangeError, "inside");
      {
        using held = lock.hold();
        assert(held.isHeld && lock.locked);
        held.release();
        assert(!held.isHeld && !lock.locked);
      }
    } else {
      assertEquals(await lock.runAsync(() => Promise.resolve(7)), 7);
      await assertRejects(() => lock.runAsync(fails), RangeError, "inside");
      using held = await lock.holdAsync();
      assert(held.isHeld && lock.locked);
    }
    assert(!lock.locked);
  },
);

lockTest(
  "8 Lock.acquire keeps to its timeout, and does not wait for a free lock",
  async (face, stage, Lock) => {
    const lock = new Lock();
    for (const timeout of [0, 0.5, 50, 2 ** 31, Number.MAX_VALUE, Infinity]) {
      assert((await stage.party(face, bodies.timed, lock, timeout)).got);
    }
    lock.acquire();
    const { got, elapsed } = await stage.party(face, bodies.timed, lock, 60);
    assert(!got);
    assert(elapsed >= 60 && elapsed < 600, `took ${elapsed} ms`);
    const none = await stage.party(face, bodies.timed, lock, 0);
    assert(!none.got && none.elapsed < 30, `took ${none.elapsed} ms`);
  },
);

test("9 Lock acquired twice by a thread waits until another thread releases it", async (stage) => {
  const lock = new Lock(), arrived = new AtomicInt32();
  const result = stage.party("sync", bodies.reacquire, lock, arrived);
  await reached(arrived, 1);
  await rest("async", QUIET);
  lock.release();
  assert(await result);
});

testFaces(
  "10 Lock may be released by another thread, unless it checks its owner",
  async (face, stage) => {
    const lock = new Lock(), own = new Lock({ ownerCheck: true });
    await acquire(face, lock);
    assertEquals(await stage.party("sync", bodies.releaseIt, lock), "released");
    assert(!lock.locked);
    await acquire(face, own);
    assertEquals(
      await stage.party("sync", bodies.releaseIt, own),
      "Cannot release Lock(locked): another thread holds it",
    );
    assert(own.locked);
    own.release();
  },
);

lockTest(
  "11 Lock is free and takable after a timed-out acquire and a release",
  async (face, stage, Lock) => {
    const lock = new Lock();
    lock.acquire();
    assert(!(await stage.party(face, bodies.timed, lock, 20)).got);
    lock.release();
    assert(!lock.locked);
    assert(await acquire(face, lock, 1000));
    lock.release();
  },
);

for (const fair of [false, true]) {
  lockTest(
    `15 Lock loses nothing of 6 x 1000 increments, ${
      fair ? "fair" : "barging"
    }`,
    async (face, stage, Lock) => {
      const lock = new Lock({ fair }), counter = new AtomicInt32();
      await stage.parties(face, 6, bodies.increment, lock, counter, 1000);
      assertEquals(counter.load(), 6000);
      assert(!lock.locked);
    },
  );
}

lockTest(
  "14 Lock.release of an unlocked lock, or twice, throws and names the fault",
  (_face, _stage, Lock) => {
    const lock = new Lock({ name: "door" });
    const message =
      `Cannot release ${lock.kind}("door", unlocked): it is not held`;
    assertThrows(() => lock.release(), SyncStateError, message);
    lock.acquire();
    lock.release();
    assertThrows(() => lock.release(), SyncStateError, message);
    assert(lock.tryAcquire());
  },
);

lockTest(
  "16 Lock survives exceptions in its section, and may be taken while unwinding",
  async (face, stage, Lock) => {
    const outer = new Lock(), inner = new Lock(), counter = new AtomicInt32();
    const results = await stage.parties(
      face,
      3,
      bodies.throwing,
      outer,
      inner,
      counter,
      50,
    );
    assertEquals(results, [50, 50, 50]);
    assertEquals(counter.load(), 150);
    assert(!outer.locked && !inner.locked);
  },
);

test("21 Lock that is fair cannot be starved by a thread in a tight loop", async (stage) => {
  const lock = new Lock({ fair: true }), stop = new AtomicInt32();
  const arrived = new AtomicInt32();
  const greedy = stage.party("sync", bodies.hammer, lock, arrived, stop);
  await reached(arrived, 1);
  for (let i = 0; i < 10; i++) {
    assert(lock.acquire(10_000), `not acquired at ${i}`);
    lock.release();
    assert(await lock.acquireAsync(10_000), `not awaited at ${i}`);
    lock.release();
  }
  stop.store(1);
  assert(await greedy > 0);
});

test("21 Lock that barges lets another thread in soon enough", async (stage) => {
  const lock = new Lock(), stop = new AtomicInt32();
  const arrived = new AtomicInt32();
  const greedy = stage.party("sync", bodies.hammer, lock, arrived, stop);
  await reached(arrived, 1);
  for (let i = 0; i < 10; i++) {
    assert(await lock.acquireAsync(10_000));
    lock.release();
  }
  stop.store(1);
  assert(await greedy > 0);
});

testFaces("23 Lock loses nothing when some only try", async (face, stage) => {
  const lock = new Lock(), counter = new AtomicInt32();
  await stage.parties(face, 4, bodies.incrementTrying, lock, counter, 1000);
  assertEquals(counter.load(), 4000);
});

test("250 Lock that checks its owner is taken back from a task of its thread that does not run yet", async () => {
  for (const fair of [false, true]) {
    const lock = new Lock({ ownerCheck: true, fair });
    lock.acquire();
    const task = lock.acquireAsync();
    await rest("async", 1);
    lock.release();
    assert(lock.acquire());
    lock.release();
    assert(await task);
    lock.release();
  }
});

test("254 Lock that is recovered by awaiting is a task's: its thread does not wait for it", async (stage) => {
  const lock = new Lock();
  await stage.thread(bodies.keep, lock).joinAsync();
  const held = await lock.recoverAsync(10_000);
  assert(held.wasAbandoned);
  assertThrows(() => lock.acquire(), DeadlockError, "an async task");
  held.release();
  assert(!lock.locked);
});
