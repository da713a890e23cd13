// What queues carry, and what they refuse: 151, 153, 156, 157, and the memory.

import {
  AtomicInt32,
  codecs,
  LifoQueue,
  Lock,
  PriorityQueue,
  Queue,
  QueueEmptyError,
  QueueFullError,
  SimpleQueue,
} from "@interlock/threading";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { reached, test, testFaces } from "../support/stage.ts";
import * as bodies from "./queue_bodies.ts";
import { Peer } from "./queue_peer.ts";

const { call, get, put } = bodies;

const CLASSES = [Queue, LifoQueue, PriorityQueue, SimpleQueue];

/** What a priority queue needs for what is no number. */
const FIRST = { priority: 0 };

/** Puts it into a queue of any class: only a PriorityQueue looks at the priority. */
function add(queue: bodies.AnyQueue, item: unknown, timeout?: number): void {
  const wait = timeout === undefined ? FIRST : { ...FIRST, timeout };
  (queue as PriorityQueue).put(item, wait);
}

/** Puts it, if there is room. */
function tryAdd(queue: bodies.AnyQueue, item: unknown): boolean {
  return (queue as PriorityQueue).tryPut(item, FIRST);
}

/** What stands in the memory of a queue. */
function bytesOf(queue: bodies.AnyQueue): string {
  return new Uint8Array(queue.buffer).join();
}

/** Whether a text stands in the memory of a queue, in whatever way it is written. */
function remembers(queue: bodies.AnyQueue, text: string): boolean {
  const bytes = new Uint8Array(queue.buffer.byteLength);
  bytes.set(new Uint8Array(queue.buffer));
  const memory = new TextDecoder("latin1").decode(bytes);
  return memory.includes(text) || memory.includes([...text].join("\0"));
}

/** Every kind of value. */
const ITEMS: unknown[] = [
  undefined,
  null,
  false,
  true,
  0,
  -0,
  1,
  -1,
  0.5,
  NaN,
  Infinity,
  -Infinity,
  2 ** 31,
  -(2 ** 31) - 1,
  2 ** 53,
  0n,
  -1n,
  2n ** 70n,
  -(2n ** 64n),
  "",
  "text",
  "\u{1f9f5} ünïcödé \0 \ud800",
  "x".repeat(10_000),
  [],
  [undefined, null, [[]]],
  {},
  { a: { b: [1, "2", 3n] }, "": undefined },
  new Map<unknown, unknown>([["k", new Set([1, 2])], [{}, new Map()]]),
  new Set([undefined, "a", NaN]),
  new Date(0),
  new Date(8.64e15),
  /a+\/(?<b>c)/giu,
  new Uint8Array([1, 2, 3]).buffer,
  ...[
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float32Array,
    Float64Array,
  ].map((View) => new View([1, 2, 100])),
  new BigInt64Array([-1n, 2n ** 62n]),
  new BigUint64Array([2n ** 64n - 1n]),
  new DataView(new Uint8Array([9, 8, 7]).buffer),
];

for (const Class of CLASSES) {
  const kind = Class.name;

  testFaces(
    `${kind} carries every kind of value, and none is a sign of its own`,
    async (face, stage) => {
      const queue = new Class<unknown>(), back = new Class<unknown>();
      const there = new Queue<unknown>();
      const echo = stage.party(face, bodies.echo, there, back);
      echo.catch(() => {}); // reported at the end
      for (const [i, item] of ITEMS.entries()) {
        await put(face, queue, item, FIRST);
        const got = queue.tryGet();
        assert(got !== undefined, `nothing is there for ${String(item)}`);
        assertEquals(got.value, item);
        assert(Object.is(got.value, item) || typeof item === "object");
        await put(face, there, item);
        assertEquals(await get(face, back, 5000), item, `item ${i}`);
      }
      there.shutdown();
      await echo;
      assertEquals([queue.size, back.size], [0, 0]);
    },
  );

  testFaces(
    `151 153 ${kind} refuses what cannot be encoded before it touches anything, and goes on`,
    async (face) => {
      const queue = new Class<unknown>();
      await put(face, queue, 1, FIRST);
      const boom = new RangeError("boom");
      const failing = {
        fine: "text",
        get bad() {
          throw boom;
        },
      };
      const before = bytesOf(queue);
      for (
        const item of [
          () => {},
          Symbol("s"),
          new WeakMap(),
          Promise.resolve(1),
          { deep: [{ deeper: () => {} }] },
        ]
      ) {
        for (const wait of [FIRST, { ...FIRST, timeout: 5 }]) {
          const error = await assertRejects(() => put(face, queue, item, wait));
          assertEquals(error.constructor, TypeError, error.message);
          assert(error.message.startsWith("Cannot "), error.message);
        }
      }
      for (const wait of [FIRST, { ...FIRST, timeout: 5 }]) {
        const error = await put(face, queue, failing, wait)
          .catch((error) => error);
        assertStrictEquals(error, boom);
      }
      assertEquals(bytesOf(queue), before);
      assertEquals(queue.size, 1);
      await put(face, queue, 2, { priority: 1 });
      const got = [await get(face, queue, 0), await get(face, queue, 0)];
      assertEquals(got.toSorted(), [1, 2]);
      assert(queue.isEmpty);
    },
  );

  test(`156 ${kind} keeps nothing of an item that has left, and uses its place again`, () => {
    const text = "QXZJ", secret = text.repeat(50);
    const queue = new Class<unknown>();
    for (const item of [secret, { secret: [secret] }]) {
      add(queue, item);
      assert(remembers(queue, text), "it is not there to begin with");
      queue.get();
      assert(!remembers(queue, text), "it is there after get");
      add(queue, item);
      add(queue, 1);
      queue.tryGet();
      queue.tryGet();
      assert(!remembers(queue, text), "it is there after tryGet");
    }
    for (let i = 0; i < 100; i++) add(queue, secret);
    while (queue.tryGet() !== undefined);
    const { byteLength } = queue.buffer;
    for (let round = 0; round < 50; round++) {
      for (let i = 0; i < 100; i++) add(queue, secret);
      for (let i = 0; i < 100; i++) queue.get();
    }
    assertEquals(queue.buffer.byteLength, byteLength, "it grows");
    assert(!remembers(queue, text));
  });

  testFaces(
    `157 ${kind}: an item may use the queue while it is encoded`,
    async (face) => {
      const queue = new Class<unknown>();
      const nested = {
        get inner() {
          add(queue, "inner");
          return queue.size;
        },
      };
      await put(face, queue, nested, { priority: 1 });
      assertEquals(queue.size, 2);
      const got = [await get(face, queue), await get(face, queue)];
      if (kind === "LifoQueue") got.reverse();
      assertEquals(got, ["inner", { inner: 1 }]);
      const taking = {
        get taken() {
          return queue.tryGet()?.value;
        },
      };
      await put(face, queue, "first", FIRST);
      await put(face, queue, taking, FIRST);
      assertEquals(await get(face, queue), { taken: "first" });
      assert(queue.isEmpty);
    },
  );

  test(`${kind} lives in memory of the caller's, of exactly the size that it says`, () => {
    const options = { capacity: 4096 };
    const byteLength = Class.byteLengthFor(options);
    assert(byteLength > 4096 && byteLength < 4096 * 4, String(byteLength));
    const buffer = new SharedArrayBuffer(64 + byteLength + 64);
    const guards = () => [
      ...new Uint8Array(buffer, 0, 64),
      ...new Uint8Array(buffer, 64 + byteLength),
    ];
    new Uint8Array(buffer, 0, 64).fill(7);
    new Uint8Array(buffer, 64 + byteLength).fill(8);
    const before = guards();
    const memory = { buffer, byteOffset: 64 };
    const queue = new Class<unknown>({ ...options, memory });
    const view = Class.from<unknown>(queue.handle as never);
    assertEquals([queue.buffer === buffer, queue.byteOffset], [true, 64]);
    for (const _round of [1, 2, 3]) {
      let n = 0;
      const fill = () => {
        for (;; n++) {
          add(view, "x".repeat(n % 300), 0);
        }
      };
      assertThrows(fill, QueueFullError);
      assert(n > 5 && queue.size === n, `${n} items`);
      const lengths: number[] = [];
      for (let got = queue.tryGet(); got; got = queue.tryGet()) {
        lengths.push((got.value as string).length);
      }
      const sum = lengths.reduce((a, b) => a + b);
      let expected = 0;
      for (let i = 0; i < n; i++) expected += i % 300;
      assertEquals([lengths.length, sum], [n, expected]);
    }
    assertEquals(guards(), before);
    assertThrows(
      () =>
        new Class({
          capacity: 4097 + 4096,
          memory: { buffer: new SharedArrayBuffer(byteLength) },
        }),
      RangeError,
      "do not fit",
    );
  });
}

for (const Class of [Queue, LifoQueue, PriorityQueue]) {
  const kind = Class.name;

  testFaces(
    `151 ${kind}: a put that fails while it could wait, and a get beside it, leave it undamaged`,
    async (face, stage) => {
      const queue = new Class<unknown>({ maxSize: 2 });
      const bad = {
        get item() {
          throw new Error("boom");
        },
      };
      for (let i = 0; i < 2; i++) await put(face, queue, i, FIRST);
      for (const wait of [{}, { timeout: 20 }]) {
        const start = performance.now();
        await assertRejects(
          () => put(face, queue, bad, { ...FIRST, ...wait }),
          Error,
          "boom",
        );
        assert(performance.now() - start < 500, "it waited first");
      }
      const peer = new Peer(stage, face, [[queue, "put", 2, FIRST]]);
      await peer.blocks();
      await get(face, queue);
      await peer.passes();
      const got = [await get(face, queue), await get(face, queue)];
      assert(got.includes(2));
      assertEquals([queue.size, queue.unfinishedTasks], [0, 3]);
      await assertRejects(() => get(face, queue, 0), QueueEmptyError);
    },
  );

  testFaces(
    `${kind} refuses at once an item that can never fit, and says so`,
    async (face) => {
      const queue = new Class<unknown>({ capacity: 4096 });
      await put(face, queue, "small", FIRST);
      const before = bytesOf(queue), large = "x".repeat(100_000);
      for (const wait of [{}, { timeout: 0 }, { timeout: 10_000 }]) {
        const start = performance.now();
        const error = await assertRejects(
          () => put(face, queue, large, { ...FIRST, ...wait }),
          QueueFullError,
        );
        assert(/\d{6}/.test(error.message), error.message);
        assert(error.message.includes("'capacity'"), error.message);
        assert(performance.now() - start < 500, "it waited first");
      }
      const attempt = () => tryAdd(queue, large);
      assertThrows(attempt, QueueFullError, "'capacity'");
      assertEquals(bytesOf(queue), before);
      assertEquals(await get(face, queue), "small");
    },
  );

  testFaces(
    `${kind}: memory that is full and a number that is full are two things`,
    async (face, stage) => {
      const item = "y".repeat(500);
      const bytes = new Class<string>({ maxSize: 1000, capacity: 4096 });
      let n = 0;
      while (tryAdd(bytes, item)) n++;
      assert(n >= 4 && n <= 9, `${n} items of 500 bytes in 4096`);
      assertEquals(bytes.size, n);
      for (const timeout of [0, 5]) {
        await assertRejects(
          () => put(face, bytes, item, { ...FIRST, timeout }),
          QueueFullError,
        );
      }
      const peer = new Peer(stage, face, [[bytes, "put", item, FIRST]]);
      await peer.blocks();
      assertEquals(await get(face, bytes), item);
      await peer.passes();
      for (let i = 0; i < n; i++) assertEquals(await get(face, bytes, 0), item);
      assert(bytes.isEmpty);

      const count = new Class<string>({ maxSize: 2, capacity: 4096 });
      await put(face, count, "a", FIRST);
      await put(face, count, "b", FIRST);
      assert(count.isFull);
      await assertRejects(
        () => put(face, count, "c", { ...FIRST, timeout: 0 }),
        QueueFullError,
      );
    },
  );

  test(`156 ${kind} keeps nothing of the items that a shutdown drops`, () => {
    const queue = new Class<unknown>();
    for (let i = 0; i < 3; i++) add(queue, "QXZJ".repeat(50));
    assert(remembers(queue, "QXZJ"));
    queue.shutdown({ immediate: true });
    assert(!remembers(queue, "QXZJ"));
  });
}

test("Items keep their cycles and what they have twice", () => {
  const queue = new Queue<unknown>();
  const cycle: Record<string, unknown> = { name: "cycle" };
  const shared = { n: 1 };
  cycle.self = cycle;
  cycle.map = new Map([["back", cycle]]);
  cycle.twice = [shared, shared];
  queue.put(cycle);
  const got = queue.get() as typeof cycle;
  assert(got !== cycle);
  assertStrictEquals(got.self, got);
  assertStrictEquals((got.map as Map<string, unknown>).get("back"), got);
  const [one, two] = got.twice as unknown[];
  assertStrictEquals(one, two);
  const loop: unknown[] = [];
  loop.push(loop, new Set([loop]));
  queue.put(loop);
  const back = queue.get() as unknown[];
  assertStrictEquals(back[0], back);
  assert((back[1] as Set<unknown>).has(back));
});

testFaces(
  "Errors arrive with class, message, code, cause and what they collect",
  async (face, stage) => {
    class OwnError extends Error {
      override name = "OwnError";
      code = "ERR_OWN";
    }
    const there = new Queue<unknown>(), back = new Queue<Error>();
    const echo = stage.party(face, bodies.echo, there, back);
    echo.catch(() => {}); // reported at the end
    const cause = Object.assign(new TypeError("deep"), { code: 7 });
    for (
      const error of [
        new Error("plain"),
        new RangeError("range", { cause }),
        Object.assign(new SyntaxError("code"), { code: "ERR_X" }),
        new QueueEmptyError("ours"),
        new OwnError("own"),
        new AggregateError([new URIError("one"), 2], "many"),
        new DOMException("dom", "AbortError"),
      ]
    ) {
      there.put(error);
      const got = await back.getAsync(5000);
      const what = error.name;
      assertInstanceOf(got, Error, what);
      assertEquals([got.name, got.message], [error.name, error.message]);
      const code = (e: unknown) => (e as { code?: unknown }).code;
      assertEquals(code(got), code(error), what);
      if (!(error instanceof OwnError)) {
        assertEquals(got.constructor.name, error.constructor.name);
      }
      if (error.cause !== undefined) {
        assertInstanceOf(got.cause, TypeError);
        assertEquals([got.cause.message, code(got.cause)], ["deep", 7]);
      }
      if (error instanceof AggregateError) {
        const { errors } = got as AggregateError;
        assertInstanceOf(errors[0], URIError);
        assertEquals([errors[0].message, errors[1]], ["one", 2]);
      }
    }
    there.shutdown();
    await echo;
  },
);

test("Shared objects in items are the same objects where they arrive", async (stage) => {
  const lock = new Lock(), queue = new Queue<{ lock: Lock; again: Lock }>();
  const thread = stage.thread(bodies.sameLock, lock, queue);
  lock.acquire();
  queue.put({ lock, again: lock });
  const inner = new Queue<Queue<unknown>>();
  inner.put(queue as Queue<unknown>);
  const opened = inner.get();
  assert(opened.kind === "Queue" && opened.buffer === queue.buffer);
  lock.release();
  const [, held, locked, same] = await thread.resultAsync(5000);
  assertEquals([held, locked, same], [true, false, true]);
});

testFaces(
  "153 An item whose shared object the thread was not given is reported, and later items flow",
  async (face, stage) => {
    if (face === "async") return; // a thread has what it made itself
    const queue = new Queue<unknown>();
    const get: bodies.Step = [queue, "get"];
    const peer = new Peer(stage, face, [get, get, get]);
    queue.put({ lock: new Lock() });
    queue.put("next");
    queue.put(queue);
    for (let i = 0; i < 3; i++) {
      await peer.begins();
      await peer.passes();
    }
    const [stranger, next, itself] = await peer.outcomes;
    assert(String(stranger).startsWith("TypeError: Cannot "), String(stranger));
    assertEquals(next, "next");
    assertEquals((itself as Queue).kind, "Queue");
    assertEquals([queue.size, queue.unfinishedTasks], [0, 3]);
  },
);

test("Items are frozen to the bottom when they arrive, if that is asked for", () => {
  const item = { list: [{ n: 1 }], map: new Map([["k", { n: 2 }]]) };
  for (const freeze of [true, false]) {
    const queue = new Queue<typeof item>({ freeze });
    queue.put(item);
    const view = Queue.from<typeof item>(queue.handle);
    const got = view.get();
    assertEquals(got, item);
    assertEquals(
      [got, got.list, got.list[0], got.map.get("k")].map(Object.isFrozen),
      Array(4).fill(freeze),
    );
  }
  assert(!Object.isFrozen(item));
});

testFaces(
  "A codec is chosen once, and holds in every thread",
  async (face, stage) => {
    const numbers = new Queue<number>({ codec: codecs.int32 });
    const echo = stage.party(
      face,
      bodies.echo,
      numbers as Queue<unknown>,
      numbers as Queue<unknown>,
    );
    for (const item of ["7", 0.5, 2 ** 31, undefined, NaN]) {
      const refused = () => put(face, numbers as Queue<unknown>, item);
      await assertRejects(refused, Error, "Cannot ");
    }
    numbers.shutdown();
    await echo;
    const texts = new Queue<string>({ codec: codecs.string });
    const back = new Queue<unknown>();
    const other = stage.party(
      face,
      bodies.echo,
      texts as Queue<unknown>,
      back,
    );
    await put(face, texts as Queue<unknown>, "text \u{1f9f5}");
    assertEquals(await get(face, back, 5000), "text \u{1f9f5}");
    await assertRejects(
      () => put(face, texts as Queue<unknown>, 7),
      TypeError,
    );
    texts.shutdown();
    await other;
  },
);

test("A queue that grows does so for all that have opened it before", async (stage) => {
  const N = 20_000, begun = new AtomicInt32();
  const queue = new Queue<[number, string]>();
  const { byteLength } = queue.buffer;
  const reader = stage.thread(bodies.inOrder, queue, begun, N);
  await reached(begun, 1);
  bodies.putInOrder(queue, N);
  assertEquals(await reader.resultAsync(10_000), N);

  const other = new Queue<[number, string]>();
  const view = Queue.from<[number, string]>(other.handle);
  const writer = stage.thread(bodies.putInOrder, other, N);
  assert(await writer.joinAsync(10_000));
  assert(other.buffer.byteLength > byteLength, "it did not grow");
  assertEquals([other.size, view.size], [N, N]);
  assertEquals(bodies.inOrder(view, begun, N), N);
  assert(other.isEmpty);
});

test("141 PriorityQueue serves equal priorities in order of arrival, and a number is its own", async (stage) => {
  const queue = new PriorityQueue<string>();
  const priorities = [2, 0, -0, 1, 2, -1.5, 0, Infinity, -Infinity, 1, 2];
  const items = priorities.map((p, i): [string, number] => [`${p}/${i}`, p]);
  const thread = stage.thread(bodies.putPriority, queue, items);
  assertEquals(await thread.resultAsync(5000), "PriorityQueue");
  const got = items.map(() => queue.get(0));
  const sorted = items.toSorted(([, a], [, b]) => a - b || 0);
  assertEquals(got, sorted.map(([item]) => item));

  const numbers = new PriorityQueue<number>();
  for (const n of [3, -1, 2.5, -Infinity, 0, Infinity, 3]) numbers.put(n);
  numbers.put(100, { priority: -2, timeout: 0 });
  numbers.put(50, { priority: -2 });
  const order = Array.from({ length: 9 }, () => numbers.get(0));
  assertEquals(order, [-Infinity, 100, 50, -1, 0, 2.5, 3, 3, Infinity]);
});

testFaces(
  "141 PriorityQueue wants a priority for what is no number",
  async (face) => {
    const queue = new PriorityQueue<unknown>();
    for (
      const item of ["7", null, undefined, 7n, {}, [1], true, new Date(0)]
    ) {
      for (const wait of [undefined, {}, 5, { timeout: 5 }]) {
        await assertRejects(
          () => put(face, queue, item, wait),
          TypeError,
          "'priority'",
        );
      }
      assertThrows(() => queue.tryPut(item), TypeError, "'priority'");
    }
    await assertRejects(() => put(face, queue, NaN), RangeError, "'priority'");
    await assertRejects(
      () => put(face, queue, "a", { priority: NaN }),
      RangeError,
      "'priority'",
    );
    assert(queue.isEmpty);
    await put(face, queue, NaN, { priority: 1 });
    assert(Number.isNaN(await call(face, queue, "get")));
  },
);
