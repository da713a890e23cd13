// 109, 117: no recursion; a thread that would wait for itself gets a DeadlockError where
// that can be known (119). 121: a Condition works over a Lock or an RLock only. 123, 124:
// nothing is poisoned, and the lock carries no value.

import {
  AbandonedLockError,
  AtomicInt32,
  attach,
  DeadlockError,
  Latch,
  RWLock,
  SyncStateError,
  TimeoutError,
} from "@interlock/threading";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  acquire,
  QUIET,
  reached,
  rest,
  test,
  testFaces,
} from "../support/stage.ts";
import * as bodies from "./rw_lock_bodies.ts";

const SIDES = ["read", "write", "upgradable"] as const;

testFaces(
  "108 RWLock is read, written, read twice and written",
  async (face) => {
    const rw = new RWLock({ name: "table" });
    assertEquals(`${rw}`, 'RWLock("table", unlocked)');
    for (let i = 0; i < 2; i++) {
      assert(await acquire(face, rw.read));
      assertEquals([rw.readers, rw.read.locked, rw.write.locked], [
        1,
        true,
        false,
      ]);
      rw.read.release();
      assert(await acquire(face, rw.write));
      assertEquals([rw.readers, rw.locked, rw.write.locked], [0, true, true]);
      assertEquals(`${rw}`, 'RWLock("table", write-locked)');
      rw.write.release();
      assert(await acquire(face, rw.read) && await acquire(face, rw.read));
      assertEquals(`${rw}`, 'RWLock("table", 2 readers)');
      rw.read.release();
      assertEquals(`${rw.read}`, 'RWLockRead of RWLock("table", 1 reader)');
      rw.read.release();
      assert(!rw.locked);
    }
  },
);

test("108 RWLock's scopes release each side", async () => {
  const rw = new RWLock();
  for (const side of SIDES) {
    assertEquals(rw[side].run(() => rw[side].locked), true);
    assertEquals(await rw[side].runAsync(() => rw[side].locked), true);
    {
      using held = rw[side].hold();
      assert(held.isHeld && rw[side].locked);
    }
    using held = await rw[side].holdAsync();
    assert(held.isHeld && rw[side].locked);
    held.release();
    assert(!rw.locked);
  }
});

testFaces(
  "110 RWLock refuses the release of what is not held, or by another writer",
  async (face, stage) => {
    const rw = new RWLock();
    for (const side of SIDES) {
      assertThrows(
        () => rw[side].release(),
        SyncStateError,
        "RWLock(unlocked)",
      );
    }
    assertThrows(
      () => rw.write.downgrade(),
      SyncStateError,
      "Cannot downgrade",
    );
    assertThrows(() => rw.upgradable.tryUpgrade(), SyncStateError);
    await acquire(face, rw.read);
    assertThrows(() => rw.write.release(), SyncStateError, "1 reader");
    assertThrows(() => rw.upgradable.release(), SyncStateError);
    rw.read.release();
    assertThrows(() => rw.read.release(), SyncStateError, "it has no reader");
    await acquire(face, rw.write);
    assertEquals(
      await stage.party("sync", bodies.releaseIt, rw, "write"),
      "Cannot release RWLock(write-locked): this thread does not have the write hold",
    );
    assertThrows(() => rw.read.release(), SyncStateError, "it has no reader");
    rw.write.release();
    await acquire(face, rw.upgradable);
    assertEquals(
      await stage.party("sync", bodies.releaseIt, rw, "upgradable"),
      "Cannot release RWLock(1 reader): this thread does not have the upgradable hold",
    );
    assertThrows(() => rw.read.release(), SyncStateError, "it has no reader");
    rw.upgradable.release();
    assert(!rw.locked && await acquire(face, rw.write));
  },
);

testFaces("111 RWLock's sides keep to their timeouts", async (face, stage) => {
  const rw = new RWLock();
  for (const side of SIDES) {
    for (const timeout of [0, 0.5, 50, 2 ** 31, Infinity]) {
      assert((await stage.party(face, bodies.timed, rw, side, timeout)).got);
    }
  }
  rw.write.acquire();
  for (const side of SIDES) {
    const late = await stage.party(face, bodies.timed, rw, side, 60);
    assert(!late.got, side);
    assert(late.elapsed >= 60 && late.elapsed < 600, `took ${late.elapsed} ms`);
    const none = await stage.party(face, bodies.timed, rw, side, 0);
    assert(!none.got && none.elapsed < 30, `took ${none.elapsed} ms`);
  }
  rw.write.release();
  rw.read.acquire();
  assert(!(await stage.party(face, bodies.timed, rw, "write", 20)).got);
  // Who gave up holds back nobody.
  assert((await stage.party(face, bodies.timed, rw, "read", 5000)).got);
  assertThrows(() => rw.write.hold(5), TimeoutError);
  rw.read.release();
});

test("111 251 RWLock's awaited sides can be aborted, and lose nothing", async () => {
  const rw = new RWLock(), reason = new Error("enough");
  const aborted = AbortSignal.abort(reason);
  for (const side of SIDES) {
    const error = await assertRejects(() =>
      rw[side].acquireAsync({ signal: aborted })
    );
    assertEquals(error, reason);
  }
  assert(!rw.locked);
  rw.read.acquire();
  const controller = new AbortController(), { signal } = controller;
  const write = rw.write.acquireAsync({ signal });
  const read = rw.read.acquireAsync();
  assertEquals(rw.readers, 1);
  controller.abort(reason);
  assertEquals(await assertRejects(() => write), reason);
  assert(await read, "249 a reader is still held back");
  rw.read.release();
  rw.read.release();
  assert(await rw.write.acquireAsync({ signal: new AbortController().signal }));
  rw.write.release();
  assert(!rw.locked);
});

testFaces(
  "112 116 RWLock.tryAcquire writes if nobody holds it, and reads unless it is written",
  async (face, stage) => {
    const rw = new RWLock();
    const now = () => stage.party(face, bodies.attempts, rw);
    assertEquals(await now(), { read: true, write: true, upgradable: true });
    await acquire(face, rw.read);
    assertEquals(await now(), { read: true, write: false, upgradable: true });
    await acquire(face, rw.upgradable);
    assertEquals(await now(), { read: true, write: false, upgradable: false });
    rw.upgradable.release();
    const coming = new AtomicInt32(), inside = new AtomicInt32();
    const leave = new Latch(1);
    const writer = stage.party(
      face,
      bodies.hold,
      rw,
      "write",
      coming,
      inside,
      leave,
    );
    await reached(coming, 1);
    // A waiting writer holds back who waits, not who tries.
    while (await rw.read.acquireAsync(1)) rw.read.release();
    assertEquals((await now()).read, true);
    rw.read.release();
    await reached(inside, 1);
    assertEquals(await now(), { read: false, write: false, upgradable: false });
    leave.countDown();
    assert(await writer);
    assert(!rw.locked);
  },
);

testFaces("113 RWLock lets five readers in together", async (face, stage) => {
  const rw = new RWLock(), inside = new AtomicInt32(), leave = new Latch(1);
  const readers = stage.parties(
    face,
    5,
    bodies.hold,
    rw,
    "read",
    new AtomicInt32(),
    inside,
    leave,
  );
  await reached(inside, 5);
  assertEquals(rw.readers, 5);
  leave.countDown();
  assertEquals(await readers, [true, true, true, true, true]);
  assert(!rw.locked);
});

testFaces(
  "114 115 RWLock's writer waits for the last reader, new readers for the writer",
  async (face, stage) => {
    const rw = new RWLock(), coming = new AtomicInt32();
    const written = new AtomicInt32(), read = new AtomicInt32();
    const leave = new Latch(1), open = new Latch(0);
    rw.read.acquire();
    rw.read.acquire();
    const writer = stage.party(
      face,
      bodies.hold,
      rw,
      "write",
      coming,
      written,
      leave,
    );
    await reached(coming, 1);
    while (await rw.read.acquireAsync(1)) rw.read.release();
    const readers = stage.parties(
      face,
      3,
      bodies.hold,
      rw,
      "read",
      coming,
      read,
      open,
    );
    await reached(coming, 4);
    rw.read.release();
    await rest("async", QUIET);
    assertEquals([written.load(), read.load(), rw.readers], [0, 0, 1]);
    rw.read.release();
    await reached(written, 1);
    await rest("async", QUIET);
    assertEquals([read.load(), rw.write.locked], [0, true]);
    leave.countDown();
    assert(await writer);
    assertEquals(await readers, [true, true, true]);
  },
);

testFaces(
  "115 RWLock's writer gets in among readers that come again",
  async (face, stage) => {
    const rw = new RWLock(), running = new AtomicInt32();
    const stop = new AtomicInt32();
    const readers = Array.from(
      { length: 4 },
      () => stage.thread(bodies.readOn, rw, running, stop),
    );
    await reached(running, 4);
    for (let i = 0; i < 10; i++) {
      assert(await acquire(face, rw.write, 10_000), `not acquired at ${i}`);
      rw.write.release();
    }
    stop.store(1);
    for (const reader of readers) assert(await reader.resultAsync() > 0);
  },
);

testFaces(
  "115 RWLock's writer gets in among readers that overlap",
  async (face, stage) => {
    const rw = new RWLock(), stop = new AtomicInt32();
    const [one, other] = [new AtomicInt32(), new AtomicInt32()];
    const readers = [
      stage.thread(bodies.readOver, rw, one, other, stop),
      stage.thread(bodies.readOver, rw, other, one, stop),
    ];
    while (one.load() === 0 || other.load() === 0) await rest("async", 1);
    for (let i = 0; i < 10; i++) {
      assert(await acquire(face, rw.write, 10_000), `not acquired at ${i}`);
      rw.write.release();
    }
    stop.store(1);
    for (const reader of readers) await reader.resultAsync();
  },
);

testFaces(
  "118 RWLock.downgrade lets no writer in between",
  async (face, stage) => {
    const rw = new RWLock(), counter = new AtomicInt32();
    const wrong = await stage.parties(
      face,
      3,
      bodies.downgrade,
      rw,
      counter,
      300,
    );
    assertEquals(wrong, [0, 0, 0]);
    assertEquals(counter.load(), 900);
    assert(!rw.locked);
    rw.write.acquire();
    const held = rw.write.downgrade();
    const now = await stage.party(face, bodies.attempts, rw);
    assertEquals(now, { read: true, write: false, upgradable: true });
    assertThrows(() => rw.write.release(), SyncStateError);
    held.release();
    held.release();
    assert(!rw.locked);
  },
);

test("119 RWLock's blocking sides tell a thread that it would wait for itself", async () => {
  const rw = new RWLock();
  const refused = (side: (typeof SIDES)[number]) => {
    assertThrows(() => rw[side].acquire(), DeadlockError, "this thread");
    assert(!rw[side].acquire(5));
    assert(!rw[side].tryAcquire());
  };
  rw.write.acquire();
  for (const side of SIDES) refused(side);
  rw.write.release();
  await rw.write.acquireAsync();
  for (const side of SIDES) refused(side);
  const next = rw.write.acquireAsync();
  rw.write.release();
  assert(await next);
  rw.write.release();
  rw.upgradable.acquire();
  refused("write");
  refused("upgradable");
  assert(rw.read.acquire());
  assert(!rw.upgradable.tryUpgrade());
  assertThrows(() => rw.upgradable.upgrade(5), TimeoutError);
  rw.read.release();
  rw.upgradable.release();
  assert(!rw.locked);
});

test("119 RWLock's writers that wait for each other are told, one of them", async (stage) => {
  const one = new RWLock(), other = new RWLock(), both = new Latch(2);
  const threads = [
    stage.thread(bodies.cross, one, other, both),
    stage.thread(bodies.cross, other, one, both),
  ];
  const results = await Promise.all(
    threads.map((thread) => thread.resultAsync(20_000)),
  );
  assertEquals(results.sort(), ["DeadlockError", "got both"]);
  assert(!one.locked && !other.locked);
});

testFaces(
  "120 RWLock has one upgradable reader among readers, who writes when they have left",
  async (face, stage) => {
    const rw = new RWLock(), inside = new AtomicInt32(), leave = new Latch(1);
    const coming = new AtomicInt32();
    await acquire(face, rw.upgradable);
    assertEquals([rw.readers, rw.upgradable.locked], [1, true]);
    const readers = stage.parties(
      face,
      2,
      bodies.hold,
      rw,
      "read",
      coming,
      inside,
      leave,
    );
    await reached(inside, 2);
    assertEquals(rw.readers, 3);
    assert(!rw.upgradable.tryUpgrade());
    const upgrade = face === "async" ? rw.upgradable.upgradeAsync() : undefined;
    leave.countDown();
    using held = upgrade ? await upgrade : rw.upgradable.upgrade();
    assert(held.isHeld && rw.write.locked && rw.upgradable.locked);
    assertThrows(() => rw.upgradable.upgrade(), SyncStateError, "already");
    await readers;
    held.release();
    // Back to where it was.
    assertEquals([rw.readers, rw.write.locked], [1, false]);
    assert(rw.upgradable.tryUpgrade());
    rw.upgradable.release();
    assert(!rw.locked && !rw.upgradable.locked);
    // Or on to a plain reader.
    await acquire(face, rw.upgradable);
    rw.upgradable.upgrade();
    using reading = rw.write.downgrade();
    assert(reading.isHeld && !rw.upgradable.locked);
    assert(await stage.party(face, bodies.attempts, rw).then((a) => a.read));
    assertThrows(() => rw.upgradable.release(), SyncStateError);
  },
);

testFaces(
  "120 RWLock's upgradable reader reads on while a writer waits",
  async (face, stage) => {
    const rw = new RWLock(), coming = new AtomicInt32();
    const inside = new AtomicInt32();
    rw.upgradable.acquire();
    const writer = stage.party(
      "sync",
      bodies.hold,
      rw,
      "write",
      coming,
      inside,
      new Latch(0),
    );
    await reached(coming, 1);
    await rest("async", QUIET);
    assert(await acquire(face, rw.read, 5000));
    rw.read.release();
    rw.upgradable.release();
    assert(await writer);
  },
);

testFaces(
  "122 RWLock proves itself in a mix: readers see no half change",
  async (face, stage) => {
    const rw = new RWLock();
    const first = new AtomicInt32(), second = new AtomicInt32();
    const wrong = await stage.parties(
      face,
      5,
      bodies.mixed,
      rw,
      first,
      second,
      1000,
    );
    assertEquals(wrong, [0, 0, 0, 0, 0]);
    assertEquals(first.load(), second.load());
    assert(first.load() >= 500 && !rw.locked);
  },
);

testFaces(
  "123 RWLock is released by its scopes whatever they throw",
  async (face) => {
    const rw = new RWLock();
    const fails = () => {
      throw new RangeError("inside");
    };
    for (const side of SIDES) {
      if (face === "sync") {
        assertThrows(() => rw[side].run(fails), RangeError, "inside");
      } else {
        await assertRejects(
          () => rw[side].runAsync(fails),
          RangeError,
          "inside",
        );
      }
      assert(!rw.locked);
    }
  },
);

test("250 RWLock's task that waits to write does not hold back its own blocked thread", async () => {
  const rw = new RWLock();
  await rw.upgradable.acquireAsync();
  const write = rw.write.acquireAsync();
  await rest("async", QUIET);
  assert(rw.read.acquire(5000));
  rw.read.release();
  rw.upgradable.release();
  assert(await write);
  rw.write.release();
});

test("253 RWLock and its sides arrive as themselves", () => {
  const rw = new RWLock({ name: "table" });
  const { all, write } = structuredClone({ all: rw, write: rw.write });
  const twin = attach(all as RWLock), side = attach(write as RWLock["write"]);
  assert(side.acquire());
  assert(rw.write.locked && twin.write.locked);
  assertEquals(twin.name, "table");
  rw.write.release();
  assertEquals(attach(rw.read.handle).kind, "RWLockRead");
  assertEquals(attach(rw.upgradable.handle).kind, "RWLockUpgradable");
  assertThrows(() => structuredClone(rw.read.hold()), Error, "share its lock");
});

testFaces(
  "255 RWLock whose writer has died is recovered by one, then free",
  async (face, stage) => {
    const rw = new RWLock({ name: "table" }), inside = new AtomicInt32();
    const writer = stage.thread(bodies.writeAndStay, rw, inside);
    await reached(inside, 1);
    await writer.joinAsync();
    for (const side of SIDES) {
      const dead = () => acquire(face, rw[side], 10_000);
      await assertRejects(dead, AbandonedLockError, 'RWLock("table")');
      assertThrows(() => rw[side].tryAcquire(), AbandonedLockError);
    }
    {
      using held = face === "sync"
        ? rw.write.recover(10_000)
        : await rw.write.recoverAsync(10_000);
      assert(held.wasAbandoned && rw.write.locked);
    }
    assert(!rw.locked && await acquire(face, rw.read));
    rw.read.release();
    using held = rw.write.recover();
    assert(!held.wasAbandoned);
  },
);

test("120 RWLock's upgrade ends with an error if its thread gives back the upgradable hold meanwhile", async () => {
  const rw = new RWLock();
  await rw.read.acquireAsync();
  await rw.upgradable.acquireAsync();
  const upgrade = rw.upgradable.upgradeAsync();
  await rest("async", 1);
  rw.upgradable.release();
  rw.read.release();
  await assertRejects(() => upgrade, SyncStateError, "meanwhile");
  assert(rw.write.tryAcquire());
  rw.write.release();
});
