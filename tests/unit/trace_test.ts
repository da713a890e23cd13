import {
  AtomicInt32,
  BoundedSemaphore,
  Condition,
  Lock,
  RLock,
  RWLock,
  Semaphore,
  Thread,
  ThreadStartError,
} from "@interlock/threading";
import { type Span, Tracer } from "@interlock/threading/trace";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { echo } from "../conformance/thread_bodies.ts";
import { bump, reached, test, testFaces } from "../support/stage.ts";
import { churn, claim, holdUntil, keep, pass, waitOn } from "./trace_bodies.ts";

/** How much the clocks of two threads may differ on a busy machine, in milliseconds. */
const CLOCKS = 1;

/** What was recorded, without the times. */
function kinds(tracer: Tracer): string[] {
  return tracer.spans().map(({ what, lock }) => `${what} ${lock}`);
}

/** A span that goes on, of this kind, as soon as there is one. */
async function going(tracer: Tracer, what: Span["what"]): Promise<Span> {
  for (;;) {
    const span = tracer.spans().find((s) => s.what === what && s.isOpen);
    if (span !== undefined) return span;
    await new Promise((turn) => setTimeout(turn, 1));
  }
}

testFaces(
  "A wait in one thread lies in the hold of another",
  async (face, stage) => {
    const tracer = new Tracer(), lock = new Lock({ name: "seats" });
    const steps = new AtomicInt32();
    const holder = stage.thread(holdUntil, "sync", tracer, lock, steps);
    await reached(steps, 1);
    const waiter = stage.party(face, pass, tracer, lock);
    const open = await going(tracer, "wait");
    bump(steps);
    await Promise.all([waiter, holder.resultAsync(10_000)]);

    const spans = tracer.spans();
    assertEquals(spans.map(({ what }) => what), ["hold", "wait", "hold"]);
    const [first, wait, second] = spans as [Span, Span, Span];
    assertEquals([first.thread, first.threadName], [holder.id, holder.name]);
    assertEquals(second.thread, wait.thread);
    assert(wait.thread !== first.thread);
    assertEquals(open.begin, wait.begin);
    // It began while the other held the lock, and ended when that gave it back.
    assert(first.begin - CLOCKS < wait.begin && wait.begin < first.end);
    assert(wait.end > first.end - CLOCKS && second.begin > first.end - CLOCKS);
    assertEquals(wait.end, second.begin);
    assert(spans.every((span) => !span.isOpen && span.lock === "seats"));

    const [summary] = tracer.summary();
    assertEquals([summary!.acquisitions, summary!.contended], [2, 1]);
    assertEquals(summary!.longestWait, wait.end - wait.begin);
    const threads = summary!.threads;
    assertEquals(threads.map((usage) => usage.totalWait > 0), [false, true]);
  },
);

testFaces("A condition wait parts a hold in two", async (face, stage) => {
  const tracer = new Tracer();
  const condition = new Condition(new Lock({ name: "seats" }));
  const waiter = stage.party(face, waitOn, tracer, condition);
  await going(tracer, "condition wait");
  assertEquals(tracer.spans().at(-1)!.what, "condition wait");
  await condition.runAsync(() => condition.notify());
  await waiter;
  const spans = tracer.spans().filter(({ what }) => what !== "wait");
  assertEquals(spans.map(({ what }) => what), [
    "hold",
    "condition wait",
    "hold",
  ]);
  assertEquals([spans[0]!.end, spans[1]!.end], [
    spans[1]!.begin,
    spans[2]!.begin,
  ]);
  assert(spans.every((span) => !span.isOpen && span.lock === "seats"));
});

test("A condition that refuses to wait changes no hold", () => {
  const tracer = new Tracer(), condition = tracer.trace(new Condition());
  assertThrows(() => condition.wait(), Error, "does not hold its lock");
  condition.run(() => assertThrows(() => condition.wait(-1), RangeError));
  const holds = tracer.spans().filter(({ what }) => what === "hold");
  assert(holds.length > 0 && holds.every(({ isOpen }) => !isOpen));
});

test("After a wait the lock is held, also if it was acquired unseen", () => {
  const tracer = new Tracer(), condition = new Condition();
  condition.acquire();
  const traced = tracer.trace(condition);
  assert(!traced.wait(1));
  traced.release();
  assertEquals(kinds(tracer), ["condition wait RLock", "hold RLock"]);
  assert(!tracer.spans()[1]!.isOpen);
});

test("A thread that ends with the lock held holds it to the end of the trace", async (stage) => {
  const tracer = new Tracer(), lock = new Lock();
  await stage.thread(keep, tracer, lock).resultAsync(10_000);
  const [hold] = tracer.spans(), now = tracer.spans()[0]!;
  assert(hold!.isOpen && now.isOpen && now.end >= hold!.end);
  assert(tracer.toSVG().includes("has not ended"));
  assert(JSON.parse(tracer.toPerfetto()).traceEvents.at(-1).args.open);
  // Whoever gives it back ends that hold.
  tracer.trace(lock).release();
  assert(!tracer.spans()[0]!.isOpen);
});

test("What a dead thread held is held by who recovers it", async (stage) => {
  const tracer = new Tracer(), lock = new Lock();
  const dead = stage.thread(keep, tracer, lock);
  await dead.resultAsync(10_000);
  const held = tracer.trace(lock).recover(10_000);
  assert(held.wasAbandoned);
  held.release();
  const holds = tracer.spans().filter(({ what }) => what === "hold");
  assertEquals(holds.map(({ thread }) => thread), [dead.id, Thread.current.id]);
  assertEquals(holds[0]!.end, holds[1]!.begin);
  assert(!holds[1]!.isOpen);
});

test("The nested holds of an RLock are one", () => {
  const tracer = new Tracer(), lock = tracer.trace(new RLock());
  lock.run(() => lock.run(() => assert(lock.tryAcquire())));
  assert(tracer.spans()[0]!.isOpen);
  lock.release();
  assertEquals(tracer.spans().map(({ isOpen }) => isOpen), [false]);
});

test("A hold of a semaphore ends when all of its permits are back", () => {
  const tracer = new Tracer();
  for (const kind of [Semaphore, BoundedSemaphore]) {
    const semaphore = tracer.trace(new kind(4), { name: kind.name });
    semaphore.acquire({ permits: 3 });
    semaphore.release();
    assert(semaphore.tryAcquire());
    semaphore.release(2);
    const open = () =>
      tracer.spans()
        .filter(({ what, lock }) => what === "hold" && lock === kind.name)
        .map(({ isOpen }) => isOpen);
    assertEquals(open(), [false, true]);
    semaphore.release();
    assertEquals([open(), semaphore.value], [[false, false], 4]);
  }
});

test("The sides of an RWLock are traced, and how one becomes another", async () => {
  const tracer = new Tracer();
  const lock = tracer.trace(new RWLock({ name: "table" }));
  lock.read.run(() => {});
  lock.write.acquire();
  lock.write.downgrade().release();
  lock.upgradable.acquire();
  lock.upgradable.upgrade().release();
  assert(lock.upgradable.tryUpgrade());
  lock.upgradable.release();
  await lock.upgradable.runAsync(async () =>
    void await lock.upgradable.upgradeAsync()
  );
  assert(!lock.locked);
  const holds = tracer.spans().filter(({ what }) => what === "hold");
  assertEquals(holds.map(({ lock }) => lock), [
    "table (read)",
    "table (write)",
    "table (read)",
    "table (upgradable)",
    "table (write)",
    "table (write)",
    "table (upgradable)",
    "table (write)",
  ]);
  assert(holds.every(({ isOpen }) => !isOpen));
});

test("What gives up, or is recovered, is recorded", async () => {
  const tracer = new Tracer(), lock = new Lock({ name: "a" });
  const traced = tracer.trace(lock);
  lock.acquire();
  assert(!traced.acquire(2) && !traced.tryAcquire());
  assertEquals(await traced.acquireAsync(2), false);
  assertEquals(kinds(tracer), ["wait a", "wait a"]);
  assert(tracer.spans().every(({ begin, end }) => end - begin > 1));
  lock.release();
  traced.recover().release();
  await traced.holdAsync().then((held) => held.release());
  const holds = tracer.spans().filter(({ what }) => what === "hold");
  assertEquals(holds.map(({ isOpen }) => isOpen), [false, false]);
});

test("A lock is as it was, however often it is traced", () => {
  const tracer = new Tracer(), lock = new Lock();
  const before = Reflect.ownKeys(lock);
  const traced = tracer.trace(tracer.trace(lock));
  lock.run(() => assert(traced.locked));
  assertEquals(tracer.spans(), []);
  traced.run(() => assert(lock.locked));
  assertEquals(tracer.spans().length, 1);
  assertEquals(Reflect.ownKeys(lock), before);
  // What is enumerable is the handle, of both.
  assertEquals(Object.keys(traced), Object.keys(lock));
  assertEquals(structuredClone(traced), structuredClone(lock));
});

test("A ring keeps the last events, and says how many it dropped", () => {
  const tracer = new Tracer({ threads: 1, events: 10, locks: 1 });
  const lock = tracer.trace(new Lock());
  for (let i = 0; i < 100; i++) lock.run(() => {});
  const spans = tracer.spans();
  assertEquals([spans.length, tracer.dropped], [5, 190]);
  assert(spans.every(({ isOpen }) => !isOpen));
  assert(tracer.toSVG().includes("190 events before were dropped"));
});

test("What is read while a thread writes is whole and in order", async (stage) => {
  const tracer = new Tracer({ events: 64 }), steps = new AtomicInt32();
  const thread = stage.thread(churn, tracer, new Lock(), steps);
  await reached(steps, 1);
  let read = 0;
  for (let i = 0; i < 300; i++) {
    const spans = tracer.spans();
    read += spans.length;
    spans.forEach(({ begin, end, what, threadName }, i) => {
      assertEquals([what, threadName], ["hold", thread.name]);
      const next = spans[i + 1];
      assert(begin <= end && (!next || end <= next.begin), `${begin} ${end}`);
    });
  }
  bump(steps);
  await thread.resultAsync(10_000);
  assert(read > 0 && tracer.dropped > 1000);
});

test("Each thread that traces has a place, until there is none left", async (stage) => {
  const tracer = new Tracer({ threads: 2, locks: 2 }), lock = new Lock();
  tracer.trace(lock);
  const first = stage.thread(claim, tracer, lock);
  assertEquals(await first.resultAsync(10_000), "Tracer(threads: 2)");
  const error = await assertRejects(
    () => stage.thread(claim, tracer, lock).resultAsync(10_000),
    RangeError,
  );
  assertEquals(
    error.message,
    "Cannot trace: 'threads' of the Tracer must be more than 2, as so many have traced already, received 2",
  );
  tracer.trace(new Lock());
  assertThrows(
    () => tracer.trace(new RWLock()),
    RangeError,
    "'locks' of the Tracer must be more than 2",
  );
});

test("Names tell locks and threads apart", () => {
  const tracer = new Tracer();
  const one = tracer.trace(new Lock()), two = tracer.trace(new Lock());
  const three = tracer.trace(new Lock({ name: "a" }), { name: "<b> & c" });
  for (const lock of [one, two, three]) lock.run(() => {});
  assertEquals(kinds(tracer), ["hold Lock", "hold Lock #2", "hold <b> & c"]);
  assertEquals(tracer.spans()[0]!.threadName, Thread.current.name);
});

test("A tracer travels by its handle", async (stage) => {
  const memory = {
    buffer: new SharedArrayBuffer(64 + Tracer.byteLengthFor({ events: 8 })),
    byteOffset: 64,
  };
  const tracer = new Tracer({ events: 8, memory });
  const twin = Tracer.from(structuredClone(tracer.handle));
  tracer.trace(new Lock()).run(() => {});
  assertEquals(twin.spans(), tracer.spans());
  assertEquals(`${twin}`, "Tracer(threads: 1)");
  // The module of `echo` does not load the class.
  await assertRejects(
    () => stage.thread(echo, tracer).resultAsync(10_000),
    ThreadStartError,
    'write import "@interlock/threading/trace"',
  );
});

test("Bad input is refused by name", () => {
  const lock = new Lock(), tracer = new Tracer({ threads: 1, events: 4 });
  const bad: [() => unknown, string][] = [
    [
      () => new Tracer({ threads: 0 }),
      "Cannot create Tracer: 'threads' must be an integer from 1 to 1024, received 0",
    ],
    [
      () => new Tracer({ events: 0.5 }),
      "Cannot create Tracer: 'events' must be an integer from 1 to",
    ],
    [
      () => new Tracer({ events: 2 ** 40 }),
      "Cannot create Tracer: 'events' must be an integer from 1 to",
    ],
    [
      () => new Tracer({ locks: "7" as never }),
      "Cannot create Tracer: 'locks' must be an integer from 1 to 65536, received \"7\"",
    ],
    [() => new Tracer(tracer.handle as never), "use Tracer.from(handle)"],
    [
      () => Tracer.from(lock.handle as never),
      'Cannot open Tracer: \'handle\' must be of kind "Tracer", received "Lock"',
    ],
    [() => tracer.trace(lock.handle as never), "and no handle"],
    [() => tracer.trace(null as never), "'lock' must be a Lock"],
    [() => tracer.trace(tracer as never), "received an instance of Tracer"],
    [
      () => tracer.trace(lock, { name: 7 as never }),
      "Cannot trace: 'name' must be a string, received 7",
    ],
    [
      () => tracer.toSVG({ from: NaN }),
      "Cannot draw Tracer: 'from' must be a finite number of milliseconds, received NaN",
    ],
    [
      () => tracer.toSVG({ title: 7 as never }),
      "Cannot draw Tracer: 'title' must be a string, received 7",
    ],
  ];
  for (const [call, message] of bad) assertThrows(call, Error, message);
  // A failed call has taken no place.
  assertEquals(`${tracer}`, "Tracer(threads: 0)");
});
