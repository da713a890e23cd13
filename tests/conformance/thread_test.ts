import {
  AtomicInt32,
  BoundedSemaphore,
  CancelledError,
  Event,
  Lock,
  Queue,
  sleep,
  sleepAsync,
  SyncStateError,
  type Task,
  task,
  Thread,
  ThreadStartError,
  TimeoutError,
} from "@interlock/threading";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { realm } from "../../primitives/_realm.ts";
import { test } from "../support/stage.ts";
import { nothing as broken } from "../support/broken.ts";
import { useStray } from "../support/stray.ts";
import * as bodies from "./thread_bodies.ts";

test("204 Ten threads pass under a BoundedSemaphore of 3, and show their life in their string", async (stage) => {
  const semaphore = new BoundedSemaphore(3);
  const inside = new AtomicInt32(), most = new AtomicInt32();
  const fresh = new Thread(bodies.visitor, [semaphore, inside, most], {
    name: "v",
  });
  assertEquals([`${fresh}`, fresh.isAlive], ['Thread("v", new)', false]);
  const threads = Array.from(
    { length: 10 },
    () => stage.thread(bodies.visitor, semaphore, inside, most),
  );
  for (const thread of threads) assert(await thread.joinAsync(20_000));
  assertEquals([inside.load(), semaphore.value], [0, 3]);
  assert(most.load() >= 1 && most.load() <= 3, `${most.load()} at once`);
  assertEquals(`${threads[0]}`, `Thread("${threads[0]!.name}", ended)`);
});

test("205 Thread has the name it is given, or one with a number and its task's name", () => {
  for (const name of ["plain", "", "Größe 42", "x".repeat(5000)]) {
    const thread = new Thread(bodies.whoAmI, [], { name }).start();
    assertEquals(thread.result().name, name);
  }
  const thread = new Thread(bodies.whoAmI).start();
  assert(/^Thread-\d+ \(whoAmI\)$/.test(thread.name), thread.name);
  assertEquals(thread.result(), { id: thread.id!, name: thread.name });
  assertEquals(Thread.current.name, "main");
});

test("206 Thread that is started twice, or joined before its start, is an error of state", async (stage) => {
  const fresh = new Thread(bodies.whoAmI);
  for (
    const use of [
      () => fresh.join(),
      () => fresh.result(),
      () => fresh.stop(),
      () => fresh.terminate(),
    ]
  ) {
    assertThrows(use, SyncStateError, "it has not been started");
  }
  await assertRejects(() => fresh.joinAsync(), SyncStateError);
  const started = stage.thread(bodies.whoAmI);
  assertThrows(() => started.start(), SyncStateError, "it has been started");
  started.join();
  assertThrows(() => started.start(), SyncStateError, "it has been started");
});

test("207 Thread is joined by many, with a timeout too, and is listed only while it is alive", async (stage) => {
  const event = new Event();
  const thread = stage.thread(bodies.untilSet, event);
  assert(Thread.enumerate().includes(thread as unknown as Thread));
  assert(thread.isAlive && `${thread}`.endsWith(", alive)"));
  assert(!thread.join(20));
  assert(!await thread.joinAsync(20));
  assertThrows(() => thread.result(10), TimeoutError, "has not ended");
  await assertRejects(() => thread.resultAsync(10), TimeoutError);
  const joins = Promise.all([
    thread.joinAsync(),
    thread.joinAsync(),
    thread.resultAsync(),
  ]);
  event.set();
  assertEquals(await joins, [true, true, "set"]);
  assertEquals([thread.join(), thread.result(), thread.isAlive], [
    true,
    "set",
    false,
  ]);
  assert(!Thread.enumerate().includes(thread as unknown as Thread));
});

test("208 A thread that is not ours has an id and a name", () => {
  const { id, name } = Thread.current;
  assert(Number.isInteger(id) && id > 0);
  assertEquals([id, name], [Thread.current.id, "main"]);
});

const missing: Task<() => void> = task(
  { url: new URL("./no_such_module.ts", import.meta.url).href } as ImportMeta,
  function missing() {},
);

const STARTS: [string, () => Thread<unknown>, string][] = [
  [
    "its module is not found",
    () => new Thread(missing) as Thread,
    "Module not found",
  ],
  [
    "its module throws",
    () => new Thread(broken, [], { name: "fails to load" }) as Thread,
    "this module does not load in a thread",
  ],
  [
    "its task is not made by the module",
    // deno-lint-ignore interlock/task-at-top-level
    () => new Thread(task(import.meta, function unknown() {})) as Thread,
    'has no task "unknown"',
  ],
  [
    "its worker does not load",
    () =>
      new Thread(bodies.whoAmI, [], {
        worker: () =>
          new Worker(import.meta.resolve("../support/failing_worker.js"), {
            type: "module",
          }),
      }) as unknown as Thread,
    "this entry does not load",
  ],
  [
    "its worker cannot be made",
    () =>
      new Thread(bodies.whoAmI, [], {
        worker: () => {
          throw new TypeError("no worker today");
        },
      }) as unknown as Thread,
    "no worker today",
  ],
  [
    "its program is not guarded",
    () => {
      const url = import.meta.resolve("../support/unguarded.ts");
      return new Thread(
        task({ url } as ImportMeta, function nothing() {}),
      ) as Thread;
    },
    "guard the program with if (import.meta.main)",
  ],
];

for (const [how, make, message] of STARTS) {
  const blocks = how !== "its worker does not load";
  test(`209 Thread that cannot start, as ${how}, says so and leaves nothing behind`, async () => {
    const thread = make().start();
    if (blocks) assertThrows(() => thread.join(), ThreadStartError, message);
    await assertRejects(() => thread.joinAsync(), ThreadStartError, message);
    await assertRejects(() => thread.resultAsync(), ThreadStartError, message);
    assertThrows(() => thread.result(), ThreadStartError, message);
    assert(!thread.isAlive);
    assert(!Thread.enumerate().includes(thread));
  });
}

test("209 Thread whose worker gives no sign of life is found out by a starter that blocks", () => {
  const silent = URL.createObjectURL(
    new Blob([""], { type: "text/javascript" }),
  );
  let worker: Worker | undefined;
  const { lifeSign } = realm;
  realm.lifeSign = 500;
  const thread = new Thread(bodies.whoAmI, [], {
    worker: () => worker = new Worker(silent, { type: "module" }),
  }).start();
  assert(!thread.join(30), "a join that ends earlier does not wait for a sign");
  assertThrows(
    () => thread.join(),
    ThreadStartError,
    "no sign of life in 0.5 s",
  );
  realm.lifeSign = lifeSign;
  worker!.terminate();
  URL.revokeObjectURL(silent);
});

test("A Thread runs in a worker whose entry calls serve()", () => {
  const entry = import.meta.resolve("../support/own_worker.ts");
  let made = 0;
  const thread = new Thread(bodies.whoAmI, [], {
    name: "own",
    worker: () => (made++, new Worker(entry, { type: "module" })),
  }).start();
  assertEquals(thread.result(), { id: thread.id!, name: "own" });
  assertEquals(made, 1, "the supervisor has an entry of its own");
});

/** What a page has of the tasks in `bundled_worker.ts`. */
const PAGE = {
  url: import.meta.resolve("./no_such_page.js"),
} as ImportMeta;
const onPage: Task<(x: number) => number> = task(
  PAGE,
  (x: number) => x + 1,
  "named",
);
const LOST: Task<() => void>[] = [
  task(PAGE, function unnamed() {}),
  task(PAGE, () => {}, "twice"),
];

test("209 A task that a bundle has in two places is found by the name it was given, and by nothing else", async () => {
  const entry = import.meta.resolve("../support/bundled_worker.ts");
  const worker = () => new Worker(entry, { type: "module" });
  const thread = new Thread(onPage, [1], { worker }).start();
  assertEquals(await thread.resultAsync(20_000), 2);
  for (const lost of LOST) {
    const thread = new Thread(lost, [], { worker }).start();
    await assertRejects(() => thread.resultAsync(20_000), ThreadStartError);
  }
});

test("209 Where there is no shared memory, what needs it says how a page gets it", async () => {
  const { SharedArrayBuffer } = globalThis;
  // A page that is not isolated does not have the name.
  Reflect.deleteProperty(globalThis, "SharedArrayBuffer");
  try {
    for (const make of [() => new Lock(), () => new Queue(), () => sleep(1)]) {
      assertThrows(make, ReferenceError, "Cross-Origin-Opener-Policy");
    }
    await assertRejects(() => sleepAsync(1), ReferenceError);
  } finally {
    globalThis.SharedArrayBuffer = SharedArrayBuffer;
  }
});

test("211 Threads start threads, which outlive nobody they need", async (stage) => {
  assertEquals(await stage.thread(bodies.nest, 2).resultAsync(20_000), 2);
});

test("212 253 Thread.result throws what the task threw: class, message, code, cause, errors and stack", () => {
  const thrown = (how: string) => {
    const thread = new Thread(bodies.fail, [how], { name: "failing" }).start();
    assert(thread.join(10_000));
    try {
      thread.result();
    } catch (error) {
      // deno-lint-ignore no-explicit-any
      return error as any;
    }
    throw new Error("it did not throw");
  };
  const range = thrown("range");
  assertInstanceOf(range, RangeError);
  assertEquals(range.message, "too far");
  assertInstanceOf(range.cause, TypeError);
  assertEquals(range.cause.message, "no map");
  assert(range.stack!.includes("thread_bodies.ts"), range.stack);
  assert(range.stack!.includes('in thread "failing"'), range.stack);

  const aggregate = thrown("aggregate");
  assertInstanceOf(aggregate, AggregateError);
  assertInstanceOf(aggregate.errors[1], RangeError);
  assertEquals(aggregate.errors[0].message, "one");

  const own = thrown("own");
  assert(own instanceof Error && !(own instanceof bodies.OwnError));
  assertEquals({ ...own, name: own.name }, {
    name: "OwnError",
    code: "OWN",
    detail: { a: 1 },
  });

  const ours = thrown("ours");
  assertInstanceOf(ours, SyncStateError);
  assertEquals(ours.code, "ERR_SYNC_STATE");

  const dom = thrown("dom");
  assertInstanceOf(dom, DOMException);
  assertEquals([dom.name, dom.message], ["AbortError", "gone"]);

  assertEquals(thrown("value"), { plain: 7 });
});

test("212 What is thrown outside of the task ends the thread, and nothing else", () => {
  for (
    const [how, message] of [["later", "in a timer"], [
      "rejection",
      "nobody caught",
    ]] as const
  ) {
    const thread = new Thread(bodies.fail, [how]).start();
    assertThrows(() => thread.result(10_000), RangeError, message);
  }
});

test("212 A result that cannot be sent is an error that says so", () => {
  for (const how of ["function", "held"]) {
    const thread = new Thread(bodies.fail, [how]).start();
    assertThrows(
      () => thread.result(10_000),
      TypeError,
      'Cannot return from task "fail"',
    );
  }
});

test("215 Threads' ids are distinct and stable", () => {
  const threads = Array.from(
    { length: 4 },
    () => new Thread(bodies.whoAmI).start(),
  );
  const ids = threads.map((thread) => thread.id!);
  assertEquals(threads.map((thread) => thread.result().id), ids);
  assertEquals(new Set([...ids, Thread.current.id]).size, 5);
});

for (const how of ["sleep", "acquire", "acquireAsync", "wait"]) {
  test(`217 Thread.stop ends a thread in ${how}, and each wait after that`, async (stage) => {
    const lock = new Lock(), arrived = new Event();
    lock.acquire();
    const thread = stage.thread(bodies.stopped, how, lock, arrived);
    arrived.wait();
    thread.stop();
    assertEquals(await thread.resultAsync(5000), [
      "CancelledError",
      "CancelledError",
      "true",
    ]);
    assert(lock.locked, "the stopped waiter took nothing");
    lock.release();
    assert(lock.tryAcquire());
  });
}

test("217 Thread.terminate makes join return, with a result of its own, and frees no lock", () => {
  const lock = new Lock(), arrived = new Event();
  lock.acquire();
  const thread = new Thread(bodies.stopped, ["acquire", lock, arrived]).start();
  arrived.wait();
  thread.terminate();
  assert(thread.join(1000));
  assertThrows(() => thread.result(), CancelledError, "was terminated");
  assert(lock.locked);
  thread.terminate();
  lock.release();
});

test("247 A lock is not abandoned while its terminated holder runs on, whose release hurts nobody", () => {
  const lock = new Lock(), arrived = new Event(), flag = new AtomicInt32();
  const thread = new Thread(bodies.holdBusily, [lock, arrived, flag]).start();
  arrived.wait();
  try {
    thread.terminate();
    // Longer than a slice: who waits has looked whether the holder is dead.
    assert(!lock.acquire(1300));
  } finally {
    flag.store(1);
  }
  // It frees the lock, or has ended before it could.
  const held = lock.recover(5000);
  assert(lock.locked);
  assert(!lock.acquire(20), "two are inside");
  held.release();
});

test("253 Shared objects in arguments and results arrive as themselves", () => {
  const event = new Event();
  const inside = {
    list: [event],
    map: new Map([["key", event]]),
    set: new Set([event]),
  };
  const back = new Thread(bodies.echo, [inside]).start()
    .result() as typeof inside;
  event.set();
  assert(back.list[0]!.isSet);
  assert(back.map.get("key")!.isSet);
  assert([...back.set][0]!.isSet);
  const { lock, counter } = new Thread(bodies.own).start().result();
  assert(lock.tryAcquire());
  assertEquals([lock.name, counter.load()], ["made there", 7]);
});

test("253 Arguments that cannot be sent are refused by start, and nothing is started", () => {
  const before = Thread.enumerate().length;
  for (
    const value of [() => {}, new Lock().hold(), new Thread(bodies.whoAmI)]
  ) {
    const thread = new Thread(bodies.echo, [value]);
    assertThrows(
      () => thread.start(),
      TypeError,
      "'args' cannot be sent to a thread",
    );
    assertEquals(`${thread}`, `Thread("${thread.name}", new)`);
  }
  assertEquals(Thread.enumerate().length, before);
});

for (
  const what of [
    "lock.acquire",
    "lock.tryAcquire",
    "lock.acquireAsync",
    "lock.release",
    "semaphore.acquire",
    "semaphore.tryAcquire",
    "semaphore.release",
    "event.wait",
    "latch.wait",
    "barrier.wait",
  ]
) {
  test(`Thread that uses what its module made at the top level is told to pass it: ${what}`, () => {
    const thread = new Thread(useStray, [what]).start();
    assertThrows(
      () => thread.result(10_000),
      SyncStateError,
      "pass it to the task as an argument",
    );
  });
}
