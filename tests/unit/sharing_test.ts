import {
  AtomicInt32,
  Event,
  Future,
  Latch,
  Lock,
  Semaphore,
  Thread,
  ThreadPoolExecutor,
} from "@interlock/threading";
import * as library from "../../mod.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { realm } from "../../primitives/_realm.ts";
import { test } from "../support/stage.ts";
import { nest, nestAsync } from "../conformance/future_bodies.ts";
import { echo } from "../conformance/thread_bodies.ts";
import type { Parts } from "../support/foreign_worker.ts";

test("7 Foreign workers that come and go share by handle, and leave no records", () => {
  const parts: Parts = {
    lock: new Lock(),
    counter: new AtomicInt32(),
    done: new Latch(15),
  };
  for (let i = 0; i < 15; i++) {
    const worker = new Worker(
      import.meta.resolve("../support/foreign_worker.ts"),
      { type: "module", name: "guest" },
    );
    worker.postMessage(parts);
  }
  assert(parts.done.wait(20_000));
  assertEquals(parts.counter.load(), 15);
  assert(!parts.lock.locked);
  assertEquals([realm.sleepers.size, realm.queues.size, realm.awaiting], [
    0,
    0,
    0,
  ]);
  assertEquals(Thread.enumerate(), []);
});

test("Two copies of the library in one thread are one thread", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (const part of ["primitives", "workers"]) {
      await Deno.mkdir(`${folder}/${part}`);
      for await (
        const { name } of Deno.readDir(
          new URL(`../../${part}`, import.meta.url),
        )
      ) {
        await Deno.copyFile(
          new URL(`../../${part}/${name}`, import.meta.url),
          `${folder}/${part}/${name}`,
        );
      }
    }
    await Deno.copyFile(
      new URL("../../mod.ts", import.meta.url),
      `${folder}/mod.ts`,
    );
    const copy = await import(`file://${folder}/mod.ts`) as typeof library;
    assert(copy.Lock !== Lock);
    assertEquals(copy.Thread.current.id, Thread.current.id);
    const lock = new Lock({ ownerCheck: true }), twin = copy.Lock.from(lock);
    // A task that waits through one copy is served by a release through the other.
    await twin.acquireAsync();
    const waiting = lock.acquireAsync();
    assertThrows(
      () => lock.acquire(),
      Error,
      "an async task of this thread holds it",
    );
    twin.release();
    assert(await waiting);
    lock.release();
    assertEquals([lock.locked, realm.awaiting], [false, 0]);
    // The pump still has an await, which the release has woken.
    while (realm.queues.size > 0) await new Promise((turn) => setTimeout(turn));
    // A pool of one copy is the other one's too, and so are its futures.
    for (const [make, use] of [[copy, library], [library, copy]] as const) {
      const pool = new make.ThreadPoolExecutor({ maxWorkers: 1 });
      const twin = use.ThreadPoolExecutor.from(pool.handle);
      const future = twin.submit(echo, 7);
      const futures = [future, make.Future.from(future.handle)];
      assertEquals(await Promise.all(futures), [7, 7]);
      assertEquals(twin.submit(nest, "result", 2).result(10_000).length, 3);
      assertEquals((await pool.submit(nestAsync, "await", 2)).length, 3);
      await pool.shutdownAsync();
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

test("Views of one record in one thread share its queue of awaiting tasks", async () => {
  const lock = new Lock();
  // Each clone has a SharedArrayBuffer of its own over the same memory.
  const views = [1, 2, 3].map(() => Lock.from(structuredClone(lock)));
  const order: number[] = [];
  await lock.acquireAsync();
  const tasks = views.map((view, i) =>
    view.acquireAsync().then(() => {
      order.push(i);
      view.release();
    })
  );
  assertEquals(realm.queues.size, 1);
  lock.release();
  await Promise.all(tasks);
  assertEquals(order, [0, 1, 2]);
});

test("Views of one pool and one future in one thread are of the same pool", async () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const twin = ThreadPoolExecutor.from(structuredClone(pool.handle));
  const future = twin.submit(echo, 7);
  const views = [1, 2, 3].map(() =>
    Future.from(structuredClone(future.handle))
  );
  assertEquals(await Promise.all([future, ...views]), [7, 7, 7, 7]);
  assertEquals(views[0]!.result(0), 7);
  assertEquals(structuredClone(pool).kind, "ThreadPoolExecutor");
  assertThrows(() => structuredClone(future), Error, "post future.handle");
  await twin.shutdownAsync();
  assert(pool.isShutdown);
  assertEquals([pool.workers, Thread.enumerate()], [0, []]);
});

test("Pools that are made, used and left leave nothing behind in their thread", async () => {
  for (let i = 0; i < 3; i++) {
    const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    assertEquals(await pool.submit(echo, i), i);
    await pool.shutdownAsync();
  }
  while (realm.sleepers.size > 0) {
    await new Promise((turn) => setTimeout(turn));
  }
  assertEquals([realm.queues.size, realm.awaiting], [0, 0]);
});

test("A Held releases once, and a Lock only takes 64 bytes", () => {
  const lock = new Lock();
  const held = lock.hold();
  held.release();
  lock.acquire();
  held.release();
  held[Symbol.dispose]();
  assert(lock.locked, "a Held that was released does nothing any more");
  assertEquals([Lock.byteLength, lock.buffer.byteLength], [64, 64]);
  const semaphore = new Semaphore(3);
  const two = semaphore.hold({ permits: 2 });
  two.release();
  two.release();
  assertEquals(semaphore.value, 3);
});

test("Lock's name is cut off at a whole character", () => {
  assertEquals(new Lock({ name: "é".repeat(30) }).name, "é".repeat(18));
  assertEquals(new Lock().name, "");
  assertEquals(Lock.from(new Lock({ name: "seats" }).handle).name, "seats");
});

test("AtomicInt32 does what Atomics does, and wraps around", () => {
  const n = new AtomicInt32(5);
  assertEquals([n.load(), n.add(2), n.sub(3), n.exchange(9)], [5, 5, 7, 4]);
  assertEquals([n.compareExchange(8, 1), n.load()], [9, 9]);
  assertEquals([n.compareExchange(9, 1), n.load()], [9, 1]);
  assertEquals([n.update((v) => v * 10), `${n}`], [10, "AtomicInt32(10)"]);
  n.store(2147483647);
  n.add(1);
  assertEquals(n.load(), -2147483648);
});

test("AtomicInt32.wait returns when the value differs, not when it is only notified", async () => {
  const n = new AtomicInt32(1);
  const waiting = n.waitAsync(1, 5000);
  assertEquals(n.notify(), 0);
  let over = false;
  waiting.then(() => over = true);
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert(!over);
  n.store(2);
  n.notify();
  assert(await waiting);
  assertEquals([n.wait(1), n.wait(2, 5)], [true, false]);
});

test("Millions of uncontended operations leave the heap as it is", () => {
  const lock = new Lock(), semaphore = new Semaphore(), event = new Event();
  const work = () => {
    for (let i = 0; i < 200_000; i++) {
      lock.acquire();
      lock.release();
      semaphore.acquire();
      semaphore.release();
      event.set();
      event.clear();
    }
  };
  work();
  const before = Deno.memoryUsage().heapUsed;
  for (let i = 0; i < 10; i++) work();
  const grown = Deno.memoryUsage().heapUsed - before;
  assert(grown < 1_000_000, `${grown} bytes`);
});
