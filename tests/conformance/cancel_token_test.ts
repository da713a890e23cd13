// A token ends every wait, on both faces: 31, 44, 67, 88, 93, 111. It consumes
// nothing, and costs nobody else a wake-up.

import {
  AtomicBigInt64,
  AtomicBool,
  AtomicFloat64,
  AtomicInt32,
  Barrier,
  BoundedSemaphore,
  CancelledError,
  CancelToken,
  Event,
  Latch,
  Lock,
  Semaphore,
  sleep,
  sleepAsync,
} from "@interlock/threading";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { QUIET, reached, rest, test, testFaces } from "../support/stage.ts";
import * as bodies from "./cancel_token_bodies.ts";
import { attempt, await_ } from "./cancel_token_bodies.ts";

const CANCELLED = "CancelledError: The token was cancelled";
/** Far less than the second after which a wait looks around anyway. */
const SOON = 500;

/** What a wait waits for, and what lets one waiter pass. */
interface Case {
  object: bodies.Waited;
  pass: () => void;
  /** Whether what one pass gives is still there. */
  left: () => boolean;
}

function lock(fair: boolean): Case {
  const lock = new Lock({ fair });
  lock.acquire();
  return {
    object: lock,
    pass: () => lock.release(),
    left: () => lock.tryAcquire(),
  };
}

function semaphore(fair: boolean, bounded = false): Case {
  const semaphore = bounded
    ? new BoundedSemaphore(1, { fair })
    : new Semaphore(1, { fair });
  semaphore.acquire();
  return {
    object: semaphore,
    pass: () => semaphore.release(),
    left: () => semaphore.tryAcquire(),
  };
}

function value<V>(
  object:
    & bodies.Waited
    & { store(value: V): void; load(): V; notify(): number },
  next: V,
): Case {
  return {
    object,
    pass: () => (object.store(next), object.notify()),
    left: () => object.load() === next,
  };
}

const CASES: Record<string, () => Case> = {
  "31 Lock": () => lock(false),
  "31 fair Lock": () => lock(true),
  "67 Semaphore": () => semaphore(false),
  "67 fair Semaphore": () => semaphore(true),
  "67 BoundedSemaphore": () => semaphore(false, true),
  "93 Latch": () => {
    const object = new Latch(1);
    return {
      object,
      pass: () => object.countDown(),
      left: () => object.count === 0,
    };
  },
  "44 Event": () => {
    const object = new Event();
    return { object, pass: () => object.set(), left: () => object.isSet };
  },
  "44 CancelToken": () => {
    const object = new CancelToken();
    return {
      object,
      pass: () => object.cancel(),
      left: () => object.isCancelled,
    };
  },
  "44 AtomicInt32": () => value(new AtomicInt32(), 1),
  "44 AtomicBigInt64": () => value(new AtomicBigInt64(), 1n),
  "44 AtomicBool": () => value(new AtomicBool(), true),
  "44 AtomicFloat64": () => value(new AtomicFloat64(), 0.5),
};

for (const [name, make] of Object.entries(CASES)) {
  testFaces(
    `${name}: a token ends a wait soon, and what comes later is for others`,
    async (face, stage) => {
      const { object, pass, left } = make();
      const token = new CancelToken(), arrived = new AtomicInt32();
      const waits = stage.party(face, attempt, object, token, arrived);
      await reached(arrived, 1);
      await rest("async", QUIET);
      const start = performance.now();
      token.cancel();
      assertEquals(await waits, CANCELLED);
      const elapsed = performance.now() - start;
      assert(elapsed < SOON, `took ${elapsed} ms`);
      pass();
      await rest("async", 5);
      assert(left(), "it was swallowed");
    },
  );

  testFaces(
    `${name}: after a wait that was cancelled one pass reaches the other waiter`,
    async (face, stage) => {
      for (const first of ["cancel", "pass"]) {
        const { object, pass, left } = make();
        const token = new CancelToken(), arrived = new AtomicInt32();
        const waits = stage.party(face, attempt, object, token, arrived);
        await reached(arrived, 1);
        const other = stage.party(face, attempt, object, undefined, arrived);
        await reached(arrived, 2);
        await rest("async", QUIET);
        if (first === "cancel") token.cancel();
        pass();
        if (first === "pass") token.cancel();
        const outcome = await waits;
        assert(outcome === "true" || outcome === CANCELLED, outcome);
        // Who got it gives it back, or leaves it as it is.
        if (outcome === "true" && !("release" in object) && !left()) pass();
        assertEquals(await other, "true");
      }
    },
  );

  testFaces(
    `${name}: one attempt is no wait that a token could end`,
    async (face) => {
      const token = new CancelToken(), { object } = make();
      token.cancel();
      assertEquals(await await_(face, object, { timeout: 0, token }), false);
    },
  );

  testFaces(
    `${name}: a token that is cancelled before ends a wait at once, but none that need not wait`,
    async (face) => {
      const { object, pass, left } = make();
      const token = new CancelToken();
      token.cancel();
      const start = performance.now();
      await assertRejects(
        () => await_(face, object, { token }),
        CancelledError,
        "The token was cancelled",
      );
      const elapsed = performance.now() - start;
      assert(elapsed < SOON, `took ${elapsed} ms`);
      pass();
      assertEquals(await await_(face, object, { token }), true);
      if ("release" in object) object.release();
      assert(left());
    },
  );
}

testFaces("44 sleep is ended by a token", async (face, stage) => {
  const token = new CancelToken(), arrived = new AtomicInt32();
  const dozes = stage.party(face, bodies.doze, token, arrived);
  await reached(arrived, 1);
  await rest("async", QUIET);
  const start = performance.now();
  token.cancel();
  assertEquals(await dozes, CANCELLED);
  assert(performance.now() - start < SOON);
  assertThrows(() => sleep(5000, { token }), CancelledError);
  await assertRejects(() => sleepAsync(5000, { token }), CancelledError);
});

testFaces("44 Thread.join is ended by a token", async (face, stage) => {
  const forever = new Event(), go = new Event(), token = new CancelToken();
  const arrived = new AtomicInt32();
  const thread = stage.thread(attempt, "sync", forever, undefined, arrived);
  const canceller = stage.thread(bodies.cancelAfter, token, go);
  await reached(arrived, 1);
  const join = face === "sync"
    // deno-lint-ignore require-await
    ? async () => thread.join({ token })
    : () => thread.joinAsync({ token });
  const result = face === "sync"
    // deno-lint-ignore require-await
    ? async () => thread.result({ token })
    : () => thread.resultAsync({ token });
  go.set();
  await assertRejects(join, CancelledError, "The token was cancelled");
  await assertRejects(result, CancelledError, "The token was cancelled");
  forever.set();
  assert(await thread.joinAsync(10_000) && await canceller.joinAsync(10_000));
  await join();
  await result();
});

testFaces(
  "88 Barrier breaks when a token ends a wait, and a party that comes last needs no wait",
  async (face, stage) => {
    const barrier = new Barrier(3), arrived = new AtomicInt32();
    const token = new CancelToken();
    const other = stage.party(face, attempt, barrier, undefined, arrived);
    const waits = stage.party(face, attempt, barrier, token, arrived);
    await reached(arrived, 2);
    await rest("async", QUIET);
    token.cancel();
    assertEquals(await waits, CANCELLED);
    assert((await other).startsWith("BrokenBarrierError"), await other);
    const alone = new Barrier(1);
    assertEquals(await await_(face, alone, { token }), 0);
  },
);

test("44 A token is cancelled once and for all, and shows it", () => {
  const token = new CancelToken(), view = CancelToken.from(token.handle);
  assertEquals([token.isCancelled, `${token}`], [
    false,
    "CancelToken(not cancelled)",
  ]);
  token.throwIfCancelled();
  assertEquals([token.wait(0), token.wait(5)], [false, false]);
  view.cancel();
  token.cancel();
  assertEquals([token.isCancelled, `${view}`], [
    true,
    "CancelToken(cancelled)",
  ]);
  assertThrows(
    () => token.throwIfCancelled(),
    CancelledError,
    "The token was cancelled",
  );
  assert(token.wait());
});

test("44 A token that is passed to a thread is one there", async (stage) => {
  const token = new CancelToken(), arrived = new AtomicInt32();
  const thread = stage.thread(bodies.work, token, arrived);
  await reached(arrived, 1);
  token.cancel();
  assertEquals(
    await thread.resultAsync(10_000),
    "CancelToken(cancelled), CancelledError",
  );
});

testFaces(
  "111 A token made from a signal is cancelled when that is aborted",
  async (face, stage) => {
    const controller = new AbortController();
    const token = CancelToken.fromSignal(controller.signal);
    const lock = new Lock(), arrived = new AtomicInt32();
    lock.acquire();
    const waits = stage.party(face, attempt, lock, token, arrived);
    await reached(arrived, 1);
    assert(!token.isCancelled);
    controller.abort(new Error("any reason"));
    assert(token.isCancelled);
    assertEquals(await waits, CANCELLED);
    assert(CancelToken.fromSignal(controller.signal).isCancelled);
  },
);

test("111 A token that was cancelled listens to its signal no longer", () => {
  let listeners = 0;
  class Counted extends EventTarget {
    readonly aborted = false;
    override addEventListener(...args: never[]): void {
      listeners++;
      // deno-lint-ignore no-explicit-any
      super.addEventListener(...args as any as [never, never]);
    }
    override removeEventListener(...args: never[]): void {
      listeners--;
      // deno-lint-ignore no-explicit-any
      super.removeEventListener(...args as any as [never, never]);
    }
  }
  const signal = new Counted() as unknown as AbortSignal;
  const token = CancelToken.fromSignal(signal);
  assertEquals(listeners, 1);
  token.cancel();
  token.cancel();
  assertEquals(listeners, 0);
});

test("111 Success beats a token that is cancelled at the same moment", async () => {
  for (const [name, make] of Object.entries(CASES)) {
    const { object, pass } = make(), token = new CancelToken();
    const waits = await_("async", object, { token });
    await rest("async", 5);
    pass();
    token.cancel();
    assertEquals(await waits, true, name);
  }
});
