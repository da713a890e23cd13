import {
  AtomicInt32,
  attach,
  Barrier,
  BrokenBarrierError,
  CancelToken,
  Condition,
  Event,
  Latch,
  Lock,
  LongAdder,
  Once,
  OnceCell,
  RLock,
  RWLock,
  type RWLockUpgradable,
  Semaphore,
  Thread,
} from "@interlock/threading";
import {
  assert,
  assertEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import {
  decode,
  decodeAny,
  encode,
  encodeAny,
  MissingError,
} from "../../primitives/_bytes.ts";
import { decodeFailure, encodeFailure } from "../../primitives/_failure.ts";
import { deepFreeze } from "../../primitives/_freeze.ts";
import { keyAt, taskOf } from "../../primitives/_handles.ts";
import { Packet } from "../../primitives/_packet.ts";
import { realm } from "../../primitives/_realm.ts";
import { test } from "../support/stage.ts";
import { add, swap } from "./bytes_bodies.ts";

const round = <T>(value: T) => decode(encode(value)) as T;

const VALUES: unknown[] = [
  ...[undefined, null, true, false],
  ...[0, -0, 1, -1, 63, 64, -64, -65, 127, 128, 2 ** 31 - 1, -(2 ** 31)],
  ...[2 ** 31, 2 ** 53, 0.1, NaN, Infinity, -Infinity, Number.MIN_VALUE],
  ...[0n, 1n, -1n, 2n ** 64n, -(2n ** 1000n)],
  ...[
    "",
    "text",
    "Größe",
    "\ufeffmark",
    "\0",
    "😀",
    "\ud83d",
    "a\udc00\ud800b",
  ],
  new Date(0),
  new Date(NaN),
  [],
  [[], [1, [2]]],
  {},
  { a: { b: [1, "2"] }, "": 1, "x y": undefined },
  new Map<unknown, unknown>([[1, "a"], [{ k: 1 }, new Map()], ["l", [1, 2]]]),
  new Set<unknown>([1, "a", [2], new Set()]),
  new ArrayBuffer(0),
  new Uint8Array([1, 2, 3]).buffer,
  new Int8Array([-1]),
  new Uint8ClampedArray([300]),
  new Uint16Array([1, 2]).subarray(1),
  new Float32Array([1.5]),
  new Float64Array([NaN, -0]),
  new BigInt64Array([-1n]),
  new BigUint64Array([2n ** 64n - 1n]),
  ...[-(2n ** 63n), 2n ** 63n - 1n, 2n ** 63n, -(2n ** 63n) - 1n],
  ...["\xff", "\u0100", "x".repeat(64), "é".repeat(65), "日本語".repeat(50)],
  ...["x".repeat(31), "x".repeat(32), "x".repeat(65), "\ud83d".repeat(200)],
  /a+[/]/giu,
  { ["k".repeat(100)]: 1, "ключ": 2, constructor: 3, toString: 4 },
];

test("Bytes hold every value that can be copied", () => {
  for (const value of VALUES) assertEquals(round(value), value);
  assertEquals(round(VALUES), VALUES);
  assert(Object.is(round(-0), -0) && Object.is(round(0), 0));
  const view = new DataView(new Uint8Array([1, 2, 3]).buffer, 1, 2);
  const copy = round(view);
  assertEquals([copy.byteLength, copy.getUint16(0)], [2, 0x203]);
  const pattern = /x/g;
  pattern.lastIndex = 7;
  assertEquals(round(pattern).lastIndex, 0);
});

test("Texts of every length and kind arrive as they are", () => {
  for (const unit of ["a", "é", "я", "語", "😀", "\ud800"]) {
    for (let n = 0; n < 300; n++) {
      for (const text of [unit.repeat(n), "a".repeat(n) + unit]) {
        assertStrictEquals(round(text), text);
      }
    }
    for (const n of [4000, 4096, 5000, 20_000, 300_000]) {
      for (const text of [unit.repeat(n), "a".repeat(n) + unit]) {
        assert(round(text) === text, `${unit} ${n}`);
      }
    }
  }
});

test("Bytes hold a copy, and only what is a value", () => {
  const buffer = new Uint8Array([1]).buffer, copy = round(buffer);
  assert(copy !== buffer);
  assertEquals(round(new Uint16Array(8).subarray(2, 3)), new Uint16Array(1));
  // deno-lint-ignore no-sparse-arrays
  assertEquals(Object.keys(round([, 1])), ["0", "1"]);
  const bare = Object.assign(Object.create(null), { a: 1, [Symbol("s")]: 2 });
  assertEquals(round(bare), { a: 1 });
  const tricky = JSON.parse('{ "__proto__": { "bad": 1 } }');
  const back = round(tricky) as { bad?: number };
  assertEquals([back.bad, Object.keys(back)], [undefined, ["__proto__"]]);
});

test("What was one object arrives as one, and cycles end", () => {
  const shared = { n: 1 }, date = new Date(5), bytes = new Uint8Array(3);
  const [a, b, c, d, e, f] = round([shared, shared, date, date, bytes, bytes]);
  assert(a === b && c === d && e === f && a !== shared);
  const self: Record<string, unknown> = {}, list: unknown[] = [self];
  const map = new Map<unknown, unknown>(), set = new Set<unknown>([list]);
  map.set(map, set).set(set, self);
  Object.assign(self, { self, list, map });
  const copy = round(self) as {
    self: unknown;
    list: unknown[];
    map: typeof map;
  };
  assert(copy.self === copy && copy.list[0] === copy);
  const [members] = copy.map.values() as
    & Iterator<Set<unknown>>
    & Iterable<Set<unknown>>;
  assert(copy.map.get(copy.map) === members && members!.has(copy.list));
  assert(copy.map.get(members) === copy);
  const many = Array.from({ length: 1000 }, (_, i) => ({ i }));
  const [up, down] = round([many, many.toReversed()]);
  for (let i = 0; i < 1000; i++) assert(up![i] === down![999 - i]);
  const error = new Error("self");
  error.cause = error;
  const told = round(error);
  assert(told.cause === told);
});

test("Errors keep class, message, code, cause, errors and stack", () => {
  const error = new RangeError("outer", {
    cause: new AggregateError([new TypeError("one"), 2], "all"),
  });
  const back = round(error);
  assert(back instanceof RangeError && back.cause instanceof AggregateError);
  assertEquals([back.message, back.stack], [error.message, error.stack]);
  const [one, two] = back.cause.errors;
  assert(one instanceof TypeError && one.message === "one" && two === 2);
  const broken = round(new BrokenBarrierError("b", { reason: "reset" }));
  assert(broken instanceof BrokenBarrierError);
  assertEquals(broken.code, "ERR_BROKEN_BARRIER");
  const own = Object.assign(new Error("e"), { name: "Mine", code: 7 });
  const mine = round(own);
  assertEquals([mine.name, mine.code, Object.keys(mine)], ["Mine", 7, []]);
  const abort = round(new DOMException("stop", "AbortError"));
  assert(abort instanceof DOMException);
  assertEquals([abort.name, abort.code, abort.message], [
    "AbortError",
    20,
    "stop",
  ]);
  assertThrows(
    () => encode([new Error("e", { cause: { f: noop } })]),
    TypeError,
    "Cannot encode value[0].cause.f: function noop cannot be copied",
  );
});

test("Bytes are few", () => {
  for (
    const [value, length] of [
      [undefined, 1],
      [7, 2],
      [-1000, 3],
      [0.5, 9],
      ["text", 6],
      ["日本", 6],
      [7n, 9],
      [[1, 2, 3], 8],
      [{ a: 1 }, 6],
    ] as const
  ) assertEquals(encode(value).length, length, String(value));
});

test("What cannot be copied is refused with its path", () => {
  class Point {}
  const deep = (n: number): unknown => n === 0 ? 1 : [deep(n - 1)];
  const memory = new SharedArrayBuffer(64);
  for (
    const [value, message] of [
      [() => {}, "value: function"],
      [{ a: [1, { f: noop }] }, "value.a[1].f: function noop"],
      [{ "x y": Symbol("s") }, "value.x y: Symbol(s) cannot be copied"],
      [[new Point()], "value[0]: an instance of Point cannot be copied"],
      [new Map([["k", noop]]), "value.values()[0]: function"],
      [new Map([[noop, 1]]), "value.keys()[0]: function"],
      [new Set([1, noop]), "value.values()[1]: function"],
      [Promise.resolve(), "value: an instance of Promise"],
      [new WeakMap(), "value: an instance of WeakMap"],
      [memory, "value: an instance of SharedArrayBuffer"],
      [
        new Int32Array(memory),
        "value: an instance of Int32Array of shared memory cannot",
      ],
      [[new Lock().hold()], "value[0]: A Held belongs to the thread that"],
      [
        [{ kind: "Lock", buffer: memory, byteOffset: 0 }],
        "value[0]: it looks like the handle of a shared Lock, but cannot be opened",
      ],
      [deep(501), "it is nested more than 500 deep"],
    ] as const
  ) {
    const error = assertThrows(() => encode(value), TypeError, message);
    assert(error.message.startsWith("Cannot encode value"), error.message);
    // Nothing of it is left for the next.
    assertThrows(() => encode(noop), TypeError, "value: function noop");
  }
  assertEquals(round(deep(500)), deep(500));
  assertThrows(
    () => encode(new Array(2 ** 32 - 1)),
    RangeError,
    "1073741824 bytes",
  );
});

function noop(): void {}

test("Shared objects arrive opened, those of one thread as those of others", () => {
  const lock = new Lock({ name: "seats" }), latch = new Latch(2);
  const condition = new Condition(lock), rw = new RWLock();
  const cell = new OnceCell({ capacity: 100 });
  const value = {
    lock,
    again: lock,
    latch: latch.handle,
    condition,
    read: rw.read,
    write: rw.write,
    upgradable: rw.upgradable.handle,
    map: new Map([[cell, new Condition()]]),
  };
  const back = round(value) as unknown as typeof value & {
    latch: Latch;
    upgradable: RWLockUpgradable;
  };
  assert(back.lock !== lock && back.lock === back.again);
  assertEquals(back.lock.name, "seats");
  back.latch.countDown();
  assertEquals(latch.count, 1);
  lock.acquire();
  assertEquals(back.condition.lock.locked, true);
  assertEquals(back.condition.notify(), 0);
  lock.release();
  back.read.acquire();
  assertEquals([rw.readers, back.write.tryAcquire()], [1, false]);
  back.read.release();
  back.upgradable.run(() => assertEquals(rw.locked, true));
  const [[key, over]] = [...back.map] as [[OnceCell, Condition<RLock>]];
  assert(key.set(1) && cell.tryGet()!.value === 1);
  assertEquals(over.lock.kind, "RLock");
  const holder = new OnceCell<{ lock: Lock }>();
  assert(holder.set({ lock }));
  assertEquals(holder.tryGet()!.value.lock.name, "seats");
});

test("A shared object in placed memory is found at its place", () => {
  const buffer = new SharedArrayBuffer(256);
  const a = new AtomicInt32(1, { memory: { buffer, byteOffset: 128 } });
  const b = new AtomicInt32(2, { memory: { buffer, byteOffset: 64 } });
  // The same memory by other buffers, of which the first is what is known.
  const [c, d] = structuredClone([a, b]).map((handle) => attach(handle));
  const back = round([a, b, c, d]) as AtomicInt32[];
  assertEquals(back.map((atomic) => atomic.load()), [1, 2, 1, 2]);
  back[0]!.store(7);
  assertEquals((c as AtomicInt32).load(), 7);
});

test("A shared object that this thread has not met is refused", () => {
  const bytes = encode({ events: [new Event()] });
  realm.records.clear();
  assertThrows(
    () => decode(bytes),
    TypeError,
    "Cannot decode: it holds a shared Event, and this thread has not met it, or nothing uses it any more: pass it to the thread as an argument, and keep it",
  );
});

test("Records that are made and not passed on are not remembered", () => {
  realm.records.clear();
  const made = [
    ...[new Lock(), new RLock(), new RWLock(), new Latch(1)],
    ...[new Event(), new CancelToken(), new Once(), new OnceCell()],
    ...[new Semaphore(), new Barrier(1), new AtomicInt32(), new LongAdder()],
  ];
  (made[0] as Lock).acquire();
  assertEquals([made.length, realm.records.size], [12, 0]);
  assert(String(made[0]!.handle.buffer) !== "" && realm.records.size === 1);
  const locks = Array.from({ length: 3000 }, () => new Lock());
  for (const lock of locks) structuredClone(lock);
  assertEquals(realm.records.size, 3001);
  assert(realm.recordsLimit >= 3000);
});

test("A shared object that a thread has as an argument goes to it and back as bytes", () => {
  const lock = new Lock({ name: "seats" });
  const from = new OnceCell(), to = new OnceCell(), back = new OnceCell();
  from.set(lock);
  const run = (cell: OnceCell, made: boolean) =>
    new Thread(swap, [from, cell, lock, made]).start().result(10_000);
  assertEquals(run(back, false), "seats");
  assertEquals((back.tryGet()!.value as Lock).name, "seats");
  assertEquals(run(to, true), "seats");
  assertThrows(
    () => to.tryGet(),
    TypeError,
    "it holds a shared Lock, and this thread",
  );
});

/** The bytes of a value, and the memory that they name. */
function listen(value: unknown) {
  const packet = new Packet(), heard: [number, SharedArrayBuffer][] = [];
  encodeAny(value, packet, (...shared) => heard.push(shared));
  return { packet, heard };
}

test("Shared memory and its views arrive as what they are, if somebody hears of them", () => {
  const buffer = new SharedArrayBuffer(64), half = new DataView(buffer, 32, 8);
  const whole = new Int32Array(buffer), float = new Float64Array(buffer, 8, 2);
  const { packet, heard } = listen([whole, buffer, float, half, whole]);
  assertEquals(heard, [[heard[0]![0], buffer]]);
  const back = decodeAny(packet) as typeof whole[];
  assert(back[0] === back[4] && back[1] as unknown === buffer);
  back[0]![0] = 7;
  assertEquals([whole[0], back[0]!.length], [7, 16]);
  for (const [view, like] of [[back[2], float], [back[3], half]] as const) {
    assert(view!.buffer === buffer && view!.constructor === like.constructor);
    assertEquals(view!.byteOffset, like.byteOffset);
    assertEquals(view!.byteLength, like.byteLength);
  }
  // It is known by that key from now on, also where nobody hears of it.
  assert(round(buffer) === buffer && round(whole).buffer === buffer);
  assertEquals(listen(float).heard, heard);
});

test("A view of memory that grows does so on arrival, if it did", () => {
  const buffer = new SharedArrayBuffer(16, { maxByteLength: 64 });
  const views = [
    ...[new Int32Array(buffer), new Float64Array(buffer, 8)],
    ...[new Int32Array(buffer, 0, 4), new Uint8Array(buffer, 8, 4)],
    ...[new DataView(buffer, 4), new DataView(buffer, 4, 8)],
    ...[new Uint8Array(buffer, 16), new Uint8Array(buffer, 16, 0)],
  ];
  const back = decodeAny(listen(views).packet) as typeof views;
  buffer.grow(64);
  assertEquals(back.map((view) => view.byteLength), [
    ...[64, 56],
    ...[16, 4],
    ...[60, 8],
    ...[48, 0],
  ]);
});

test("Shared memory that no other thread can know is refused", () => {
  const buffer = new SharedArrayBuffer(8);
  for (let i = 0; i < 2; i++) {
    assertThrows(
      () => encode([buffer]),
      TypeError,
      "Cannot encode value[0]: an instance of SharedArrayBuffer cannot be copied",
    );
  }
});

test("Whoever encodes hears of all that is shared, once or more", () => {
  const lock = new Lock(), condition = new Condition(lock);
  const memory = new Uint8Array(new SharedArrayBuffer(8));
  const { heard } = listen([{ condition, lock: lock.handle }, memory]);
  assertEquals(heard.map(([, buffer]) => buffer), [
    condition.buffer,
    lock.buffer,
    lock.buffer,
    memory.buffer,
  ]);
  const keys = heard.map(([key]) => key);
  assertEquals(keys[0], keyAt(condition));
  assertEquals(new Set(keys).size, 3);
  assertEquals(listen([1, "x", new Uint8Array(8)]).heard, []);
});

test("A part of a record is named by the record at the begin of its memory", () => {
  const { buffer } = new Latch(1);
  const part = { kind: "Future", buffer, byteOffset: 33 };
  assertEquals(keyAt(part), keyAt({ kind: "Latch", buffer, byteOffset: 0 }));
});

test("Memory that was not met is asked for, and what is missing is named", () => {
  const shared = [
    new Lock(),
    new Int32Array(new SharedArrayBuffer(8)),
  ] as const;
  const { packet, heard } = listen(shared), known = new Map(heard);
  realm.records.clear();
  const missing = assertThrows(() => decodeAny(packet), MissingError);
  assertEquals([missing.key, missing.name], [heard[0]![0], "TypeError"]);
  assertThrows(
    () =>
      decodeAny(
        packet,
        (key) => key === heard[0]![0] ? known.get(key) : undefined,
      ),
    MissingError,
    "it holds a SharedArrayBuffer, and this thread has not met it",
  );
  const asked: number[] = [];
  const [lock, view] = decodeAny(packet, (key) => {
    asked.push(key);
    return known.get(key);
  }) as typeof shared;
  assert(lock.buffer === shared[0].buffer && view.buffer === shared[1].buffer);
  // The lock was opened when it was found, so it is known by now.
  assertEquals(asked, [heard[1]![0]]);
});

test("Shared memory goes to a thread and back as bytes", () => {
  const memory = new Int32Array(new SharedArrayBuffer(8));
  const { packet, heard: [shared] } = listen(memory);
  const bytes = packet.bytes.slice(0, packet.length);
  const back = new Thread(add, [bytes, ...shared!, 3]).start().result(10_000);
  assertEquals([...memory], [3, 0]);
  assert((decode(back) as typeof memory).buffer === memory.buffer);
});

test("A task arrives as that of the thread, where its module is loaded", () => {
  const [one, two] = round([swap, swap]);
  assert(one === swap && two === swap);
  assertEquals(taskOf(swap), swap.task);
  const stranger = Object.assign(() => {}, {
    task: { url: "file:///strange.ts", name: "stranger", hash: "0" },
  });
  const error = assertThrows(
    () => round([stranger]),
    MissingError,
    'it holds the task "stranger", and this thread has not loaded its module as it is there: file:///strange.ts',
  );
  assertEquals([error.key, error.url], [undefined, "file:///strange.ts"]);
  const other = Object.assign(() => {}, { task: { url: "", name: "other" } });
  assertThrows(() => encode({ other }), TypeError, "value.other: function");
});

test("A getter may encode, and may throw: the next value is not harmed", () => {
  const value = {
    a: [1, "two"],
    get b() {
      return round({ c: [this.a, this.a] }).c[0] === undefined
        ? 1
        : encode(2).length;
    },
    d: { e: "end" },
  };
  assertEquals(round(value) as unknown, {
    a: [1, "two"],
    b: 2,
    d: { e: "end" },
  });
  const failing = {
    a: {},
    get b(): never {
      throw new EvalError("mine");
    },
  };
  for (let i = 0; i < 20; i++) assertThrows(() => encode([failing]), EvalError);
  assertEquals(round(VALUES), VALUES);
  const growing: unknown[] = [1, {
    get more() {
      growing.push(3);
      return 2;
    },
  }];
  assertEquals(round(growing), [1, { more: 2 }] as unknown[]);
});

/** Numbers below n, the same in each run. */
function dice(seed: number): (n: number) => number {
  return (n) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return (seed >>> 8) % n;
  };
}

function randomValue(roll: (n: number) => number, depth = 0): unknown {
  const more = () => randomValue(roll, depth + 1);
  const some = <T>(make: () => T) => Array.from({ length: roll(5) }, make);
  switch (roll(depth > 3 ? 8 : 13)) {
    case 0:
      return VALUES[roll(VALUES.length)];
    case 1:
      return roll(1000) - 500;
    case 2:
      return roll(1e6) / 7;
    case 3:
      return String.fromCharCode(...some(() => roll(0x10000)));
    case 4:
      return "abc😀é".repeat(roll(30));
    case 5:
      return BigInt(roll(1e6)) ** BigInt(roll(9));
    case 6:
      return new Uint16Array(some(() => roll(70_000)));
    case 7:
      return new Date(roll(1e9));
    case 8:
      return new Map(some(() => [more(), more()]));
    case 9:
      return new Set(some(more));
    case 10:
      return some(more);
    default:
      return Object.fromEntries(some(() => [`k${roll(50)}`, more()]));
  }
}

test("Random values arrive as structured clone delivers them", () => {
  const roll = dice(5);
  for (let i = 0; i < 1500; i++) {
    const value = randomValue(roll);
    assertEquals(round(value), structuredClone(value), `value ${i}`);
  }
});

test("Damaged bytes are a TypeError or another value, and soon", () => {
  const refuse = (bytes: number[]) =>
    assertThrows(
      () => decode(new Uint8Array(bytes)),
      TypeError,
      "Cannot decode: the bytes are damaged",
    );
  for (
    const bytes of [
      [],
      [0, 0],
      [99],
      [6, 17, 65],
      [6, 6, 0xff],
      [6, 7, 65],
      [11, 0, 4, 0x78],
      [7, 0xff, 0xff, 0xff, 0xff, 0x0f],
      [7, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
      [16, 0xff, 0xff, 0xff, 0xff, 0x0f, 0],
      [9, 0],
      Array(5000).fill(7).flatMap((tag) => [tag, 1]),
      [17, 3, 3, 1, 2, 3],
      [17, 50, 0],
      [13, 4, 40, 0],
    ]
  ) refuse(bytes);
  const start = performance.now(), roll = dice(3);
  const memory = new SharedArrayBuffer(8);
  listen(memory);
  const wholes = [VALUES, [new Error("e", { cause: 1 }), new Lock()]];
  wholes.push([memory, new Int16Array(memory, 2, 2), swap]);
  for (let i = 0; i < 20; i++) wholes.push([randomValue(roll)]);
  for (const value of wholes) {
    const whole = encode(value);
    for (let n = 0; n < whole.length; n++) refuse([...whole.subarray(0, n)]);
    for (let n = 0; n < whole.length * 2; n++) {
      const bytes = whole.slice();
      bytes[n >> 1]! ^= n % 2 === 0 ? 1 << roll(8) : roll(255) + 1;
      try {
        decode(bytes);
      } catch (error) {
        assert(error instanceof TypeError, String(error));
        assert(/^Cannot decode/.test(error.message), error.message);
      }
    }
  }
  assert(performance.now() - start < 20_000);
});

test("deepFreeze freezes all that can be, and ends where there is a cycle", () => {
  const bytes = new Uint8Array(2), lock = new Lock();
  const inner = { list: [new Date(0), { n: 1 }] };
  const map = new Map<unknown, unknown>([[{ key: 1 }, inner]]);
  const value: Record<string, unknown> = {
    map,
    set: new Set([[1]]),
    bytes,
    lock,
  };
  value.self = value;
  assertStrictEquals(deepFreeze(value), value);
  const [key] = map.keys();
  for (
    const part of [value, map, key, inner, inner.list, ...inner.list, value.set]
  ) assert(Object.isFrozen(part), String(part));
  assertThrows(() => inner.list.push(new Date()), TypeError);
  assert(!Object.isFrozen(bytes) && !Object.isFrozen(lock));
  for (const plain of [undefined, null, 1, "x", bytes]) {
    assertStrictEquals(deepFreeze(plain), plain);
  }
});

test("What is thrown is told in few bytes, whatever it is", () => {
  const told = (thrown: unknown) => {
    const bytes = encodeFailure(thrown);
    assert(bytes.length <= 384);
    return decodeFailure(bytes);
  };
  const trap = Object.defineProperty(new Error("e"), "message", {
    get() {
      throw new Error("trap");
    },
  });
  assertEquals(told(trap).text, "Error: What was thrown cannot be read");
  assertEquals(told(7), { thrown: 7, text: "7" });
  assertEquals(told(undefined), { thrown: undefined, text: "undefined" });
  assertEquals(told("x".repeat(1000)).text, `Error: "${"x".repeat(80)}"`);
  const long = Object.assign(new Error("y".repeat(1e5)), {
    name: "N".repeat(1e5),
    code: "C".repeat(1e5),
  });
  const { name, message, code } = told(long).thrown as typeof long;
  assertEquals([name, code], ["N".repeat(40), "C".repeat(40)]);
  assert(/^y+\.\.\.$/.test(message) && message.length > 150, message);
});
