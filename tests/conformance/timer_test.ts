import {
  AbandonedLockError,
  AtomicInt32,
  CancelledError,
  Event,
  Lock,
  sleep,
  SyncStateError,
  type Task,
  task,
  Thread,
  ThreadStartError,
  TimeoutError,
  Timer,
} from "@interlock/threading";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { realm } from "../../primitives/_realm.ts";
import { nothing as broken } from "../support/broken.ts";
import { QUIET, reached, test } from "../support/stage.ts";
import * as bodies from "./timer_bodies.ts";

const FAR = 60_000;

function services(): Thread[] {
  return Thread.enumerate().filter(({ name }) => name === "timers");
}

/** Resolves when the service has ended, as it does when no timer is left. */
async function idle(): Promise<void> {
  for (const thread of services()) assert(await thread.joinAsync(10_000));
  assertEquals(services(), []);
}

test("216 Timer's default arguments are not shared, and those it is given are copied by start", async () => {
  const list = [7], args: [number[]] = [list];
  const timers = [
    new Timer(0, bodies.tally),
    new Timer(0, bodies.tally),
    new Timer(0, bodies.tally, args),
    new Timer(0, bodies.tally, args),
  ];
  args.pop();
  for (const timer of timers) timer.start();
  list.push(8);
  assertEquals(timers.map((timer) => timer.result(10_000)), [
    [0],
    [0],
    [7, 1],
    [7, 1],
  ]);
  assertEquals(list, [7, 8]);
  await idle();
});

for (
  const [how, block] of [
    ["sleep", () => sleep(800)],
    [
      "Atomics.wait",
      () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 800),
    ],
    ["a loop", () => {
      const end = performance.now() + 800;
      while (performance.now() < end) { /* computes */ }
    }],
  ] as [string, () => void][]
) {
  test(`216 Timer is on time while the thread that started it is in ${how}`, async () => {
    const due = bodies.clock() + 200;
    const timer = new Timer(200, bodies.when).start();
    block();
    assert(timer.finished, "it ran meanwhile");
    const late = timer.result() - due;
    assert(late > -1 && late < 500, `${late} ms late`);
    await idle();
  });
}

test("216 Timer is never early by the clock of who started it, nor lost", async () => {
  for (const ms of [0, 0.5, 1, 2.7, 3, 10, 10.3, 40, 2, 1.1, 0.1]) {
    const start = performance.now();
    const timer = new Timer(ms, bodies.when).start();
    assert(timer.join(10_000));
    const passed = performance.now() - start;
    assert(passed >= ms, `${passed} ms instead of ${ms}`);
  }
  await idle();
});

test("216 Timer that is further away than a timeout can be is pending", async () => {
  for (const ms of [2 ** 31, 2 ** 40, Number.MAX_VALUE, Infinity]) {
    const timer = new Timer(ms, bodies.when).start();
    assert(!timer.join(QUIET));
    assertEquals([timer.finished, timer.cancel()], [false, true]);
  }
  await idle();
});

test("216 Timer that is cancelled before its start never runs, and starts no thread", async () => {
  const ran = new AtomicInt32();
  const timer = new Timer(0, bodies.count, [ran], { name: "t" });
  assertEquals([`${timer}`, timer.finished], ['Timer("t", new)', false]);
  assertEquals([timer.cancel(), timer.cancel()], [true, true]);
  assertEquals([`${timer}`, timer.finished], ['Timer("t", cancelled)', true]);
  assert(timer.join() && timer.start() === timer && timer.join());
  assertThrows(
    () => timer.result(),
    CancelledError,
    'Timer("t") was cancelled',
  );
  await assertRejects(() => timer.resultAsync(), CancelledError);
  assertThrows(() => timer.start(), SyncStateError, "it has been started");
  assertEquals([ran.load(), services()], [0, []]);
});

test("216 Timer that is cancelled before it is due never runs, and its service ends", async () => {
  const ran = new AtomicInt32();
  const timers = [50, FAR, 50, FAR].map((ms) =>
    new Timer(ms, bodies.count, [ran]).start()
  );
  assertEquals(services().length, 1);
  for (const timer of timers) {
    assert(`${timer}`.endsWith(", pending)"));
    assertEquals([timer.cancel(), timer.cancel()], [true, true]);
    assert(timer.finished && timer.join(0) && await timer.joinAsync(0));
    assertThrows(() => timer.result(), CancelledError, "was cancelled");
  }
  await idle();
  assertEquals(ran.load(), 0);
});

test("216 Timer's cancel has no effect on what runs, or has run", async () => {
  const event = new Event(), started = new Event();
  const timer = new Timer(0, bodies.until, [event, started]).start();
  assert(started.wait(10_000));
  assertEquals([`${timer}`, timer.cancel(), timer.finished], [
    `Timer("${timer.name}", running)`,
    false,
    false,
  ]);
  assert(!timer.join(5));
  assertThrows(() => timer.result(5), TimeoutError, "has not ended");
  await assertRejects(() => timer.resultAsync(5), TimeoutError);
  event.set();
  assert(timer.join(10_000));
  assertEquals([timer.cancel(), timer.result(), `${timer}`], [
    false,
    undefined,
    `Timer("${timer.name}", finished)`,
  ]);
  await idle();
});

test("216 Timer runs once if cancel comes too late, and never if it comes in time", async () => {
  const counters: AtomicInt32[] = [], timers: Timer[] = [];
  new Timer(0, bodies.when).start().join();
  const cancelled: boolean[] = [];
  for (let round = 0; round < 300; round++) {
    const counter = new AtomicInt32();
    counters.push(counter);
    const timer = new Timer(round % 4, bodies.count, [counter]).start();
    timers.push(timer as unknown as Timer);
    if (round % 3 === 0) sleep(round % 5 / 2);
    const victim = Math.max(0, round - 3);
    cancelled[victim] = timers[victim]!.cancel() || cancelled[victim] === true;
  }
  for (const [i, timer] of timers.entries()) {
    assert(timer.join(10_000));
    assertEquals([i, counters[i]!.load()], [i, cancelled[i] ? 0 : 1]);
  }
  assert(cancelled.includes(true) && cancelled.includes(false));
  await idle();
  for (const [i, counter] of counters.entries()) {
    assertEquals(counter.load(), cancelled[i] ? 0 : 1);
  }
});

test("216 Timers run in the order of their deadlines, whatever the order of their starts", async () => {
  const n = 50, place = new AtomicInt32();
  const order = new Int32Array(new SharedArrayBuffer(4 * n));
  const deadlines: number[] = [];
  const timers = Array.from({ length: n }, (_, i) => {
    const ms = 200 + (i * 37 % n) * 0.25;
    const timer = new Timer(ms, bodies.write, [order, place, i]);
    // Between two looks at the clock: starts may be closer than deadlines.
    deadlines[i] = performance.now() + ms;
    return timer.start();
  });
  const sorted = deadlines.map((_, i) => i).sort((a, b) =>
    deadlines[a]! - deadlines[b]!
  );
  for (const timer of timers) assert(timer.join(10_000));
  const ran = [...order].map((i) => deadlines[i]!);
  for (let i = 1; i < n; i++) {
    assert(ran[i]! > ran[i - 1]! - 0.2, `${order} instead of ${sorted}`);
  }
  await idle();
});

test("216 Timers that are due when they start run in the order of their starts", async () => {
  const n = 20, place = new AtomicInt32();
  const order = new Int32Array(new SharedArrayBuffer(4 * n));
  const timers = Array.from(
    { length: n },
    (_, i) => new Timer(0, bodies.write, [order, place, i]).start(),
  );
  for (const timer of timers) assert(timer.join(10_000));
  assertEquals([...order], timers.map((_, i) => i));
  await idle();
});

test("216 Timers share a thread: those that block run one at a time, those that await overlap", async () => {
  for (const blocks of [true, false]) {
    const inside = new AtomicInt32(), most = new AtomicInt32();
    const timers = [0, 1, 2, 3].map((ms) =>
      new Timer(ms, bodies.overlap, [inside, most, blocks]).start()
    );
    if (!blocks) {
      await reached(most, 4);
      inside.add(1);
      inside.notify();
    }
    for (const timer of timers) assert(await timer.joinAsync(10_000));
    assertEquals(most.load(), blocks ? 1 : 4);
  }
  const ids = [0, 1].map((ms) => new Timer(ms, bodies.who).start())
    .map((timer) => timer.result());
  assertEquals(ids[0], ids[1]);
  assertEquals(ids[0]![1], "timers");
  await idle();
});

test("212 216 Timer.result has what the task returned, or throws what it threw", async () => {
  const event = new Event();
  const returned = new Timer(0, bodies.set, [event]).start();
  (await returned.resultAsync(10_000)).clear();
  assert(!event.isSet);
  const timer = new Timer(0, bodies.fail, [], { name: "failing" }).start();
  assert(timer.join(10_000));
  const error = assertThrows(() => timer.result(), RangeError, "too far");
  assertInstanceOf(error.cause, TypeError);
  assert(error.stack!.includes("timer_bodies.ts"), error.stack);
  assert(error.stack!.includes('in thread "failing"'), error.stack);
  await idle();
});

const missing: Task<() => void> = task(
  { url: new URL("./no_such_module.ts", import.meta.url).href } as ImportMeta,
  function missing() {},
);

test("209 216 A Timer whose task does not load fails alone, before it is due", async () => {
  const good = new Timer(100, bodies.who).start();
  for (
    const [timer, message] of [
      [new Timer(FAR, missing), "Module not found"],
      [
        // deno-lint-ignore interlock/task-at-top-level
        new Timer(FAR, task(import.meta, function unknown() {})),
        'has no task "unknown"',
      ],
    ] as const
  ) {
    timer.start();
    assertThrows(() => timer.join(), ThreadStartError, message);
    await assertRejects(() => timer.resultAsync(), ThreadStartError, message);
    assertThrows(() => timer.result(), ThreadStartError, "Cannot start Timer(");
    assertEquals([timer.finished, timer.cancel()], [true, false]);
  }
  assertEquals(good.result()[1], "timers");
  assertEquals(new Timer(0, broken).start().result(), undefined);
  await idle();
});

test("209 216 A Timer whose service cannot start says so", async () => {
  await idle();
  const timer = new Timer(FAR, bodies.who, [], {
    worker: () => {
      throw new TypeError("no worker today");
    },
  }).start();
  assertThrows(() => timer.join(), ThreadStartError, "no worker today");
  const entry = import.meta.resolve("../support/failing_worker.js");
  const late = new Timer(FAR, bodies.who, [], {
    worker: () => new Worker(entry, { type: "module" }),
  }).start();
  await assertRejects(
    () => late.resultAsync(),
    ThreadStartError,
    "this entry does not load",
  );
  assertEquals(new Timer(0, bodies.who).start().result()[1], "timers");
  await idle();
});

test("216 A Timer runs in a worker whose entry calls serve()", async () => {
  await idle();
  const entry = import.meta.resolve("../support/own_worker.ts");
  let made = 0;
  const worker = () => {
    made++;
    return new Worker(entry, { type: "module" });
  };
  const timer = new Timer(0, bodies.who, [], { worker }).start();
  assertEquals(timer.result()[1], "timers");
  assert(made > 0);
  await idle();
});

test("212 216 What nobody catches in a timer's function takes no other timer down", async () => {
  const first = new Timer(0, bodies.who).start().result();
  const pending = new Timer(100, bodies.who).start();
  new Timer(0, bodies.stray).start().result();
  assertEquals(pending.result(10_000), first);
  await idle();
});

test("216 A service that dies leaves no timer waiting, and its locks are abandoned", async () => {
  const lock = new Lock();
  const pending = new Timer(FAR, bodies.who).start();
  const dying = new Timer(0, bodies.die, [lock]).start();
  assertThrows(
    () => pending.join(10_000),
    ThreadStartError,
    "its worker ended",
  );
  assert(dying.join(10_000));
  assertThrows(() => lock.acquire(10_000), AbandonedLockError);
  assertEquals([pending.finished, pending.cancel()], [true, false]);
  assertEquals(new Timer(0, bodies.who).start().result(10_000)[1], "timers");
  await idle();
});

test("216 A service that is terminated leaves no timer waiting", async () => {
  const timer = new Timer(FAR, bodies.who).start();
  const cancelled = new Timer(FAR, bodies.who).start();
  for (const thread of services()) thread.terminate();
  assert(cancelled.cancel());
  assertThrows(() => timer.result(10_000), ThreadStartError, "was terminated");
  await idle();
});

test("216 217 A service that is stopped leaves no timer waiting", async () => {
  const timer = new Timer(FAR, bodies.who).start();
  for (const thread of services()) thread.stop();
  assertThrows(() => timer.result(10_000), ThreadStartError, "was stopped");
  await idle();
});

// Not imported: the service loads this file too, and would wait in it.
const slow: Task<() => void> = task(
  { url: import.meta.resolve("../support/slow.ts") } as ImportMeta,
  function nothing() {},
);

test("216 Timer's function may make objects and start timers while another timer's module loads", async () => {
  const loading = new Timer(0, slow).start();
  assert(new Timer(0, bodies.whileLoading).start().result(10_000));
  assert(loading.join(10_000));
  await idle();
});

test("216 Timer that a timer's function starts runs in the same thread", async () => {
  const ids = new Timer(0, bodies.again, [4]).start().result(10_000);
  assertEquals([ids.length, new Set(ids).size], [5, 1]);
  assertEquals(new Timer(0, bodies.joinOwn).start().result(10_000), [
    "DeadlockError",
    false,
  ]);
  await idle();
});

test("216 217 Timer.join ends with the stop of its thread, its signal and its timeout", async (stage) => {
  const arrived = new Event();
  const thread = stage.thread(bodies.joinFar, arrived);
  assert(arrived.wait(10_000));
  thread.stop();
  assertEquals(await thread.resultAsync(10_000), "CancelledError");
  const timer = new Timer(FAR, bodies.when).start();
  const signal = AbortSignal.abort("enough");
  const reason = await timer.joinAsync({ signal }).catch((reason) => reason);
  assertEquals([reason, await timer.joinAsync(5), timer.join({ timeout: 5 })], [
    "enough",
    false,
    false,
  ]);
  timer.cancel();
  await idle();
});

test("206 216 Timer that is started twice, joined before its start, or started by a module that loads is an error of state", async () => {
  const timer = new Timer(0, bodies.who);
  assertThrows(() => timer.join(), SyncStateError, "it has not been started");
  await assertRejects(() => timer.resultAsync(), SyncStateError);
  realm.loading = true;
  try {
    assertThrows(
      () => timer.start(),
      SyncStateError,
      "guard the program with if (import.meta.main)",
    );
  } finally {
    realm.loading = false;
  }
  timer.start();
  assertThrows(() => timer.start(), SyncStateError, "it has been started");
  timer.join();
  assertThrows(() => timer.start(), SyncStateError, "it has been started");
  await idle();
});

test("216 253 Timer cannot be shared, and refuses arguments that cannot be sent, with nothing started", () => {
  const fresh = new Timer(0, bodies.who);
  assertThrows(() => structuredClone(fresh), Error, "A Timer belongs to");
  const timer = new Timer(0, bodies.tally, [(() => {}) as never]);
  assertThrows(
    () => timer.start(),
    TypeError,
    "'args' cannot be sent to a thread",
  );
  assertEquals([`${timer}`, services()], [`Timer("${timer.name}", new)`, []]);
});
