// Bad input: each wrong argument is refused with a typed error that names it and
// its value, and the failed call changes nothing in shared memory.

import {
  type AsyncWaitOptions,
  AtomicInt32,
  attach,
  Barrier,
  BoundedSemaphore,
  Event,
  Latch,
  Lock,
  Semaphore,
  sleep,
  sleepAsync,
  SyncStateError,
  task,
  Thread,
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
    semaphore: new Semaphore(3),
    bounded: new BoundedSemaphore(3),
    event,
    latch: new Latch(0),
    atomic: new AtomicInt32(1),
    barrier: new Barrier(1),
  };
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
  ["event.wait", (o, w) => o.event.wait(w)],
  ["event.waitAsync", (o, w) => o.event.waitAsync(w)],
  ["latch.wait", (o, w) => o.latch.wait(w)],
  ["latch.waitAsync", (o, w) => o.latch.waitAsync(w)],
  ["atomic.wait", (o, w) => o.atomic.wait(0, w)],
  ["atomic.waitAsync", (o, w) => o.atomic.waitAsync(0, w)],
  ["barrier.wait", (o, w) => o.barrier.wait(w)],
  ["barrier.waitAsync", (o, w) => o.barrier.waitAsync(w)],
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
  Barrier: (options) => new Barrier(1, options),
};

const CLASSES = {
  Lock,
  Semaphore,
  BoundedSemaphore,
  Event,
  Latch,
  AtomicInt32,
  Barrier,
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
    const buffer = new SharedArrayBuffer(1024);
    new Latch(3, { memory: { buffer } });
    const before = [...new Uint8Array(buffer)];
    assertThrows(
      () => makeAt({ buffer }),
      SyncStateError,
      "holds a Latch, version 1",
    );
    assertEquals([...new Uint8Array(buffer)], before);
    const other = new SharedArrayBuffer(1024);
    new Uint8Array(other).fill(7);
    assertThrows(
      () => makeAt({ buffer: other }),
      SyncStateError,
      "holds other data",
    );
  });

  test(`${kind} is placed in memory of the caller's, and opened there`, () => {
    const buffer = new SharedArrayBuffer(2048);
    const place = { buffer, byteOffset: 1024 };
    const made = makeAt(place) as Lock;
    assertEquals(made.handle, { kind: kind as "Lock", ...place });
    assertEquals(`${attach(made.handle)}`, `${made}`);
    const Class = CLASSES[kind as "Lock"];
    assert(Class.byteLength <= 448);
    assert(new Uint8Array(buffer, 0, 1024).every((byte) => byte === 0));
    assert(
      new Uint8Array(buffer, 1024 + Class.byteLength).every((byte) =>
        byte === 0
      ),
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

test("run refuses a callback that returns a promise, after it has released", () => {
  for (const lock of [new Lock(), new Semaphore(1)]) {
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

test("task and Thread refuse what is not theirs", () => {
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
  const first = () => task(import.meta, () => 7, "twin");
  const second = () => task(import.meta, () => 7, "twin");
  first();
  assertThrows(
    second,
    TypeError,
    'another task "twin" with the same text exists',
  );
  assertThrows(
    () => new Thread((() => {}) as never),
    TypeError,
    "'task' must be made by task(import.meta, fn)",
  );
  const good = task(import.meta, function good() {});
  assertThrows(
    () => new Thread(good, 7 as never),
    TypeError,
    "'args' must be an array, received 7",
  );
  assertThrows(
    () => new Thread(good, [], { name: 7 as never }),
    TypeError,
    "'name' must be a string, received 7",
  );
  assertThrows(
    () => new Thread(good, [], { worker: 7 as never }),
    TypeError,
    "'worker' must be a function, received 7",
  );
});
