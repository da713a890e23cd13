import {
  AtomicInt32,
  attach,
  CancelToken,
  Latch,
  QueueEmptyError,
  QueueFullError,
  QueueShutDownError,
  SpscQueue,
  SyncStateError,
} from "@interlock/threading";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { QUIET, reached, rest, test, testFaces } from "../support/stage.ts";
import {
  attempt,
  drain,
  get,
  produce,
  put,
  putAndLeave,
} from "./spsc_bodies.ts";

/** Words of a queue: what was put, and what was taken, as the other side is told. */
const TAIL = 16, HEAD = 48;

function records(...lengths: number[]): Uint8Array[] {
  return lengths.map((length, n) =>
    Uint8Array.from({ length }, (_, i) => n * 31 + i)
  );
}

testFaces(
  "141 SpscQueue keeps the order, and tells when it is empty or full",
  async (face) => {
    const queue = new SpscQueue({ type: "float64", capacity: 3 });
    assertEquals([queue.type, queue.capacity, queue.size], ["float64", 4, 0]);
    assertEquals([queue.isEmpty, queue.isFull], [true, false]);
    for (const item of [0.5, -0, NaN, Infinity]) await put(face, queue, item);
    assertEquals([queue.size, queue.isEmpty, queue.isFull], [4, false, true]);
    assertEquals(`${queue}`, "SpscQueue(float64, 4 of 4)");
    await assertRejects(() => put(face, queue, 1, 0), QueueFullError);
    await assertRejects(() => put(face, queue, 1, 5), QueueFullError);
    for (const item of [0.5, -0, NaN, Infinity]) {
      assertEquals(await get(face, queue), item);
    }
    await assertRejects(() => get(face, queue, 0), QueueEmptyError);
    await assertRejects(() => get(face, queue, 5), QueueEmptyError);
  },
);

test("144 SpscQueue fills and drains without waiting, exactly", () => {
  const queue = new SpscQueue({ type: "int32", capacity: 4 });
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 4; i++) assert(queue.tryPut(i - 2147483648));
    assert(!queue.tryPut(4));
    for (let i = 0; i < 4; i++) {
      assertEquals(queue.tryGet(), { value: i - 2147483648 });
    }
    assertEquals(queue.tryGet(), undefined);
  }
});

test("144 SpscQueue moves many numbers at a time, as many as fit and as there are", () => {
  const queue = new SpscQueue({ type: "int32", capacity: 4 });
  const into = new Int32Array(3);
  assertEquals(queue.tryGetInto(into), undefined);
  for (let round = 0; round < 5; round++) {
    assertEquals(queue.tryPutMany(Int32Array.of(1, 2, 3, 4, 5, 6)), 4);
    assertEquals(queue.tryPutMany(Int32Array.of(7)), 0);
    assertEquals(queue.putMany(Int32Array.of(7), 0), 0);
    assertEquals([queue.getInto(into), ...into], [3, 1, 2, 3]);
    assertEquals(queue.putMany(Int32Array.of(5, 6, 7, 8), 5), 3);
    assertEquals([queue.tryGetInto(into), ...into], [3, 4, 5, 6]);
    assertEquals([queue.getInto(into), ...into], [1, 7, 5, 6]);
  }
  assertEquals(queue.putMany(new Int32Array()), 0);
});

testFaces(
  "144 SpscQueue carries records of all lengths around its end, and refuses those that never fit",
  async (face) => {
    const queue = new SpscQueue({ type: "bytes", capacity: 50 });
    assertEquals(queue.capacity, 64);
    const into = new Uint8Array(60);
    for (let length = 0; length <= 60; length++) {
      const [first, second] = records(length, 60 - length);
      await put(face, queue, first!);
      assertEquals(queue.size, 4 + Math.ceil(length / 4) * 4);
      assertEquals(await get(face, queue), first);
      await put(face, queue, second!);
      assertEquals(queue.tryGetInto(into), 60 - length);
      assertEquals(into.slice(0, 60 - length), second);
    }
    await assertRejects(
      () => put(face, queue, new Uint8Array(61)),
      QueueFullError,
      "at most 60 bytes",
    );
    await put(face, queue, records(0, 8)[1]!);
    assertThrows(() => queue.tryGetInto(new Uint8Array(7)), RangeError, "8");
    assertEquals(await get(face, queue), records(0, 8)[1]!);
    assert(queue.isEmpty);
  },
);

testFaces(
  "146 SpscQueue that is closed gives what it has, and then only errors",
  async (face) => {
    const queue = new SpscQueue({ type: "int32", capacity: 4 });
    await put(face, queue, 1);
    queue.close();
    queue.close();
    assert(queue.isClosed);
    await assertRejects(() => put(face, queue, 2), QueueShutDownError);
    assertThrows(() => queue.tryPut(2), QueueShutDownError);
    assertEquals(await get(face, queue), 1);
    await assertRejects(() => get(face, queue), QueueShutDownError);
    assertThrows(() => queue.tryGet(), QueueShutDownError);
    assertEquals(`${queue}`, "SpscQueue(int32, 0 of 4, closed)");
  },
);

testFaces(
  "149 SpscQueue's consumer that waits for an item is woken by one, and by the close",
  async (face, stage) => {
    const queue = new SpscQueue({ type: "int32", capacity: 1 });
    const arrived = new AtomicInt32();
    const got = stage.party(face, drain, queue, arrived);
    await reached(arrived, 1);
    await rest("async", QUIET);
    await queue.putAsync(7);
    await rest("async", QUIET);
    queue.close();
    assertEquals(await got, [7]);
  },
);

testFaces(
  "155 SpscQueue's producer that waits for room goes on when there is some",
  async (face, stage) => {
    const queue = new SpscQueue({ type: "float64", capacity: 1 });
    const arrived = new AtomicInt32();
    const ended = stage.party(face, produce, queue, arrived, 50);
    await reached(arrived, 1);
    await rest("async", QUIET);
    assert(queue.isFull);
    for (let i = 0; i < 50; i++) assertEquals(await queue.getAsync(), i);
    await assertRejects(() => queue.getAsync(), QueueShutDownError);
    await ended;
  },
);

testFaces(
  "162 SpscQueue's waits are ended by a token, and by an abort, and take nothing",
  async (face) => {
    const queue = new SpscQueue({ type: "int32", capacity: 1 });
    const token = new CancelToken();
    token.cancel();
    await assertRejects(() => get(face, queue, { token }), Error, "cancelled");
    await put(face, queue, 1, { token });
    await assertRejects(() => put(face, queue, 2, { token }), Error, "cancel");
    const abort = new AbortController(), { signal } = abort;
    const waits = [
      queue.putAsync(3, { signal }),
      queue.putManyAsync(Int32Array.of(4, 5), { signal }),
    ].map((wait) => assertRejects(() => wait, Error, "on purpose"));
    abort.abort(new Error("on purpose"));
    await Promise.all(waits);
    assertEquals(await get(face, queue, { token }), 1);
    assert(queue.isEmpty);
  },
);

testFaces(
  "162 SpscQueue.putMany that ends early tells how many it has put",
  async (face) => {
    const queue = new SpscQueue({ type: "int32", capacity: 2 });
    const token = new CancelToken(), three = Int32Array.of(1, 2, 3);
    token.cancel();
    assertEquals(
      face === "sync"
        ? queue.putMany(three, { token })
        : await queue.putManyAsync(three, { token }),
      2,
    );
    assertEquals([queue.get(), queue.get(), queue.size], [1, 2, 0]);
  },
);

test("165 SpscQueue has one producer and one consumer, and tells others so", async (stage) => {
  const queue = new SpscQueue({ type: "int32", capacity: 1 });
  const done = new AtomicInt32(), end = new Latch(1);
  const first = stage.party("sync", attempt, queue, "put", done, end);
  await reached(done, 1);
  assertThrows(() => queue.tryPut(1), SyncStateError, "producer");
  assertThrows(() => queue.close(), SyncStateError, "producer");
  queue.leave();
  assertThrows(() => queue.tryPut(1), SyncStateError, "producer");
  assertEquals(queue.get(), 1);
  const second = stage.party("sync", attempt, queue, "get", done, end);
  await reached(done, 2);
  end.countDown();
  assertEquals([await first, await second], ["none", "ERR_SYNC_STATE"]);
});

test("165 SpscQueue goes to another producer when one leaves it", async (stage) => {
  const queue = new SpscQueue({ type: "int32", capacity: 2 });
  for (const item of [1, 2, 3, 4]) {
    await stage.party("sync", putAndLeave, queue, item);
    if (item % 2 === 0) {
      assertEquals([queue.get(), queue.get()], [item - 1, item]);
    }
  }
  queue.put(5);
  assertEquals(queue.get(), 5);
});

test("255 SpscQueue goes on with another producer when one has died", async (stage) => {
  const queue = new SpscQueue({ type: "int32", capacity: 2 });
  const done = new AtomicInt32(), end = new Latch(0);
  assertEquals(
    await stage.party("sync", attempt, queue, "put", done, end),
    "none",
  );
  const start = performance.now();
  while (performance.now() - start < 5_000) {
    try {
      queue.put(2);
      break;
    } catch (error) {
      assertEquals((error as SyncStateError).code, "ERR_SYNC_STATE");
      await rest("async", 1);
    }
  }
  assertEquals([queue.get(), queue.get()], [1, 2]);
});

test("189 SpscQueue goes on where its indices wrap", () => {
  for (const at of [2 ** 31 - 3, 2 ** 32 - 6]) {
    for (const type of ["int32", "float64"] as const) {
      const queue = new SpscQueue({ type, capacity: 4 });
      const words = new Int32Array(queue.buffer, queue.byteOffset);
      words[TAIL] = words[HEAD] = at;
      words[TAIL]! &= ~1;
      words[HEAD]! &= ~1;
      for (let i = 0; i < 20; i++) {
        assertEquals(queue.size, 0);
        for (let n = 0; n < 4; n++) assert(queue.tryPut(i + n), `at ${at}`);
        assert(!queue.tryPut(0) && queue.isFull);
        for (let n = 0; n < 4; n++) assertEquals(queue.get(), i + n);
        assertEquals(queue.tryGet(), undefined);
        queue.put(i);
        assertEquals(queue.get(), i);
      }
    }
    const queue = new SpscQueue({ type: "bytes", capacity: 16 });
    const words = new Int32Array(queue.buffer, queue.byteOffset);
    words[TAIL] = words[HEAD] = at & ~1;
    for (let i = 0; i < 20; i++) {
      const [, record] = records(0, i % 13);
      queue.put(record!);
      assertEquals(queue.get(), record);
    }
  }
});

test("8 SpscQueue is shared by handle, and placed in the caller's memory", () => {
  const options = { type: "bytes", capacity: 100 } as const;
  const byteLength = SpscQueue.byteLengthFor(options);
  assertEquals([byteLength % 64, byteLength >= 128], [0, true]);
  const buffer = new SharedArrayBuffer(64 + byteLength);
  const memory = { buffer, byteOffset: 64 };
  const queue = new SpscQueue({ ...options, memory });
  const twin = attach(queue.handle), third = SpscQueue.from<"bytes">(queue);
  assertEquals([twin.type, twin.capacity], ["bytes", 128]);
  queue.put(Uint8Array.of(1));
  twin.put(Uint8Array.of(2));
  assertEquals([twin.get(), third.get()], [
    Uint8Array.of(1),
    Uint8Array.of(2),
  ]);
  assertThrows(
    () => new SpscQueue({ ...options, memory }),
    SyncStateError,
    "SpscQueue",
  );
});

test("151 SpscQueue says that its memory was overwritten", () => {
  const queue = new SpscQueue({ type: "bytes", capacity: 64 });
  queue.put(Uint8Array.of(1, 2, 3));
  const words = new Int32Array(queue.buffer, queue.byteOffset);
  const length = words.indexOf(3, HEAD + 20);
  words[length] = 1000;
  assertThrows(() => queue.get(), SyncStateError, "memory");
  words[length] = -1;
  assertThrows(() => queue.tryGet(), SyncStateError, "memory");
  words[length] = 3;
  assertEquals(queue.get(), Uint8Array.of(1, 2, 3));
  words[TAIL] = 1000;
  assertThrows(() => queue.tryGet(), SyncStateError, "memory");
});
