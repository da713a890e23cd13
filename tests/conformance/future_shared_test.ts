// Futures in other threads, and their errors: 238 and 253.

import {
  AtomicInt32,
  CancelledError,
  Future,
  SyncStateError,
} from "@interlock/threading";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { reached } from "../support/stage.ts";
import * as bodies from "./future_bodies.ts";
import { poolFaces, poolTest } from "./pool_stage.ts";
import { echo, fail, OwnError } from "./thread_bodies.ts";

const { newGate, outcome, pass, posted, see } = bodies;

poolFaces(
  "238 253 A future throws what its task threw: class, message, code, cause, errors and stack",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 1, namePrefix: "failing" });
    // deno-lint-ignore no-explicit-any
    const thrown = async (how: string): Promise<any> => {
      const future = pool.submit(fail, how);
      if (face === "async") return await future.then(assert, (error) => error);
      try {
        future.result(10_000);
      } catch (error) {
        return error;
      }
      throw new Error("it did not throw");
    };
    const range = await thrown("range");
    assertInstanceOf(range, RangeError);
    assertEquals(range.message, "too far");
    assertInstanceOf(range.cause, TypeError);
    assertEquals(range.cause.message, "no map");
    assert(range.stack!.includes("thread_bodies.ts"), range.stack);
    assert(range.stack!.includes('in thread "failing_0"'), range.stack);

    const aggregate = await thrown("aggregate");
    assertInstanceOf(aggregate, AggregateError);
    assertInstanceOf(aggregate.errors[1], RangeError);
    assertEquals(aggregate.errors[0].message, "one");

    const own = await thrown("own");
    assert(own instanceof Error && !(own instanceof OwnError));
    assertEquals({ ...own, name: own.name }, {
      name: "OwnError",
      code: "OWN",
      detail: { a: 1 },
    });

    const ours = await thrown("ours");
    assertInstanceOf(ours, SyncStateError);
    assertEquals(ours.code, "ERR_SYNC_STATE");

    const dom = await thrown("dom");
    assertInstanceOf(dom, DOMException);
    assertEquals([dom.name, dom.message], ["AbortError", "gone"]);

    assertEquals(await thrown("value"), { plain: 7 });
  },
);

poolFaces(
  "253 Futures go to other threads: pending, running, ended and read",
  async (face, makePool, stage) => {
    const pool = makePool({ maxWorkers: 1 }),
      other = makePool({ maxWorkers: 1 });
    const gate = newGate();
    const ended = pool.submit(echo, "ended"), read = pool.submit(echo, "read");
    const failed = pool.submit(fail, "range");
    assertEquals(await read, "read");
    failed.exception();
    const running = pool.submit(pass, gate, 1);
    await reached(gate.begun, 1);
    const pending = pool.submit(pass, gate, 2), gone = pool.submit(echo, 3);
    const begun = new AtomicInt32();
    const futures = [ended, read, failed, running, pending, gone];
    const inThreads = [pending, failed].map((future) =>
      stage.thread(see, face, posted<unknown>(future), begun).resultAsync(
        10_000,
      )
    );
    const inPool = futures.map((future) =>
      other.submit(see, face, future as Future<unknown>, begun)
    );
    await reached(begun, 2 + 4);
    gone.cancel();
    gate.open.set();
    const expected = ["ended", "read", "RangeError", 1, 2, "CancelledError"];
    assertEquals(await Promise.all(inPool), expected);
    assertEquals(await Promise.all(inThreads), [2, "RangeError"]);
    assertEquals(
      await Promise.all(futures.map((f) => outcome(face, f))),
      expected,
    );
  },
);

poolTest(
  "253 A future is cancelled from another thread",
  async (makePool, stage) => {
    const pool = makePool({ maxWorkers: 1 }), gate = newGate();
    const running = pool.submit(pass, gate, 1);
    await reached(gate.begun, 1);
    const pending = pool.submit(pass, gate, 2);
    const heard = outcome("async", pending);
    const cancel = (future: Future<unknown>) =>
      stage.thread(bodies.cancelIt, posted(future)).resultAsync(10_000);
    assertEquals(await cancel(pending), [true, "cancelled"]);
    assertEquals(await heard, "CancelledError");
    assertEquals(await cancel(running), [false, "running"]);
    gate.open.set();
    assertEquals(await running, 1);
  },
);

poolTest("253 A handle of a future opens the same future", async (makePool) => {
  const pool = makePool({ maxWorkers: 1 }), gate = newGate();
  const future = pool.submit(pass, gate, 7);
  const cancelled = pool.submit(pass, gate, 8);
  const handle = structuredClone(future.handle);
  const twin = Future.from<number>(handle);
  const again = Future.from<number>(structuredClone(cancelled.handle));
  assertEquals([twin.kind, twin.state, twin.done], [
    "Future",
    future.state,
    false,
  ]);
  assertThrows(() => structuredClone(future), Error, "future.handle");
  assert(again.cancel() && cancelled.cancelled);
  const heard = new Promise((resolve) => twin.onDone(resolve));
  gate.open.set();
  assertEquals([await twin, twin.result(), await future, await heard], [
    7,
    7,
    7,
    7,
  ]);
  await assertRejects(() => cancelled, CancelledError);
  // Also when many others have come and gone meanwhile.
  for (let i = 0; i < 200; i++) pool.submit(echo, i).result();
  assertEquals([Future.from(handle).result(), Future.from(future).result()], [
    7,
    7,
  ]);
});

poolTest(
  "253 A future arrives as a future inside of a result, and as its outcome alone",
  async (makePool) => {
    const pool = makePool({ maxWorkers: 1 });
    const { inner } = await pool.submit(bodies.giveFuture, 7);
    assertEquals(await inner, 7);
    const blocked = pool.submit(bodies.giveFuture, 8).result(10_000).inner;
    assertEquals(blocked.result(10_000), 8);
    assertEquals(await pool.submit(bodies.adopt, 9), 9);
    assertEquals(pool.submit(bodies.adopt, 10).result(10_000), 10);
  },
);
