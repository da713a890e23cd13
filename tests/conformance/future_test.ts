// Futures: 219 to 223, 238, 248 and 253.

import {
  AtomicInt32,
  CancelledError,
  CancelToken,
  Future,
  Thread,
  type ThreadPoolExecutor,
  TimeoutError,
} from "@interlock/threading";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { QUIET, reached } from "../support/stage.ts";
import * as bodies from "./future_bodies.ts";
import { poolFaces, poolTest } from "./pool_stage.ts";
import { echo, fail } from "./thread_bodies.ts";

const {
  count,
  failAt,
  failure,
  newGate,
  outcome,
  pass,
  posted,
  passAsync,
  see,
} = bodies;

/** How a future can end. */
const ENDS = ["value", "error", "cancelled"] as const;

/** A future that has not ended, and what makes it end. */
interface Open {
  future: Future<number>;
  end: () => void;
}

/** Needs a pool of one thread. */
async function toEnd(
  pool: ThreadPoolExecutor,
  how: typeof ENDS[number],
): Promise<Open> {
  const gate = newGate();
  const running = how === "error"
    ? pool.submit(failAt, gate)
    : pool.submit(pass, gate, 7);
  await reached(gate.begun, 1);
  if (how !== "cancelled") {
    return { future: running, end: () => gate.open.set() };
  }
  const future = pool.submit(count, new AtomicInt32());
  return {
    future,
    end: () => {
      assert(future.cancel());
      gate.open.set();
    },
  };
}

/** What is written by `console.error` meanwhile. */
async function errorsOf(fn: () => void | Promise<void>): Promise<string> {
  const { error } = console;
  const written: unknown[] = [];
  console.error = (...parts: unknown[]) => void written.push(...parts);
  try {
    await fn();
  } finally {
    console.error = error;
  }
  return written.map(String).join("\n");
}

for (const how of ENDS) {
  poolTest(
    `219 Future.onDone calls back on this thread, in order, when it ends: ${how}`,
    async (makePool) => {
      const { future, end } = await toEnd(makePool({ maxWorkers: 1 }), how);
      const log: unknown[] = [];
      const written = await errorsOf(async () => {
        for (const name of ["a", "b", "c"]) {
          future.onDone((same) => {
            assertStrictEquals(same, future);
            log.push(name, same.state, Thread.current.id);
            if (name !== "c") throw new RangeError(`thrown by ${name}`);
          });
        }
        const heard = new Promise<void>((resolve) =>
          future.onDone(() => resolve())
        );
        assertEquals(log, []);
        end();
        await heard;
      });
      const state = how === "cancelled" ? how : "finished";
      const me = Thread.current.id;
      assertEquals(log, ["a", state, me, "b", state, me, "c", state, me]);
      assert(/thrown by a[^]*thrown by b/.test(written), written);
    },
  );

  poolTest(
    `219 Future.onDone of what has ended calls back at once: ${how}`,
    async (makePool) => {
      const { future, end } = await toEnd(makePool({ maxWorkers: 1 }), how);
      end();
      await outcome("async", future);
      const log: string[] = [];
      const written = await errorsOf(() => {
        future.onDone((same) => {
          same.onDone(() => log.push("within"));
          log.push(same.state);
          throw new RangeError("thrown at once");
        });
        future.onDone(() => log.push("next"));
      });
      assertEquals(log, [
        "within",
        how === "cancelled" ? how : "finished",
        "next",
      ]);
      assert(written.includes("thrown at once"), written);
    },
  );
}

poolTest(
  "219 Future.onDone calls back though this thread saw the end by blocking",
  async (makePool) => {
    const pool = makePool({ maxWorkers: 1 });
    for (let round = 0; round < 20; round++) {
      const future = pool.submit(count, new AtomicInt32(round));
      let called = false;
      const heard = new Promise((resolve) => future.onDone(resolve));
      future.onDone(() => called = true);
      assertEquals(future.result(10_000), round);
      assert(called, "it comes before the result");
      // A promise that is resolved with a future has its value.
      assertEquals(await heard, round);
    }
  },
);

poolTest(
  "219 Future.onDone calls back in the thread that asks for it",
  async (makePool, stage) => {
    const { future, end } = await toEnd(makePool({ maxWorkers: 1 }), "value");
    const thread = stage.thread(bodies.hear, posted(future));
    end();
    assertEquals(await thread.resultAsync(10_000), 7);
  },
);

poolTest("220 Future's state, and what cancel does in it", async (makePool) => {
  const pool = makePool({ maxWorkers: 1 }), gate = newGate();
  const running = pool.submit(pass, gate, 7);
  await reached(gate.begun, 1);
  const pending = pool.submit(pass, gate, 8);
  const cancelled = pool.submit(pass, gate, 9);
  const look = (future: Future<unknown>) => {
    const { state, done, cancelled } = future;
    assert(/^Future\(.*\)$/.test(`${future}`), `${future}`);
    assert(`${future}`.includes(state), `${future}`);
    return [state, done, cancelled];
  };
  assertEquals(look(running), ["running", false, false]);
  assertEquals(look(pending), ["pending", false, false]);
  assertEquals(look(cancelled), ["pending", false, false]);
  assertEquals([running.cancel(), cancelled.cancel()], [false, true]);
  assertEquals(look(running), ["running", false, false]);
  assertEquals(look(cancelled), ["cancelled", true, true]);
  assertEquals([cancelled.cancel(), cancelled.cancel()], [true, true]);
  gate.open.set();
  assertEquals([await running, await pending], [7, 8]);
  const failed = pool.submit(failAt, gate);
  failed.exception();
  for (const future of [running, pending, failed]) {
    assertEquals(look(future), ["finished", true, false]);
    assertEquals([future.cancel(), future.cancel()], [false, false]);
    assertEquals(look(future), ["finished", true, false]);
  }
  assertEquals(look(cancelled), ["cancelled", true, true]);
  assertEquals(gate.begun.load(), 3, "what is cancelled never runs");
});

poolFaces(
  "221 Future.result and exception without time, in each state",
  async (face, makePool) => {
    const pool = makePool({ maxWorkers: 1 }), gate = newGate();
    const running = pool.submit(pass, gate, 7);
    await reached(gate.begun, 1);
    const pending = pool.submit(failAt, gate), cancelled = pool.submit(echo, 1);
    cancelled.cancel();
    const see = async (future: Future<unknown>) => [
      await outcome(face, future, 0),
      await failure(face, future, 0),
    ];
    assertEquals(await see(pending), ["TimeoutError", "TimeoutError"]);
    assertEquals(await see(running), ["TimeoutError", "TimeoutError"]);
    assertEquals(await see(cancelled), ["CancelledError", "CancelledError"]);
    gate.open.set();
    Future.wait([running, pending]);
    assertEquals(await see(running), [7, undefined]);
    assertEquals(await see(pending), ["RangeError", "RangeError!"]);
    assertEquals(await see(cancelled), ["CancelledError", "CancelledError"]);
  },
);

poolFaces(
  "221 Future.result waits no less than its timeout, and can be asked again",
  async (face, makePool) => {
    const { future, end } = await toEnd(makePool({ maxWorkers: 1 }), "value");
    for (const wait of [5, { timeout: 30 }]) {
      const begin = performance.now();
      assertEquals(await outcome(face, future, wait), "TimeoutError");
      const passed = performance.now() - begin;
      assert(passed >= (wait === 5 ? 5 : 30), `${passed} ms`);
      assertEquals(await failure(face, future, wait), "TimeoutError");
    }
    const error = assertThrows(() => future.result(1), TimeoutError);
    assert(error.message.includes("is not done"), error.message);
    assertEquals([future.state, future.done], ["running", false]);
    end();
    assertEquals(await outcome(face, future, 2 ** 31), 7);
  },
);

poolTest(
  "221 Future's waits end with their token and their signal, and take nothing with them",
  async (makePool) => {
    const { future, end } = await toEnd(makePool({ maxWorkers: 1 }), "value");
    const token = new CancelToken(), controller = new AbortController();
    const { signal } = controller;
    const waits = [
      future.resultAsync({ signal }),
      future.exceptionAsync({ signal, timeout: 60_000 }),
      Future.waitAsync([future], { signal }),
    ].map((wait) => wait.catch((reason) => reason));
    const cancels = [
      future.resultAsync({ token }),
      future.exceptionAsync({ token }),
      Future.waitAsync([future], { token }),
    ].map((wait) => wait.catch((reason: Error) => reason.name));
    controller.abort("enough");
    token.cancel();
    assertEquals(await Promise.all(waits), ["enough", "enough", "enough"]);
    assertEquals(await Promise.all(cancels), Array(3).fill("CancelledError"));
    for (
      const blocking of [
        () => future.result({ token }),
        () => future.exception({ token }),
        () => Future.wait([future], { token }),
      ]
    ) assertThrows(blocking, CancelledError, "The token was cancelled");
    assertEquals(
      await future.resultAsync({ signal }).catch((r) => r),
      "enough",
    );
    assertEquals(future.state, "running");
    end();
    assertEquals(await future, 7);
    // Success wins over a wait that is cancelled.
    assertEquals(future.result({ token }), 7);
  },
);

for (const how of ENDS) {
  poolFaces(
    `222 Future's readers wake when it ends: ${how}`,
    async (face, makePool, stage) => {
      const { future, end } = await toEnd(makePool({ maxWorkers: 1 }), how);
      const begun = new AtomicInt32();
      const readers = stage.parties(
        face,
        3,
        see,
        face === "sync" ? posted(future) : future,
        begun,
      );
      const mine = [outcome("async", future), outcome("async", future)];
      await reached(begun, 3);
      // Some sleep, and some are on the way there.
      await new Promise((turn) =>
        setTimeout(turn, face === "sync" ? QUIET : 0)
      );
      end();
      const expected =
        { value: 7, error: "RangeError", cancelled: "CancelledError" }[how];
      assertEquals(await readers, Array(3).fill(expected));
      assertEquals(await Promise.all(mine), [expected, expected]);
      assertEquals(await outcome(face, future), expected);
    },
  );
}

poolTest(
  "223 A future that is cancelled as it is taken never runs, or was not cancelled",
  async (makePool) => {
    const pool = makePool({ maxWorkers: 2 });
    const counters: AtomicInt32[] = [], futures: Future<number>[] = [];
    const cancelled: boolean[] = [];
    pool.submit(count, new AtomicInt32()).result();
    for (let round = 0; round < 400; round++) {
      const counter = new AtomicInt32();
      counters.push(counter);
      futures.push(pool.submit(count, counter));
      const victim = Math.max(0, round - round % 4);
      cancelled[victim] = futures[victim]!.cancel();
    }
    Future.wait(futures);
    for (const [i, future] of futures.entries()) {
      const gone = cancelled[i] ?? false;
      assertEquals([i, future.cancelled, counters[i]!.load()], [
        i,
        gone,
        gone ? 0 : 1,
      ]);
      // The first outcome stays.
      for (let twice = 0; twice < 2; twice++) {
        assertEquals(
          await outcome("sync", future),
          gone ? "CancelledError" : 0,
        );
        assertEquals(
          await outcome("async", future),
          gone ? "CancelledError" : 0,
        );
      }
    }
    assertEquals(pool.pending, 0);
  },
);

poolTest(
  "Future.result blocks this thread, and its event loop does not turn",
  async (makePool) => {
    let turned = false;
    const turn = new Promise<void>((resolve) =>
      setTimeout(() => {
        turned = true;
        resolve();
      })
    );
    // Threads start, module and all, while nothing else happens here.
    const pool = makePool({ maxWorkers: 2 });
    const futures = [1, 2, 3].map((n) => pool.submit(echo, n));
    assertEquals(futures.map((future) => future.result(10_000)), [1, 2, 3]);
    const failed = pool.submit(fail, "range");
    assertInstanceOf(failed.exception(10_000), RangeError);
    assertThrows(() => failed.result(), RangeError, "too far");
    const gate = newGate();
    const closed = pool.submit(passAsync, gate, 4);
    assertThrows(() => closed.result(QUIET), TimeoutError);
    gate.open.set();
    assertEquals(closed.result(10_000), 4);
    assert(!turned);
    await turn;
  },
);

poolTest("Future is a promise for all who take one", async (makePool) => {
  const pool = makePool({ maxWorkers: 2 });
  const [one, two] = [pool.submit(echo, 1), pool.submit(echo, 2)];
  const bad = pool.submit(fail, "range");
  assertEquals(await Promise.all([one, two, 3]), [1, 2, 3]);
  const settled = await Promise.allSettled([one, bad]);
  assertEquals(settled.map(({ status }) => status), ["fulfilled", "rejected"]);
  assertEquals(await Promise.any([bad, two]), 2);
  assertEquals(await Promise.race([one]), 1);
  assertEquals(await one.then((n) => [n]), [1]);
  assertEquals(await one.then(), 1);
  assertEquals(await bad.catch((error) => (error as Error).message), "too far");
  assertEquals(
    await bad.then(null, (error) => (error as Error).message),
    "too far",
  );
  let times = 0;
  assertEquals(await two.finally(() => void times++), 2);
  await assertRejects(() => bad.finally(() => void times++), RangeError);
  await assertRejects(() => bad, RangeError, "too far");
  assertEquals(times, 2);
  assertEquals(Object.prototype.toString.call(one), "[object Future]");
  // It takes its turn, like any promise, though it has long ended.
  const order: string[] = [];
  const later = one.then(() => order.push("then"));
  order.push("first");
  await later;
  assertEquals(order, ["first", "then"]);
});

poolTest(
  "Future's value, and its error, are the same each time",
  async (makePool) => {
    const pool = makePool({ maxWorkers: 1 });
    const value = pool.submit(echo, { a: 1 }),
      error = pool.submit(fail, "range");
    const first = await value;
    assertEquals(first, { a: 1 });
    assertStrictEquals(value.result(), first);
    assertStrictEquals(await value.resultAsync(), first);
    const thrown = error.exception();
    assertStrictEquals(await error.catch((reason) => reason), thrown);
    assertStrictEquals(await error.exceptionAsync(), thrown);
    assertStrictEquals(assertThrows(() => error.result()), thrown);
    assertEquals([value.exception(), await value.exceptionAsync()], [
      undefined,
      undefined,
    ]);
  },
);

poolTest("A failure that nobody asks for disturbs nobody", async (makePool) => {
  const pool = makePool({ maxWorkers: 1 });
  pool.submit(fail, "range");
  pool.submit(fail, "value").onDone(() => {});
  const cancelled = pool.submit(count, new AtomicInt32());
  cancelled.cancel();
  assertEquals(await pool.submit(echo, 1), 1);
  await new Promise((turn) => setTimeout(turn));
});
