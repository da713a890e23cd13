// ThreadScope: 214, and what users of TaskGroup and StructuredTaskScope expect.

import {
  AtomicInt32,
  CancelledError,
  CancelToken,
  Event,
  Lock,
  SyncStateError,
  type Task,
  task,
  Thread,
  ThreadScope,
  ThreadStartError,
  WouldBlockError,
} from "@interlock/threading";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { realm } from "../../primitives/_realm.ts";
import {
  type Face,
  FACES,
  QUIET,
  reached,
  test,
  testFaces,
} from "../support/stage.ts";
import * as bodies from "./scope_bodies.ts";

/** Runs a block in a scope. */
type Run = <T>(
  face: Face,
  scope: ThreadScope,
  block: (scope: ThreadScope) => T,
) => Promise<T>;

const using: Run = async (face, scope, block) => {
  if (face === "sync") {
    using left = scope;
    return block(left);
  }
  await using left = scope;
  return block(left);
};

const run: Run = async (face, scope, block) =>
  face === "sync"
    ? scope.run(block as () => never)
    : await scope.runAsync(block);

/** With waits for its threads. */
const WAYS: [string, Run, string[]][] = [
  ["using", using, ["sleep", "acquireAsync"]],
  ["run", run, ["acquire", "waitAsync"]],
];

/** What a promise rejects with. */
async function thrownBy(promise: Promise<unknown>): Promise<Error> {
  const error = await promise.then(() => undefined, (error) => error);
  assert(error instanceof Error, `it did not throw, but gave ${error}`);
  return error;
}

/** Nothing of this thread waits, and nothing was left behind. */
function assertQuiet(): void {
  assertEquals([realm.sleepers.size, realm.awaiting], [0, 0]);
  assertEquals(Thread.enumerate(), []);
}

testFaces(
  "214 ThreadScope is left when all its threads have ended",
  async (face) => {
    for (const [, way] of WAYS) {
      const counter = new AtomicInt32(), event = new Event();
      const scope = new ThreadScope();
      const thread = await way(face, scope, (scope) => {
        scope.start(bodies.countAfter, event, counter);
        const thread = scope.start(bodies.count, counter);
        event.set();
        return thread;
      });
      assertEquals(counter.load(), 2);
      assert([0, 1].includes(thread.result(0)));
      assertQuiet();
    }
  },
);

test("214 ThreadScope waits for threads that are started while it is being left", async () => {
  const counter = new AtomicInt32();
  const events = [new Event(), new Event(), new Event()];
  const scope = new ThreadScope();
  const start = (event: Event) =>
    scope.start(bodies.countAfter, event, counter);
  let last = start(events[0]!), left = false;
  const leaving = scope[Symbol.asyncDispose]().then(() => left = true);
  const joined = scope.joinAsync();
  for (const [i, event] of events.entries()) {
    const next = events[i + 1];
    const thread = last;
    if (next !== undefined) last = start(next);
    event.set();
    assert(await thread.joinAsync(10_000));
    if (next !== undefined) assert(!left);
  }
  await leaving;
  assertEquals([counter.load(), await joined], [3, true]);
  assertThrows(
    () => scope.start(bodies.count, counter),
    SyncStateError,
    "Cannot start a thread in ThreadScope(",
  );
  // To leave it again does nothing.
  await scope[Symbol.asyncDispose]();
  scope[Symbol.dispose]();
  assertQuiet();
});

for (const [name, way, hows] of WAYS) {
  testFaces(
    `ThreadScope, ${name}: the first failure ends the waits of the others, and is thrown`,
    async (face) => {
      const lock = new Lock(), event = new Event();
      const arrived = new AtomicInt32(), ended = new AtomicInt32();
      lock.acquire();
      const begun = performance.now();
      const error = await thrownBy(way(face, new ThreadScope(), (scope) => {
        for (const how of hows) {
          scope.start(bodies.waits, how, lock, arrived, ended);
        }
        scope.start(bodies.works, scope.token, arrived);
        while (arrived.load() < 3) arrived.wait(arrived.load(), 1000);
        scope.start(bodies.failAfter, event, "first");
        event.set();
      }));
      assertInstanceOf(error, RangeError);
      assertEquals([error.message, ended.load()], ["first", 2]);
      assert(!("suppressed" in error), "who gave up when told has not failed");
      assert(performance.now() - begun < 5000);
      lock.release();
      assertQuiet();
    },
  );
}

testFaces(
  "ThreadScope cancels while its own thread waits for one of the others",
  async (face) => {
    const lock = new Lock(), event = new Event();
    const arrived = new AtomicInt32(), ended = new AtomicInt32();
    const scope = new ThreadScope();
    const error = await thrownBy(
      run(face, scope, (scope) => {
        const other = scope.start(bodies.waits, "sleep", lock, arrived, ended);
        const failing = scope.start(bodies.failAfter, event, "first");
        event.set();
        if (face === "async") return other.resultAsync();
        assertThrows(() => other.result(5000), CancelledError, "scope");
        assertThrows(() => failing.result(5000), RangeError, "first");
        // The block's own waits have the token.
        return lock.run(() => new Event().wait({ token: scope.token }));
      }),
    );
    assertInstanceOf(error, RangeError);
    assertEquals(error.message, "first");
  },
);

test(
  "ThreadScope throws the first failure, with those after it as its suppressed",
  async () => {
    const arrived = new AtomicInt32(), event = new Event();
    const error = await thrownBy(using("async", new ThreadScope(), (scope) => {
      scope.start(bodies.failLate, arrived, "second");
      scope.start(bodies.failAfter, event, "first");
      scope.start(bodies.failLate, arrived, "third");
      while (arrived.load() < 2) arrived.wait(arrived.load(), 1000);
      event.set();
    }));
    assertEquals(`${error}`, "RangeError: first");
    const { suppressed } = error as Error & { suppressed: Error[] };
    assertEquals(suppressed.map((error) => `${error}`).sort(), [
      "TypeError: second",
      "TypeError: third",
    ]);
    assertInstanceOf(suppressed[0]!.cause, CancelledError);
  },
);

testFaces(
  "ThreadScope.run cancels its threads when its function throws, and throws that",
  async (face) => {
    const lock = new Lock(), event = new Event();
    const arrived = new AtomicInt32(), ended = new AtomicInt32();
    const own = new Error("of the block");
    const error = await thrownBy(run(face, new ThreadScope(), (scope) => {
      scope.start(bodies.waits, "sleep", lock, arrived, ended);
      scope.start(bodies.failLate, arrived, "late");
      while (arrived.load() < 2) arrived.wait(arrived.load(), 1000);
      throw own;
    }));
    assert(error === own);
    assertEquals(ended.load(), 1);
    const { suppressed } = error as Error & { suppressed: Error[] };
    assertEquals(suppressed.map(String), ["TypeError: late"]);

    // A block that throws after a thread has failed came second.
    const after = await thrownBy(run(face, new ThreadScope(), (scope) => {
      event.set();
      scope.start(bodies.failAfter, event, "first");
      assert(scope.join(10_000), "join tells nothing of failures");
      assert(scope.token.isCancelled);
      throw new Error("second");
    }));
    assertEquals(`${after}`, "RangeError: first");
    assertEquals(
      (after as Error & { suppressed: Error[] }).suppressed.map(String),
      ["Error: second"],
    );
    assertQuiet();
  },
);

test(
  "ThreadScope in a using block that throws too makes a SuppressedError of both",
  async () => {
    const error = await thrownBy(using("sync", new ThreadScope(), (scope) => {
      const event = new Event();
      event.set();
      scope.start(bodies.failAfter, event, "first").result(5000);
    })) as Error & { error: Error; suppressed: Error };
    assertEquals(error.name, "SuppressedError");
    assertEquals([`${error.error}`, `${error.suppressed}`], [
      "RangeError: first",
      "RangeError: first",
    ]);
  },
);

testFaces(
  "ThreadScope.cancel ends its threads, which is no failure",
  async (face) => {
    const lock = new Lock();
    const arrived = new AtomicInt32(), ended = new AtomicInt32();
    const scope = new ThreadScope({ name: "trip" });
    await using(face, scope, (scope) => {
      const thread = scope.start(bodies.waits, "wait", lock, arrived, ended);
      assertEquals(thread.name, "trip_0 (waits)");
      assertEquals(`${scope}`, 'ThreadScope("trip", alive: 1)');
      scope.cancel();
      assert(scope.token.isCancelled);
      assertThrows(
        () => scope.start(bodies.count, arrived),
        CancelledError,
        'Cannot start a thread in ThreadScope("trip", ',
      );
      return thread;
    });
    assertEquals(`${scope}`, 'ThreadScope("trip", left, cancelled)');
    // The thread may have been told before its task began.
    assert(ended.load() <= 1);
    const gaveUp = await thrownBy(run(face, new ThreadScope(), (scope) => {
      scope.cancel();
      new Event().wait({ token: scope.token });
    }));
    assertInstanceOf(gaveUp, CancelledError);
    for (
      const use of [() => scope.run(() => {}), () => scope.runAsync(() => {})]
    ) {
      // deno-lint-ignore require-await
      await assertRejects(async () => use(), SyncStateError, "it was left");
    }
    assertEquals(scope.join(), true);
  },
);

testFaces(
  "ThreadScope.join waits, within limits, and leaves the scope as it is",
  async (face) => {
    const counter = new AtomicInt32(), event = new Event();
    const token = new CancelToken();
    token.cancel();
    const scope = new ThreadScope();
    assert(scope.join(0) && await scope.joinAsync(0));
    scope.start(bodies.countAfter, event, counter);
    if (face === "sync") {
      assert(!scope.join(0) && !scope.join(QUIET));
      assertThrows(() => scope.join({ token }), CancelledError);
    } else {
      assert(!await scope.joinAsync(0) && !await scope.joinAsync(QUIET));
      await assertRejects(() => scope.joinAsync({ token }), CancelledError);
      const signal = AbortSignal.timeout(QUIET);
      await assertRejects(() => scope.joinAsync({ signal }), DOMException);
    }
    assert(!scope.token.isCancelled);
    event.set();
    assert(
      face === "sync" ? scope.join(10_000) : await scope.joinAsync(10_000),
    );
    scope.start(bodies.count, counter).join();
    scope[Symbol.dispose]();
    assertEquals(counter.load(), 2);
    assertQuiet();
  },
);

test(
  "ThreadScope: a thread that was stopped or terminated by name has not failed",
  async () => {
    const lock = new Lock(), event = new Event();
    const arrived = new AtomicInt32(), ended = new AtomicInt32();
    await using("sync", new ThreadScope(), (scope) => {
      const threads = ["sleep", "wait"].map((how) =>
        scope.start(bodies.waits, how, lock, arrived, ended)
      );
      scope.start(bodies.countAfter, event, ended);
      while (arrived.load() < 2) arrived.wait(arrived.load(), 1000);
      threads[0]!.stop();
      assertThrows(
        () => threads[0]!.result(5000),
        CancelledError,
        "was stopped",
      );
      threads[1]!.terminate();
      assert(!scope.token.isCancelled);
      event.set();
    });
    const error = await thrownBy(using("sync", new ThreadScope(), (scope) => {
      scope.start(bodies.cancelsItself);
    }));
    assertEquals(`${error}`, "CancelledError: The token was cancelled");
  },
);

const missing: Task<() => void> = task(
  { url: new URL("./no_such_module.ts", import.meta.url).href } as ImportMeta,
  function missing() {},
);

testFaces(
  "ThreadScope: a thread that cannot start, throws elsewhere, or dies has failed",
  async (face) => {
    const lock = new Lock(), ready = new Event();
    const arrived = new AtomicInt32(), ended = new AtomicInt32();
    const broken = () => {
      throw new TypeError("no worker today");
    };
    type Case = [ThreadScope, (scope: ThreadScope) => unknown, string];
    const cases: Case[] = face === "sync"
      ? [
        [
          new ThreadScope(),
          (scope) => scope.start(missing),
          "Module not found",
        ],
        [
          new ThreadScope(),
          (scope) => scope.start(bodies.die, ready),
          "its worker ended before its task",
        ],
      ]
      : [
        [
          new ThreadScope({ worker: broken }),
          (scope) => scope.start(bodies.count, arrived),
          "no worker today",
        ],
        [
          new ThreadScope(),
          (scope) => scope.start(bodies.failElsewhere, "in a timer"),
          "in a timer",
        ],
      ];
    ready.set();
    for (const [scope, start, message] of cases) {
      const error = await thrownBy(using(face, scope, (scope) => {
        if (!message.includes("today")) {
          scope.start(bodies.waits, "sleep", lock, arrived, ended);
        }
        start(scope);
      }));
      assert(error.message.includes(message), error.message);
      const starts = message.includes("found") || message.includes("today");
      assertEquals(error instanceof ThreadStartError, starts);
    }
    assertQuiet();
  },
);

test("ThreadScope in a thread that is stopped cancels its threads, and waits for them", async (stage) => {
  const lock = new Lock(), arrived = new AtomicInt32();
  lock.acquire();
  // Threads of threads take a second to start: all of them at once.
  const outer = FACES.map((face) => {
    const ended = new AtomicInt32();
    return stage.thread(bodies.nests, face, lock, arrived, ended);
  });
  await reached(arrived, 2);
  for (const thread of outer) thread.stop();
  for (const thread of outer) {
    assertEquals(await thread.resultAsync(10_000), "CancelledError, 1 ended");
  }
  lock.release();
});

test("ThreadScope within a ThreadScope: cancellation goes down, failures go up", async () => {
  const lock = new Lock(), event = new Event(), arrived = new AtomicInt32();
  lock.acquire();
  let inner: Thread<Promise<string>, never>[] = [];
  const error = await thrownBy(run("sync", new ThreadScope(), (scope) => {
    scope.start(bodies.failsWithin, event);
    inner = FACES.map((face) => {
      const ended = new AtomicInt32();
      const { nests } = bodies;
      return scope.start(nests, face, lock, arrived, ended) as never;
    });
    while (arrived.load() < 2) arrived.wait(arrived.load(), 1000);
    event.set();
  }));
  assertEquals(`${error}`, "RangeError: deep below");
  for (const thread of inner) {
    assertEquals(await thread.resultAsync(0), "CancelledError, 1 ended");
  }
  lock.release();
});

test("ThreadScope belongs to the thread that made it, and starts nothing that cannot be sent", () => {
  const scope = new ThreadScope();
  assertThrows(
    () => structuredClone(scope),
    DOMException,
    "A ThreadScope belongs to the thread that made it",
  );
  const thread = new Thread(bodies.works, [scope as never, 7 as never]);
  assertThrows(() => thread.start(), TypeError, "A ThreadScope belongs");
  assertThrows(() => scope.start(bodies.count, (() => {}) as never), TypeError);
  assertEquals(scope.run(() => 7), 7, "nothing was started");
});

test("ThreadScope.run refuses a promise, whose work would go on in a scope that was left", () => {
  const scope = new ThreadScope();
  assertThrows(
    () => scope.run(() => Promise.resolve() as never),
    TypeError,
    "'fn' returned a promise: use runAsync()",
  );
});

test("252 ThreadScope that would block where that is forbidden says so, and is not left", async () => {
  const counter = new AtomicInt32(), event = new Event(), { canBlock } = realm;
  const scope = new ThreadScope();
  scope.start(bodies.countAfter, event, counter);
  realm.canBlock = false; // as on a browser's page
  try {
    for (const leave of [() => scope[Symbol.dispose](), () => scope.join()]) {
      assertThrows(leave, WouldBlockError, "Async() instead");
    }
    assert(!scope.token.isCancelled);
    event.set();
    await scope[Symbol.asyncDispose]();
    assertEquals(counter.load(), 1);
  } finally {
    realm.canBlock = canBlock;
  }
  assertQuiet();
});
