// Deque: 185 to 189, its memory, and the waits of its pops: 44, 141, 143, 249 to 252.

import {
  AtomicInt32,
  attach,
  CancelledError,
  CancelToken,
  codecs,
  Deque,
  Lock,
  QueueEmptyError,
  QueueFullError,
  WouldBlockError,
} from "@interlock/threading";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { realm } from "../../primitives/_realm.ts";
import { random } from "../stress/random.ts";
import { reached, rest, test, testFaces } from "../support/stage.ts";
import { ENDS, pop, step } from "./deque_bodies.ts";
import { attempt } from "./queue_bodies.ts";
import { Peer } from "./queue_peer.ts";

function dequeOf<T>(items: Iterable<T>, maxlen = Infinity): Deque<T> {
  const deque = new Deque<T>({ maxlen });
  deque.extendBack(items);
  return deque;
}

/** The numbers from `start` to `end`, without that. */
function range(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, i) => start + i);
}

testFaces("185 Deque is pushed and popped at both ends", async (face) => {
  const deque = dequeOf(range(-5125, -5000));
  deque.extendBack(range(-5000, -4000));
  assertEquals([deque.size, deque.isEmpty], [1125, false]);
  assertEquals(deque.toArray(), range(-5125, -4000));
  for (let i = -5125; i < -5000; i++) {
    assertEquals(await pop(face, deque, "Front"), i);
  }
  for (let i = -4001; i >= -4800; i--) {
    assertEquals(await pop(face, deque, "Back", 0), i);
  }
  assertEquals([deque.tryPopFront(), deque.tryPopBack()], [
    { value: -5000 },
    { value: -4801 },
  ]);
  assertEquals([...deque], range(-4999, -4801));
  deque.clear();
  deque.clear();
  assertEquals([[...deque], deque.size, deque.isEmpty], [[], 0, true]);
  deque.extendFront([1, 2, 3]);
  deque.extendFront([]);
  assertEquals([...deque], [3, 2, 1]);
  deque.extendBack("ab" as never);
  assertEquals(deque.toArray(), [3, 2, 1, "a", "b"] as never);
});

testFaces("185 A pop of an empty deque fails in time", async (face) => {
  const deque = dequeOf([1]);
  await pop(face, deque, "Back");
  for (const end of ENDS) {
    for (const wait of [0, 5, { timeout: 5 }]) {
      await assertRejects(
        () => pop(face, deque, end, wait),
        QueueEmptyError,
        "Cannot pop from Deque: it is empty",
      );
    }
    assertEquals(deque[`tryPop${end}`](), undefined);
  }
  deque.pushBack(2);
  assertEquals(deque.toArray(), [2]);
});

test("186 A full deque drops the item at the other end", () => {
  const deque = dequeOf(range(0, 20), 10);
  assertEquals([...deque], range(10, 20));
  assertEquals([deque.maxlen, deque.size, deque.isFull], [10, 10, true]);
  deque.pushBack(20);
  deque.pushBack(21);
  assertEquals([...deque], range(12, 22));
  deque.pushFront(11);
  deque.extendFront([10, 9]);
  assertEquals([...deque], range(9, 19));
  deque.popBack();
  assert(!deque.isFull);
  const one = dequeOf("abc", 1);
  one.pushFront("d");
  assertEquals([[...one], `${one}`], [["d"], "Deque(size: 1, maxlen: 1)"]);
});

test("186 With a maxlen of 0 nothing is kept, but what cannot be copied is refused", () => {
  for (const codec of [codecs.int32, codecs.any]) {
    const deque = new Deque<unknown>({ maxlen: 0, codec });
    deque.extendBack(range(0, 50));
    deque.pushFront(1);
    assertEquals([deque.size, deque.isEmpty, deque.isFull, deque.maxlen], [
      0,
      true,
      true,
      0,
    ]);
    assertThrows(() => deque.insert(0, 1), QueueFullError);
    assertThrows(() => deque.pushBack(() => {}), TypeError);
    assertEquals([deque.toArray(), deque.tryPopBack()], [[], undefined]);
  }
});

test("186 maxlen is read only, and without one a deque has no bound", () => {
  const deque = dequeOf([1], 2), free = new Deque<number>();
  assertThrows(() => Object.assign(deque, { maxlen: 3 }), TypeError);
  assertEquals([deque.maxlen, Deque.from(deque.handle).maxlen], [2, 2]);
  for (const maxlen of [undefined, Infinity]) {
    assertEquals(new Deque({ maxlen } as object).maxlen, Infinity);
  }
  free.extendBack(range(0, 5000));
  assertEquals([free.size, free.isFull], [5000, false]);
});

test("187 rotate turns to the right, by any number of steps", () => {
  const letters = [..."abcdefghij"];
  for (let n = -31; n <= 31; n++) {
    const deque = dequeOf(letters);
    deque.rotate(n);
    const cut = ((-n % 10) + 10) % 10;
    const turned = [...letters.slice(cut), ...letters.slice(0, cut)];
    assertEquals(deque.toArray(), turned, `${n}`);
    deque.rotate(-n);
    assertEquals(deque.toArray(), letters, `${n}`);
    deque.rotate(Number.MAX_SAFE_INTEGER);
    deque.rotate(Number.MIN_SAFE_INTEGER);
    assertEquals(deque.toArray(), letters, `${n}`);
  }
  const deque = dequeOf("abc");
  deque.rotate();
  assertEquals([...deque].join(""), "cab");
  for (const few of [[], ["a"]]) {
    const short = dequeOf(few);
    short.rotate(3);
    assertEquals([...short], few);
  }
});

test("187 reverse turns the order around, and both ends work then", () => {
  for (const n of [0, 1, 2, 3, 100]) {
    const deque = dequeOf(range(0, n));
    deque.reverse();
    assertEquals(deque.toArray(), range(0, n).reverse());
    deque.pushBack(-1);
    deque.pushFront(n);
    assertEquals([deque.popFront(), deque.popBack()], [n, -1]);
    deque.reverse();
    assertEquals(deque.toArray(), range(0, n));
  }
});

test("187 insert goes before an index, and to the nearer end if there is none", () => {
  const letters = [..."ABC"];
  for (let index = -5; index <= 5; index++) {
    const deque = dequeOf(letters), array = letters.slice();
    deque.insert(index, "Z");
    array.splice(index, 0, "Z");
    assertEquals([...deque], array, `${index}`);
  }
  const full = dequeOf("abc", 3);
  for (const index of [0, 1, -1, 3, 9]) {
    const message = "Cannot insert into Deque: it is full";
    assertThrows(() => full.insert(index, "z"), QueueFullError, message);
  }
  assertEquals([...full].join(""), "abc");
});

test("187 at reads from both ends, and finds nothing beyond", () => {
  const deque = dequeOf(range(0, 9));
  for (let i = -11; i <= 11; i++) assertEquals(deque.at(i), range(0, 9).at(i));
  assertEquals(deque.size, 9);
  assertEquals(new Deque().at(0), undefined);
});

test("187 remove takes out the first that is equal, and says whether there was one", () => {
  for (let i = 0; i < 6; i++) {
    const array = [..."ABCDEF"];
    array[i] = "X";
    const deque = dequeOf([...array, "X"]);
    assert(deque.remove("X"));
    array.splice(i, 1);
    assertEquals([...deque], [...array, "X"]);
    assert(!deque.remove("Y"));
    assertEquals(deque.size, 6);
  }
  assert(!new Deque().remove(undefined));
});

test("187 indexOf, count and includes compare bytes", () => {
  const deque = dequeOf<unknown>([
    1,
    "1",
    [1],
    { a: 1, b: 2 },
    NaN,
    0,
    undefined,
    "long ".repeat(50),
    1,
  ]);
  deque.toArray().forEach((item, i) => {
    assertEquals(deque.indexOf(item), i % 8, `${item}`);
    assert(deque.includes(item));
  });
  assertEquals([deque.count(1), deque.count("1"), deque.count(2)], [2, 1, 0]);
  for (const absent of [null, -0, [2], { b: 2, a: 1 }, "", 1n, [1, 1], "11"]) {
    assertEquals([deque.indexOf(absent), deque.includes(absent)], [-1, false]);
  }
  deque.pushFront("1");
  assertEquals([deque.indexOf("1"), deque.count("1")], [0, 2]);
});

test("187 Items of all lengths are equal to themselves alone", () => {
  const items = range(0, 130).map((n) => new Uint8Array(n).fill(n));
  const deque = new Deque({ codec: codecs.bytes });
  deque.extendBack(items);
  for (const [i, item] of items.entries()) {
    deque.includes(new Uint8Array(200).fill(255)); // what a packet has in it
    assertEquals([deque.indexOf(item), deque.count(item)], [i, 1]);
    if (i > 0) assertEquals(deque.indexOf(item.with(-1, 200)), -1);
  }
});

test("188 A loop sees the deque as it was at its beginning", () => {
  const deque = dequeOf(range(0, 5)), seen: number[] = [];
  for (const item of deque) {
    seen.push(item);
    deque.pushBack(item);
    deque.popFront();
    if (item === 2) deque.clear();
  }
  assertEquals([seen, deque.size], [range(0, 5), 0]);
  const twice = dequeOf([1, 2]);
  twice.extendBack(twice);
  twice.extendFront(twice);
  assertEquals([...twice], [2, 1, 2, 1, 1, 2, 1, 2]);
  const copy = dequeOf(twice, twice.maxlen);
  twice.clear();
  assertEquals([copy.size, twice.size], [8, 0]);
});

test("188 Items are copies, with their shape, and frozen on request", () => {
  const item = { when: new Date(0), more: [1, { deep: true }] };
  const deque = dequeOf([item]), frozen = new Deque({ freeze: true });
  frozen.pushBack(item);
  item.more.push(2);
  for (const copy of [deque.at(0), deque.toArray()[0], deque.popBack()]) {
    assertEquals(copy as unknown, {
      when: new Date(0),
      more: [1, { deep: true }],
    });
  }
  for (const copy of [frozen.at(0), ...frozen] as { more: object[] }[]) {
    assert(Object.isFrozen(copy) && Object.isFrozen(copy.more[1]));
  }
  const locks = dequeOf<unknown>([new Lock()]), lock = locks.at(0) as Lock;
  assert(lock.tryAcquire() && locks.includes(lock));
});

test("189 A steady state runs on and on in the same memory", () => {
  const deque = new Deque({ codec: codecs.int32, maxlen: 100 });
  const { byteLength } = deque.buffer;
  for (let i = 0; i < 10_000; i++) {
    deque.pushBack(i);
    assertEquals(deque.size, Math.min(i + 1, 100));
  }
  for (let i = 0; i < 10_000; i++) {
    deque.pushFront(deque.popBack());
    deque.pushBack(deque.popFront());
    deque.rotate(i % 7);
  }
  assertEquals(deque.toArray().sort((a, b) => a - b), range(9900, 10_000));
  assertEquals(deque.buffer.byteLength, byteLength);
  const free = new Deque<string>();
  const fill = () => free.extendBack(range(0, 300).map((n) => "x".repeat(n)));
  fill();
  const before = free.buffer.byteLength;
  for (let i = 0; i < 30; i++) {
    if (i % 2 === 0) free.clear();
    else while (free.tryPopBack() !== undefined);
    fill();
  }
  assertEquals(free.buffer.byteLength, before);
});

test("189 Whatever is done to it, it is what an array would be", () => {
  const next = random(189), int = (n: number) => Math.floor(next() * n);
  for (const maxlen of [Infinity, 5]) {
    const deque = new Deque<string>({ maxlen, codec: codecs.string });
    const array: string[] = [];
    for (let i = 0; i < 3000; i++) {
      const item = `${int(9)}`.repeat(1 + int(70)), index = int(12) - 6;
      switch (int(9)) {
        case 0:
        case 1:
          deque.pushBack(item);
          array.push(item);
          if (array.length > maxlen) array.shift();
          break;
        case 2:
          deque.pushFront(item);
          array.unshift(item);
          if (array.length > maxlen) array.pop();
          break;
        case 3:
          assertEquals(deque.tryPopBack()?.value, array.pop());
          break;
        case 4:
          assertEquals(deque.tryPopFront()?.value, array.shift());
          break;
        case 5:
          deque.rotate(index);
          for (let n = index; n > 0; n--) array.unshift(...array.splice(-1));
          for (let n = index; n < 0; n++) array.push(...array.splice(0, 1));
          break;
        case 6:
          if (array.length >= maxlen) break;
          deque.insert(index, item);
          array.splice(index, 0, item);
          break;
        case 7: {
          const some = array.at(index) ?? item, place = array.indexOf(some);
          assertEquals([deque.indexOf(some), deque.remove(some)], [
            place,
            place >= 0,
          ]);
          if (place >= 0) array.splice(place, 1);
          break;
        }
        case 8:
          deque.reverse();
          array.reverse();
          break;
      }
      assertEquals([deque.size, deque.at(index)], [
        array.length,
        array.at(index),
      ]);
      if (i % 100 === 0) assertEquals(deque.toArray(), array);
    }
  }
});

test("A deque lives at a place of the caller's, and its handle opens it", () => {
  const options = { codec: codecs.int32, maxlen: 4 };
  const byteLength = Deque.byteLengthFor(options);
  const buffer = new SharedArrayBuffer(byteLength + 64);
  const deque = new Deque({ ...options, memory: { buffer, byteOffset: 64 } });
  deque.extendBack(range(0, 9));
  for (
    const view of [
      Deque.from<number>(structuredClone(deque)),
      attach(deque.handle),
    ]
  ) {
    assertEquals([...view], range(5, 9));
    assertEquals(view.kind, "Deque");
  }
});

test("Where no memory is left a push fails and drops nothing, unless what it drops makes room", () => {
  const full = new Deque({ codec: codecs.bytes, capacity: 1024 });
  const item = (n: number) => new Uint8Array(n).fill(n);
  while (!full.isFull) full.pushBack(item(40));
  const before = [...full];
  for (
    const call of [
      () => full.pushBack(item(1)),
      () => full.pushFront(item(1)),
      () => full.insert(1, item(1)),
    ]
  ) assertThrows(call, QueueFullError, "Cannot ");
  assertThrows(
    () => full.pushBack(item(2000)),
    QueueFullError,
    "the item takes 2000 bytes, and 'capacity' ",
  );
  assertEquals([...full], before);

  const tight = new Deque({ codec: codecs.bytes, capacity: 256, maxlen: 2 });
  tight.extendBack([item(100), item(1)]);
  assertThrows(() => tight.pushFront(item(150)), QueueFullError, "no memory");
  assertEquals(tight.toArray(), [item(100), item(1)]);
  tight.pushBack(item(99));
  assertEquals(tight.toArray(), [item(1), item(99)]);
  tight.pushFront(item(98));
  assertEquals(tight.toArray(), [item(98), item(1)]);
});

testFaces(
  "141 A pop waits at either end for a push at either end, and keeps to its timeout",
  async (face, stage) => {
    const deque = new Deque<number>();
    const calls = ["popFront", "popBack", "popFront", "popBack"];
    const peer = new Peer(stage, face, calls.map((name) => step(deque, name)));
    for (const [i, push] of ["pushFront", "pushBack"].entries()) {
      for (let n = 0; n < 2; n++) {
        await peer.blocks();
        deque[push as "pushBack"](10 * i + n);
        await peer.passes();
        assert(deque.isEmpty);
      }
    }
    assertEquals(await peer.outcomes, [0, 1, 10, 11]);
    const start = performance.now();
    await assertRejects(() => pop(face, deque, "Back", 40), QueueEmptyError);
    const elapsed = performance.now() - start;
    assert(elapsed >= 40 && elapsed < 600, `took ${elapsed} ms`);
  },
);

testFaces("143 A pop refuses a negative timeout", async (face) => {
  for (const deque of [new Deque<number>(), dequeOf([1])]) {
    const { size } = deque;
    for (const end of ENDS) {
      for (const wait of [-1, NaN, { timeout: -0.5 }]) {
        await assertRejects(() => pop(face, deque, end, wait), RangeError);
      }
    }
    assertEquals(deque.size, size);
  }
});

testFaces(
  "Many that wait at both ends of a small deque all get what is kept",
  async (face, stage) => {
    const n = face === "sync" ? 6 : 80;
    const deque = new Deque<number>({ maxlen: n }), begun = new AtomicInt32();
    const all = Promise.all(
      range(0, n).map((i) =>
        stage.party(
          face,
          attempt,
          step(deque, i % 2 === 0 ? "popFront" : "popBack"),
          begun,
        )
      ),
    );
    await reached(begun, n);
    deque.extendBack(range(0, n / 2));
    deque.extendFront(range(n / 2, n));
    const got = await all as number[];
    assertEquals(got.sort((a, b) => a - b), range(0, n));
    assert(deque.isEmpty);
  },
);

testFaces(
  "44 A token ends a pop, and the push goes to another",
  async (face, stage) => {
    const deque = new Deque<number>(), token = new CancelToken();
    const peer = new Peer(stage, face, [step(deque, "popBack", { token })]);
    await peer.blocks();
    token.cancel();
    await peer.passes();
    assertEquals(await peer.outcomes, ["CancelledError"]);
    deque.pushBack(1);
    assertEquals(await pop(face, deque, "Front", { token }), 1);
    await assertRejects(
      () => pop(face, deque, "Front", { token }),
      CancelledError,
    );
  },
);

test("249 250 251 An abort of a pop takes nothing, and the push goes to the other end's", async () => {
  const { slice } = realm;
  realm.slice = 1_000_000;
  try {
    const deque = new Deque<number>();
    const abort = new AbortController(), reason = new Error("mine");
    const { signal } = abort;
    const first = deque.popFrontAsync({ signal }).catch((error) => error);
    const second = deque.popBackAsync(5000);
    await rest("async", 5);
    abort.abort(reason);
    assertStrictEquals(await first, reason);
    deque.pushFront(1);
    assertEquals(await second, 1);
    deque.pushFront(2);
    assertStrictEquals(
      await deque.popBackAsync({ signal }).catch((error) => error),
      reason,
    );
    assertEquals([...deque], [2]);
  } finally {
    realm.slice = slice;
  }
});

test("252 Where blocking is forbidden a pop that would block says what to await", () => {
  const deque = new Deque<number>(), before = realm.canBlock;
  realm.canBlock = false; // as on a browser's page
  try {
    for (const end of ENDS) {
      assertThrows(
        () => deque[`pop${end}`](),
        WouldBlockError,
        `await pop${end}Async() instead`,
      );
      assertThrows(() => deque[`pop${end}`](0), QueueEmptyError);
    }
    deque.pushBack(1);
    assertEquals(deque.popBack(), 1);
  } finally {
    realm.canBlock = before;
  }
});
