// Where an RLock differs from a Lock; what holds for both is in lock_test.ts.

import {
  AtomicInt32,
  CancelToken,
  RLock,
  SyncStateError,
  TimeoutError,
} from "@interlock/threading";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { QUIET, reached, rest, type Stage, test } from "../support/stage.ts";
import * as lockBodies from "./lock_bodies.ts";
import * as bodies from "./rlock_bodies.ts";

/** The word in which a lock counts how often its holder acquired it again. */
const DEPTH = 6;

for (const fair of [false, true]) {
  const kind = fair ? "fair RLock" : "RLock";

  test(`24 ${kind} is acquired by its owner again, by every method`, () => {
    const lock = new RLock({ fair });
    assert(lock.acquire() && lock.acquire(0) && lock.acquire({ timeout: 50 }));
    assert(lock.tryAcquire());
    const held = lock.hold();
    lock.run(() => assertEquals(lock.holdCount, 6));
    assertEquals(lock.holdCount, 5);
    held.release();
    held.release();
    assertEquals(lock.holdCount, 4);
    for (let i = 0; i < 4; i++) lock.release();
    assert(!lock.locked);
  });

  test(`25 ${kind}.release when it is not held throws, also after balanced use`, () => {
    const lock = new RLock({ fair, name: "tree" });
    const message = 'Cannot release RLock("tree", unlocked): it is not held';
    assertThrows(() => lock.release(), SyncStateError, message);
    for (let i = 0; i < 3; i++) lock.acquire();
    for (let i = 0; i < 3; i++) lock.release();
    assertThrows(() => lock.release(), SyncStateError, message);
    assertEquals(lock.holdCount, 0);
    assert(lock.acquire(0));
    assertEquals(lock.holdCount, 1);
  });

  test(`26, 27, 32 ${kind} counts for its owner only, and is locked until its last release`, async (stage) => {
    const lock = new RLock({ fair });
    for (const depth of [1, 2, 3, 2, 1]) {
      while (lock.holdCount < depth) lock.acquire();
      while (lock.holdCount > depth) lock.release();
      assert(lock.locked && lock.isOwned);
      assertEquals(await stage.party("sync", bodies.see, lock), {
        locked: true,
        isOwned: false,
        holdCount: 0,
        got: false,
      });
    }
    lock.release();
    assert(!lock.locked && !lock.isOwned);
    const { got } = await stage.party("sync", bodies.see, lock);
    assert(got);
  });

  test(`27 ${kind}.release by another thread throws, and changes nothing`, async (stage) => {
    const lock = new RLock({ fair });
    const message = "Cannot release RLock(locked): another thread holds it";
    for (const depth of [1, 2]) {
      lock.acquire();
      assertEquals(
        await stage.party("sync", bodies.releaseForeign, lock),
        [message, message],
      );
      assertEquals(lock.holdCount, depth);
    }
  });

  test(`31 ${kind}'s blocked waits are cancelled, and its holder stays`, async (stage) => {
    const lock = new RLock({ fair }), arrived = new AtomicInt32();
    const token = new CancelToken();
    lock.acquire();
    lock.acquire();
    const cancelled = (timeout?: number) =>
      stage.party("sync", bodies.cancelled, lock, arrived, token, timeout);
    const results = [cancelled(), cancelled(20_000)];
    const passes = stage.party(
      "sync",
      lockBodies.timed,
      lock as never,
      Infinity,
    );
    await reached(arrived, 2);
    token.cancel();
    assertEquals(await Promise.all(results), [
      "CancelledError",
      "CancelledError",
    ]);
    assertEquals(lock.holdCount, 2);
    lock.release();
    lock.release();
    assert((await passes).got);
    assert(!lock.locked);
  });

  test(`32 ${kind}.acquire by another thread fails no earlier than its timeout`, async (stage) => {
    const lock = new RLock({ fair });
    lock.acquire();
    for (const timeout of [0, 60]) {
      const { got, elapsed } = await stage.party(
        "sync",
        lockBodies.timed,
        lock as never,
        timeout,
      );
      assert(!got);
      assert(elapsed >= timeout && elapsed < timeout + 540, `${elapsed} ms`);
    }
  });

  test(`34 ${kind}'s next owner sees what was written under nested holds`, async (stage) => {
    const lock = new RLock({ fair });
    const words = new Int32Array(new SharedArrayBuffer(32));
    const deepest = await stage.parties(
      "sync",
      4,
      bodies.addNested,
      lock,
      words,
      500,
    );
    assertEquals(deepest, [4, 4, 4, 4]);
    assertEquals([...words], Array.from({ length: 8 }, () => 2000));
    assert(!lock.locked);
  });
}

test("26 RLock counts up to 2147483648, and refuses more", () => {
  const lock = new RLock();
  const words = new Int32Array(lock.buffer, lock.byteOffset);
  lock.acquire();
  lock.acquire();
  Atomics.store(words, DEPTH, 2147483646);
  assert(lock.acquire());
  assertEquals(lock.holdCount, 2147483648);
  for (const attempt of [() => lock.acquire(), () => lock.tryAcquire()]) {
    assertThrows(
      attempt,
      SyncStateError,
      "Cannot acquire RLock(locked): this thread acquired it 2147483648 times",
    );
  }
  assertEquals(lock.holdCount, 2147483648);
  lock.release();
  assertEquals(lock.holdCount, 2147483647);
});

test("27 RLock is owned by the thread, through every view of it", () => {
  const lock = new RLock({ name: "tree" }), view = RLock.from(lock.handle);
  lock.acquire();
  assert(view.isOwned && view.acquire(0));
  assertEquals([lock.holdCount, view.holdCount], [2, 2]);
  assertEquals(view.name, "tree");
  lock.release();
  view.release();
  assert(!lock.locked);
});

test("29 RLock's string shows whether it is locked, and its name", () => {
  const lock = new RLock(), named = new RLock({ name: "tree" });
  assertEquals(`${lock}`, "RLock(unlocked)");
  lock.acquire();
  lock.acquire();
  assertEquals(`${lock}`, "RLock(locked)");
  assertEquals(Deno.inspect(named), 'RLock("tree", unlocked)');
});

/** Whether four threads got it in the order in which they came. */
async function inOrder(stage: Stage, lock: RLock): Promise<void> {
  const arrived = new AtomicInt32(), turns = new AtomicInt32();
  lock.acquire();
  const results: Promise<number>[] = [];
  for (let i = 0; i < 4; i++) {
    results.push(
      stage.party("sync", bodies.inTurn, lock, arrived, turns),
    );
    await reached(arrived, i + 1);
    await rest("async", QUIET);
  }
  lock.release();
  assertEquals(await Promise.all(results), [0, 1, 2, 3]);
}

test("29 RLock that is fair is so through every view of it", async (stage) => {
  const { handle } = new RLock({ fair: true });
  await inOrder(stage, RLock.from(handle));
});

test("12 RLock.recover acquires a lock that nobody abandoned, as often as it is called", () => {
  const lock = new RLock();
  const first = lock.recover(), second = lock.recover(0);
  assert(!first.wasAbandoned && !second.wasAbandoned);
  assertEquals(lock.holdCount, 2);
  second.release();
  assert(first.isHeld && lock.isOwned);
  first.release();
  assert(!lock.locked);
});

test("254 RLock has no method that awaits, and refuses a section that does", () => {
  const lock = new RLock();
  for (const name of ["acquire", "hold", "run", "recover"]) {
    assert(name in lock && !(`${name}Async` in lock), name);
  }
  assertThrows(
    () => lock.run((() => Promise.resolve()) as never),
    TypeError,
    "'fn' returned a promise",
  );
  assert(!lock.locked);
});

test("254 RLock's hold is released once, and never somebody else's", () => {
  const lock = new RLock(), mine = lock.hold();
  mine.release();
  const theirs = lock.hold();
  mine.release();
  assert(!mine.isHeld && theirs.isHeld && lock.isOwned);
  theirs.release();
  assertThrows(() => structuredClone(mine), Error);
});

test("12 RLock.recover keeps to its timeout", async (stage) => {
  const lock = new RLock(), arrived = new AtomicInt32();
  const release = new AtomicInt32();
  const holder = stage.party("sync", bodies.holdUntil, lock, arrived, release);
  await reached(arrived, 1);
  assertThrows(
    () => lock.recover(20),
    TimeoutError,
    "Cannot acquire RLock: the timeout passed",
  );
  assertThrows(() => lock.recover(0), TimeoutError);
  release.store(1);
  release.notify();
  await holder;
  assert(!lock.locked);
});
