// The behaviours that JavaScript adds: 246, 248 to 253, 257. The numbers are those
// of the reference list; 247 and 254 to 256 come with what they are about.

import {
  AtomicInt32,
  attach,
  Barrier,
  BoundedSemaphore,
  DeadlockError,
  Event,
  Latch,
  Lock,
  Semaphore,
  sleep,
  sleepAsync,
  WouldBlockError,
} from "@interlock/threading";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { Settlement } from "../../primitives/_park.ts";
import { realm } from "../../primitives/_realm.ts";
import { QUIET, reached, rest, test } from "../support/stage.ts";
import * as bodies from "./async_bodies.ts";

/** What can be awaited, in a state in which it waits; with what lets one waiter pass. */
function waits(): {
  name: string;
  wait: (
    options?: number | { signal?: AbortSignal; timeout?: number },
  ) => Promise<unknown>;
  pass: () => void;
  /** Whether what one pass gives is still there for somebody. */
  left: () => boolean;
}[] {
  const held = (lock: Lock) => (lock.acquire(), lock);
  const lock = held(new Lock()), fair = held(new Lock({ fair: true }));
  const semaphore = new Semaphore(0), bounded = new BoundedSemaphore(1);
  const fairSemaphore = new Semaphore(0, { fair: true });
  const event = new Event(), latch = new Latch(1), word = new AtomicInt32();
  bounded.acquire();
  return [
    {
      name: "Lock",
      wait: (o) => lock.acquireAsync(o),
      pass: () => lock.release(),
      left: () => lock.tryAcquire(),
    },
    {
      name: "fair Lock",
      wait: (o) => fair.acquireAsync(o),
      pass: () => fair.release(),
      left: () => fair.tryAcquire(),
    },
    {
      name: "Semaphore",
      wait: (o) => semaphore.acquireAsync(o),
      pass: () => semaphore.release(),
      left: () => semaphore.tryAcquire(),
    },
    {
      name: "BoundedSemaphore",
      wait: (o) => bounded.acquireAsync(o),
      pass: () => bounded.release(),
      left: () => bounded.tryAcquire(),
    },
    {
      name: "fair Semaphore",
      wait: (o) => fairSemaphore.acquireAsync(o),
      pass: () => fairSemaphore.release(),
      left: () => fairSemaphore.tryAcquire(),
    },
    {
      name: "Event",
      wait: (o) => event.waitAsync(o),
      pass: () => event.set(),
      left: () => event.isSet,
    },
    {
      name: "Latch",
      wait: (o) => latch.waitAsync(o),
      pass: () => latch.countDown(),
      left: () => latch.count === 0,
    },
    {
      name: "AtomicInt32",
      wait: (o) => word.waitAsync(0, o),
      pass: () => (word.store(1), word.notify()),
      left: () => word.load() === 1,
    },
  ];
}

for (const [i, { name }] of waits().entries()) {
  for (const when of ["at once", "when it sleeps"]) {
    test(`249 ${name}: after a wait that was aborted ${when}, one pass reaches another waiter`, async () => {
      const { wait, pass } = waits()[i]!;
      const abort = new AbortController();
      const first = assertRejects(() => wait({ signal: abort.signal }));
      const second = wait(5000);
      if (when === "when it sleeps") await rest("async", 10);
      abort.abort();
      await first;
      pass();
      assertEquals(await second, true);
    });
  }

  test(`249 ${name}: a wait that is aborted alone leaves what comes later to others`, async () => {
    const { wait, pass, left } = waits()[i]!;
    const abort = new AbortController();
    const only = assertRejects(() => wait({ signal: abort.signal }));
    await rest("async", 10);
    abort.abort();
    await only;
    pass();
    await rest("async", 10);
    assert(left(), "it was swallowed");
  });

  test(`249 ${name}: an abort at the very moment of the pass loses nothing`, async () => {
    for (const first of ["abort", "pass"]) {
      const { wait, pass, left } = waits()[i]!;
      const abort = new AbortController();
      const outcome = wait({ signal: abort.signal }).then(
        () => "passed",
        () => "aborted",
      );
      await rest("async", 5);
      if (first === "abort") abort.abort();
      pass();
      if (first === "pass") abort.abort();
      if (await outcome === "aborted") assert(left(), "it was lost");
    }
  });

  test(`251 ${name}: an aborted signal rejects with its reason, without queueing; late it has no effect`, async () => {
    const { wait, pass, left } = waits()[i]!;
    const reason = new RangeError("my reason");
    const signal = AbortSignal.abort(reason);
    assertStrictEquals(await wait({ signal }).catch((e) => e), reason);
    const abort = new AbortController();
    const later = wait({ signal: abort.signal }).catch((e) => e);
    abort.abort(reason);
    assertStrictEquals(await later, reason);
    pass();
    await rest("async", 5);
    assert(left());

    const again = waits()[i]!;
    const success = new AbortController();
    const won = again.wait({ signal: success.signal });
    again.pass();
    assertEquals(await won, true);
    success.abort();
    assertEquals(await won, true);
  });

  test(`257 ${name}: awaits take timeouts of 0, 0.5, 2^31, MAX_VALUE and Infinity`, async () => {
    const { wait } = waits()[i]!;
    assertEquals([await wait(0), await wait(0.5)], [false, false]);
    for (const timeout of [2 ** 31, Number.MAX_VALUE, Infinity]) {
      const { wait, pass } = waits()[i]!;
      const waiting = wait(timeout);
      await rest("async", 5);
      pass();
      assertEquals(await waiting, true);
    }
  });

  test(`${name}: thousands of awaits that time out leave nothing behind in the realm`, async () => {
    const { wait } = waits()[i]!;
    const before = realm.sleepers.size;
    for (let n = 0; n < 20; n++) {
      await Promise.all(Array.from({ length: 100 }, () => wait(1)));
    }
    assertEquals(realm.awaiting, 0);
    assertEquals(realm.sleepers.size, before);
  });
}

test("246 A terminated waiter does not swallow the wake of a live one", async (stage) => {
  for (const fair of [false, true]) {
    const semaphore = new Semaphore(0, { fair }), lock = new Lock({ fair });
    for (const object of [semaphore, lock]) {
      if (object === lock) lock.acquire();
      const arrived = new AtomicInt32();
      const dead = stage.thread(bodies.visit, object, arrived);
      await reached(arrived, 1);
      await rest("async", QUIET);
      dead.terminate();
      const live = stage.thread(bodies.visit, object, arrived);
      await reached(arrived, 2);
      await rest("async", QUIET);
      // Deno lets the terminated one run on until it has noticed: it leaves, or goes
      // through its section once more. Either way the live one is next.
      object.release();
      assert(await live.joinAsync(10_000), `${object} stalls the live one`);
    }
    assertEquals([semaphore.value, lock.locked], [1, false]);
  }
});

test("250 An async waiter whose thread is blocked does not stall waiters that block", async (stage) => {
  for (const fair of [false, true]) {
    const semaphore = new Semaphore(0, { fair }), lock = new Lock({ fair });
    const arrived = new AtomicInt32(),
      go = new Event(),
      entered = new AtomicInt32();
    lock.acquire();
    // It awaits both, then blocks on an Event until the end of the test.
    const blocked = stage.thread(
      bodies.awaitThenBlock,
      semaphore,
      lock,
      arrived,
      go,
    );
    await reached(arrived, 1);
    await rest("async", QUIET);
    const live = stage.thread(bodies.take, semaphore, arrived, entered);
    const other = stage.thread(bodies.lockOnce, lock, arrived);
    await reached(arrived, 3);
    await rest("async", QUIET);
    semaphore.release();
    lock.release();
    assert(await live.joinAsync(5000), "the semaphore's waiter is stalled");
    assert(await other.joinAsync(5000), "the lock's waiter is stalled");
    semaphore.release();
    go.set();
    assertEquals(await blocked.resultAsync(5000), [true, true]);
  }
});

test("250 A fair Semaphore serves blocked and awaiting waiters in order of arrival", async (stage) => {
  const semaphore = new Semaphore(0, { fair: true });
  const arrived = new AtomicInt32(), entered = new AtomicInt32();
  const order: string[] = [];
  const a = stage.thread(bodies.take, semaphore, arrived, entered);
  await reached(arrived, 1);
  await rest("async", QUIET);
  const b = semaphore.acquireAsync().then(() => order.push("awaiting"));
  const c = stage.thread(bodies.take, semaphore, arrived, entered);
  await reached(arrived, 2);
  await rest("async", QUIET);
  semaphore.release();
  assert(await a.joinAsync(5000));
  assertEquals([entered.load(), order], [1, []]);
  semaphore.release();
  await b;
  assertEquals(entered.load(), 1);
  semaphore.release();
  assert(await c.joinAsync(5000));
});

test("252 Where blocking is forbidden a call that would block says what to await, and leaves no waiter", async () => {
  const lock = new Lock(), semaphore = new Semaphore(0), event = new Event();
  const latch = new Latch(1),
    barrier = new Barrier(2),
    word = new AtomicInt32();
  assert(lock.acquire());
  const before = realm.canBlock;
  realm.canBlock = false; // as on a browser's page
  try {
    for (
      const [call, instead] of [
        [() => lock.acquire(), "acquireAsync"],
        [() => lock.hold(10), "acquireAsync"],
        [() => semaphore.acquire(), "acquireAsync"],
        [() => event.wait(), "waitAsync"],
        [() => latch.wait(50), "waitAsync"],
        [() => barrier.wait(), "waitAsync"],
        [() => word.wait(0), "waitAsync"],
        [() => sleep(5), "sleepAsync"],
      ] as const
    ) {
      assertThrows(call, WouldBlockError, `await ${instead}() instead`);
    }
    assertEquals([lock.acquire(0), event.wait(0)], [false, false]);
    assertEquals([barrier.waiting, barrier.broken], [0, false]);
    lock.release();
    assert(lock.acquire(), "what need not wait works");
    assertEquals(await lock.acquireAsync(5), false);
  } finally {
    realm.canBlock = before;
  }
  lock.release();
  semaphore.release();
  assertEquals(semaphore.value, 1);
});

test("253 Shared objects survive structured clone as handles that open the same object", () => {
  const lock = new Lock({ name: "one" });
  const objects = [
    lock,
    new Semaphore(2),
    new BoundedSemaphore(2),
    new Event(),
    new Latch(3),
    new Barrier(2),
    new AtomicInt32(9),
  ] as const;
  for (const object of objects) {
    const posted = structuredClone({ object }).object;
    assertEquals(Object.keys(posted).sort(), ["buffer", "byteOffset", "kind"]);
    assertEquals(`${attach(posted)}`, `${object}`);
    assertEquals(attach(object.handle).kind, object.kind);
  }
  lock.acquire();
  assert(Lock.from(structuredClone(lock)).locked);
  assertThrows(
    () => Lock.from({ ...lock.handle, kind: "Event" } as never),
    TypeError,
    '"Event"',
  );
});

test("253 What cannot be shared refuses to be cloned, with a sentence", () => {
  assertThrows(
    () => structuredClone(new Lock().hold()),
    DOMException,
    "A Held belongs to the thread that made it",
  );
});

for (const fair of [false, true]) {
  const kinds: Record<string, Lock | Semaphore> = {
    Lock: new Lock({ fair }),
    Semaphore: new Semaphore(1, { fair }),
  };
  for (const [kind, guard] of Object.entries(kinds)) {
    test(`${kind}${fair ? ", fair" : ""}: a release, and then a block, in one thread does not hand over to a task that cannot run`, async () => {
      const log: string[] = [];
      await guard.acquireAsync();
      const task = guard.acquireAsync().then(() => {
        log.push("task");
        guard.release();
      });
      await rest("async", 5);
      guard.release();
      assert(
        guard.acquire(2000),
        "the undelivered hand-over was not taken back",
      );
      log.push("thread");
      guard.release();
      await task;
      assertEquals(log, ["thread", "task"]);
    });
  }
}

test("An await for two permits that gave up does not hold back those who want one", async (stage) => {
  const { slice } = realm;
  realm.slice = 1_000_000; // no re-check saves it, here or there
  try {
    const semaphore = new Semaphore(1), arrived = new AtomicInt32();
    assert(!await semaphore.acquireAsync({ permits: 2, timeout: 10 }));
    semaphore.acquire();
    const thread = stage.thread(bodies.patient, semaphore, arrived);
    await reached(arrived, 1);
    await rest("async", QUIET);
    semaphore.release();
    assert(await thread.joinAsync(5000), "the waiter was not woken");
  } finally {
    realm.slice = slice;
  }
});

test("A thread that blocks on a fair Lock sleeps, however many tasks of it wait", async (stage) => {
  const lock = new Lock({ fair: true }), arrived = new AtomicInt32();
  const holder = stage.thread(bodies.holdFor, lock, arrived, 300);
  await reached(arrived, 1);
  const tasks = Array.from(
    { length: 40 },
    () => lock.acquireAsync().then(() => lock.release()),
  );
  const { beforeBlock } = Settlement.prototype;
  let sleeps = 0;
  Settlement.prototype.beforeBlock = function () {
    sleeps++;
    beforeBlock.call(this);
  };
  try {
    assert(lock.acquire(5000));
  } finally {
    Settlement.prototype.beforeBlock = beforeBlock;
  }
  lock.release();
  await Promise.all([...tasks, holder.joinAsync()]);
  // 40 tasks, and a few sleeps; without rest it would be a hundred thousand.
  assert(sleeps < 40 * 50, `prepared ${sleeps} times for a sleep`);
});

test("A fair Lock that nobody holds is taken by an attempt, whoever rings its bell", async (stage) => {
  const lock = new Lock({ fair: true }), stop = new AtomicInt32();
  const arrived = new AtomicInt32();
  const ringing = stage.thread(bodies.ring, lock, arrived, stop);
  await reached(arrived, 1);
  // The other thread never holds it: it only sets and clears the flag of waiters.
  for (let i = 0; i < 300_000; i++) {
    assert(lock.tryAcquire(), `refused at ${i}`);
    lock.release();
  }
  stop.store(1);
  assert(await ringing.joinAsync(5000));
});

test("A release, and then a join, in one thread lets the other thread in", async (stage) => {
  for (const fair of [false, true]) {
    const lock = new Lock({ fair }), arrived = new AtomicInt32();
    await lock.acquireAsync();
    const tasks = [1, 2, 3].map(() =>
      lock.acquireAsync().then(() => lock.release())
    );
    const thread = stage.thread(bodies.lockOnce, lock, arrived);
    await reached(arrived, 1);
    await rest("async", 5);
    lock.release();
    assert(thread.join(5000));
    await Promise.all(tasks);
    assert(!lock.locked);
  }
});

test("Blocking on a Lock that a task of the same thread holds is a DeadlockError, at once", async (stage) => {
  for (const fair of [false, true]) {
    const lock = new Lock({ fair, name: "mine" });
    assert(await lock.acquireAsync());
    assertThrows(() => lock.acquire(), DeadlockError, 'Lock("mine", locked)');
    assertThrows(() => lock.acquire(50), DeadlockError);
    assertEquals(lock.acquire(0), false);
    lock.release();
    assert(lock.acquire());
    assertEquals(lock.acquire(20), false, "held by no task: it waits");
    lock.release();
    // A foreigner ends the async hold: what this thread noted is out of date.
    assert(await lock.acquireAsync());
    await stage.thread(bodies.release, lock).resultAsync();
    assert(lock.acquire());
    assertEquals(lock.acquire(20), false);
    lock.release();
  }
});

for (const fair of [false, true]) {
  test(`Blocking on a Lock${fair ? " that is fair" : ""} is never silent, however soon after a release that handed it to a task`, async () => {
    for (let soon = 0; soon < 10; soon++) {
      const lock = new Lock({ fair });
      lock.acquire();
      const task = lock.acquireAsync();
      await rest("async", 1);
      lock.release();
      for (let i = 0; i < soon; i++) await null;
      // It gets the lock back, or is told that the task has it.
      try {
        assert(
          lock.acquire(500),
          `it waited in vain, ${soon} microtasks later`,
        );
        lock.release();
      } catch (error) {
        assertInstanceOf(error, DeadlockError);
      }
      await task;
      lock.release();
    }
  });
}

test("A Lock is handed over in its realm at most 64 times in a row", async (stage) => {
  const lock = new Lock(),
    stop = new AtomicInt32(),
    arrived = new AtomicInt32();
  const tasks = Array.from({ length: 4 }, async () => {
    let rounds = 0;
    while (stop.load() === 0) {
      await lock.acquireAsync();
      rounds++;
      lock.release();
      await Promise.resolve();
      if (rounds % 100 === 0) await sleepAsync(0);
    }
    return rounds;
  });
  const thread = stage.thread(bodies.lockOnce, lock, arrived);
  assert(await thread.joinAsync(10_000), "the thread is starved");
  stop.store(1);
  assert((await Promise.all(tasks)).every((rounds) => rounds > 0));
});

test("sleepAsync ends after its time, or with its signal", async () => {
  const start = performance.now();
  await sleepAsync(30);
  assert(performance.now() - start >= 30);
  const abort = new AbortController();
  const sleeping = assertRejects(
    () => sleepAsync(60_000, { signal: abort.signal }),
    DOMException,
  );
  abort.abort();
  await sleeping;
  sleep(5);
});
