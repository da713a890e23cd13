// Bad input: each wrong argument is refused with a typed error that names it and
// its value, and the failed call changes nothing in shared memory.
// deno-lint-ignore-file interlock/task-at-top-level

import {
  type AsyncWaitOptions,
  AtomicBigInt64,
  AtomicBool,
  AtomicFloat64,
  AtomicInt32,
  attach,
  Barrier,
  BoundedSemaphore,
  CancelToken,
  Channel,
  type ChannelOptions,
  Condition,
  Counter,
  Deque,
  type DequeOptions,
  Event,
  type ExecutorOptions,
  Future,
  Latch,
  LifoQueue,
  Lock,
  LongAdder,
  type MapOptions,
  type Memory,
  Once,
  OnceCell,
  parallelFor,
  parallelForAsync,
  parallelMap,
  parallelMapAsync,
  parallelReduce,
  parallelReduceAsync,
  PriorityQueue,
  Queue,
  QueueFullError,
  type QueueOptions,
  RLock,
  RWLock,
  select,
  selectAsync,
  Semaphore,
  SharedLocal,
  type SharedLocalOptions,
  SharedMap,
  SimpleQueue,
  sleep,
  sleepAsync,
  SpscQueue,
  SyncStateError,
  task,
  Thread,
  ThreadLocal,
  ThreadPoolExecutor,
  ThreadScope,
  Timer,
  trySelect,
} from "@interlock/threading";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { test } from "../support/stage.ts";

// deno-lint-ignore no-explicit-any
type ErrorClass = new (...args: any[]) => Error;

/** A value, the error it gets, and how the message shows it. */
type Bad = readonly [value: unknown, error: ErrorClass, shown: string];

const NOT_A_NUMBER: Bad[] = [
  ["7", TypeError, '"7"'],
  [null, TypeError, "null"],
  [{}, TypeError, "an object"],
  [true, TypeError, "true"],
  [7n, TypeError, "7"],
  [Symbol("s"), TypeError, "Symbol(s)"],
];

/** For integers from `min` to the largest int32. */
function badIntegers(min: number, max = 2147483647): Bad[] {
  return [
    [min - 1, RangeError, String(min - 1)],
    [max + 1, RangeError, String(max + 1)],
    [0.5, RangeError, "0.5"],
    [NaN, RangeError, "NaN"],
    [Infinity, RangeError, "Infinity"],
    ...NOT_A_NUMBER,
  ];
}

/** For bigints of 64 bits. */
const BAD_INT64: Bad[] = [
  [2n ** 63n, RangeError, String(2n ** 63n)],
  [-(2n ** 63n) - 1n, RangeError, String(-(2n ** 63n) - 1n)],
  [7, TypeError, "7"],
  ...NOT_A_NUMBER.filter(([value]) => typeof value !== "bigint"),
];

const BAD_FLAGS: Bad[] = [
  [1, TypeError, "1"],
  ["true", TypeError, '"true"'],
  [null, TypeError, "null"],
];

const BAD_TIMEOUTS: Bad[] = [
  [-1, RangeError, "-1"],
  [NaN, RangeError, "NaN"],
  [-Infinity, RangeError, "-Infinity"],
  ["7", TypeError, '"7"'],
  [null, TypeError, "null"],
  [true, TypeError, "true"],
];

/** Objects that are ready: no wait would sleep. */
function ready() {
  const event = new Event();
  event.set();
  return {
    lock: new Lock(),
    fair: new Lock({ fair: true }),
    rlock: new RLock(),
    semaphore: new Semaphore(3),
    bounded: new BoundedSemaphore(3),
    event,
    latch: new Latch(0),
    atomic: new AtomicInt32(1),
    big: new AtomicBigInt64(1n),
    bool: new AtomicBool(true),
    float: new AtomicFloat64(1),
    adder: new LongAdder(),
    token: cancelledToken(),
    once: doneOnce(),
    cell: doneCell(),
    open: new OnceCell({ capacity: 8 }),
    barrier: new Barrier(1),
    condition: heldCondition(),
    rw: new RWLock(),
    counter: new Counter("ab", { capacity: 512 }),
    map: filledMap(),
    spsc: filledSpsc(),
    spscFloats: new SpscQueue({ type: "float64", capacity: 2 }),
    spscBytes: new SpscQueue({ type: "bytes", capacity: 8 }),
    queue: filled(Queue),
    lifo: filled(LifoQueue),
    priority: filled(PriorityQueue),
    simple: filled(SimpleQueue),
    deque: filledDeque(),
    channel: filledChannel(),
    idle: new Queue(SMALL),
  };
}

/** Of a size that can be compared byte by byte. */
const SMALL = { capacity: 256 };

/** With an item, and room for another. */
function filled<Q extends Queue | SimpleQueue>(
  Class: new (options: typeof SMALL) => Q,
): Q {
  const queue = new Class(SMALL);
  queue.put(1);
  return queue;
}

function filledChannel(): Channel {
  const channel = new Channel({ ...SMALL, maxSize: 2 });
  channel.send(1);
  return channel;
}

function filledMap(): SharedMap<unknown> {
  const map = new SharedMap({ capacity: 512 });
  map.set("a", 1);
  return map;
}

/** Neither empty nor full, and both sides taken. */
function filledSpsc(): SpscQueue<"int32"> {
  const queue = new SpscQueue({ type: "int32", capacity: 4 });
  queue.tryPutMany(Int32Array.of(1, 2, 3));
  queue.get();
  return queue;
}

function filledDeque(): Deque {
  const deque = new Deque(SMALL);
  deque.pushBack(1);
  return deque;
}

function doneOnce(): Once {
  const once = new Once();
  once.run(() => {});
  return once;
}

function doneCell(): OnceCell {
  const cell = new OnceCell();
  cell.set(1);
  return cell;
}

/** Held, so that it could wait. */
function heldCondition(): Condition<Lock> {
  const condition = new Condition(new Lock());
  condition.acquire();
  return condition;
}

function cancelledToken(): CancelToken {
  const token = new CancelToken();
  token.cancel();
  return token;
}

/** What stands in the memory of the objects. */
function bytes(objects: { buffer: SharedArrayBuffer }[]): number[] {
  return objects.flatMap(({ buffer }) => [...new Uint8Array(buffer)]);
}

/** Checks that the call is refused for each value, and changes nothing. */
function refuses(
  name: string,
  argument: string,
  bad: readonly Bad[],
  // deno-lint-ignore no-explicit-any
  call: (objects: ReturnType<typeof ready>, value: any) => unknown,
): void {
  test(`${name} refuses a wrong ${argument}, and changes nothing`, async () => {
    const objects = ready();
    const before = bytes(Object.values(objects));
    for (const [value, ErrorClass, shown] of bad) {
      // deno-lint-ignore require-await
      const attempt = async () => call(objects, value);
      const error = await assertRejects(attempt, ErrorClass);
      assertEquals(error.constructor, ErrorClass, error.message);
      assert(error.message.startsWith("Cannot "), error.message);
      assert(error.message.includes(`'${argument}'`), error.message);
      assert(error.message.includes(`received ${shown}`), error.message);
    }
    assertEquals(bytes(Object.values(objects)), before);
  });
}

refuses("new Latch", "count", badIntegers(0), (_, v) => new Latch(v));
refuses("new Semaphore", "value", badIntegers(0), (_, v) => new Semaphore(v));
refuses(
  "new BoundedSemaphore",
  "value",
  badIntegers(0),
  (_, v) => new BoundedSemaphore(v),
);
refuses(
  "new Barrier",
  "parties",
  badIntegers(1, 65535),
  (_, v) => new Barrier(v),
);
refuses(
  "new Barrier",
  "timeout",
  BAD_TIMEOUTS,
  (_, timeout) => new Barrier(2, { timeout }),
);
refuses(
  "new AtomicInt32",
  "value",
  badIntegers(-2147483648),
  (_, v) => new AtomicInt32(v),
);
refuses("Latch.countDown", "n", badIntegers(1), (o, v) => o.latch.countDown(v));
refuses(
  "Semaphore.release",
  "n",
  badIntegers(1),
  (o, v) => o.semaphore.release(v),
);
refuses(
  "BoundedSemaphore.release",
  "n",
  badIntegers(1),
  (o, v) => o.bounded.release(v),
);
refuses(
  "Semaphore.tryAcquire",
  "permits",
  badIntegers(1),
  (o, v) => o.semaphore.tryAcquire(v),
);
refuses(
  "Semaphore.acquire",
  "permits",
  badIntegers(1),
  (o, permits) => o.semaphore.acquire({ permits }),
);
refuses(
  "Semaphore.acquireAsync",
  "permits",
  badIntegers(1),
  (o, permits) => o.semaphore.acquireAsync({ permits }),
);
refuses(
  "Semaphore.hold",
  "permits",
  badIntegers(1),
  (o, permits) => o.semaphore.hold({ permits }),
);
refuses(
  "Semaphore.run",
  "permits",
  badIntegers(1),
  (o, permits) => o.semaphore.run(() => {}, { permits }),
);
for (const method of ["store", "exchange"] as const) {
  refuses(
    `AtomicInt32.${method}`,
    "value",
    badIntegers(-2147483648),
    (o, v) => o.atomic[method](v),
  );
}
for (const method of ["add", "sub"] as const) {
  refuses(
    `AtomicInt32.${method}`,
    "n",
    badIntegers(-2147483648),
    (o, v) => o.atomic[method](v),
  );
}
refuses(
  "AtomicInt32.compareExchange",
  "expected",
  badIntegers(-2147483648),
  (o, v) => o.atomic.compareExchange(v, 0),
);
refuses(
  "AtomicInt32.compareExchange",
  "value",
  badIntegers(-2147483648),
  (o, v) => o.atomic.compareExchange(1, v),
);
refuses(
  "AtomicInt32.update",
  "change(value)",
  badIntegers(-2147483648),
  (o, v) => o.atomic.update(() => v),
);
refuses(
  "AtomicInt32.update",
  "change",
  NOT_A_NUMBER,
  (o, v) => o.atomic.update(v),
);
refuses(
  "AtomicInt32.wait",
  "expected",
  badIntegers(-2147483648),
  (o, v) => o.atomic.wait(v),
);
refuses(
  "AtomicInt32.notify",
  "count",
  badIntegers(0).filter(([v]) => v !== Infinity),
  (o, v) => o.atomic.notify(v),
);

for (
  const [key, kind, badValues, good] of [
    ["big", "AtomicBigInt64", BAD_INT64, 1n],
    ["bool", "AtomicBool", BAD_FLAGS, true],
    ["float", "AtomicFloat64", NOT_A_NUMBER, 1],
  ] as const
) {
  const made = { big: AtomicBigInt64, bool: AtomicBool, float: AtomicFloat64 };
  refuses(`new ${kind}`, "value", badValues, (_, v) => new made[key](v));
  refuses(
    `${kind}.store`,
    "value",
    badValues,
    (o, v) => o[key].store(v as never),
  );
  refuses(
    `${kind}.exchange`,
    "value",
    badValues,
    (o, v) => o[key].exchange(v as never),
  );
  refuses(
    `${kind}.compareExchange`,
    "expected",
    badValues,
    (o, v) => o[key].compareExchange(v as never, good as never),
  );
  refuses(
    `${kind}.compareExchange`,
    "value",
    badValues,
    (o, v) => o[key].compareExchange(good as never, v as never),
  );
  refuses(
    `${kind}.update`,
    "change(value)",
    badValues,
    (o, v) => o[key].update(() => v),
  );
  refuses(`${kind}.update`, "change", NOT_A_NUMBER, (o, v) => o[key].update(v));
  refuses(
    `${kind}.wait`,
    "expected",
    badValues,
    (o, v) => o[key].wait(v as never),
  );
  refuses(
    `${kind}.waitAsync`,
    "expected",
    badValues,
    (o, v) => o[key].waitAsync(v as never),
  );
  refuses(
    `${kind}.notify`,
    "count",
    badIntegers(0).filter(([v]) => v !== Infinity),
    (o, v) => o[key].notify(v),
  );
}
for (const method of ["add", "sub"] as const) {
  refuses(
    `AtomicBigInt64.${method}`,
    "n",
    BAD_INT64,
    (o, v) => o.big[method](v),
  );
  refuses(
    `AtomicFloat64.${method}`,
    "n",
    NOT_A_NUMBER,
    (o, v) => o.float[method](v),
  );
}
refuses("LongAdder.add", "n", [
  ...badIntegers(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
    .filter(([value]) => value !== 7n),
  ...BAD_INT64.slice(0, 2),
], (o, v) => o.adder.add(v));
for (
  const make of [
    (stripes: number) => new LongAdder({ stripes }),
    (stripes: number) => LongAdder.byteLengthFor({ stripes }),
  ]
) {
  refuses(`LongAdder, ${make}`, "stripes", [
    ...badIntegers(1, 64),
    [3, RangeError, "3"],
    [48, RangeError, "48"],
  ], (_, v) => make(v));
}
refuses("CancelToken.fromSignal", "signal", [
  [7, TypeError, "7"],
  [{}, TypeError, "an object"],
  [null, TypeError, "null"],
], (_, v) => CancelToken.fromSignal(v));

const BAD_MODES: Bad[] = [
  [null, TypeError, "null"],
  ["ignore", TypeError, '"ignore"'],
  ["toString", TypeError, '"toString"'],
  [1, TypeError, "1"],
];
for (const Class of [Once, OnceCell]) {
  refuses(
    `new ${Class.name}`,
    "onError",
    BAD_MODES,
    (_, onError) => new Class({ onError }),
  );
  refuses(
    `${Class.name}.byteLengthFor`,
    "onError",
    BAD_MODES,
    (_, onError) => Class.byteLengthFor({ onError }),
  );
}
refuses(
  "new OnceCell",
  "capacity",
  badIntegers(1, 2 ** 30),
  (_, capacity) => new OnceCell({ capacity }),
);
for (
  const make of [
    (options: SharedLocalOptions) => new SharedLocal(options),
    (options: SharedLocalOptions) => SharedLocal.byteLengthFor(options),
  ]
) {
  const name = `SharedLocal, ${make}`;
  refuses(
    name,
    "threads",
    badIntegers(1, 4096),
    (_, threads) => make({ threads }),
  );
  refuses(
    name,
    "capacity",
    badIntegers(1, 65536),
    (_, capacity) => make({ capacity }),
  );
  refuses(name, "codec", [
    ["int32", TypeError, '"int32"'],
    [7, TypeError, "7"],
    [null, TypeError, "null"],
  ], (_, codec) => make({ codec }));
  refuses(name, "options", [
    [7, TypeError, "7"],
    [null, TypeError, "null"],
  ], (_, options) => make(options));
}
for (const Class of [Queue, LifoQueue, PriorityQueue, SimpleQueue]) {
  for (
    const make of [
      (options: QueueOptions<unknown>) => new Class(options),
      (options: QueueOptions<unknown>) => Class.byteLengthFor(options),
    ]
  ) {
    const name = `${Class.name}, ${make}`;
    if (Class !== SimpleQueue) {
      refuses(
        name,
        "maxSize",
        badIntegers(1, 2 ** 30 - 1).map(([value, ...shown]) =>
          value === Infinity
            ? [-Infinity, RangeError, "-Infinity"]
            : [value, ...shown]
        ),
        (_, maxSize) => make({ maxSize }),
      );
    }
    refuses(
      name,
      "capacity",
      badIntegers(1, 2 ** 30),
      (_, capacity) => make({ capacity }),
    );
    refuses(name, "codec", [
      ["int32", TypeError, '"int32"'],
      [{}, TypeError, "an object"],
      [7, TypeError, "7"],
      [null, TypeError, "null"],
    ], (_, codec) => make({ codec }));
    refuses(name, "freeze", BAD_FLAGS, (_, freeze) => make({ freeze }));
    refuses(name, "options", [
      [7, TypeError, "7"],
      [null, TypeError, "null"],
    ], (_, options) => make(options));
  }
}
for (
  const make of [
    (options: ChannelOptions<unknown>) => new Channel(options),
    (options: ChannelOptions<unknown>) => Channel.byteLengthFor(options),
  ]
) {
  const name = `Channel, ${make}`;
  refuses(name, "maxSize", [
    [-1, RangeError, "-1"],
    [2 ** 30, RangeError, String(2 ** 30)],
    [0.5, RangeError, "0.5"],
    [NaN, RangeError, "NaN"],
    [-Infinity, RangeError, "-Infinity"],
    ...NOT_A_NUMBER,
  ], (_, maxSize) => make({ maxSize }));
  refuses(
    name,
    "capacity",
    badIntegers(1, 2 ** 30),
    (_, capacity) => make({ capacity }),
  );
  refuses(name, "freeze", BAD_FLAGS, (_, freeze) => make({ freeze }));
}
for (const call of [select, selectAsync, trySelect]) {
  refuses(call.name, "arms", [
    [7, TypeError, "7"],
    [null, TypeError, "null"],
    [{}, TypeError, "an object"],
  ], (_, arms) => call(arms));
  refuses(call.name, "arms[1]", [
    [7, TypeError, "7"],
    [null, TypeError, "null"],
    [{}, TypeError, "an object"],
    [{ receive: 7 }, TypeError, "an object"],
    [{ send: { kind: "Queue" }, value: 1 }, TypeError, "an object"],
  ], (o, arm) => call([{ receive: o.channel }, arm]));
}
test("Channel and select refuse what they cannot hold, and change nothing", () => {
  const { channel } = ready(), before = bytes([channel]);
  for (
    const send of [
      (item: unknown) => channel.send(item),
      (item: unknown) => channel.trySend(item),
      (value: unknown) => trySelect([{ send: channel, value }]),
      (value: unknown) =>
        select([{ receive: channel }, { send: channel, value }]),
    ]
  ) {
    assertThrows(() => send(() => {}), TypeError, "Cannot encode ");
    assertThrows(() => send("x".repeat(300)), QueueFullError, "'capacity'");
  }
  assertEquals(bytes([channel]), before);
});
for (
  const make of [
    (options: DequeOptions<unknown>) => new Deque(options),
    (options: DequeOptions<unknown>) => Deque.byteLengthFor(options),
  ]
) {
  const name = `Deque, ${make}`;
  refuses(name, "maxlen", [
    [-1, RangeError, "-1"],
    [2 ** 30, RangeError, String(2 ** 30)],
    [0.5, RangeError, "0.5"],
    [NaN, RangeError, "NaN"],
    [-Infinity, RangeError, "-Infinity"],
    ...NOT_A_NUMBER,
  ], (_, maxlen) => make({ maxlen }));
  refuses(
    name,
    "capacity",
    badIntegers(1, 2 ** 30),
    (_, capacity) => make({ capacity }),
  );
  refuses(name, "codec", [
    ["int32", TypeError, '"int32"'],
    [null, TypeError, "null"],
  ], (_, codec) => make({ codec }));
  refuses(name, "options", [
    [7, TypeError, "7"],
    [null, TypeError, "null"],
  ], (_, options) => make(options));
}
refuses("new Deque", "freeze", BAD_FLAGS, (_, freeze) => new Deque({ freeze }));
const BAD_POSITIONS: Bad[] = [
  [0.5, RangeError, "0.5"],
  [NaN, RangeError, "NaN"],
  [2 ** 53, RangeError, String(2 ** 53)],
  ...NOT_A_NUMBER,
];
refuses("Deque.at", "index", BAD_POSITIONS, (o, v) => o.deque.at(v));
refuses("Deque.insert", "index", BAD_POSITIONS, (o, v) => o.deque.insert(v, 2));
refuses("Deque.rotate", "n", BAD_POSITIONS, (o, v) => o.deque.rotate(v));
for (const method of ["extendBack", "extendFront"] as const) {
  refuses(`Deque.${method}`, "items", [
    [7, TypeError, "7"],
    [null, TypeError, "null"],
    [{}, TypeError, "an object"],
  ], (o, v) => o.deque[method](v));
}
for (const key of ["queue", "lifo", "priority"] as const) {
  refuses(
    `${key}.shutdown`,
    "immediate",
    BAD_FLAGS,
    (o, immediate) => o[key].shutdown({ immediate }),
  );
  refuses(`${key}.shutdown`, "options", [
    [7, TypeError, "7"],
    [null, TypeError, "null"],
    [true, TypeError, "true"],
  ], (o, options) => o[key].shutdown(options));
  refuses(`${key}.maxSize`, "maxSize", [
    [0, RangeError, "0"],
    [0.5, RangeError, "0.5"],
    [undefined, TypeError, "undefined"],
    ...NOT_A_NUMBER,
  ], (o, maxSize) => {
    o[key].maxSize = maxSize;
  });
}
const BAD_PRIORITIES: Bad[] = [[NaN, RangeError, "NaN"], ...NOT_A_NUMBER];
for (const method of ["put", "putAsync", "tryPut"] as const) {
  const name = `PriorityQueue.${method}`;
  refuses(
    name,
    "priority",
    BAD_PRIORITIES,
    (o, priority) => o.priority[method](1, { priority }),
  );
  refuses(
    `${name} of what has no priority`,
    "priority",
    BAD_PRIORITIES,
    (o, item) => o.priority[method](item),
  );
}

const NO_STRING: Bad[] = [
  [7, TypeError, "7"],
  [undefined, TypeError, "undefined"],
  [null, TypeError, "null"],
  [Symbol("s"), TypeError, "Symbol(s)"],
  [["a"], TypeError, "an array of 1"],
];
const NO_COUNT: Bad[] = [
  [NaN, RangeError, "NaN"],
  [-Infinity, RangeError, "-Infinity"],
  ...NOT_A_NUMBER,
];
for (const method of ["increment", "get", "set", "has", "delete"] as const) {
  refuses(`Counter.${method}`, "key", NO_STRING, (o, v) => {
    o.counter[method](v, 1);
  });
}
refuses("Counter.increment", "by", NO_COUNT, (o, v) => {
  o.counter.increment("a", v);
});
refuses("Counter.set", "count", NO_COUNT, (o, v) => o.counter.set("a", v));
refuses(
  "Counter.mostCommon",
  "n",
  badIntegers(0),
  (o, v) => o.counter.mostCommon(v),
);
for (
  const [name, add] of [
    ["Counter.update", (o, v) => o.counter.update(v)],
    ["Counter.subtract", (o, v) => o.counter.subtract(v)],
    ["new Counter", (_, v) => new Counter(v)],
  ] as [string, (o: ReturnType<typeof ready>, v: never) => unknown][]
) {
  refuses(name, "counts", [
    [7, TypeError, "7"],
    [null, TypeError, "null"],
    [true, TypeError, "true"],
  ], (o, v) => add(o, v as never));
  refuses(name, "key", NO_STRING, (o, v) => add(o, ["a", v] as never));
  refuses(
    name,
    "count",
    NO_COUNT,
    (o, v) => add(o, { a: 1, new: 1, b: v } as never),
  );
}
for (
  const [name, make] of [
    ["new Counter", (options: never) => new Counter("a", options)],
    ["Counter.byteLengthFor", Counter.byteLengthFor],
    ["new SharedMap", (options: never) => new SharedMap(options)],
    ["SharedMap.byteLengthFor", SharedMap.byteLengthFor],
  ] as [string, (options: unknown) => unknown][]
) {
  refuses(
    name,
    "capacity",
    badIntegers(1, 2 ** 30),
    (_, capacity) => make({ capacity }),
  );
  refuses(name, "options", [
    [7, TypeError, "7"],
    [null, TypeError, "null"],
  ], (_, options) => make(options));
}
for (
  const method of [
    "get",
    "set",
    "has",
    "delete",
    "getOrInsert",
    "compareAndSet",
    "compareAndDelete",
  ] as const
) {
  refuses(`SharedMap.${method}`, "key", NO_STRING, (o, v) => {
    o.map[method](v, 1, 2);
  });
}
for (
  const [method, argument] of [
    ["update", "change"],
    ["getOrInsertComputed", "compute"],
  ] as const
) {
  refuses(`SharedMap.${method}`, "key", NO_STRING, (o, v) => {
    o.map[method](v, () => 1);
  });
  refuses(`SharedMap.${method}`, argument, NOT_A_NUMBER, (o, v) => {
    o.map[method]("a", v);
  });
}
refuses("new SharedMap", "codec", [
  ["int32", TypeError, '"int32"'],
  [null, TypeError, "null"],
], (_, codec) => new SharedMap({ codec }));
refuses(
  "new SharedMap",
  "freeze",
  BAD_FLAGS,
  (_, freeze) => new SharedMap({ freeze }),
);

test("Counter and SharedMap refuse what they cannot hold, and change nothing", () => {
  const { counter, map } = ready();
  const long = "x".repeat(600), room = "there is no room left for ";
  assertThrows(() => counter.increment(long), RangeError, room);
  assertThrows(() => counter.update([long, "a"]), RangeError, room);
  assertThrows(() => counter.update("bcdefghi"), RangeError, room);
  assertThrows(() => map.set("a", long), RangeError, room);
  assertThrows(() => map.set("a", () => {}), TypeError, "Cannot encode ");
  assertEquals([...counter], [["a", 1], ["b", 1]]);
  assertEquals([...map], [["a", 1]]);
  assertThrows(
    () => new Counter(counter.handle as never),
    TypeError,
    "to open it use Counter.from(handle)",
  );
  assertEquals([counter.size, map.size], [2, 1]);
});

test("Queues refuse what they cannot hold, and change nothing", () => {
  const { queue, lifo, priority, simple } = ready();
  for (const object of [queue, lifo, priority, simple]) {
    const before = bytes([object]);
    const put = (item: unknown) =>
      (object as PriorityQueue).put(item, { priority: 1 });
    assertThrows(() => put(() => {}), TypeError, "Cannot encode ");
    assertThrows(
      () => put("x".repeat(300)),
      QueueFullError,
      "and 'capacity' allows for ",
    );
    assertEquals(bytes([object]), before);
  }
});

test("Deque refuses what it cannot hold, and changes nothing", () => {
  const { deque } = ready(), before = bytes([deque]);
  for (
    const add of [
      (item: unknown) => deque.pushBack(item),
      (item: unknown) => deque.pushFront(item),
      (item: unknown) => deque.insert(0, item),
    ]
  ) {
    assertThrows(() => add(() => {}), TypeError, "Cannot encode ");
    assertThrows(
      () => add("x".repeat(300)),
      QueueFullError,
      "and 'capacity' allows for ",
    );
  }
  for (const method of ["remove", "indexOf", "includes", "count"] as const) {
    assertThrows(() => deque[method](() => {}), TypeError, "Cannot encode ");
  }
  assertEquals(bytes([deque]), before);
});

test("taskDone without a task changes nothing", () => {
  const { queue, idle } = ready(), before = bytes([queue, idle]);
  for (const object of [queue, idle]) {
    assertThrows(() => object.taskDone(), SyncStateError, "Cannot report");
  }
  assertEquals(bytes([queue, idle]), before);
});

refuses(
  "new ThreadLocal",
  "init",
  NOT_A_NUMBER,
  (_, init) => new ThreadLocal(init),
);

test("SharedLocal.set refuses what it cannot hold, and changes nothing", () => {
  const local = new SharedLocal({ capacity: 8 }), before = bytes([local]);
  assertThrows(() => local.set(() => {}), TypeError, "Cannot encode ");
  assertThrows(
    () => local.set("too long"),
    RangeError,
    "Cannot set SharedLocal: the value takes 10 bytes, and its 'capacity' is 8",
  );
  assertThrows(
    () => new SharedLocal(local as never),
    TypeError,
    "SharedLocal.from(handle)",
  );
  assertEquals(bytes([local]), before);
});

for (const type of ["int32", "float64", "bytes"] as const) {
  const bad = type === "bytes"
    ? badIntegers(8, 2 ** 30)
    : badIntegers(1, 2 ** 27);
  for (
    const make of [
      (capacity: number) => new SpscQueue({ type, capacity }),
      (capacity: number) => SpscQueue.byteLengthFor({ type, capacity }),
    ]
  ) {
    refuses(
      `SpscQueue of ${type}, ${make}`,
      "capacity",
      bad,
      (_, v) => make(v),
    );
  }
}
refuses("new SpscQueue", "type", [
  [undefined, TypeError, "undefined"],
  ["int8", TypeError, '"int8"'],
  [4, TypeError, "4"],
], (_, type) => new SpscQueue({ type, capacity: 4 }));
const BAD_ARRAYS: Bad[] = [
  [undefined, TypeError, "undefined"],
  [null, TypeError, "null"],
  [[1, 2], TypeError, "an array of 2"],
  [new Int16Array(2), TypeError, "an instance of Int16Array"],
  ["7", TypeError, '"7"'],
];
for (const method of ["put", "putAsync", "tryPut"] as const) {
  refuses(
    `SpscQueue.${method}`,
    "item",
    badIntegers(-2147483648),
    (o, v) => o.spsc[method](v),
  );
  refuses(
    `SpscQueue.${method} of a float64`,
    "item",
    NOT_A_NUMBER,
    (o, v) => o.spscFloats[method](v),
  );
  refuses(
    `SpscQueue.${method} of bytes`,
    "item",
    BAD_ARRAYS,
    (o, v) => o.spscBytes[method](v),
  );
}
for (const method of ["putMany", "putManyAsync", "tryPutMany"] as const) {
  refuses(
    `SpscQueue.${method}`,
    "items",
    [...BAD_ARRAYS, [
      new Float64Array(2),
      TypeError,
      "an instance of Float64Array",
    ]],
    (o, v) => o.spsc[method](v),
  );
}
for (const method of ["getInto", "getIntoAsync", "tryGetInto"] as const) {
  refuses(
    `SpscQueue.${method}`,
    "into",
    [...BAD_ARRAYS, [new Int32Array(), RangeError, "an empty Int32Array"]],
    (o, v) => o.spsc[method](v),
  );
}
for (const method of ["get", "getAsync"] as const) {
  refuses(
    `SpscQueue.${method}`,
    "timeout",
    BAD_TIMEOUTS,
    (o, v) => o.spsc[method](v),
  );
}
refuses("Once.run", "fn", NOT_A_NUMBER, (o, v) => o.once.run(v));
refuses("Once.runAsync", "fn", NOT_A_NUMBER, (o, v) => o.once.runAsync(v));
refuses("OnceCell.get", "init", NOT_A_NUMBER, (o, v) => o.cell.get(v));
refuses(
  "OnceCell.getAsync",
  "init",
  NOT_A_NUMBER,
  (o, v) => o.open.getAsync(v),
);
for (
  const [name, call] of [
    ["once.run", (o, w) => o.once.run(() => {}, w)],
    ["once.runAsync", (o, w) => o.once.runAsync(() => {}, w)],
    ["cell.get", (o, w) => o.cell.get(() => 1, w)],
    ["cell.getAsync", (o, w) => o.cell.getAsync(() => 1, w)],
  ] as Wait[]
) refuses(name, "force", BAD_FLAGS, (o, force) => call(o, { force }));

test("OnceCell.set refuses what it cannot hold, and changes nothing", () => {
  const { open } = ready(), before = bytes([open]);
  assertThrows(() => open.set(() => {}), TypeError, "Cannot encode value: ");
  assertThrows(
    () => open.set("too long"),
    RangeError,
    "Cannot set OnceCell: the value takes 10 bytes, and its 'capacity' is 8",
  );
  assertEquals(bytes([open]), before);
});

refuses(
  "Condition.notify",
  "n",
  badIntegers(1),
  (o, v) => o.condition.notify(v),
);
for (const method of ["waitFor", "waitForAsync"] as const) {
  refuses(
    `Condition.${method}`,
    "predicate",
    NOT_A_NUMBER,
    (o, v) => o.condition[method](v),
  );
}

// deno-lint-ignore no-explicit-any
type Wait = [string, (o: ReturnType<typeof ready>, wait: any) => unknown];

/** Every method that waits, by name. */
const WAITS: Wait[] = [
  ...(["lock", "fair", "semaphore", "bounded"] as const).flatMap(
    (key): Wait[] => [
      [`${key}.acquire`, (o, w) => o[key].acquire(w)],
      [`${key}.acquireAsync`, (o, w) => o[key].acquireAsync(w)],
      [`${key}.hold`, (o, w) => o[key].hold(w)],
      [`${key}.holdAsync`, (o, w) => o[key].holdAsync(w)],
      [`${key}.run`, (o, w) => o[key].run(() => {}, w)],
      [`${key}.runAsync`, (o, w) => o[key].runAsync(() => {}, w)],
    ],
  ),
  ...(["read", "write", "upgradable"] as const).flatMap(
    (side): Wait[] => [
      [`rw.${side}.acquire`, (o, w) => o.rw[side].acquire(w)],
      [`rw.${side}.acquireAsync`, (o, w) => o.rw[side].acquireAsync(w)],
      [`rw.${side}.hold`, (o, w) => o.rw[side].hold(w)],
      [`rw.${side}.runAsync`, (o, w) => o.rw[side].runAsync(() => {}, w)],
    ],
  ),
  ["rw.upgradable.upgrade", (o, w) => o.rw.upgradable.upgrade(w)],
  ["rw.upgradable.upgradeAsync", (o, w) => o.rw.upgradable.upgradeAsync(w)],
  ["rw.write.recover", (o, w) => o.rw.write.recover(w)],
  ["rw.write.recoverAsync", (o, w) => o.rw.write.recoverAsync(w)],
  ["rlock.acquire", (o, w) => o.rlock.acquire(w)],
  ["rlock.hold", (o, w) => o.rlock.hold(w)],
  ["rlock.run", (o, w) => o.rlock.run(() => {}, w)],
  ["rlock.recover", (o, w) => o.rlock.recover(w)],
  ["lock.recover", (o, w) => o.lock.recover(w)],
  ["lock.recoverAsync", (o, w) => o.lock.recoverAsync(w)],
  ["event.wait", (o, w) => o.event.wait(w)],
  ["event.waitAsync", (o, w) => o.event.waitAsync(w)],
  ["latch.wait", (o, w) => o.latch.wait(w)],
  ["latch.waitAsync", (o, w) => o.latch.waitAsync(w)],
  ["atomic.wait", (o, w) => o.atomic.wait(0, w)],
  ["atomic.waitAsync", (o, w) => o.atomic.waitAsync(0, w)],
  ["big.wait", (o, w) => o.big.wait(0n, w)],
  ["big.waitAsync", (o, w) => o.big.waitAsync(0n, w)],
  ["bool.wait", (o, w) => o.bool.wait(false, w)],
  ["bool.waitAsync", (o, w) => o.bool.waitAsync(false, w)],
  ["float.wait", (o, w) => o.float.wait(0, w)],
  ["float.waitAsync", (o, w) => o.float.waitAsync(0, w)],
  ["token.wait", (o, w) => o.token.wait(w)],
  ["token.waitAsync", (o, w) => o.token.waitAsync(w)],
  ["once.run", (o, w) => o.once.run(() => {}, w)],
  ["once.runAsync", (o, w) => o.once.runAsync(() => {}, w)],
  ["once.wait", (o, w) => o.once.wait(w)],
  ["once.waitAsync", (o, w) => o.once.waitAsync(w)],
  ["cell.get", (o, w) => o.cell.get(() => 1, w)],
  ["cell.getAsync", (o, w) => o.cell.getAsync(() => 1, w)],
  ["cell.wait", (o, w) => o.cell.wait(w)],
  ["cell.waitAsync", (o, w) => o.cell.waitAsync(w)],
  ["barrier.wait", (o, w) => o.barrier.wait(w)],
  ["barrier.waitAsync", (o, w) => o.barrier.waitAsync(w)],
  ...(["queue", "lifo", "priority"] as const).flatMap((key): Wait[] => [
    [`${key}.put`, (o, w) => o[key].put(2, w)],
    [`${key}.putAsync`, (o, w) => o[key].putAsync(2, w)],
    [`${key}.get`, (o, w) => o[key].get(w)],
    [`${key}.getAsync`, (o, w) => o[key].getAsync(w)],
  ]),
  ["deque.popFront", (o, w) => o.deque.popFront(w)],
  ["deque.popFrontAsync", (o, w) => o.deque.popFrontAsync(w)],
  ["deque.popBack", (o, w) => o.deque.popBack(w)],
  ["deque.popBackAsync", (o, w) => o.deque.popBackAsync(w)],
  ["channel.send", (o, w) => o.channel.send(2, w)],
  ["channel.sendAsync", (o, w) => o.channel.sendAsync(2, w)],
  ["channel.receive", (o, w) => o.channel.receive(w)],
  ["channel.receiveAsync", (o, w) => o.channel.receiveAsync(w)],
  ["select", (o, w) => select([{ receive: o.channel }], w)],
  [
    "selectAsync",
    (o, w) => selectAsync([{ send: o.channel, value: 2 }], w),
  ],
  ["simple.get", (o, w) => o.simple.get(w)],
  ["simple.getAsync", (o, w) => o.simple.getAsync(w)],
  ["idle.join", (o, w) => o.idle.join(w)],
  ["idle.joinAsync", (o, w) => o.idle.joinAsync(w)],
  ["scope.join", (_, w) => new ThreadScope().join(w)],
  ["scope.joinAsync", (_, w) => new ThreadScope().joinAsync(w)],
  ["future.result", (_, w) => failedFuture().result(w)],
  ["future.resultAsync", (_, w) => failedFuture().resultAsync(w)],
  ["future.exception", (_, w) => failedFuture().exception(w)],
  ["future.exceptionAsync", (_, w) => failedFuture().exceptionAsync(w)],
  ["Future.wait", (_, w) => Future.wait([], w)],
  ["Future.waitAsync", (_, w) => Future.waitAsync([], w)],
  ["condition.wait", (o, w) => o.condition.wait(w)],
  ["condition.waitAsync", (o, w) => o.condition.waitAsync(w)],
  ["condition.waitFor", (o, w) => o.condition.waitFor(() => 7, w)],
  ["condition.waitForAsync", (o, w) => o.condition.waitForAsync(() => 7, w)],
  ["condition.acquire", (o, w) => o.condition.acquire(w)],
  ["condition.acquireAsync", (o, w) => o.condition.acquireAsync(w)],
];

for (const [name, call] of WAITS) {
  refuses(`257 ${name}`, "timeout", BAD_TIMEOUTS, (o, v) => call(o, v));
  refuses(
    `257 ${name}`,
    "timeout",
    BAD_TIMEOUTS,
    (o, timeout) => call(o, { timeout }),
  );
  refuses(
    name,
    "token",
    [[7, TypeError, "7"], [{}, TypeError, "an object"]],
    (o, token) => call(o, { token }),
  );

  if (name.endsWith("Async")) {
    refuses(
      name,
      "signal",
      [[7, TypeError, "7"], [{}, TypeError, "an object"]],
      (o, signal) => call(o, { signal }),
    );
    continue;
  }
  test(`${name} refuses a signal, and says what to use`, () => {
    const objects = ready();
    const before = bytes(Object.values(objects));
    const options: AsyncWaitOptions = { signal: new AbortController().signal };
    assertThrows(
      () => call(objects, options),
      TypeError,
      "a blocked thread cannot see an AbortSignal: use CancelToken.fromSignal(signal)",
    );
    assertEquals(bytes(Object.values(objects)), before);
  });
}

for (const ms of [undefined, ...BAD_TIMEOUTS.map(([value]) => value)]) {
  test(`sleep refuses ${String(ms)} milliseconds`, async () => {
    assertThrows(
      () => sleep(ms as number),
      Error,
      "'ms' must be a number of milliseconds",
    );
    await assertRejects(
      () => sleepAsync(ms as number),
      Error,
      "'ms' must be a number of milliseconds",
    );
  });
}

const later = task(import.meta, function later() {});

for (const ms of [undefined, ...BAD_TIMEOUTS.map(([value]) => value)]) {
  test(`new Timer refuses ${String(ms)} milliseconds`, () => {
    assertThrows(
      () => new Timer(ms as number, later),
      Error,
      "Cannot create Timer: 'ms' must be a number of milliseconds",
    );
  });
}

test("257 Blocking waits take timeouts of 0, 0.5, 2^31, MAX_VALUE and Infinity", () => {
  const { lock, semaphore, event, latch, barrier, atomic } = ready();
  for (
    const timeout of [0, 0.5, 2 ** 31, Number.MAX_VALUE, Infinity, undefined]
  ) {
    const wait = timeout === undefined ? {} : { timeout };
    assert(lock.acquire(wait));
    lock.release();
    assert(semaphore.acquire(wait));
    semaphore.release();
    assert(event.wait(wait) && latch.wait(wait) && atomic.wait(0, wait));
    assertEquals(barrier.wait(wait), 0);
  }
});

const MAKERS: Record<
  string,
  (options: never) => { buffer: SharedArrayBuffer }
> = {
  Lock: (options) => new Lock(options),
  Semaphore: (options) => new Semaphore(1, options),
  BoundedSemaphore: (options) => new BoundedSemaphore(1, options),
  Event: (options) => new Event(options),
  Latch: (options) => new Latch(1, options),
  AtomicInt32: (options) => new AtomicInt32(1, options),
  AtomicBigInt64: (options) => new AtomicBigInt64(1n, options),
  AtomicBool: (options) => new AtomicBool(true, options),
  AtomicFloat64: (options) => new AtomicFloat64(1, options),
  LongAdder: (options) => new LongAdder(options),
  CancelToken: (options) => new CancelToken(options),
  Once: (options) => new Once(options),
  OnceCell: (options) => new OnceCell(options),
  Barrier: (options) => new Barrier(1, options),
  Condition: (options) => new Condition(new Lock(), options),
  RLock: (options) => new RLock(options),
  RWLock: (options) => new RWLock(options),
  Queue: (options) => new Queue(small(options)),
  LifoQueue: (options) => new LifoQueue(small(options)),
  PriorityQueue: (options) => new PriorityQueue(small(options)),
  SimpleQueue: (options) => new SimpleQueue(small(options)),
  Channel: (options) => new Channel(small(options)),
  Deque: (options) => new Deque(small(options)),
  Counter: (options) => new Counter(undefined, small(options)),
  SharedMap: (options) => new SharedMap(small(options)),
};

/** A queue at a place takes no more of it than the tests have. */
function small(
  options: { memory?: Memory } | undefined,
): QueueOptions<unknown> {
  return options?.memory === undefined ? options! : { ...options, ...SMALL };
}

const CLASSES = {
  Lock,
  Semaphore,
  BoundedSemaphore,
  Event,
  Latch,
  AtomicInt32,
  AtomicBigInt64,
  AtomicBool,
  AtomicFloat64,
  LongAdder,
  CancelToken,
  Once,
  OnceCell,
  Barrier,
  RLock,
  RWLock,
  Condition,
  Queue,
  LifoQueue,
  PriorityQueue,
  SimpleQueue,
  Channel,
  Deque,
  Counter,
  SharedMap,
};

for (const [kind, make] of Object.entries(MAKERS)) {
  const makeAt = (memory: unknown) => make({ memory } as never);

  test(`new ${kind} refuses memory where it does not fit, and leaves it alone`, () => {
    const buffer = new SharedArrayBuffer(1024);
    for (
      const [memory, ErrorClass, message] of [
        [7, TypeError, "'memory' must be an object, received 7"],
        [
          { buffer: new ArrayBuffer(1024) },
          TypeError,
          "'buffer' must be a SharedArrayBuffer, received an instance of ArrayBuffer",
        ],
        [
          { buffer: undefined },
          TypeError,
          "'buffer' must be a SharedArrayBuffer, received undefined",
        ],
        [
          { buffer, byteOffset: 4 },
          RangeError,
          "'byteOffset' must be a multiple of 64, received 4",
        ],
        [
          { buffer, byteOffset: -64 },
          RangeError,
          "'byteOffset' must be an integer",
        ],
        [{ buffer, byteOffset: 0.5 }, RangeError, "received 0.5"],
        [{ buffer, byteOffset: NaN }, RangeError, "received NaN"],
        [{ buffer, byteOffset: "64" }, TypeError, 'received "64"'],
        [
          { buffer, byteOffset: 1024 },
          RangeError,
          "do not fit, received a buffer of 1024",
        ],
        [
          { buffer: new SharedArrayBuffer(32) },
          RangeError,
          "do not fit, received a buffer of 32",
        ],
      ] as const
    ) {
      assertThrows(() => makeAt(memory), ErrorClass, message);
      assertThrows(() => makeAt(memory), ErrorClass, `Cannot create ${kind}`);
    }
    assert(new Uint8Array(buffer).every((byte) => byte === 0));
  });

  test(`new ${kind} never overwrites what lives in the memory`, () => {
    const buffer = new SharedArrayBuffer(2048);
    new Latch(3, { memory: { buffer } });
    const before = [...new Uint8Array(buffer)];
    assertThrows(
      () => makeAt({ buffer }),
      SyncStateError,
      "holds a Latch, version 1",
    );
    assertEquals([...new Uint8Array(buffer)], before);
    const other = new SharedArrayBuffer(2048);
    new Uint8Array(other).fill(7);
    assertThrows(
      () => makeAt({ buffer: other }),
      SyncStateError,
      "holds other data",
    );
  });

  test(`${kind} is placed in memory of the caller's, and opened there`, () => {
    const buffer = new SharedArrayBuffer(4096);
    const place = { buffer, byteOffset: 1024 };
    const made = makeAt(place) as Lock;
    // A Condition's also names its lock.
    const placed = { ...made.handle, kind: kind as "Lock", ...place };
    assertEquals(made.handle, placed);
    assertEquals(`${attach(made.handle)}`, `${made}`);
    const Class = CLASSES[kind as "Lock"];
    const byteLength = Class.byteLength ??
      (Class as unknown as typeof Queue).byteLengthFor(SMALL);
    assert(byteLength <= 2048);
    assert(new Uint8Array(buffer, 0, 1024).every((byte) => byte === 0));
    assert(
      new Uint8Array(buffer, 1024 + byteLength).every((byte) => byte === 0),
    );
  });

  test(`${kind}.from refuses what is not its handle`, () => {
    const { handle } = make(undefined as never) as Lock;
    const from = (value: unknown) =>
      CLASSES[kind as "Lock"].from(value as never);
    const other = kind === "Latch" ? new Event() : new Latch(1);
    for (
      const [value, ErrorClass, message] of [
        [7, TypeError, "'handle' must be a handle, received 7"],
        [null, TypeError, "received null"],
        [undefined, TypeError, "received undefined"],
        [{}, TypeError, "received undefined"],
        [other, TypeError, `received "${other.kind}"`],
        [
          { ...other.handle, kind },
          TypeError,
          `holds a ${other.kind}, version 1`,
        ],
        [
          { ...handle, buffer: new SharedArrayBuffer(1024) },
          TypeError,
          "holds nothing",
        ],
        [
          { ...handle, buffer: new ArrayBuffer(1024) },
          TypeError,
          "an instance of ArrayBuffer",
        ],
        [{ ...handle, byteOffset: 4 }, RangeError, "received 4"],
        [{ ...handle, byteOffset: 1 << 20 }, RangeError, "do not fit"],
      ] as const
    ) {
      assertThrows(() => from(value), ErrorClass, message);
      assertThrows(() => from(value), ErrorClass, `Cannot open ${kind}`);
    }
  });
}

test("A handle that is passed to a constructor is refused, and told what to use", () => {
  for (const [kind, make] of Object.entries(MAKERS)) {
    const { handle } = make(undefined as never) as Lock;
    assertThrows(
      () => make(handle as never),
      TypeError,
      `to open it use ${kind}.from(handle)`,
    );
    assertThrows(
      () => make(7 as never),
      TypeError,
      "'options' must be an object, received 7",
    );
  }
});

test("Flags, names and functions of the wrong type are refused", () => {
  for (const flag of ["fair", "ownerCheck"]) {
    assertThrows(
      () => new Lock({ [flag]: 1 as never }),
      TypeError,
      `'${flag}' must be a boolean, received 1`,
    );
  }
  assertThrows(
    () => new RLock({ fair: 1 as never }),
    TypeError,
    "Cannot create RLock: 'fair' must be a boolean, received 1",
  );
  assertThrows(
    () => new RLock({ name: 7 as never }),
    TypeError,
    "Cannot create RLock: 'name' must be a string, received 7",
  );
  assertThrows(
    () => new Semaphore(1, { fair: "yes" as never }),
    TypeError,
    "'fair'",
  );
  assertThrows(
    () => new Lock({ name: 7 as never }),
    TypeError,
    "'name' must be a string, received 7",
  );
  assertThrows(
    () => new RWLock({ name: 7 as never }),
    TypeError,
    "Cannot create RWLock: 'name' must be a string, received 7",
  );
  assertThrows(
    () => new Barrier(1, { action: 7 as never }),
    TypeError,
    "'action' must be a function, received 7",
  );
  const lock = new Lock();
  assertThrows(
    () => lock.run(7 as never),
    TypeError,
    "'fn' must be a function, received 7",
  );
  assert(!lock.locked);
});

test("new Condition refuses what is not a Lock or an RLock, and changes nothing", () => {
  const lock = new Lock(), semaphore = new Semaphore(1);
  const before = bytes([lock, semaphore]);
  for (
    const [value, shown] of [
      [null, "null"],
      [7, "7"],
      [{}, "an object"],
      [lock.handle, "an object"],
      [semaphore, "an instance of Semaphore"],
      [new Condition(lock), "an instance of Condition"],
    ] as const
  ) {
    assertThrows(
      () => new Condition(value as never),
      TypeError,
      `Cannot create Condition: 'lock' must be a Lock or an RLock, and no handle, received ${shown}`,
    );
  }
  assertEquals(bytes([lock, semaphore]), before);
});

test("Condition refuses a predicate that returns a promise, and keeps the lock", async () => {
  const { condition } = ready(), before = bytes([condition, condition.lock]);
  const promising = (() => Promise.resolve(true)) as never;
  const message = "'predicate' returned a promise, which is always truthy";
  assertThrows(() => condition.waitFor(promising), TypeError, message);
  await assertRejects(
    () => condition.waitForAsync(promising),
    TypeError,
    message,
  );
  assertEquals(bytes([condition, condition.lock]), before);
});

test("run refuses a callback that returns a promise, after it has released", () => {
  for (const lock of [new Lock(), new RLock(), new Semaphore(1)]) {
    assertThrows(
      () => lock.run((() => Promise.resolve(1)) as never),
      TypeError,
      "use runAsync()",
    );
    assert(lock.tryAcquire());
  }
});

test("attach refuses what is not a handle, and kinds that it does not know", () => {
  const { handle } = new Lock();
  for (
    const value of [
      7,
      null,
      {},
      { ...handle, kind: "Mutex" },
      { ...handle, kind: "toString" },
      { ...handle, buffer: null },
    ]
  ) {
    assertThrows(
      () => attach(value as never),
      TypeError,
      "'handle' must be the handle of a shared object",
    );
  }
});

test("task, Thread and Timer refuse what is not theirs", () => {
  assertThrows(
    () => task(import.meta, 7 as never),
    TypeError,
    "'fn' must be a function, received 7",
  );
  assertThrows(
    () => task({} as never, function f() {}),
    TypeError,
    "'meta' must be import.meta, received an object",
  );
  assertThrows(
    () => task(import.meta, () => {}),
    TypeError,
    "'name' must be a string that is not empty",
  );
  task(import.meta, () => 7, "twin");
  assertThrows(
    () => task(import.meta, () => 8, "twin"),
    TypeError,
    'another task "twin" exists',
  );
  const twins = [function twin() {}, function twin() {}];
  assertThrows(
    () => twins.map((twin) => task(import.meta, twin)),
    TypeError,
    'another task "twin" with the same text exists',
  );
  const good = task(import.meta, function good() {});
  type Make = (task: unknown, args?: unknown, options?: unknown) => unknown;
  for (
    const [kind, make] of [
      ["Thread", (...parts) => new Thread(...parts as [never])],
      ["Timer", (...parts) => new Timer(1, ...parts as [never])],
    ] as [string, Make][]
  ) {
    for (
      const [wrong, message] of [
        [() => make(() => {}), "'task' must be made by task(import.meta, fn)"],
        [() => make(good, 7), "'args' must be an array, received 7"],
        [
          () => make(good, [], { name: 7 }),
          "'name' must be a string, received 7",
        ],
        [
          () => make(good, [], { worker: 7 }),
          "'worker' must be a function, received 7",
        ],
      ] as const
    ) {
      assertThrows(wrong, TypeError, `Cannot create ${kind}: ${message}`);
    }
  }
});

test("ThreadScope refuses what is not its, and starts nothing", async () => {
  const scope = new ThreadScope();
  for (
    const [wrong, message] of [
      [
        () => new ThreadScope({ name: 7 as never }),
        "Cannot create ThreadScope: 'name' must be a string, received 7",
      ],
      [
        () => new ThreadScope({ worker: 7 as never }),
        "Cannot create ThreadScope: 'worker' must be a function, received 7",
      ],
      [
        () => new ThreadScope(7 as never),
        "Cannot create ThreadScope: 'options' must be an object, received 7",
      ],
      [
        () => scope.start((() => {}) as never),
        "Cannot start a thread in ThreadScope: 'task' must be made by task(import.meta, fn), received function",
      ],
      [
        () => scope.run(7 as never),
        "Cannot run ThreadScope: 'fn' must be a function, received 7",
      ],
    ] as [() => unknown, string][]
  ) {
    assertThrows(wrong, TypeError, message);
  }
  await assertRejects(
    () => scope.runAsync(7 as never),
    TypeError,
    "Cannot run ThreadScope: 'fn' must be a function, received 7",
  );
  assert(`${scope}`.endsWith(", alive: 0)"), `${scope}`);
});

let idlePool: ThreadPoolExecutor | undefined;

/** A pool that never has threads. */
function noThreads(): ThreadPoolExecutor {
  return idlePool ??= new ThreadPoolExecutor({ maxWorkers: 1 });
}

/** A future that is done: its argument could not be sent. */
function failedFuture(): Future<unknown> {
  const future = (noThreads().submit as (...args: unknown[]) => Future)(
    later,
    () => {},
  );
  assert(future.done);
  return future;
}

/** What must be a function, but may be left out. */
const NO_FUNCTIONS: Bad[] = [[7, TypeError, "7"], [null, TypeError, "null"]];

for (
  const [option, bad] of [
    ["maxWorkers", badIntegers(1, 512)],
    ["maxTasksPerWorker", badIntegers(1).filter(([n]) => n !== Infinity)],
    ["capacity", badIntegers(1, 2 ** 30)],
    ["idleTimeout", BAD_TIMEOUTS],
    ["namePrefix", [[7, TypeError, "7"], [null, TypeError, "null"]]],
    ["initializer", [...NO_FUNCTIONS, [() => {}, TypeError, "function"]]],
    ["initArgs", [[7, TypeError, "7"], [{}, TypeError, "an object"]]],
    ["worker", NO_FUNCTIONS],
    ["onWorkerDeath", [["die", TypeError, '"die"'], [7, TypeError, "7"]]],
  ] as [keyof ExecutorOptions, Bad[]][]
) {
  refuses(
    "new ThreadPoolExecutor",
    option,
    bad,
    (_, value) => new ThreadPoolExecutor({ [option]: value }),
  );
}

for (
  const [option, bad] of [
    ["chunkSize", badIntegers(1)],
    ["bufferSize", badIntegers(1).filter(([n]) => n !== Infinity)],
    ["timeout", BAD_TIMEOUTS],
    ["ordered", BAD_FLAGS],
    ["onProgress", NO_FUNCTIONS],
    ["signal", [[7, TypeError, "7"], [{}, TypeError, "an object"]]],
  ] as [keyof MapOptions, Bad[]][]
) {
  for (const method of ["map", "starmap"] as const) {
    refuses(
      `227 ThreadPoolExecutor.${method}`,
      option,
      bad,
      (_, value) =>
        noThreads()[method as "map"](later, [], { [option]: value }),
    );
  }
}

const NO_ITERABLES: Bad[] = [
  [7, TypeError, "7"],
  [null, TypeError, "null"],
  [undefined, TypeError, "undefined"],
  [{}, TypeError, "an object"],
];
for (
  const [name, argument, call] of [
    ["map", "inputs", (v) => noThreads().map(later, v)],
    ["starmap", "inputs", (v) => noThreads().starmap(later, v)],
    ["Future.wait", "futures", (v) => Future.wait(v)],
    ["Future.waitAsync", "futures", (v) => Future.waitAsync(v)],
    ["Future.asCompleted", "futures", (v) => Future.asCompleted(v)],
  ] as [string, string, (value: never) => unknown][]
) refuses(name, argument, NO_ITERABLES, (_, value) => call(value as never));

refuses(
  "Future.wait",
  "futures",
  [[[1], TypeError, "1"], [["f"], TypeError, '"f"']],
  (_, futures) => Future.wait(futures),
);
for (const method of ["wait", "waitAsync"] as const) {
  refuses(`Future.${method}`, "returnWhen", [
    ["ALL", TypeError, '"ALL"'],
    [7, TypeError, "7"],
    [null, TypeError, "null"],
  ], (_, returnWhen) => Future[method]([], { returnWhen }));
}
refuses(
  "Future.asCompleted",
  "timeout",
  BAD_TIMEOUTS,
  (_, timeout) => Future.asCompleted([], { timeout }),
);
refuses(
  "Future.onDone",
  "callback",
  [...NO_FUNCTIONS, [undefined, TypeError, "undefined"]],
  (_, callback) => failedFuture().onDone(callback),
);

for (const method of ["shutdown", "shutdownAsync"] as const) {
  for (const option of ["wait", "cancelFutures"]) {
    refuses(
      `ThreadPoolExecutor.${method}`,
      option,
      BAD_FLAGS,
      (_, value) => noThreads()[method]({ [option]: value }),
    );
  }
}

test("ThreadPoolExecutor.starmap refuses an input that is no array, where it stands", () => {
  for (const input of [7, null, "ab", {}]) {
    assertThrows(
      () => noThreads().starmap(later as never, [input as never]).toArray(),
      TypeError,
      `Cannot starmap task: `,
    );
  }
  assertEquals([noThreads().pending, noThreads().workers], [0, 0]);
});

test("A pool whose shutdowns and submits were refused still takes tasks", () => {
  const pool = noThreads();
  assertEquals([pool.isShutdown, pool.pending, pool.workers], [false, 0, 0]);
});

test("ThreadPoolExecutor.from and Future.from refuse what is not their handle", () => {
  const pool = noThreads(), future = failedFuture();
  const lock = new Lock();
  for (
    const [kind, open, handle] of [
      ["ThreadPoolExecutor", ThreadPoolExecutor.from, pool.handle],
      ["Future", Future.from, future.handle],
    ] as [string, (handle: unknown) => unknown, typeof pool.handle][]
  ) {
    assertEquals(`${open(handle)}`.split("(")[0], kind);
    for (
      const wrong of [
        7,
        null,
        undefined,
        {},
        lock,
        { ...lock.handle, kind },
        { ...handle, buffer: new SharedArrayBuffer(1024) },
        { ...handle, buffer: new ArrayBuffer(1024) },
        { ...handle, byteOffset: 4 },
        { ...handle, byteOffset: -64 },
        { ...handle, byteOffset: 1 << 20 },
        { ...handle, byteOffset: NaN },
      ]
    ) {
      const error = assertThrows(() => open(wrong), Error);
      assert(
        error instanceof TypeError || error instanceof RangeError,
        `${error}`,
      );
      assert(error.message.startsWith("Cannot open "), error.message);
    }
  }
});

const number = task(import.meta, function number(n: number) {
  return n;
});
const first = task(import.meta, function first(a: number, _b: number) {
  return a;
});

for (
  const [name, call] of [
    ["parallelFor", (o) => parallelFor(number, 5, o)],
    ["parallelForAsync", (o) => parallelForAsync(number, 5, o)],
    ["parallelMap", (o) => parallelMap(number, 5, o)],
    ["parallelMapAsync", (o) => parallelMapAsync(number, 5, o)],
    ["parallelReduce", (o) => parallelReduce(first, 5, o)],
    ["parallelReduceAsync", (o) => parallelReduceAsync(first, 5, o)],
  ] as [string, (options: never) => unknown][]
) {
  const wrong = (argument: string, bad: readonly Bad[]) =>
    refuses(
      name,
      argument,
      bad,
      (_, value) => call({ [argument]: value } as never),
    );
  wrong("maxWorkers", badIntegers(1, 512));
  wrong("chunkSize", badIntegers(1));
  wrong("pool", [[7, TypeError, "7"], [{}, TypeError, "an object"]]);
  wrong("token", [[7, TypeError, "7"]]);
  wrong("onProgress", [[7, TypeError, "7"]]);
  wrong("args", [[7, TypeError, "7"], [{}, TypeError, "an object"]]);
  if (name.endsWith("Async")) wrong("signal", [[7, TypeError, "7"]]);
  refuses(name, "options", [[7, TypeError, "7"]], (_, o) => call(o as never));
}

refuses(
  "parallelFor",
  "task",
  [[() => {}, TypeError, "function"], [7, TypeError, "7"]],
  (_, task) => parallelFor(task, 5),
);
refuses(
  "parallelReduce",
  "map",
  [[() => {}, TypeError, "function"], [7, TypeError, "7"]],
  (_, map) => parallelReduce(first, 5, { map } as never),
);
refuses(
  "parallelReduce",
  "deterministic",
  BAD_FLAGS,
  (_, deterministic) => parallelReduce(first, 5, { deterministic }),
);
refuses(
  "parallelFor",
  "range",
  badIntegers(0).filter(([value]) => typeof value !== "object" || !value),
  (_, range) => parallelFor(number, range),
);
refuses("parallelFor", "from", [
  [0.5, RangeError, "0.5"],
  [2 ** 53, RangeError, String(2 ** 53)],
  ["1", TypeError, '"1"'],
], (_, from) => parallelFor(number, { from, to: 5 }));
refuses("parallelMap", "to", [
  [2, RangeError, "2"],
  [2 ** 31 + 3, RangeError, String(2 ** 31 + 3)],
  [undefined, TypeError, "undefined"],
], (_, to) => parallelMap(number, { from: 3, to }));
refuses("parallelMap", "input", [
  [[1, 2, 3], TypeError, "an array of 3; for other values use pool.map()"],
  ["123", TypeError, '"123"'],
  [new DataView(new ArrayBuffer(8)), TypeError, "an instance of DataView"],
  [undefined, TypeError, "undefined"],
], (_, input) => parallelMap(number, input as number));
refuses("parallelMap", "output", [
  ["int", TypeError, '"int"'],
  [new Float64Array(5), TypeError, "an instance of Float64Array"],
  [
    new Float64Array(new SharedArrayBuffer(32)),
    RangeError,
    "one of 4",
  ],
], (_, output) => parallelMap(number, 5, { output }));
refuses(
  "parallelReduce",
  "input",
  [[0, TypeError, "0"], [
    new Int8Array(),
    TypeError,
    "an instance of Int8Array",
  ]],
  (_, input) => parallelReduce(first, input as number),
);
