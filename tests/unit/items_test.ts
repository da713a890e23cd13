// Items and the heap over them, in one thread: against arrays, in memory that grows or is
// full, and after what a thread that died has left.

import {
  type Codec,
  codecs,
  Queue,
  QueueFullError,
} from "@interlock/threading";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Heap, HEAP_LINKS } from "../../primitives/_heap.ts";
import {
  bytesOfCells,
  fillCells,
  layoutCells,
} from "../../primitives/_cells.ts";
import { Items, LIST_LINKS } from "../../primitives/_items.ts";
import { Packet } from "../../primitives/_packet.ts";
import { STATE } from "../../primitives/_lock_state.ts";
import {
  AFTER_QUEUE,
  INDEX_WORDS,
  QueueState,
} from "../../primitives/_queue_state.ts";
import { GRANTED, STATES, WAITING } from "../../primitives/_slots.ts";
import { ABANDONED } from "../../primitives/_thread_id.ts";
import type { Words } from "../../primitives/_record.ts";
import { Random } from "../../testing/_random.ts";
import { test } from "../support/stage.ts";

const SEED = Date.now() % 1e6;
const BASE = 256;
/** Words of a record; see `_cells.ts`, `_items.ts` and `_queue_state.ts`. */
const CELL = 7, CELLS = 8, HEAD = 16, TAIL = 17, FREE = 18, FRESH = 19;
const TASKS = 21, JOINS = 22, SPACE = 33;
/** The first slot of those who take; see `_slots.ts`. */
const TAKERS = 52;
const NEXT = 1, PREV = 2;
const SEQUENCE = INDEX_WORDS, ROOT = INDEX_WORDS + 1;

interface Room {
  readonly links?: number;
  readonly itemBytes?: number;
  readonly cells: number;
  /** The bytes that are there at first; all if left out. */
  readonly first?: number;
  /** The bytes that there can ever be. */
  readonly most?: number;
}

/** Words of a new list. */
function listWords(room: Room): Words {
  const { links = LIST_LINKS, itemBytes, cells } = room;
  const layout = layoutCells(links, itemBytes, 2 ** 30, cells);
  const all = bytesOfCells(layout), { first = all, most = all } = room;
  const buffer = new SharedArrayBuffer(BASE + first, {
    maxByteLength: BASE + Math.max(first, most),
  });
  const words = new Int32Array(buffer, 0, BASE / 4);
  fillCells(words, layout, BASE);
  return words;
}

const packet = new Packet();

function packed(text: string): Packet {
  packet.ensure(text.length);
  packet.length = new TextEncoder().encodeInto(text, packet.bytes).written;
  return packet;
}

function textAt(items: Items, item: number): string {
  items.read(item, packet);
  return new TextDecoder().decode(packet.bytes.slice(0, packet.length));
}

/** The items of a list, in order. */
function texts(items: Items): string[] {
  const texts: string[] = [];
  for (let item = items.head; item !== 0; item = items.next(item)) {
    texts.push(textAt(items, item));
  }
  return texts;
}

/** All that follows from the list is as it must be: each cell is an item's or free, and a free one is empty. */
function assertWhole(items: Items): void {
  const { words } = items, view = items.view, cell = words[CELL]!;
  const seen = new Set<number>();
  const see = (place: number) => {
    assert(place % cell === 0 && place > 0 && place < words[FRESH]!);
    assert(!seen.has(place));
    seen.add(place);
  };
  let last = 0;
  for (let item = items.head; item !== 0; item = items.next(item)) {
    for (let part = item; part !== 0; part = view[part]!) see(part);
    assertEquals(items.previous(item), last);
    last = item;
  }
  assertEquals(items.tail, last);
  for (let free = words[FREE]!; free !== 0; free = view[free]!) {
    see(free);
    assert(view.subarray(free + 1, free + cell).every((word) => word === 0));
  }
  assertEquals(seen.size, words[FRESH]! / cell - 1);
}

/** A text of any length; some take several cells. */
function anyText(chance: Random): string {
  const length = chance.int(0, 3) === 0
    ? chance.int(0, 400)
    : chance.int(0, 50);
  return `${chance.int(0, 9)}`.repeat(length);
}

/** Does something to a list and to an array. */
function change(items: Items, list: string[], chance: Random): void {
  const n = chance.int(0, list.length), text = anyText(chance);
  let before = 0;
  for (let i = 0; i < n; i++) {
    before = before === 0 ? items.head : items.next(before);
  }
  const item = before === 0 ? items.head : items.next(before);
  const what = chance.int(0, 99);
  if (what < 50 || list.length === 0) {
    const fresh = items.write(packed(text));
    if (fresh === 0) return;
    items.insert(fresh, before);
    list.splice(n, 0, text);
  } else if (what < 52) {
    items.clear();
    list.length = 0;
  } else if (item === 0) {
    return;
  } else if (what < 80) {
    items.remove(item);
    items.erase(item, packet);
    const [gone] = list.splice(n, 1);
    const bytes = packet.bytes.subarray(0, packet.length);
    assertEquals(new TextDecoder().decode(bytes.slice()), gone);
  } else if (what < 90) {
    items.rotate(item);
    list.push(...list.splice(0, n));
  } else {
    const fresh = items.write(packed(text));
    if (fresh === 0) return;
    items.replace(item, fresh);
    items.erase(item);
    list[n] = text;
  }
}

test("Items do as an array does, in little memory", () => {
  const chance = new Random(SEED), list: string[] = [];
  const items = new Items(listWords({ cells: 60 }));
  for (let i = 0; i < 20_000; i++) {
    change(items, list, chance);
    if (i % 50 !== 0) continue;
    assertEquals(texts(items), list, `seed ${SEED}`);
    assertWhole(items);
  }
});

test("A repair writes anew all that follows from the list", () => {
  const chance = new Random(SEED), list: string[] = [];
  const words = listWords({ cells: 60, links: HEAP_LINKS });
  const items = new Items(words), cell = words[CELL]!;
  for (let i = 0; i < 2000; i++) {
    change(items, list, chance);
    if (i % 5 !== 0) continue;
    const garbage = () => chance.int(0, 4000) - 2000;
    words[TAIL] = garbage();
    words[FREE] = garbage();
    const { view } = items, theirs = new Set<number>();
    let used = 0;
    for (let item = items.head; item !== 0; item = items.next(item)) {
      view[item + PREV] = garbage();
      for (let link = LIST_LINKS; link < HEAP_LINKS; link++) {
        view[item + link] = garbage();
      }
      for (let part = item; part !== 0; part = view[part]!) {
        theirs.add(part);
        used++;
      }
    }
    for (let at = cell; at < words[FRESH]!; at += cell) {
      if (theirs.has(at)) continue;
      for (let word = 0; word < cell; word++) view[at + word] = garbage();
    }
    assertEquals(items.repair(), { size: list.length, used });
    assertEquals(texts(items), list, `seed ${SEED}`);
    assertWhole(items);
  }
});

test("What a thread does to a list is done or not done when it dies at a commit", () => {
  const chance = new Random(SEED), list: string[] = [];
  const words = listWords({ cells: 60 }), items = new Items(words);
  const all = new Uint8Array(words.buffer), { store } = Atomics;
  const left: Uint8Array[] = [];
  for (let i = 0; i < 1000; i++) {
    const before = JSON.stringify(list);
    left.length = 0;
    // deno-lint-ignore no-explicit-any
    (Atomics as any).store = (view: Words, index: number, value: number) => {
      left.push(all.slice());
      store(view, index, value);
      left.push(all.slice());
      return value;
    };
    try {
      change(items, list, chance);
    } finally {
      Atomics.store = store;
    }
    const end = all.slice(), after = JSON.stringify(list);
    for (const bytes of left) {
      all.set(bytes);
      items.repair();
      const found = JSON.stringify(texts(items));
      assert(found === before || found === after, `seed ${SEED}`);
      assertWhole(items);
    }
    all.set(end);
  }
});

test("A list that is a ring, or leads out of its cells, is cut where it goes wrong", () => {
  const words = listWords({ cells: 9 }), items = new Items(words);
  const places = ["a", "b", "c"].map((text) => {
    const item = items.write(packed(text));
    items.insert(item, items.tail);
    return item;
  });
  for (const wrong of [...places, 3, -16, 1 << 20]) {
    items.view[places[2]! + NEXT] = wrong;
    assertEquals(items.repair(), { size: 3, used: 3 });
    assertEquals(texts(items), ["a", "b", "c"]);
    assertWhole(items);
  }
  words[HEAD] = 7;
  assertEquals(items.repair(), { size: 0, used: 0 });
  assertWhole(items);
});

test("Memory grows under a list as it is needed, and other threads see it", () => {
  // A cell of each kind: small; of half, about one, and several times what memory grows by.
  for (const itemBytes of [4, 8000, 16_380, 100_000]) {
    const words = listWords({ cells: 40, itemBytes, first: 4096 });
    const mine = new Items(words), other = new Items(words);
    const text = (i: number) => `${i % 10}`.repeat(itemBytes);
    for (let i = 0; i < 40; i++) {
      const item = (i % 2 === 0 ? mine : other).write(packed(text(i)));
      assert(item !== 0, `item ${i} of ${itemBytes} bytes`);
      mine.insert(item, mine.tail);
    }
    assertEquals(other.write(packed("")), 0);
    for (const items of [other, mine]) {
      let i = 0;
      for (const found of texts(items)) assert(found === text(i++));
      assertEquals(i, 40);
    }
    assertWhole(mine);
  }
});

test("Where memory does not grow nothing is done, and what is there is used again", () => {
  const first = 10 * 64, cells = 40;
  const words = listWords({ cells, first, most: first });
  const items = new Items(words), long = "x".repeat(600);
  const fill = () => {
    let count = 0;
    for (let item; (item = items.write(packed("a"))) !== 0; count++) {
      items.insert(item, 0);
    }
    return count;
  };
  assertEquals(items.write(packed(long)), 0);
  assertWhole(items);
  // The cell at 0 is nobody's.
  assertEquals(fill(), 9);
  assertEquals(items.write(packed(long)), 0);
  items.clear();
  assertWhole(items);
  assertEquals(fill(), 9);
  assertWhole(items);
});

/** An item of a heap, as an array knows it: by priority, then by arrival. */
type Ranked = [priority: number, order: number];

/** Puts 10,000 items into a heap and takes them out, each time the first. */
function heapRun(sequence: number, mends: boolean): void {
  const chance = new Random(SEED, sequence), sorted: Ranked[] = [];
  const words = listWords({ cells: 600, links: HEAP_LINKS });
  const items = new Items(words), heap = new Heap(items);
  words[SEQUENCE] = sequence;
  const priorities = [-Infinity, -1.5, -0, 0, 1e-300, 2, 2 ** 53, Infinity];
  const orders = new Map<number, number>();
  for (let i = 0; i < 10_000; i++) {
    const grows = i % 2000 < 1000 ? 6 : 4;
    if (
      sorted.length === 0 || sorted.length < 600 && chance.int(0, 9) < grows
    ) {
      const priority = chance.pick(priorities) + 0;
      const item = items.write(packed(`${i}`));
      heap.prepare(item, priority);
      items.insert(item, items.tail);
      heap.push(item);
      orders.set(item, i);
      let at = sorted.findLastIndex(([other]) => other <= priority);
      sorted.splice(++at, 0, [priority, i]);
    } else {
      const item = heap.pop();
      assertEquals(orders.get(item), sorted.shift()![1], `seed ${SEED}`);
      items.remove(item);
      items.erase(item);
    }
    if (!mends || chance.int(0, 99) > 0) continue;
    words[ROOT] = chance.int(0, 1000);
    items.repair();
    heap.rebuild();
  }
  while (sorted.length > 0) {
    const item = heap.pop();
    assertEquals(orders.get(item), sorted.shift()![1]);
    items.remove(item);
  }
  assertEquals(words[ROOT], 0);
}

test("A heap gives what an order by priority and arrival gives", () => {
  heapRun(0, false);
  heapRun(0, true);
});

test("The order of arrival holds when its number wraps", () => {
  for (const sequence of [2 ** 31 - 500, -500]) {
    heapRun(sequence, false);
    heapRun(sequence, true);
  }
});

test("An item of a thread that died before it was in the heap has its priority", () => {
  const words = listWords({ cells: 9, links: HEAP_LINKS });
  const items = new Items(words), heap = new Heap(items);
  for (const priority of [2, 3, 1]) {
    const item = items.write(packed(`${priority}`));
    heap.prepare(item, priority);
    items.insert(item, items.tail);
    if (priority !== 3) heap.push(item);
  }
  items.repair();
  heap.rebuild();
  const order = [1, 2, 3].map(() => textAt(items, heap.pop()));
  assertEquals(order, ["1", "2", "3"]);
});

/** A queue, with its words. */
function queueOf<T>(codec: Codec<T>, capacity: number) {
  const queue = new Queue<T>({ codec, capacity });
  return { queue, words: new Int32Array(queue.buffer, queue.byteOffset) };
}

test("Tasks are counted where their number wraps", async () => {
  for (const tasks of [2 ** 31 - 1, 2 ** 31, 2 ** 32 - 2]) {
    const { queue, words } = queueOf(codecs.int32, 1000);
    queue.put(1);
    words[TASKS] = tasks;
    assertEquals(queue.get(), 1);
    assertEquals(queue.unfinishedTasks, tasks + 1);
    queue.taskDone();
    assertEquals(queue.unfinishedTasks, tasks);
    words[TASKS] = 1;
    words[JOINS] = 2 ** 31 - 1;
    for (let i = 0; i < 2; i++) {
      const joined = queue.joinAsync();
      await Promise.resolve();
      queue.taskDone();
      assert(await joined);
      queue.put(2);
      queue.get();
    }
  }
});

test("A put that finds no memory fails alone, and hurts no queue", async () => {
  const { queue: small, words } = queueOf(codecs.string, 4 * 64);
  // More cells than there is memory for, as where the system has none left.
  words[CELLS]! += 4;
  words[SPACE]! += 4;
  const queue = Queue.from<string>(small), long = "x".repeat(300);
  queue.put("a");
  await assertRejects(() => queue.putAsync(long), QueueFullError);
  assertEquals(queue.size, 1);
  queue.maxSize = 1;
  const waits = ["b", long, "c"].map((text) => queue.putAsync(text));
  const refused = assertRejects(() => waits[1]!, QueueFullError);
  const got = [];
  for (let i = 0; i < 3; i++) {
    got.push(await queue.getAsync());
  }
  await Promise.all([waits[0], refused, waits[2]]);
  assertEquals(got, ["a", "b", "c"]);
  assertEquals(queue.size, 0);
  assertWhole(new Items(words.subarray(0, 64) as Words));
  assertEquals(words[SPACE]! & 0x3fffffff, 8);
});

test("Whoever mends what a dead thread left lets those who wait try", async () => {
  const { queue, words } = queueOf(codecs.int32, 1000);
  const waits = queue.getAsync();
  const state = new QueueState(words.subarray(0, AFTER_QUEUE) as Words);
  codecs.int32.encode(1, packet);
  // It died after it had put in an item, and before it rang.
  state.section.enter();
  state.add(packet, 1, 0);
  words[STATE] = ABANDONED;
  assertEquals(words[TAKERS]! & STATES, WAITING);
  assertEquals(queue.unfinishedTasks, 1);
  assertEquals(words[TAKERS]! & STATES, GRANTED);
  assertEquals(await waits, 1);
  // It died with the last item in its hand, so nothing is left to do.
  queue.taskDone();
  queue.put(2);
  const joins = queue.joinAsync();
  assert(words[JOINS]! < 0);
  state.section.enter();
  state.items.remove(state.items.head);
  words[STATE] = ABANDONED;
  assertEquals(queue.unfinishedTasks, 0);
  assert(words[JOINS]! >= 0);
  assert(await joins);
});
