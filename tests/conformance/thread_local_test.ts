import {
  AtomicBigInt64,
  AtomicBool,
  AtomicFloat64,
  AtomicInt32,
  attach,
  Barrier,
  codecs,
  Event,
  Latch,
  Lock,
  SharedLocal,
  SyncStateError,
  Thread,
  ThreadLocal,
} from "@interlock/threading";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { isDead } from "../../primitives/_roster.ts";
import { reached, rest, test, testFaces } from "../support/stage.ts";
import * as bodies from "./thread_local_bodies.ts";

/** Waits until it is known that a thread can never run again. */
async function gone(thread: { id: number | undefined }): Promise<void> {
  while (!isDead(thread.id!)) await rest("async", 1);
}

testFaces(
  "196 Scalars that one party changes are read by the others",
  async (face, stage) => {
    const int = new AtomicInt32(7), big = new AtomicBigInt64(1n);
    const bool = new AtomicBool(), float = new AtomicFloat64(0.5);
    await stage.party(face, bodies.changeAll, int, big, bool, float);
    assertEquals(
      [int.load(), big.load(), bool.load(), float.load()],
      [-24, 2n ** 40n, true, 3.625],
    );
  },
);

testFaces(
  "196 An array under a Lock is changed as a whole by one party at a time",
  async (face, stage) => {
    const PARTIES = 3, TIMES = 4;
    const numbers = new Int32Array(new SharedArrayBuffer(40)).fill(1);
    const alone = Int32Array.from(numbers), lock = new Lock();
    await stage.parties(face, PARTIES, bodies.addUp, numbers, lock, TIMES);
    for (let n = 0; n < PARTIES * TIMES; n++) {
      for (let i = 1; i < alone.length; i++) alone[i]! += alone[i - 1]!;
    }
    assertEquals([...numbers], [...alone]);
    // Without a lock, as nobody else is there.
    numbers.set([5, 6], 1);
    assertEquals([...numbers.subarray(0, 3)], [1, 5, 6]);
  },
);

test("200 ThreadLocal has a value of its own in each of ten threads", async (stage) => {
  const all = new Barrier(10);
  const threads = Array.from(
    { length: 10 },
    (_, i) => stage.thread(bodies.keep, i, all),
  );
  for (const [i, thread] of threads.entries()) {
    assertEquals(await thread.resultAsync(20_000), [false, i, true, false]);
  }
});

test("200 ThreadLocal's initialiser runs once per thread, and others run theirs meanwhile", async (stage) => {
  const inside = new Barrier(4), calls = new AtomicInt32();
  const threads = Array.from(
    { length: 4 },
    () => stage.thread(bodies.make, inside, calls),
  );
  for (const thread of threads) assert(await thread.resultAsync(20_000));
  assertEquals(calls.load(), 4);
});

test("200 ThreadLocal is shared by the async tasks of a thread, also what an async initialiser makes", async () => {
  let calls = 0;
  const local = new ThreadLocal(async () => {
    calls++;
    await rest("async", 1);
    return { calls };
  });
  const [one, other] = await Promise.all([local.get(), local.get()]);
  assert(one === other && calls === 1);
});

test("201 ThreadLocal takes nothing but an initialiser, and has no value without one", () => {
  assertThrows(
    () => new ThreadLocal(7 as never),
    TypeError,
    "Cannot create ThreadLocal: 'init' must be a function, received 7",
  );
  const local = new ThreadLocal<number | undefined>();
  assertThrows(() => local.get(), SyncStateError, "this thread has set no");
  assertEquals([local.has(), `${local}`], [false, "ThreadLocal(unset)"]);
  local.set(undefined);
  assertEquals([local.has(), local.get()], [true, undefined]);
  assertEquals(`${local}`, "ThreadLocal(set)");
  assertEquals([local.delete(), local.delete()], [true, false]);
  assertThrows(() => local.get(), SyncStateError);
});

test("201 ThreadLocal's initialiser runs at the first get, again after a failure, and after delete", () => {
  let calls = 0;
  const local = new ThreadLocal(() => {
    if (++calls === 1) throw new RangeError("no luck");
    return calls;
  });
  assertEquals(calls, 0);
  assertThrows(() => local.get(), RangeError, "no luck");
  assert(!local.has());
  assertEquals([local.get(), local.get(), calls], [2, 2, 2]);
  local.delete();
  assertEquals([local.has(), local.get()], [false, 3]);
  local.set(40);
  assertEquals([local.get(), calls], [40, 3]);
});

test("201 ThreadLocal's initialiser cannot ask for what it makes, but for what it has set", () => {
  const endless: ThreadLocal<number> = new ThreadLocal(() => endless.get() + 1);
  for (let i = 0; i < 2; i++) {
    assertThrows(
      () => endless.get(),
      SyncStateError,
      "Cannot get ThreadLocal: its 'init' asks for what it makes",
    );
  }
  const careful: ThreadLocal<number> = new ThreadLocal(() => {
    careful.set(1);
    return careful.get() + 1;
  });
  assertEquals([careful.get(), careful.get()], [2, 2]);
});

test("202 ThreadLocal cannot be cloned, and says what to do", () => {
  assertThrows(
    () => structuredClone(new ThreadLocal()),
    DOMException,
    "A ThreadLocal belongs to the thread that made it",
  );
});

test("203 SharedLocal's values can be read by all, also when their threads have ended", async (stage) => {
  const local = new SharedLocal<string>(), view = SharedLocal.from(local);
  assertEquals([`${local}`, local.has()], ["SharedLocal(0 of 64)", false]);
  assertThrows(() => local.get(), SyncStateError, "this thread has set no");
  view.set("main");
  const threads = ["one", "two", "three"].map((word) =>
    stage.thread(bodies.leave, local, word)
  );
  for (const thread of threads) assert(await thread.joinAsync(20_000));
  await gone(threads[0]!);
  const [one, two, three] = threads.map(({ id }) => id!);
  const all = local.snapshot(), me = Thread.current.id;
  assertEquals(all.size, 4);
  assertEquals(
    [one, two, three, me].map((id) => all.get(id!)),
    ["one", "two", "three", "main"],
  );
  assertEquals([local.size, local.get()], [4, "main"]);
  assertEquals(`${attach(local.handle)}`, "SharedLocal(4 of 64)");
  assertEquals([view.delete(), local.delete(), local.size], [true, false, 3]);
});

test("203 SharedLocal's room is reclaimed when threads have ended", async (stage) => {
  const local = new SharedLocal<string>({ threads: 2 });
  local.set("main");
  for (const word of ["a", "b", "c", "d"]) {
    const thread = stage.thread(bodies.leave, local, word);
    await thread.resultAsync(20_000);
    assertEquals([...local.snapshot().values()], ["main", word]);
    await gone(thread);
  }
});

test("203 SharedLocal is full when all who have a value are alive, until one deletes it", async (stage) => {
  const local = new SharedLocal({ threads: 2, codec: codecs.int32 });
  const arrived = new AtomicInt32(), go = new Event();
  const two = [1, 2].map((n) =>
    stage.thread(bodies.visit, local, n, arrived, go)
  );
  await reached(arrived, 2);
  const before = [...new Uint8Array(local.buffer)];
  assertThrows(
    () => local.set(3),
    SyncStateError,
    "Cannot set SharedLocal: 2 other threads have a value, and its 'threads' is 2",
  );
  assertEquals(
    await stage.thread(bodies.visit, local, 3, arrived, go).resultAsync(),
    false,
  );
  assertEquals([...new Uint8Array(local.buffer)], before);
  assertEquals([...local.snapshot().values()].sort(), [1, 2]);
  go.set();
  for (const thread of two) assert(await thread.resultAsync(20_000));
  local.set(4);
  assertEquals([...local.snapshot()], [[Thread.current.id, 4]]);
});

test("203 SharedLocal that each thread makes for itself is refused", async (stage) => {
  await assertRejects(
    () => stage.thread(bodies.setStray).resultAsync(20_000),
    SyncStateError,
    "Cannot use this SharedLocal: it was made at the top level",
  );
});

test("203 SharedLocal's values are never read in part", async (stage) => {
  const local = new SharedLocal<string>(), begun = new Latch(2);
  const over = new AtomicBool();
  const threads = [1, 2].map(() =>
    stage.thread(bodies.change, local, begun, over)
  );
  assert(await begun.waitAsync(20_000));
  for (let i = 0; i < 20_000; i++) {
    for (const [id, text] of local.snapshot()) {
      assert(threads.some((thread) => thread.id === id));
      assertEquals(text, bodies.textOf(text.length));
    }
  }
  over.store(true);
  for (const thread of threads) assert(await thread.resultAsync(20_000) > 0);
});

test("203 SharedLocal takes the place and the bytes that it says, and carries what its codec does", () => {
  const options = { threads: 3, codec: codecs.int32 };
  const bytes = SharedLocal.byteLengthFor(options);
  assertEquals([bytes, new SharedLocal(options).buffer.byteLength], [256, 256]);
  assertEquals(new SharedLocal().buffer.byteLength, SharedLocal.byteLength);
  const buffer = new SharedArrayBuffer(128 + bytes);
  const local = new SharedLocal({
    ...options,
    memory: { buffer, byteOffset: 128 },
  });
  local.set(-5);
  const view = SharedLocal.from<number>(local.handle);
  assertEquals([view.get(), view.threads, view.capacity], [-5, 3, 4]);
  assertThrows(() => local.set("x" as never), TypeError, "received");
  assertEquals(view.get(), -5);
  const any = new SharedLocal<unknown>({ threads: 1 });
  for (const value of [undefined, null, "é", [1, { two: 2n }], new Map()]) {
    any.set(value);
    assertEquals(any.get(), value);
    assert(any.has());
  }
  assertThrows(() => any.set(() => {}), TypeError, "Cannot encode ");
  assertThrows(
    () => any.set("x".repeat(239)),
    RangeError,
    "bytes, and its 'capacity' is 240",
  );
  assertEquals(any.get(), new Map());
});

test("203 SharedLocal in damaged memory is found out", () => {
  const local = new SharedLocal({ threads: 1, capacity: 8 });
  const words = new Int32Array(local.buffer);
  local.set("abc");
  const whole = Int32Array.from(words);
  const WORDS = { slots: 4, capacity: 5, base: 6, codec: 8, name: 9 };
  for (const index of Object.values(WORDS)) {
    for (const value of [-1, 0x7fffffff]) {
      words.set(whole);
      words[index] = value;
      assertThrows(() => SharedLocal.from(local.handle), Error, "Cannot ");
    }
  }
  words.set(whole);
  words[16 + 3 + 4] = 99; // The length, in the second place.
  assertThrows(() => local.get(), TypeError, "Cannot decode");
  assertThrows(() => local.snapshot(), TypeError, "Cannot decode");
});
