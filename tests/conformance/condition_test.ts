import {
  AbandonedLockError,
  AtomicInt32,
  attach,
  CancelledError,
  CancelToken,
  Condition,
  Lock,
  RLock,
  SyncStateError,
  TimeoutError,
  WouldBlockError,
} from "@interlock/threading";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { realm } from "../../primitives/_realm.ts";
import {
  acquire,
  type Face,
  QUIET,
  reached,
  rest,
  type Stage,
  test,
  wait,
} from "../support/stage.ts";
import * as bodies from "./condition_bodies.ts";
import * as lockBodies from "./lock_bodies.ts";

type AnyCondition = bodies.AnyCondition;

/** What a condition can be made over; only a Lock has both faces. */
const LOCKS: [name: string, make: () => Lock | RLock, faces: Face[]][] = [
  ["a Lock", () => new Lock(), ["sync", "async"]],
  [
    "a Lock that checks its owner",
    () => new Lock({ ownerCheck: true }),
    ["sync"],
  ],
  ["a fair Lock", () => new Lock({ fair: true }), ["sync", "async"]],
  ["an RLock", () => new RLock(), ["sync"]],
];

/** The same test over each lock, on each face that it has. */
function testLocks(
  name: string,
  fn: (face: Face, stage: Stage, condition: AnyCondition) => Promise<void>,
): void {
  for (const [lock, make, faces] of LOCKS) {
    for (const face of faces) {
      test(
        `${name}, over ${lock} (${face})`,
        (stage) => fn(face, stage, new Condition(make())),
      );
    }
  }
}

/** Notifies under the lock. Who said that it is about to wait does so by then. */
async function notify(
  face: Face,
  condition: AnyCondition,
  n?: number,
): Promise<number> {
  await acquire(face, condition);
  const notified = n === undefined
    ? condition.notifyAll()
    : condition.notify(n);
  condition.release();
  return notified;
}

test("35 Condition has an RLock of its own, or takes the lock that it is given", () => {
  const condition = new Condition();
  condition.run(() => condition.run(() => assert(condition.lock.isOwned)));
  for (const lock of [new Lock({ name: "l" }), new RLock({ name: "r" })]) {
    const condition = new Condition<Lock | RLock>(lock);
    assert(condition.acquire());
    assert(lock.locked && condition.locked);
    assertEquals(`${condition}`, `Condition(${lock}, waiting: 0)`);
    lock.release();
    assert(!condition.locked);
  }
});

testLocks(
  "36 Condition refuses each wait and each notification without its lock, at once, and changes nothing",
  async (face, stage, condition) => {
    const bytes = () => [
      ...new Uint8Array(condition.buffer),
      ...new Uint8Array(condition.lock.buffer),
    ];
    const refuse = async () => {
      const before = bytes();
      const message = "this thread does not hold its lock";
      for (const n of [1, 9]) {
        assertThrows(() => condition.notify(n), SyncStateError, message);
      }
      assertThrows(() => condition.notifyAll(), SyncStateError, message);
      for (const timeout of [undefined, 0, 10]) {
        const waits = face === "sync"
          ? [
            () => condition.wait(timeout),
            () => condition.waitFor(() => true, timeout),
          ]
          : [
            () => condition.waitAsync(timeout),
            () => condition.waitForAsync(() => true, timeout),
          ];
        for (const call of waits) {
          // deno-lint-ignore require-await
          await assertRejects(async () => call(), SyncStateError, message);
        }
      }
      assertEquals(bytes(), before);
    };
    await refuse();
    // Somebody holds it: that is not enough.
    const arrived = new AtomicInt32();
    const holder = stage.thread(
      bodies.waitCancelled,
      "sync",
      condition,
      arrived,
      undefined,
    );
    await reached(arrived, 1);
    await acquire(face, condition);
    condition.release();
    await refuse();
    assertEquals(condition.waiting, 1);
    assertEquals(await notify(face, condition, 1), 1);
    assertEquals(await holder.resultAsync(10_000), "waited: true");
  },
);

testLocks(
  "37 Condition's queue survives a thread that waits without the lock in a loop",
  async (face, stage, condition) => {
    const arrived = new AtomicInt32(), passed = new AtomicInt32();
    const rogue = stage.party("sync", bodies.misuse, condition, 1000);
    for (let round = 1; round <= 6; round++) {
      const waits = stage.party(
        face,
        bodies.waitTimes,
        condition,
        arrived,
        passed,
        1,
      );
      await reached(arrived, round);
      assertEquals(await notify(face, condition, 1), 1);
      assert(await waits);
    }
    assertEquals(await rogue, 1000);
    assertEquals(condition.waiting, 0);
  },
);

testLocks(
  "38, 54 Condition.notify reaches as many as it says, across first and second waits",
  async (face, stage, condition) => {
    for (let repeat = 0; repeat < 2; repeat++) {
      const arrived = new AtomicInt32(), passed = new AtomicInt32();
      const results = stage.parties(
        face,
        5,
        bodies.waitTimes,
        condition,
        arrived,
        passed,
        2,
      );
      await reached(arrived, 5);
      assertEquals(await notify(face, condition, 3), 3);
      await reached(arrived, 8); // Three wait again.
      await rest("async", QUIET);
      assertEquals(passed.load(), 3);
      assertEquals(await notify(face, condition, 5), 5);
      await reached(passed, 8);
      await reached(arrived, 10);
      assertEquals(await notify(face, condition), 2);
      assertEquals(await results, Array(5).fill(true));
      assertEquals([passed.load(), condition.waiting], [10, 0]);
    }
  },
);

testLocks(
  "39, 257 Condition.wait that is not notified reports false, and not early",
  async (face, stage, condition) => {
    const arrived = new AtomicInt32(), passed = new AtomicInt32();
    for (const timeout of [0, 0.5, 60]) {
      const { got, elapsed } = await stage.party(
        face,
        bodies.waitOnce,
        condition,
        arrived,
        passed,
        timeout,
      );
      assert(!got);
      assert(elapsed >= timeout && elapsed < timeout + 540, `${elapsed} ms`);
    }
    assert(!condition.locked);
  },
);

testLocks(
  "40 Condition.waitFor returns what is true under the lock, and what is false after one deadline",
  async (face, stage, condition) => {
    const arrived = new AtomicInt32(), value = new AtomicInt32();
    const until = (timeout?: number) =>
      stage.party(
        face,
        bodies.waitUntil,
        condition,
        arrived,
        value,
        4,
        timeout,
      );
    const waits = until();
    await reached(arrived, 1);
    for (let i = 0; i < 4; i++) {
      await acquire(face, condition);
      value.add(1);
      condition.notify();
      condition.release();
    }
    assertEquals((await waits).found, 4);

    value.store(0);
    const late = until(100);
    await reached(arrived, 2);
    let ended = false;
    late.then(() => ended = true);
    while (!ended) {
      await notify(face, condition);
      await rest("async", 5);
    }
    const { found, elapsed, looks } = await late;
    assertEquals(found, 0);
    assert(looks > 1, "no notification reached it");
    assert(elapsed >= 100 && elapsed < 640, `${elapsed} ms`);
  },
);

testLocks(
  "41, 42 Condition waits no time if what it waits for is there, and knows very long times",
  async (face, stage, condition) => {
    const arrived = new AtomicInt32(), passed = new AtomicInt32();
    const value = new AtomicInt32(7);
    const { found, looks } = await stage.party(
      face,
      bodies.waitUntil,
      condition,
      arrived,
      value,
      7,
      0,
    );
    assertEquals([found, looks], [7, 1]);
    const long = [2 ** 31, Number.MAX_VALUE, Infinity];
    for (const [i, timeout] of long.entries()) {
      const waits = stage.party(
        face,
        bodies.waitOnce,
        condition,
        arrived,
        passed,
        timeout,
      );
      await reached(arrived, 2 + i);
      assertEquals(await notify(face, condition, 1), 1);
      assert((await waits).got);
    }
  },
);

testLocks(
  "43, 51 Condition.notify wakes no more than there are, and is not remembered",
  async (face, stage, condition) => {
    const arrived = new AtomicInt32(), passed = new AtomicInt32();
    assertEquals(await notify(face, condition, 1), 0);
    assertEquals(await notify(face, condition), 0);
    const once = (timeout?: number) =>
      stage.party(
        face,
        bodies.waitOnce,
        condition,
        arrived,
        passed,
        timeout,
      );
    const results = [once(), once(), once()];
    await reached(arrived, 3);
    await rest("async", QUIET);
    assertEquals(passed.load(), 0);
    assertEquals(await notify(face, condition, 1), 1);
    await reached(passed, 1);
    await rest("async", QUIET);
    assertEquals(passed.load(), 1);
    assertEquals(await notify(face, condition, 2147483647), 2);
    for (const { got } of await Promise.all(results)) assert(got);
    assert(!(await once(QUIET)).got, "a surplus notification was remembered");
  },
);

testLocks(
  "44, 47 Condition.wait that is cancelled has the lock again, throws, and leaves no waiter",
  async (face, stage, condition) => {
    const arrived = new AtomicInt32(), token = new CancelToken();
    const cancelled = () =>
      stage.party(face, bodies.waitCancelled, condition, arrived, token);
    const results = [cancelled(), cancelled()];
    await reached(arrived, 2);
    token.cancel();
    assertEquals(await Promise.all(results), [
      "CancelledError",
      "CancelledError",
    ]);
    assertEquals([condition.waiting, condition.locked], [0, false]);
    assertEquals(await cancelled(), "CancelledError", "cancelled before");
    assertEquals(await notify(face, condition), 0);
  },
);

for (const [lock, make] of LOCKS) {
  test(`47 Condition.wait of a thread that is stopped has the lock again, and throws, over ${lock}`, async (stage) => {
    const condition: AnyCondition = new Condition(make());
    const arrived = new AtomicInt32();
    const thread = stage.thread(
      bodies.waitCancelled,
      "sync",
      condition,
      arrived,
      undefined,
    );
    await reached(arrived, 1);
    thread.stop();
    assertEquals(await thread.resultAsync(10_000), "CancelledError");
    assertEquals([condition.waiting, condition.locked], [0, false]);
  });
}

testLocks(
  "45, 46 Condition.notify takes the waiter out at once, which goes on when the lock is free",
  async (face, stage, condition) => {
    const arrived = new AtomicInt32(), passed = new AtomicInt32();
    const results = stage.parties(
      face,
      2,
      bodies.waitOnce,
      condition,
      arrived,
      passed,
      undefined,
    );
    await reached(arrived, 2);
    await acquire(face, condition);
    assertEquals(condition.waiting, 2);
    assertEquals(condition.notify(), 1);
    assertEquals(condition.waiting, 1);
    assertEquals(condition.notify(), 1);
    assertEquals([condition.waiting, condition.notify()], [0, 0]);
    await rest("async", QUIET);
    assertEquals(passed.load(), 0);
    condition.release();
    for (const { got } of await results) assert(got);
  },
);

testLocks(
  "48 Condition.notifyAll wakes each of 8 waiters once, in many rounds",
  async (face, stage, condition) => {
    const arrived = new AtomicInt32(), passed = new AtomicInt32();
    const results = stage.parties(
      face,
      8,
      bodies.waitTimes,
      condition,
      arrived,
      passed,
      25,
    );
    for (let round = 1; round <= 25; round++) {
      await reached(arrived, 8 * round);
      assertEquals(await notify(face, condition), 8);
      await reached(passed, 8 * round);
    }
    assertEquals(await results, Array(8).fill(true));
    assertEquals(passed.load(), 200);
  },
);

testLocks(
  "49 Condition.notify wakes in order of arrival",
  async (face, stage, condition) => {
    const arrived = new AtomicInt32(), passed = new AtomicInt32();
    const results: Promise<{ turn: number }>[] = [];
    for (let i = 1; i <= 5; i++) {
      results.push(
        stage.party(
          face,
          bodies.waitOnce,
          condition,
          arrived,
          passed,
          undefined,
        ),
      );
      await reached(arrived, i);
    }
    for (const [i, result] of results.entries()) {
      assertEquals(await notify(face, condition, 1), 1);
      assertEquals((await result).turn, i);
    }
  },
);

for (const fair of [false, true]) {
  test(
    `50 Condition.wait restores how often an RLock${
      fair ? " that is fair" : ""
    } was acquired`,
    async (stage) => {
      const condition = new Condition(new RLock({ fair }));
      const arrived = new AtomicInt32();
      const depths = [1, 2, 5];
      const results = depths.map((depth) =>
        stage.party("sync", bodies.waitNested, condition, arrived, depth)
      );
      await reached(arrived, 3);
      // This thread holds it twice too while it notifies.
      condition.run(() => condition.run(() => condition.notifyAll()));
      assertEquals(await Promise.all(results), depths);
      assert(!condition.locked);
    },
  );
}

testLocks(
  "52 Condition hands on in turn between three",
  async (face, stage, condition) => {
    const counter = new AtomicInt32();
    const results = [0, 1, 2].map((me) =>
      stage.party(face, bodies.relay, condition, counter, me, 3, 30)
    );
    assertEquals(await Promise.all(results), [true, true, true]);
    assertEquals(counter.load(), 90);
  },
);

testLocks(
  "52 Condition: a later waiter takes no notification of those that were before",
  async (face, stage, condition) => {
    const arrived = new AtomicInt32(), passed = new AtomicInt32();
    const results = stage.parties(
      face,
      3,
      bodies.waitOnce,
      condition,
      arrived,
      passed,
      undefined,
    );
    await reached(arrived, 3);
    await acquire(face, condition);
    assertEquals(condition.notifyAll(), 3);
    // The lock is not free in between: they cannot have gone on.
    assert(!await wait(face, condition, QUIET));
    condition.release();
    for (const { got } of await results) assert(got);
  },
);

test("53 Condition is posted with its lock, and opens the same one", async (stage) => {
  for (const [, make] of LOCKS) {
    const condition: AnyCondition = new Condition(make());
    const arrived = new AtomicInt32(), passed = new AtomicInt32();
    const posted = structuredClone({ condition }).condition;
    assertEquals(structuredClone(condition.handle), posted);
    const { lock } = condition;
    for (const view of [Condition.from(posted), attach(condition.handle)]) {
      assertEquals(view.lock.kind, lock.kind);
      view.run(() => assert(lock.locked && condition.locked));
    }
    const waits = stage.party(
      "sync",
      bodies.waitOnce,
      Condition.from(posted),
      arrived,
      passed,
      undefined,
    );
    await reached(arrived, 1);
    const thread = stage.thread(bodies.notifyAndReturn, condition);
    const back = await thread.resultAsync(10_000);
    assertEquals(back.notified, 1);
    assert((await waits).got);
    back.condition.acquire();
    assert(lock.locked);
    lock.release();
  }
});

test("53, 55 Condition's handle with another lock is refused", () => {
  const { handle } = new Condition(new Lock());
  for (
    const lock of [new Lock(), new RLock(), new Lock({ fair: true })]
  ) {
    assertThrows(
      () => Condition.from({ ...handle, lock: lock.handle }),
      TypeError,
      "'lock' must be the handle of its own lock, received another's",
    );
  }
  const bare = { ...handle, lock: undefined };
  assertThrows(() => Condition.from(bare as never), TypeError);
});

testLocks(
  "56 Condition: notifications that are handed on release all four",
  async (face, stage, condition) => {
    const arrived = new AtomicInt32();
    const results = stage.parties(face, 4, bodies.chain, condition, arrived);
    await reached(arrived, 4);
    assertEquals(await notify(face, condition, 1), 1);
    assertEquals(await results, [true, true, true, true]);
  },
);

testLocks(
  "58 Condition.notify is not spent on a waiter whose time is up, but that has no lock yet",
  async (face, stage, condition) => {
    const arrived = new AtomicInt32(), passed = new AtomicInt32();
    const { waitTimes, waitOnce } = bodies;
    const b = stage.party(face, waitTimes, condition, arrived, passed, 2);
    await reached(arrived, 1);
    const a = stage.party(face, waitOnce, condition, arrived, passed, 250);
    await reached(arrived, 2);
    // B waits again, and so behind A.
    assertEquals(await notify(face, condition, 1), 1);
    await reached(arrived, 3);
    await acquire(face, condition);
    try {
      while (condition.waiting > 1) await rest("async", 5);
      assertEquals([passed.load(), condition.notify(1)], [1, 1]);
    } finally {
      condition.release();
    }
    assertEquals([(await a).got, await b], [false, true]);
  },
);

test("54 Condition serves a hundred awaiting tasks, more than it has slots for", async () => {
  const condition = new Condition(new Lock());
  let trues = 0, falses = 0;
  const waits = Array.from({ length: 100 }, async (_, i) => {
    await condition.acquireAsync();
    // The last ten give up.
    const got = await condition.waitAsync(i < 90 ? undefined : 30);
    if (got) trues++;
    else falses++;
    condition.release();
  });
  await condition.acquireAsync();
  assertEquals(condition.waiting, 100);
  condition.release();
  while (falses < 10) await rest("async", 5);
  assertEquals(await notify("async", condition, 5), 5);
  assertEquals(await notify("async", condition, 70), 70);
  while (trues < 75) await rest("async", 1);
  await rest("async", QUIET);
  assertEquals([trues, condition.waiting], [75, 15]);
  assertEquals(await notify("async", condition), 15);
  await Promise.all(waits);
  assertEquals([trues, falses, condition.waiting], [90, 10, 0]);
});

test("54 Condition: a thread without a slot is notified as any", async (stage) => {
  const condition: AnyCondition = new Condition(new Lock());
  const arrived = new AtomicInt32(), passed = new AtomicInt32();
  const once = (timeout?: number) =>
    stage.party(
      "sync",
      bodies.waitOnce,
      condition,
      arrived,
      passed,
      timeout,
    );
  const tasks = Array.from({ length: 64 }, async () => {
    await condition.acquireAsync();
    const got = await condition.waitAsync();
    condition.release();
    return got;
  });
  await condition.acquireAsync();
  condition.release();
  assert(!(await once(QUIET)).got);
  const waits = [once(), once()];
  await reached(arrived, 3);
  assertEquals(await notify("async", condition, 65), 65);
  assertEquals(await Promise.all(tasks), Array(64).fill(true));
  await reached(passed, 2);
  await rest("async", QUIET);
  assertEquals([passed.load(), condition.waiting], [2, 1]);
  assertEquals(await notify("async", condition, 9), 1);
  for (const { got } of await Promise.all(waits)) assert(got);
});

test("249, 251 Condition.waitAsync that is aborted rejects with the reason, has the lock, and takes no notification", async () => {
  for (const fair of [false, true]) {
    const condition = new Condition(new Lock({ fair }));
    const reason = new RangeError("my reason");
    await condition.acquireAsync();
    for (const signal of [AbortSignal.abort(reason)]) {
      for (
        const call of [
          () => condition.waitAsync({ signal }),
          () => condition.waitForAsync(() => true, { signal }),
        ]
      ) {
        assertEquals(await call().catch((error) => error), reason);
        assert(condition.locked);
      }
    }
    const abort = new AbortController();
    const aborted = condition.waitAsync({ signal: abort.signal });
    await condition.acquireAsync();
    const other = condition.waitAsync();
    await condition.acquireAsync();
    abort.abort(reason);
    assertEquals(condition.notify(), 1);
    condition.release();
    assertEquals(await aborted.catch((error) => error), reason);
    condition.release();
    assertEquals(await other, true);
    condition.release();
  }
});

test("252 Where blocking is forbidden Condition.wait says what to await, and keeps the lock", () => {
  const condition = new Condition(new Lock());
  condition.acquire();
  const before = [...new Uint8Array(condition.buffer)], { canBlock } = realm;
  realm.canBlock = false; // as on a browser's page
  try {
    assertThrows(
      () => condition.wait(10),
      WouldBlockError,
      "await waitAsync() instead",
    );
    assertThrows(() => condition.waitFor(() => false), WouldBlockError);
    assertEquals(condition.waitFor(() => 7), 7);
  } finally {
    realm.canBlock = canBlock;
  }
  assertEquals([...new Uint8Array(condition.buffer)], before);
  condition.release();
});

test("Condition over an RLock cannot be awaited, and says so", async () => {
  const condition = new Condition();
  condition.acquire();
  const message = "an RLock cannot be awaited, make it over a Lock";
  for (
    const call of [
      () => condition.acquireAsync(),
      () => condition.holdAsync(),
      () => condition.runAsync(() => {}),
      () => condition.waitAsync(),
      () => condition.waitForAsync(() => true),
    ]
  ) await assertRejects(call, SyncStateError, message);
  assertEquals([condition.waiting, condition.lock.holdCount], [0, 1]);
  condition.release();
});

// A condition as a lock.

/** Bodies of a lock's take what acquires and releases like one. */
function asLock(condition: AnyCondition): Lock {
  return condition as unknown as Lock;
}

testLocks(
  "28, 15 Condition used as a lock loses no increment",
  async (face, stage, condition) => {
    const counter = new AtomicInt32(), { increment } = lockBodies;
    await stage.parties(face, 4, increment, asLock(condition), counter, 500);
    assertEquals(counter.load(), 2000);
    assert(!condition.locked);
  },
);

testLocks(
  "28, 5 Condition used as a lock holds back waiters until it is released",
  async (face, stage, condition) => {
    const arrived = new AtomicInt32(), passed = new AtomicInt32();
    await acquire(face, condition);
    const results = stage.parties(
      face,
      3,
      lockBodies.pass,
      asLock(condition),
      arrived,
      passed,
    );
    await reached(arrived, 3);
    await rest("async", QUIET);
    assertEquals(passed.load(), 0);
    condition.release();
    assertEquals(await results, [true, true, true]);
  },
);

testLocks(
  "28, 4, 6, 8, 31 Condition used as a lock tries, waits no longer than it may, and has scopes",
  async (face, stage, condition) => {
    const lock = asLock(condition);
    assert(await stage.party("sync", lockBodies.tryOnce, lock));
    await acquire(face, condition);
    assert(!await stage.party("sync", lockBodies.tryOnce, lock));
    assert(!(await stage.party("sync", lockBodies.timed, lock, 20)).got);
    condition.release();
    assertThrows(() => condition.release(), SyncStateError, "it is not held");
    if (face === "sync") {
      assertEquals(condition.run(() => (assert(condition.locked), 7)), 7);
      using held = condition.hold();
      assert(held.isHeld && condition.locked);
    } else {
      assertEquals(await condition.runAsync(() => Promise.resolve(7)), 7);
      using held = await condition.holdAsync();
      assert(held.isHeld && condition.locked);
    }
    assert(!condition.locked);
    const taken = new Condition(new Lock());
    taken.acquire();
    const token = new CancelToken();
    token.cancel();
    const cancelled = async () => await acquire(face, taken, { token });
    await assertRejects(cancelled, CancelledError);
    assertThrows(() => taken.hold(5), TimeoutError, "Cannot acquire Condition");
    taken.release();
  },
);

testLocks(
  "255 Condition.wait comes back with a lock whose holder died, and leaves it abandoned unless it is recovered",
  async (face, stage, condition) => {
    for (const mends of [false, true]) {
      await acquire(face, condition);
      const nests = condition.lock.kind === "RLock";
      if (nests) condition.acquire();
      // It gets the lock when this thread waits.
      stage.thread(bodies.notifyAndEnd, condition);
      await assertRejects(
        () => wait(face, condition, 10_000),
        AbandonedLockError,
      );
      assert(condition.locked);
      if (mends) assert(condition.lock.recover().wasAbandoned);
      if (nests) condition.release();
      assert(condition.locked);
      condition.release();
      if (mends) {
        assert(await acquire(face, condition, 0));
        condition.release();
        continue;
      }
      assertThrows(() => condition.lock.tryAcquire(), AbandonedLockError);
      condition.lock.recover().release();
      assert(!condition.locked);
    }
  },
);
